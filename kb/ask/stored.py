"""Ask the stored questions: queries/ask/<name>.rq with typed parameters."""

import csv
import io
import json
import re
from typing import Any, Protocol

from pyoxigraph import Literal, NamedNode

from kb.case.model import read_day
from kb.errors import CaseError, QueryError
from kb.knowledge.base import Knowledge
from kb.knowledge.queries import Query, queries
from kb.store.embedded import Row
from kb.terms import CONCEPT, XSD, short


def questions() -> list[Query]:
    """List the stored questions by name."""
    return list(queries("ask").values())


def described() -> list[dict[str, Any]]:
    """Describe the stored questions: name, summary, description, and parameters with their defaults.

    `over` is `decisions` for a question that needs a store of decisions; `chart` says which chart suits the rows.

    >>> next((q["parameters"], q["over"]) for q in described() if q["name"] == "editions")
    ({'on': '2013-10-18'}, 'knowledge')
    """
    return [
        {
            "name": found.name,
            "summary": found.header.get("summary", ""),
            "description": found.header.get("description", ""),
            "over": found.header.get("over", "knowledge"),
            "chart": found.header.get("chart", ""),
            "parameters": {key: _default(term) for key, term in found.parameters.items()},
        }
        for found in questions()
    ]


def _default(term: str) -> str:
    return term.removeprefix("c:").split("^^")[0].strip('"')


class Answering(Protocol):
    """Stand for what holds knowledge and decisions together."""

    def select(self, query: str) -> list[Row]:
        """Run a SELECT; unbound variables are absent."""


def ask(
    name: str,
    values: dict[str, str],
    knowledge: Knowledge,
    output: str = "json",
    decisions: Answering | None = None,
) -> str:
    """Run a stored question, over the knowledge or over a store of decisions, and write its rows as csv or json.

    Raises QueryError for an unknown question, one of decisions where there are none, an unknown parameter, or a
    value of another type than the parameter's default, UnknownConceptError for a word that is no concept.
    """
    found = queries("ask").get(name)
    if found is None:
        raise QueryError(f"unknown question `{name}`; there are {', '.join(sorted(queries('ask')))}")
    asked: Answering | None = decisions if found.header.get("over") == "decisions" else knowledge.library
    if asked is None:
        raise QueryError(f"question `{name}` is about decisions; name the folder that keeps them with --store")
    terms = {key: _term(key, value, found) for key, value in values.items()}
    for term in terms.values():
        if isinstance(term, NamedNode):
            knowledge.require(term.value.removeprefix(CONCEPT), "concept")
    rows = asked.select(found.bind(**terms))
    columns = _columns(found.text)
    written = [{column: _write(row.get(column)) for column in columns} for row in rows]
    if output == "csv":
        return _csv(columns, written)
    return _json(columns, [{column: _number(row.get(column), written[place][column]) for column in columns}
                           for place, row in enumerate(rows)])  # fmt: skip


def _term(key: str, value: str, query: Query) -> NamedNode | Literal:
    """Read a value as the type of the parameter's default."""
    default = query.parameters.get(key)
    if default is None:
        known = ", ".join(sorted(query.parameters)) or "none"
        raise QueryError(f"query `{query.name}` has no parameter `{key}`; it has {known}")
    if default.startswith("c:"):
        if not re.fullmatch(r"[a-z0-9_]+", value):
            raise QueryError(f"`{value}` is no concept; parameter `{key}` is a concept's name")
        return NamedNode(CONCEPT + value)
    if default.endswith("xsd:date"):
        try:
            read_day(value)
        except CaseError as error:
            raise QueryError(f"parameter `{key}`: {error}") from None
        return Literal(value, datatype=NamedNode(XSD + "date"))
    if default.isdecimal():
        if not re.fullmatch(r"\d{1,9}", value, re.ASCII):
            raise QueryError(f"`{value}` is no whole number; parameter `{key}` is one, as {default}")
        return Literal(int(value))
    return Literal(value)


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


def _csv(columns: list[str], rows: list[dict[str, str | None]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _json(columns: list[str], rows: list[dict[str, Any]]) -> str:
    return json.dumps({"columns": columns, "rows": rows}, ensure_ascii=False)
