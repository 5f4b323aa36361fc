"""Hold what an operator may set."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold the limits of the service.

    `max_body` is in bytes, `query_seconds` the time and `query_rows` the rows that a foreign query may use;
    `decisions` is a folder that `mtus ingest` keeps, to be asked too.
    """

    ontology: Path | None = None
    max_body: int = 12_000_000
    query_seconds: float = 10
    query_rows: int = 100_000
    decisions: Path | None = None
