"""Gather the page of one decision that is kept: what it asked, what was decided here, what was published, and why."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox

from kb.answer.words import Words
from kb.ask.stored import Answering
from kb.browse.machine import FORMATS, told
from kb.browse.register import Register
from kb.browse.view import Page, Ref, Rows
from kb.browse.wording import Wording
from kb.knowledge.queries import queries
from kb.store.embedded import Row
from kb.terms import BASE, CONCEPT, DECISION, PREFIXES, UNIT, short

_PREFIX = DECISION.removeprefix(BASE)
_GRAPH = f"{BASE}graph/{_PREFIX}"
_HEADER = {
    "urDecided": "utilization review", "decided": "published", "injured": "injured", "file": "read from",
    "reviewed": "reviewed here", "knowledge": "with knowledge",
}  # fmt: skip
_NAMED = {
    "because": "what decided",
    "missing": "not on record",
    "reached": "recommendations that apply, general ones too",
}
_CITED = {"urCitation": "cited by utilization review", "imrCitation": "cited by the published review"}


@dataclass(frozen=True, slots=True)
class Line:
    """Hold one request line, or a part of one, with both outcomes and their reasons."""

    anchor: str
    title: str
    asked: Ref | None
    verdict: str | None
    amount: str
    published: str | None
    named: Rows = field(default_factory=list)
    cited: list[tuple[str, str, list[Ref]]] = field(default_factory=list)


class KeptPages:
    """Show kept decisions; their numbers may hold whatever a letter wrote."""

    def __init__(self, register: Register, wording: Wording) -> None:
        """Take the register and its wording."""
        self._register, self._wording = register, wording
        self._words = Words(register.knowledge)

    def page(self, path: str, decisions: Answering) -> Page | None:
        """Gather the page at a path; None where no such decision is kept."""
        iri = iri_of(path)
        head = _ask("decision", iri, decisions) if iri else []
        if not iri or not head:
            return None
        reasons: dict[str, list[Row]] = defaultdict(list)
        for row in _ask("decision-reasons", iri, decisions):
            reasons[row["line"].value].append(row)
        data = {
            "rows": [(said, [Ref(_said(key, head[0][key].value))]) for key, said in _HEADER.items() if key in head[0]],
            "lines": [self._line(row, reasons[row["line"].value]) for row in _ask("decision-lines", iri, decisions)],
            "groups": self._wording.grouped(self._register.attested.get(iri, [])),
            "iri": iri,
        }
        return Page(path, "kept.html", f"Decision {head[0]['number'].value}", [Ref("Decisions", "decisions")], data)

    def serialised(self, path: str, media_type: str, decisions: Answering) -> str:
        """Write all that is kept of a decision, and what of the guidelines it attests, as Turtle or JSON-LD."""
        iri = iri_of(path)
        graph = ox.NamedNode(_GRAPH + iri.removeprefix(DECISION))
        kept = decisions.select(queries("browse")["decision-triples"].bind(graph=graph))
        found = [ox.Triple(row["s"], row["p"], row["o"]) for row in kept] + told(iri, self._register)
        data: Any = ox.serialize(dict.fromkeys(found), format=FORMATS[media_type], prefixes=PREFIXES)
        return str(data.decode())

    def _line(self, row: Row, reasons: list[Row]) -> Line:
        anchor = row["line"].value.partition("#")[2]
        service = row["service"].value if "service" in row else None
        ref = self._wording.ref(service) if service and service.startswith(CONCEPT) else None
        title = row["text"].value if "text" in row else ref.words if ref else anchor
        named = [(said, self._refs(reasons, key)) for key, said in _NAMED.items()]
        return Line(
            anchor, title, ref, _word(row, "verdict"), self._amount(row), _word(row, "published"),
            [(said, refs) for said, refs in named if refs], self._cited(reasons),
        )  # fmt: skip

    def _amount(self, row: Row) -> str:
        if "amount" not in row or "quantity" not in row:
            return ""
        unit = row["unit"].value.removeprefix(UNIT) if "unit" in row else None
        granted, asked = (float(row[key].value) for key in ("amount", "quantity"))
        return f"{granted:g} of {self._words.amount(asked, unit)}"

    def _refs(self, reasons: list[Row], relation: str) -> list[Ref]:
        rows = [row for row in reasons if short(row["relation"].value).endswith(relation)]
        return list(dict.fromkeys(self._ref(row) for row in rows))  # a criterion has a row for each of its concepts

    def _ref(self, row: Row) -> Ref:
        """Lead to a criterion or recommendation; of a fact or line of the case, which has no page, to its concept."""
        thing, knowledge = row["thing"].value, self._register.knowledge
        ours = thing in knowledge.recommendations or thing.removeprefix(BASE) in knowledge.criteria
        return self._wording.ref(thing if ours or "concept" not in row else row["concept"].value)

    def _cited(self, reasons: list[Row]) -> list[tuple[str, str, list[Ref]]]:
        found: dict[tuple[str, str], list[Ref]] = defaultdict(list)
        for row in reasons:
            if said := _CITED.get(row["relation"].value.partition("#")[2]):
                found[said, row["words"].value] += [self._ref(row)] if "thing" in row else []
        return [(said, words, refs) for (said, words), refs in found.items()]


def _said(key: str, value: str) -> str:
    """Write a time to the minute, and leave other words.

    >>> _said("reviewed", "2026-01-31T14:39:08Z"), _said("file", "letter.pdf")
    ('2026-01-31, 14:39 UTC', 'letter.pdf')
    """
    return f"{value[:10]}, {value[11:16]} UTC" if key == "reviewed" and value.endswith("Z") else value


def iri_of(path: str) -> str:
    """Give the IRI of the decision that a path names as a server reads it; empty for another path.

    >>> iri_of("decision/CM 16/1"), iri_of("concept/ice")
    ('https://w3id.org/mtus-kb/decision/CM%2016%2F1', '')
    """
    return DECISION + quote(path.removeprefix(_PREFIX), safe="") if path.startswith(_PREFIX) else ""


def _ask(name: str, iri: str, decisions: Answering) -> list[Row]:
    return decisions.select(queries("browse")[name].bind(decision=ox.NamedNode(iri)))


def _word(row: Row, key: str) -> str | None:
    return str(row[key].value).partition("#")[2] if key in row else None
