"""Say a determination as a card of CDS Hooks 2.0."""

import copy
import re
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from kb.answer.sheet import Shown
from kb.answer.shown import UNRECORDED
from kb.answer.words import NOTICE, Words
from kb.fhir.orders import Order
from kb.knowledge.base import Knowledge
from kb.terms import BASE, CONCEPT

Json = dict[str, Any]

_SUMMARY = 139  # characters; the specification asks for fewer than 140
_LINKS = 5
_OWN_LABEL = "MTUS guideline knowledge base"
_INDICATORS = {
    "supported": "info",
    "no_guideline": "info",
    "undocumented": "warning",
    "supported_in_part": "warning",
    "not_supported": "warning",
}
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~])")


class CardWriter:
    """Write the cards of one call, with links that begin with an address of this service."""

    def __init__(self, knowledge: Knowledge, base: str, call: str) -> None:
        """Take the knowledge, the address and what names the call."""
        self._knowledge, self._words = knowledge, Words(knowledge)
        self._base, self._call = base, call

    def card(self, order: Order, answer: Json, shown: Shown, notes: Iterable[str]) -> Json:
        """Write the card of an order: `answer` is its line of the determination, `shown` the same for people."""
        found = answer["determination"]
        own = {"label": _OWN_LABEL, "url": self._base}
        card: Json = {"uuid": self._uuid(order, "card"), "summary": "", "indicator": "warning", "source": own}
        remarks = [*order.notes, *notes]
        if found is None:
            card["summary"] = _cut(f"Not decided: {shown.error or 'the order is not understood'}")
            card["detail"] = _detail([("Not understood", [shown.error or "", *remarks])])
            return card
        asked = self._asked(answer)
        card["summary"] = _cut(f"{shown.said.capitalize()}: {asked}{self._why(shown)}")
        card["detail"] = _detail(self._sections(asked, shown, remarks))
        card["indicator"] = self._indicator(found)
        card["source"] = self._source(answer)
        links = list(self._links(found))
        if links:
            card["links"] = links
        return card | self._suggestion(order, answer)

    def _uuid(self, order: Order, what: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{BASE}cds/{self._call}/{order.key}/{order.place}/{what}"))

    def _asked(self, answer: Json) -> str:
        named = answer["ingredients"] or [part["service"] for part in answer["parts"]] or [answer["service"]]
        said = " + ".join(self._words.concept(name) for name in named)
        if answer["quantity"] is None:
            return said
        return f"{self._words.amount(answer['quantity'], answer['unit'])} of {said}"

    def _why(self, shown: Shown) -> str:
        if shown.verdict == "undocumented" and shown.missing:
            return f"; not on record: {shown.missing[0].removeprefix('decisive: ')}"
        if shown.verdict == "supported_in_part":
            return f"; {shown.amount}"
        return f"; {shown.because[0]}" if shown.because and shown.verdict == "not_supported" else ""

    def _indicator(self, found: Json) -> str:
        """Keep the strongest word for what a contraindication forbids."""
        forbidden = any(c["status"] == "met" and c["id"] in found["because"] for c in found["contraindications"])
        return "critical" if forbidden else _INDICATORS[found["verdict"]]

    def _sections(self, asked: str, shown: Shown, remarks: list[str]) -> Iterator[tuple[str, list[str]]]:
        amount = f" ({shown.amount})" if shown.amount else ""
        yield f"{asked}: {shown.said}{amount}", [shown.meaning]
        yield "Because", [said for said in shown.because if not said.endswith(UNRECORDED)]
        yield "Not on record", shown.missing
        yield "Contraindications", shown.contraindications
        yield "Remarks", shown.remarks
        yield "Citations", shown.citations
        yield "Readings", [shown.readings] if shown.changed else []
        yield "Assumed", shown.assumptions
        yield "Of the order and the record", remarks

    def _source(self, answer: Json) -> Json:
        service = answer["service"]
        topic = {"system": CONCEPT.rstrip("/"), "code": service, "display": self._words.concept(service)}
        first = next(iter(self._deciding(answer["determination"])), None)
        if first is None:
            return {"label": _OWN_LABEL, "url": self._base, "topic": topic}
        said = self._words.recommendation(first).source
        page = first.rpartition("/")[0]
        return {"label": f"{said.title}, {said.edition}", "url": self._base + page, "topic": topic}

    def _deciding(self, found: Json) -> list[str]:
        """Name what speaks or may speak of the order, general advice left out: first what applies and is a reason."""
        may = [(r["live"], r["id"]) for r in found["recommendations"] if r["live"] != "not_met"]
        may += [(s["applies"], s["id"]) for s in found["statutes"] if s["applies"] != "not_met"]
        own = [(status, name) for status, name in may if not self._words.recommendation(name).general]
        topics = {reason.partition("#")[0] for reason in found["because"]}
        return [name for _, _, name in sorted((s != "met", n.partition("#")[0] not in topics, n) for s, n in own)]

    def _links(self, found: Json) -> Iterator[Json]:
        for name in self._deciding(found)[:_LINKS]:
            source = self._words.recommendation(name).source
            label = f"{self._words.topic(name)}: {source.title}, {source.edition}"
            yield {"label": label, "url": self._base + name, "type": "absolute"}

    def _suggestion(self, order: Order, answer: Json) -> Json:
        """Offer the smaller amount for which the criteria are met, where the order has one element to change."""
        found = answer["determination"]
        if found["verdict"] != "supported_in_part" or not order.amended or answer["parts"]:
            return {}
        said = f"Reduce to {self._words.amount(found['amount'], answer['unit'])}"
        action = {"type": "update", "description": said, "resource": _amended(order, found["amount"])}
        suggestion = {"label": said, "uuid": self._uuid(order, "suggestion"), "actions": [action]}
        return {"suggestions": [suggestion], "selectionBehavior": "at-most-one"}


def _amended(order: Order, amount: float) -> Json:
    resource = copy.deepcopy(order.resource)
    assert order.amended is not None
    *path, last = order.amended
    element = resource
    for step in path:
        element = element[step]
    element[last] = amount
    return resource


def _cut(text: str) -> str:
    """Cut a summary at a word to the length that a card allows.

    >>> len(_cut("word " * 60)), _cut("short")
    (135, 'short')
    """
    text = " ".join(text.split())
    if len(text) <= _SUMMARY:
        return text
    return text[: _SUMMARY - 1].rpartition(" ")[0].rstrip(" ,;:") + "…"


def _detail(sections: Iterable[tuple[str, list[str]]]) -> str:
    """Write sections as Markdown; what is quoted from orders cannot act as markup."""
    written = []
    for title, lines in sections:
        items = [f"- {_plain(line)}" for line in dict.fromkeys(lines) if line]
        if items:
            written.append("\n".join([f"**{_plain(title)}**", "", *items]))
    return "\n\n".join([*written, f"_{NOTICE}_"])


def _plain(text: str) -> str:
    """Escape what Markdown would take for markup.

    >>> _plain("[a](http://b) <i>c")
    '\\\\[a\\\\](http://b) \\\\<i\\\\>c'
    """
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
