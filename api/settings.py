"""Hold what an operator may set."""

from dataclasses import dataclass
from pathlib import Path

from kb.log.record import MASKED


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold the limits of the service.

    `max_body` and, of cases one a line, `max_batch` are in bytes; `query_seconds` is the time and `query_rows` the rows
    that a foreign query may use, `query_workers` how many run at once in each process of the service;
    scripts of pages at `origins` may call the service, of no others;
    `keys` is a file of those who may, of all where there is none;
    `decisions` is a folder that `mtus ingest` keeps, to be asked too. Every `watch` seconds it is looked whether the
    ontology has changed; 0 never looks. A client may make `rate` requests, as
    "600/minute", of each worker. Determinations are kept in the file `log`, without what stands under the names
    of `log_mask`, each put to disk where `log_sync`, and their content for `log_days` days.
    Browsers are told to come by TLS only for `hsts` seconds, where that is set; `access_log` writes a line for each
    request, without what is asked.
    """

    ontology: Path | None = None
    max_body: int = 12_000_000
    max_batch: int = 1_000_000_000
    origins: tuple[str, ...] = ()
    keys: Path | None = None
    query_seconds: float = 10
    query_rows: int = 100_000
    query_workers: int = 2
    decisions: Path | None = None
    watch: float = 0
    rate: str | None = None
    log: Path | None = None
    log_mask: tuple[str, ...] = MASKED
    log_sync: bool = True
    log_days: float | None = None
    hsts: int | None = None
    access_log: bool = False
