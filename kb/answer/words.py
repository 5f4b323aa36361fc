"""Say answers in words: the one vocabulary of terminal and page."""

from functools import cached_property
from typing import Any

from kb.answer.citation import citation as citation_of
from kb.explain.sentence import noted, sentence
from kb.knowledge.base import Knowledge
from kb.knowledge.guideline import Recommendation
from kb.knowledge.tree import Node, Source
from kb.terms import BASE, CONCEPT, DCT, FORM, SCHEMA, SKOS, UNIT

Json = dict[str, Any]

NOTICE = "A determination is a proposal with its reasons; it never replaces a physician's judgement."
MARKS = {"met": "✔", "not_met": "✘", "unknown": "?", "advice": "·"}
VERDICTS = {
    "supported": ("supported", "a recommendation applies and its criteria are met"),
    "supported_in_part": ("supported in part", "the criteria are met for a smaller amount only"),
    "undocumented": ("undocumented", "something that is needed is not on record"),
    "not_supported": ("not supported", "a criterion is not met, or the guideline advises against it"),
    "no_guideline": ("no guideline", "none of the guidelines encoded speaks of it"),
}
STANCES = {
    "recommended": "recommended",
    "option": "an option",
    "not_recommended": "advises against",
    "no_recommendation": "makes no recommendation",
    None: "limit set by statute",
}
OPS = {
    "allOf": "all of",
    "anyOf": "any one of",
    "atLeast": "at least {n} of",
    "unless": "needed, unless an exception holds",
    "exceptWhen": "needed, and not barred",
}
SECOND = {"unless": "exception: ", "exceptWhen": "barred if: "}
ASSUMED = {
    "record_complete": "the record is complete: earlier care and circumstances it does not name did not occur",
    "diagnoses_complete": "the diagnoses are complete: a condition that is not named is not present",
    "edition_by_ur_date": "the day of the utilization review decision chooses the edition; no day of request is told",
    "edition_carried_forward": "the latest edition speaks although its dates of force have passed",
}
LEGEND = {
    "✔": "it holds on this record; ✘: it does not; ?: the record does not tell; ·: advice, which decides nothing",
    "decisive": "the verdict hangs on it",
    "confirmed": "seen on a page of the guideline",
    "attested": "published decisions report it",
    "recalled": "remembered and not yet seen on a page: check it before you rely on it",
}
HEADER = {
    "injured": "injured",
    "requested": "requested",
    "ur_decided": "utilization review decided",
    "decided": "independent review decided",
    "phase": "phase of care",
}
_COUNTED_IN_DAYS = "day"


def how_known(verification: str | None, confidence: str | None) -> str | None:
    """Say how a statement is known, and how firmly it is held.

    >>> how_known("recalled", "medium"), how_known("recalled", None), how_known(None, None)
    ('recalled, medium confidence', 'recalled', None)
    """
    return f"{verification}, {confidence} confidence" if verification and confidence else verification


def cite(citation: Json, confidence: str | None = None) -> str:
    """Write a citation on one line, with how it is known and, if told, how firmly."""
    pages = citation["pages"] or ""
    word = "" if not any(letter.isdigit() for letter in pages) else "page " if pages.isdigit() else "pages "
    said = f", {word}{pages}" if pages else ""
    section = f", {citation['section']}" if citation["section"] else ""
    how = how_known(citation["verification"], confidence)
    return f"{citation['guideline']}, {citation['edition']}{section}{said} ({how})"


def header(case: Json) -> str:
    """Say the days of a case on one line."""
    return ", ".join(f"{said} {case[key]}" for key, said in HEADER.items() if case[key])


def corrected(correction: Json | None) -> str:
    """Say who corrected what was read, and when.

    >>> corrected({"by": "A. Reader", "on": "2026-11-26"}), corrected(None)
    ('corrected by A. Reader on 2026-11-26', '')
    """
    return f"corrected by {correction['by']} on {correction['on']}" if correction else ""


def removed(removal: Json) -> str:
    """Say who removed a fact, when and why.

    >>> removed({"by": "A. Reader", "when": "2026-11-26", "reason": "another worker's"})
    "removed by A. Reader on 2026-11-26: another worker's"
    """
    reason = f": {removal['reason']}" if removal.get("reason") else ""
    return f"removed by {removal['by']} on {removal['when']}{reason}"


def header_corrected(correction: Json) -> str:
    """Say what a key of the header was before it was corrected.

    >>> header_corrected({"key": "record_complete", "was": True, "by": "A. Reader", "on": "2026-11-26"})
    'record complete was yes, corrected by A. Reader on 2026-11-26'
    """
    key, was = HEADER.get(correction["key"], correction["key"].replace("_", " ")), correction.get("was")
    said = {True: "yes", False: "no"}[was] if isinstance(was, bool) else "not told" if was is None else was
    return f"{key} was {said}, {corrected(correction)}"


def plain(number: float) -> str:
    """Write a number as people do.

    >>> plain(12.0), plain(0.5), plain(1500)
    ('12', '0.5', '1,500')
    """
    return f"{number:,.10g}"


class Words:
    """Say the terms of a knowledge base in words."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Take the knowledge whose labels are used."""
        self._knowledge = knowledge

    def concept(self, name: str) -> str:
        """Say a concept by its preferred label."""
        return self._knowledge.ontology.label(CONCEPT + name)

    def amount(self, quantity: float, unit: str | None) -> str:
        """Say a quantity with its unit, one or many."""
        return f"{plain(quantity)} {self.units(quantity, unit)}".strip()

    def units(self, quantity: float, unit: str | None) -> str:
        """Say a unit in the singular or plural that a quantity asks for."""
        if unit is None:
            return ""
        read = self._knowledge.ontology
        many = read.text(UNIT + unit, SKOS + "altLabel")
        return many if many and quantity != 1 else read.label(UNIT + unit)

    def how_known(self, node: Json) -> str | None:
        """Say how a node of a tree is known, and how firmly; None for what is no criterion."""
        criterion = self._knowledge.criteria.get(node["id"])
        held = criterion.source.confidence if criterion and criterion.source else None
        return how_known(node["verification"], held)

    def recommendation(self, name: str) -> Recommendation:
        """Find a recommendation or statute by its identifier."""
        return self._knowledge.recommendations[BASE + name]

    def topic(self, name: str) -> str:
        """Say the title of the topic in which something stands."""
        topic = name.split("#", maxsplit=1)[0]
        return self._knowledge.ontology.text(BASE + topic, DCT + "title") or topic

    def topic_cited(self, citation: Json, found: Json) -> str | None:
        """Name the topic from which a determination cites: that of the first criterion or recommendation with it."""
        names = [*found["because"], *(r["id"] for r in found["recommendations"])]
        sources = ((name, self._source(name)) for name in names)
        alike = (name for name, source in sources if source and citation_of(source) == citation)
        return next(alike, "").partition("#")[0] or None

    def _source(self, name: str) -> Source | None:
        known = self._knowledge.criteria.get(name) or self._knowledge.recommendations.get(BASE + name)
        return known.source if known else None

    def is_advice(self, node: Json) -> bool:
        """Tell whether a criterion decides nothing."""
        criterion = self._knowledge.criteria.get(node["id"])
        return bool(criterion and node["op"] == "criterion" and criterion.strength == "advisory")

    def criterion(self, name: str) -> str:
        """Say a criterion by its identifier, or the line that another depends on."""
        if name.startswith("line:"):
            return f"it depends on line {name.removeprefix('line:')}, which was decided first"
        node = self._knowledge.criteria.get(name)
        return sentence(node, self._knowledge) if node else name

    def remark(self, remark: Json) -> str:
        """Say what is advised and not met, or what calls for caution."""
        node = self._knowledge.criteria.get(remark["id"])
        caution = node is not None and node.kind == "contraindication"
        return f"{'caution' if caution else 'advised, and not met'}: {remark['sentence']}"

    def reading(self, name: str) -> str:
        """Say another reading of the text, or the one source that is followed alone."""
        node = self._nodes.get(name)
        if node:
            return noted(node, self._knowledge)
        titles = [r.source.title for r in self._knowledge.recommendations.values() if r.series == name]
        return f"only {titles[0]} is followed" if titles else name

    @cached_property
    def _nodes(self) -> dict[str, Node]:
        roots = [n for r in self._knowledge.recommendations.values() for n in (r.tree, r.unless) if n]
        found: dict[str, Node] = {}
        while roots:
            node = roots.pop()
            for reading in node.readings:
                found[reading.id] = reading
            roots.extend((*node.children, *node.readings))
        return found

    def found(self, node: Json, item: Json, authorised: float) -> str:
        """Say what a criterion found, in the unit in which it was found; nothing where nothing was found.

        `item` is the request or part, `authorised` what utilization review authorised of its line.
        """
        number, criterion = node["found"], self._knowledge.criteria.get(node["id"])
        if number is None or criterion is None:
            return ""
        if self._in_days(node, criterion):
            return f"found {self.amount(number, _COUNTED_IN_DAYS)}" if number or node["facts"] else ""
        if number == 0:
            return ""
        if "scope" in criterion.slots:
            return self._counted(node, criterion, item, authorised)
        unit = node["unit"] or ("percent" if "percent" in (node["sentence"] or "") else None)
        said = self.amount(number, unit)
        for concept in criterion.slots.get("concept", ()):
            said = said.removesuffix(f" of {self._knowledge.ontology.label(concept.value)}")
        return f"found {said}"

    def _in_days(self, node: Json, criterion: Node) -> bool:
        """A bound in a unit of time is compared in days; a count of such units is not."""
        length = self._knowledge.ontology.text(UNIT + str(node["unit"]), SCHEMA + "days")
        return length is not None and "scope" not in criterion.slots

    def _counted(self, node: Json, criterion: Node, item: Json, authorised: float) -> str:
        number, unit = node["found"], node["unit"]
        whole = self.amount(number, unit)
        if not self._counts(criterion, item, unit):
            return f"found {whole}"
        asked = item["quantity"]
        if asked is None:
            return f"found {whole} before this request"
        earlier = number - asked - authorised
        if earlier < 0:
            return f"found {whole}"
        parts = [(earlier, "earlier"), (authorised, "authorised"), (asked, "asked")]
        said = [f"{plain(n)} {what}" for n, what in parts if n]
        return f"{whole} asked" if len(said) == 1 and asked else f"found {whole} ({' + '.join(said)})"

    def _counts(self, criterion: Node, item: Json, unit: str | None) -> bool:
        if item["service"] is None or (item["unit"] or unit) != unit:
            return False
        wide = [term.value for term in criterion.slots.get("counts", ())]
        return any(self._knowledge.is_below(CONCEPT + item["service"], iri) for iri in wide)

    def fact(self, fact: Json) -> str:
        """Say a fact on one line."""
        said = self.concept(fact["concept"])
        if fact["quantity"] is not None:
            said = f"{self.amount(fact['quantity'], fact['unit'])} of {said}"
        if fact["value"] is not None:
            said = f"{said} {self.amount(fact['value'], fact['unit'])}"
        outcome = (fact["outcome"] or "unknown").replace("_", " ")
        more = [
            "" if fact["status"] == "present" else fact["status"],
            fact["side"] or "",
            self.concept(fact["site"]) if fact["site"] else "",
            fact["date"] or "",
            "" if outcome == "unknown" else outcome,
            corrected(fact["corrected"]),
        ]
        return ", ".join([said, *(word for word in more if word)])

    def details(self, item: Json) -> list[str]:
        """Say levels, form and course of what is asked for, as far as they are told."""
        course = f"{item['course']} course" if item.get("course") else ""
        form = self._knowledge.ontology.label(FORM + item["form"]) if item.get("form") else ""
        return [word for word in (" and ".join(item.get("levels", ())), form, course) if word]

    def request(self, request: Json) -> str:
        """Say on one line how a request line was read."""
        said = self.concept(request["service"]) if request.get("service") else f"not read ({request.get('error')})"
        if request.get("quantity") is not None:
            said = f"{self.amount(request['quantity'], request.get('unit'))} of {said}"
        more = [said, *self.details(request), corrected(request.get("corrected"))]
        text = f': "{request["text"]}"' if request.get("text") else ""
        return f"{request['line']}. {', '.join(word for word in more if word)}{text}"
