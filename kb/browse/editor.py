"""Gather the page on which people write SPARQL: the editor, examples, and what a query found as rows and chart."""

import json
import math
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from kb.ask.formats import TRIPLES
from kb.ask.worker import Result
from kb.browse.render import ASSETS
from kb.browse.view import Page, Ref
from kb.draw.chart import chart
from kb.knowledge.queries import queries
from kb.terms import BASE, XSD, short

PATH = "sparql"
BUILT = ("served/yasgui/yasgui.min.js", "served/yasgui/yasgui.min.css")
_MOST = 500  # rows of a page; the files have all
_NUMBERS = {XSD + name for name in ("integer", "decimal", "double", "float")}
_ROWS = ("csv", "json", "tsv", "xml")
_NAMES = {"csv": "CSV", "json": "JSON", "tsv": "TSV", "xml": "XML", "turtle": "Turtle", "ntriples": "N-Triples",
          "jsonld": "JSON-LD", "rdfxml": "RDF/XML"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """Hold what a query found: rows, a yes or no, or triples as text."""

    columns: list[tuple[str, bool]]
    rows: list[list[tuple[Ref, bool]]]
    count: int
    answer: bool | None
    triples: str
    chart: Any


def editor_built() -> bool:
    """Tell whether the build has brought the editor in."""
    return all((ASSETS / name).is_file() for name in BUILT)


def editor_page(query: str, result: Result | None, error: str | None, plain: bool) -> Page:
    """Gather the page: a plain field or the editor that was built, and what a query found or why it did not run."""
    found = _found(result) if result else None
    formats = () if found is None else TRIPLES if found.triples else _ROWS
    data = {
        "query": query,
        "error": error,
        "found": found,
        "plain": plain or not editor_built(),
        "built": editor_built(),
        "share": f"?{urlencode({'query': query})}",
        "downloads": [(_NAMES[name], f"?{urlencode({'query': query, 'format': name})}") for name in formats],
        "examples": [
            (found.header["summary"], f"?{urlencode({'query': _text(found.text)})}")
            for found in queries("examples").values()
        ],
    }
    return Page(PATH, "sparql.html", "SPARQL", [], data)


def first_example() -> str:
    """Give the query that stands in an editor nobody has yet written in."""
    return _text(next(iter(queries("examples").values())).text)


def _text(query: str) -> str:
    """Leave the header out."""
    return "\n".join(line for line in query.splitlines() if not line.startswith("#+"))


def _found(result: Result) -> Found:
    if result.media_type in TRIPLES.values():
        return Found([], [], 0, None, result.body, None)
    told = json.loads(result.body)
    if "boolean" in told:
        return Found([], [], 0, told["boolean"], "", None)
    names, rows = told["head"]["vars"], told["results"]["bindings"]
    numbers = {name for name in names if any(_is_number(row.get(name)) for row in rows)}
    shown = [[_cell(row.get(name)) for name in names] for row in rows[:_MOST]]
    return Found([(name, name in numbers) for name in names], shown, len(rows), None, "", _chart(names, numbers, rows))


def _chart(names: list[str], numbers: set[str], rows: list[dict[str, Any]]) -> Any:
    """Draw the first column with numbers by the columns without, where there are both."""
    values = [name for name in names if name in numbers]
    keys = [name for name in names if name not in numbers]
    if not values or not keys or any(not _is_number(row.get(values[0])) for row in rows):
        return None
    drawn = [{name: _value(row.get(name)) for name in names} for row in rows]
    if any(row[values[0]] < 0 for row in drawn):
        return None
    return chart(f"bar; {values[0]} by {' and '.join(keys)}", drawn)


def _value(term: dict[str, Any] | None) -> Any:
    if term is None:
        return None
    return float(term["value"]) if _is_number(term) else _cell(term)[0].words


def _is_number(term: dict[str, Any] | None) -> bool:
    return term is not None and term.get("datatype") in _NUMBERS and math.isfinite(float(term["value"]))


def _cell(term: dict[str, Any] | None) -> tuple[Ref, bool]:
    if term is None:
        return Ref(""), False
    if term["type"] == "uri":
        iri = term["value"]
        return Ref(short(iri), iri if iri.startswith((BASE, "http")) else None), False
    words = f"_:{term['value']}" if term["type"] == "bnode" else str(term["value"])
    return Ref(words), _is_number(term)
