"""Hold requests beside the knowledge in maplib, built from columns, and run the stored queries on them."""

from collections.abc import Iterable
from typing import Any

import polars as pl
from maplib import Model, RDFType, SolutionMappings, xsd

from kb.batch.frames.requests import Requests
from kb.knowledge.base import Knowledge
from kb.knowledge.queries import queries
from kb.terms import BASE, NOTHING, RDF, SCHEMA, XSD, weighs

_LITERALS = {"decimal": xsd.decimal, "integer": xsd.integer, "string": xsd.string, "boolean": xsd.boolean}
_IRI = RDFType.IRI


_DECIMALS = ("sure", "maybe", "each", "above", "aboveMost", "units", "mostUnits", "asked", "durationDays", "value",
             "quantity", "reliefPercent", "reliefWeeks")  # fmt: skip
_INTEGERS = ("startedBefore", "endedBefore", "lastedDays", "measuredBefore", "daysSinceInjury", "epoch")
_WORDS = ("says", "status", "statedPhase", "evidence")
_OF_REQUEST = ("measuredFor", "locates", "bearsOn", "absentFor", "evidenceFor", "careOf", "near", "besides", "usedFor",
               "asksFor", "runsFor", "doseFor", "bandOf")  # fmt: skip
_THINGS = ("hasIngredient", "cannotBe", "contains", "region", "setting", "concept", "unit", "at", "service", "outcome",
           "given", "shares")  # fmt: skip
_SEED = "x:seed"


def seed(knowledge: Knowledge) -> str:
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


class FrameRequests(Requests):
    """Stand for a graph of requests beside the knowledge in maplib."""

    def __init__(self, text: str) -> None:
        """Take the knowledge."""
        super().__init__()
        self._model = Model()
        self._model.reads(text, format="ntriples", checked=False)

    def _take(self, kind: str, triples: pl.DataFrame) -> None:
        value = _IRI if kind == "iri" else RDFType.Literal(_LITERALS[kind])
        types = {"subject": _IRI, "predicate": _IRI, "object": value}
        self._model.map_triples(SolutionMappings(triples, types), validate_iris=False)

    def _infer(self, rule: str) -> None:
        self._model.insert(queries("rules")[rule].text, transient=True)

    def _rows(self, query: str) -> pl.DataFrame:
        answer: Any = self._model.query(query, solution_mappings=True)
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
