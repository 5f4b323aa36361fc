"""Write requests beside the knowledge from columns, and ask the stored queries of them, in whatever engine there is."""

from abc import ABC, abstractmethod
from typing import Any

import polars as pl

from kb.knowledge.queries import queries
from kb.terms import RDF, SCHEMA

_TYPES = {"iri": pl.String(), "string": pl.String(), "decimal": pl.Decimal(38, 12), "integer": pl.Int64(),
          "boolean": pl.Boolean()}  # fmt: skip


class Requests(ABC):
    """Stand for a graph of requests beside the knowledge."""

    def __init__(self) -> None:
        """Begin with nothing said."""
        self._said: dict[str, list[pl.DataFrame]] = {}

    @abstractmethod
    def _take(self, kind: str, triples: pl.DataFrame) -> None:
        """Add triples (`subject`, `predicate`, `object`) whose objects are of a kind."""

    @abstractmethod
    def _infer(self, rule: str) -> None:
        """Add what a rule entails."""

    @abstractmethod
    def _rows(self, query: str) -> pl.DataFrame:
        """Run a query; terms come as text, numbers as floats or as text."""

    def say(self, term: str, frame: pl.DataFrame, subject: str | pl.Expr, value: Any, kind: str = "iri") -> None:
        """Add a triple for each row whose value is not null; `subject` and `value` are columns or expressions."""
        if frame.is_empty():
            return
        found = frame.select(
            subject=pl.col(subject) if isinstance(subject, str) else subject,
            predicate=pl.lit(RDF + "type" if term == "a" else SCHEMA + term),
            object=(pl.col(value) if isinstance(value, str) else value).cast(_TYPES[kind]),
        ).drop_nulls()
        if not found.is_empty():
            self._said.setdefault(kind, []).append(found)

    def _write(self) -> None:
        """Hand over what was said, all of a kind at once: each call costs about a millisecond."""
        for kind, frames in self._said.items():
            self._take(kind, pl.concat(frames))
        self._said = {}

    def apply(self, rule: str) -> None:
        """Add what a rule entails."""
        self._write()
        self._infer(rule)

    def ask(self, folder: str, name: str) -> pl.DataFrame:
        """Run a stored query; terms come as text, numbers as floats or as text."""
        self._write()
        return self._rows(queries(folder)[name].text)
