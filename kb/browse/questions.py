"""Gather the pages of the stored questions: their list, and each with its parameters, its rows and its chart."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from pyoxigraph import Literal, NamedNode

from kb.ask.stored import Table, described
from kb.browse.view import Page, Ref
from kb.draw.chart import chart
from kb.terms import BASE, short

LIST = "queries"
_MOST = 500  # rows of a page; the files have all
_SUBJECTS = {
    "guidelines": "What the guidelines say",
    "criteria": "Criteria: which decide, and how they are known",
    "outcomes": "How requests and appeals end",
    "gaps": "What is missing",
    "citations": "What is cited",
    "decisions": "Which decisions are kept",
}
_INPUTS = {"concept": "text", "date": "date", "integer": "number", "text": "text"}


@dataclass(frozen=True, slots=True)
class Field:
    """Hold one parameter as a form shows it."""

    name: str
    about: str
    value: str
    input: str
    hint: str


def index_page(decisions: bool) -> Page:
    """Gather the list of questions; `decisions` tells whether those about decisions can be asked."""
    order = list(_SUBJECTS)
    found = sorted(described(), key=lambda question: (order.index(question["subject"]), question["name"]))
    groups = [(_SUBJECTS[subject], list(group)) for subject, group in groupby(found, key=lambda q: q["subject"])]
    return Page(LIST, "questions.html", "Questions", [], {"groups": groups, "decisions": decisions})


def question_page(name: str, values: dict[str, str], table: Table | None, error: str | None) -> Page:
    """Gather the page of one question: asked with some values, and what it found or why it could not be asked."""
    question = next(q for q in described() if q["name"] == name)
    rows = [[_cell(term) for term in row] for row in table.rows[:_MOST]] if table else []
    data = {
        "question": question,
        "fields": [_field(key, known, values.get(key)) for key, known in question["parameters"].items()],
        "error": error,
        "columns": _columns(table, rows) if table else [],
        "rows": rows,
        "all": len(table.rows) if table else 0,
        "chart": chart(question["chart"], table.numbers()) if table else None,
        "downloads": {kind: f"?{urlencode({**values, 'format': kind})}" for kind in ("csv", "json")},
    }
    return Page(f"{LIST}/{name}", "question.html", question["summary"].rstrip("."), [Ref("Questions", LIST)], data)


def _columns(table: Table, rows: list[list[tuple[Ref, bool]]]) -> list[tuple[str, bool]]:
    """Name the columns, and tell which hold numbers."""
    numbers = [any(cell[1] for cell in column) for column in zip(*rows, strict=True)] or [False] * len(table.columns)
    return [(name.replace("_", " "), number) for name, number in zip(table.columns, numbers, strict=True)]


def _field(name: str, known: dict[str, str], value: str | None) -> Field:
    hint = f"a concept's name, as {known['default']}" if known["type"] == "concept" else ""
    given = known["default"] if value is None else value
    return Field(name, known["description"], given, _INPUTS[known["type"]], hint)


def _cell(term: Any) -> tuple[Ref, bool]:
    """Give a term as words that lead to its page, and tell whether it is a number."""
    if isinstance(term, NamedNode):
        ours = term.value.startswith(BASE)
        return Ref(short(term.value), term.value if ours or term.value.startswith("http") else None), False
    number = isinstance(term, Literal) and term.datatype.value.endswith(("integer", "decimal", "double", "float"))
    return Ref(_written(term.value, number) if term is not None else ""), number


def _written(text: str, number: bool) -> str:
    return f"{float(text):.4g}" if number and "." in text else text
