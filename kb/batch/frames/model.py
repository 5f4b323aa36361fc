"""Hold requests beside the knowledge in maplib, built from columns, and run the stored queries on them."""

from collections.abc import Callable, Iterable
from typing import Any

import polars as pl
import pyoxigraph as ox
from maplib import Model, RDFType, SolutionMappings, xsd

from kb.knowledge.base import Knowledge
from kb.knowledge.derived import sort_by_topic
from kb.knowledge.queries import queries
from kb.terms import BASE, NOTHING, RDF, SCHEMA, XSD, weighs

_LITERALS = {"decimal": xsd.decimal, "integer": xsd.integer, "string": xsd.string, "boolean": xsd.boolean}
_TYPES: dict[str, pl.DataType] = {
    "iri": pl.String(),
    "string": pl.String(),
    "decimal": pl.Decimal(38, 12),
    "integer": pl.Int64(),
    "boolean": pl.Boolean(),
}
_IRI = RDFType.IRI


_DECIMALS = ("sure", "maybe", "sureMg", "maybeMg", "mmeFactor", "asked", "strengthMg", "durationDays", "value",
             "quantity", "reliefPercent", "reliefWeeks")  # fmt: skip
_INTEGERS = ("startedBefore", "endedBefore", "lastedDays", "measuredBefore", "daysSinceInjury", "epoch")
_WORDS = ("says", "status", "statedPhase", "evidence")
_OF_REQUEST = ("measuredFor", "locates", "bearsOn", "absentFor", "evidenceFor", "careOf", "near", "besides", "usedFor",
               "asksFor", "runsFor", "doseFor")  # fmt: skip
_THINGS = ("hasIngredient", "cannotBe", "contains", "region", "setting", "concept", "unit", "at", "service", "outcome",
           "given", "shares")  # fmt: skip
_SEED = "x:seed"
_AGAIN = 4_000  # requests that a model answers anew with those written to it later


def _seed(knowledge: Knowledge) -> str:
    """Ask once for nothing, with every term, weighing everything.

    maplib knows no type of a column without rows, and then cannot add it up; rows about the seed are left out.
    """
    node = f"<{_SEED}>"
    said = dict.fromkeys(_DECIMALS, f'"0"^^<{XSD}decimal>') | dict.fromkeys(_INTEGERS, f'"0"^^<{XSD}integer>')
    said |= dict.fromkeys(_WORDS, '"past"') | {"recordComplete": f'"true"^^<{XSD}boolean>'}
    said |= dict.fromkeys(_OF_REQUEST, node) | dict.fromkeys(_THINGS, f"<{NOTHING.value}>")
    lines = [f"{node} <{SCHEMA}{term}> {value} ." for term, value in said.items()]
    lines.append(f"{node} <{RDF}type> <{SCHEMA}Request> .")
    lines += [f"{node} <{SCHEMA}considers> <{iri}> ." for iri in knowledge.recommendations]
    for name, criterion in knowledge.criteria.items():
        lines += [f"{node} <{SCHEMA}{term}> <{BASE}{name}> ." for term in
                  ("weighs", "countedBy", "denies", weighs(str(criterion.kind)))]  # fmt: skip
    return "\n".join(lines) + "\n"


def knowledge_text(knowledge: Knowledge) -> str:
    """Write what the queries can read of the knowledge, once for all models."""
    common, topics = sort_by_topic(knowledge.triples(), knowledge.recommendations.values())
    said = dict.fromkeys(ox.Triple(*t) for t in [*common, *(t for found in topics.values() for t in found)])
    return (ox.serialize(said, format=ox.RdfFormat.N_TRIPLES) or b"").decode() + _seed(knowledge)


class Requests:
    """Stand for a graph of requests beside the knowledge."""

    def __init__(self, text: str) -> None:
        """Take the knowledge."""
        self._model = Model()
        self._model.reads(text, format="ntriples", checked=False)
        self._said: dict[str, list[pl.DataFrame]] = {}

    def say(self, term: str, frame: pl.DataFrame, subject: str | pl.Expr, value: Any, kind: str = "iri") -> None:
        """Add a triple for each row whose value is not null; `subject` and `value` are columns or expressions."""
        if frame.is_empty():
            return
        predicate = RDF + "type" if term == "a" else SCHEMA + term
        found = frame.select(
            subject=pl.col(subject) if isinstance(subject, str) else subject,
            predicate=pl.lit(predicate),
            object=(pl.col(value) if isinstance(value, str) else value).cast(_TYPES[kind]),
        ).drop_nulls()
        if not found.is_empty():
            self._said.setdefault(kind, []).append(found)

    def _write(self) -> None:
        """Hand over what was said, all of a kind at once: each call of maplib costs about a millisecond."""
        for kind, frames in self._said.items():
            value = _IRI if kind == "iri" else RDFType.Literal(_LITERALS[kind])
            types = {"subject": _IRI, "predicate": _IRI, "object": value}
            self._model.map_triples(SolutionMappings(pl.concat(frames), types), validate_iris=False)
        self._said = {}

    def apply(self, rule: str) -> None:
        """Add what a rule entails."""
        self._write()
        self._model.insert(queries("rules")[rule].text, transient=True)

    def ask(self, folder: str, name: str) -> pl.DataFrame:
        """Run a stored query; numbers come as floats, terms as text."""
        self._write()
        answer: Any = self._model.query(queries(folder)[name].text, solution_mappings=True)
        found: pl.DataFrame = answer.mappings
        plain = found.select(_plain(column, found.schema[column]) for column in found.columns)
        return plain.filter(pl.col("request") != _SEED)


def _plain(column: str, kind: pl.DataType) -> pl.Expr:
    if kind == pl.String or isinstance(kind, pl.Categorical):
        return pl.col(column).cast(pl.String)
    if isinstance(kind, pl.Struct):
        return pl.coalesce(_fields(column, kind)).alias(column)
    return pl.col(column).cast(pl.Float64)


def _fields(column: str, kind: pl.Struct) -> Iterable[pl.Expr]:
    return [pl.col(column).struct.field(f.name).cast(pl.String) for f in kind.fields]


class Models:
    """Hand out a model to write requests into: the same again while what it holds costs less than a new one."""

    def __init__(self, text: str, begin: Callable[[Requests], None]) -> None:
        """Take the knowledge, and what is written into each model first."""
        self._text = text
        self._begin = begin
        self._turn = 0
        self._requests: Requests | None = None
        self._held = 0

    def renew(self, most: int = _AGAIN) -> None:
        """Let go of the model where it holds more requests than that: it answers all of them again."""
        if self._held > most:
            self._requests, self._held = None, 0

    def take(self, count: int) -> tuple[Requests, int]:
        """Give a model to write so many requests into, and a number that is given once."""
        if self._requests is None:
            self._requests = Requests(self._text)
            self._begin(self._requests)
        self._held += count
        self._turn += 1
        return self._requests, self._turn
