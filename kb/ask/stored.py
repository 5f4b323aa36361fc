"""Ask the stored questions: queries/ask/<name>.rq with typed parameters."""

import csv
import io
import json
import re
from dataclasses import dataclass
from typing import Any, Protocol

from pyoxigraph import Literal, NamedNode

from kb.ask.parameters import about, parameters, read_term
from kb.errors import QueryError
from kb.knowledge.base import Knowledge
from kb.knowledge.queries import Query, queries
from kb.knowledge.spelling import did_you_mean
from kb.store.embedded import Row
from kb.terms import CONCEPT, XSD, short


def questions() -> list[Query]:
    """List the stored questions by name."""
    return list(queries("ask").values())


def described() -> list[dict[str, Any]]:
    """Describe the stored questions: name, subject, summary, description, parameters.

    `over` is `decisions` for a question that needs a store of decisions; `chart` says which chart suits the rows.

    >>> next((q["parameters"], q["over"]) for q in described() if q["name"] == "editions")
    ({'on': {'type': 'date', 'default': '2013-10-18', 'description': 'the day'}}, 'knowledge')
    """
    return [
        {
            "name": found.name,
            "subject": found.header.get("subject", ""),
            "summary": found.header.get("summary", ""),
            "description": about(found),
            "over": found.header.get("over", "knowledge"),
            "chart": found.header.get("chart", ""),
            "parameters": {
                p.name: {"type": p.type, "default": p.default, "description": p.description} for p in parameters(found)
            },
        }
        for found in questions()
    ]


class Answering(Protocol):
    """Stand for what holds the knowledge, or decisions together with the knowledge they were made with."""

    def select(self, query: str) -> list[Row]:
        """Run a SELECT; unbound variables are absent."""


@dataclass(frozen=True, slots=True)
class Table:
    """Hold the rows of an answer: terms by column, None where there is none."""

    columns: list[str]
    rows: list[list[Any]]

    def numbers(self) -> list[dict[str, Any]]:
        """Give the rows as they are written, with numbers as numbers."""
        return [
            {column: _number(term, _write(term)) for column, term in zip(self.columns, row, strict=True)}
            for row in self.rows
        ]

    def as_json(self) -> str:
        """Write the rows as JSON."""
        return json.dumps({"columns": self.columns, "rows": self.numbers()}, ensure_ascii=False)

    def as_csv(self) -> str:
        """Write the rows as CSV."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([_write(term) for term in row] for row in self.rows)
        return out.getvalue()


def ask(
    name: str,
    values: dict[str, str],
    knowledge: Knowledge,
    decisions: Answering | None = None,
    library: Answering | None = None,
) -> Table:
    """Run a stored question, over the knowledge (in `library`, where that holds it) or over a store of decisions.

    Raises QueryError for an unknown question or one of decisions where there are none, ParameterError for an unknown
    parameter or a value of another type than its default, UnknownConceptError for a word that is no concept.
    """
    found = queries("ask").get(name)
    if found is None:
        known = sorted(queries("ask"))
        hint = did_you_mean(name, known, f"there are {', '.join(known)}")
        raise QueryError(f"unknown question `{name}`{hint}")
    asked: Answering | None = decisions if found.header.get("over") == "decisions" else library or knowledge.library
    if asked is None:
        raise QueryError(f"question `{name}` is about decisions; name the folder that keeps them with --store")
    terms = {key: read_term(key, value, found) for key, value in values.items()}
    for term in terms.values():
        if isinstance(term, NamedNode):
            knowledge.require(term.value.removeprefix(CONCEPT), "concept")
    columns = _columns(found.text)
    return Table(columns, [[row.get(column) for column in columns] for row in asked.select(found.bind(**terms))])


def _columns(text: str) -> list[str]:
    head = re.search(r"SELECT\s+(?:DISTINCT\s+)?(.*?)\s+WHERE", text, re.S)
    words = re.sub(r"\((?:[^()]|\([^()]*\))*AS\s+(\?\w+)\s*\)", r"\1", head[1] if head else "")
    return re.findall(r"\?(\w+)", words)


def _write(term: Any) -> str | None:
    if term is None:
        return None
    return short(term.value) if isinstance(term, NamedNode) else str(term.value)


def _number(term: Any, text: str | None) -> Any:
    """Give a number as a number."""
    kind = term.datatype.value.removeprefix(XSD) if isinstance(term, Literal) else ""
    if text is None or kind not in ("integer", "decimal", "double", "float"):
        return text
    return int(text) if kind == "integer" else float(text)
