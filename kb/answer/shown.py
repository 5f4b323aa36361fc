"""Arrange an answer for people, once for terminal and page: what is marked, said and left out."""

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any

import msgspec

from kb.answer.sheet import Branch, Said, Sheet, Shown, Told, Voice
from kb.answer.words import (
    ASSUMED,
    LEGEND,
    MARKS,
    OPS,
    SECOND,
    STANCES,
    VERDICTS,
    Words,
    cite,
    corrected,
    header,
    header_corrected,
    how_known,
    removed,
)
from kb.answer.writer import fact_answer
from kb.case.fact import Removed
from kb.knowledge.base import Knowledge

Json = dict[str, Any]


def arrange(answer: Json, knowledge: Knowledge) -> Sheet:
    """Arrange one answer."""
    words, case = Words(knowledge), answer["case"]
    requests = [_Arranger(words, answer, r.get("authorised") or 0).request(r) for r in answer["requests"]]
    deciding = {name for request in requests for shown in (request, *request.parts) for name in shown.deciding}
    told = [_told(fact, answer["text"], words, fact["id"] in deciding) for fact in answer["facts"]]
    removed = [_removed(item, answer["text"], words) for item in case["removed"]]
    return Sheet(case["number"] or "Case", header(case), requests, sorted(told, key=lambda t: not t.decided), answer,
                 removed, [header_corrected(correction) for correction in case["corrected"]])  # fmt: skip


def _removed(item: Json, text: str | None, words: Words) -> Told:
    fact = fact_answer(msgspec.convert(item, Removed))
    told = _told(fact, text, words, False)
    told.text = f"{told.text}; {removed(item)}"
    return told


def _told(fact: Json, text: str | None, words: Words, decided: bool) -> Told:
    quote = sentence_around(text, fact["quote"]) if text and fact["quote"] else None
    return Told(fact["id"], words.fact(fact), fact["kind"], quote, decided, fact["confidence"])


def legend(shown: str) -> list[tuple[str, str]]:
    """Explain each word that stands in what is shown.

    >>> [word for word, _ in legend("✘ 6 visits (attested)")]
    ['✔', 'attested']
    >>> [word for word, _ in legend("6 visits (recalled, low confidence)")]
    ['recalled']
    """
    marked = any(mark in shown for mark in MARKS.values() if mark != "?")
    used = {word for word in LEGEND if any(at in shown for at in (f"({word})", f"({word}, ", f"{word}: "))}
    return [(word, said) for word, said in LEGEND.items() if word in used or (marked and word == "✔")]


class _Arranger:
    """Arrange the requests of one answer."""

    def __init__(self, words: Words, answer: Json, authorised: float) -> None:
        self._words = words
        self._facts = {fact["id"]: fact for fact in answer["facts"]}
        self._authorised = authorised
        self._item: Json = {}
        self._deciding: frozenset[str] = frozenset()

    def request(self, request: Json) -> Shown:
        """Arrange a request line with its parts."""
        title = f"{request['line']}. {request['text'] or self._named(request)}"
        shown = self._item_shown(request, title)
        shown.published = (request.get("published") or {}).get("outcome")
        shown.corrected = corrected(request["corrected"])
        shown.parts = [self._item_shown(part, self._named(part)) for part in request["parts"]]
        if self._authorised and request["quantity"] is not None:
            asked, unit = request["asked"], request["unit"]
            remain = self._words.amount(request["quantity"], unit)
            given = f"{self._words.amount(asked, unit)} asked, {self._authorised:g} authorised by utilization review"
            shown.remaining = f"{given}; {remain} remain in dispute"
        return shown

    def _named(self, item: Json) -> str:
        names = item["ingredients"] or ([item["service"]] if item["service"] else [])
        said = " + ".join(self._words.concept(name) for name in names) or "request"
        where = [item["side"] or "", *(self._words.concept(site) for site in item["site"]), *self._words.details(item)]
        return ", ".join([said, *(word for word in where if word)])

    def _item_shown(self, item: Json, title: str) -> Shown:
        found = item["determination"]
        if found is None:
            return Shown(title, item.get("error") or "see the line as a whole")
        self._item, self._deciding = item, frozenset(found["because"])
        said, meaning = VERDICTS[found["verdict"]]
        voices = [self._voice(r) for r in self._sorted(found["recommendations"]) if r["live"] != "not_met"]
        voices += [self._statute(s) for s in found["statutes"] if s["applies"] != "not_met"]
        nodes = [node for r in (*found["recommendations"], *found["statutes"]) for node in _nodes(r["tree"])]
        leaves = {node["id"]: node for node in nodes}
        readings = found["readings"]
        return Shown(
            title, None, found["verdict"], said, meaning, self._granted(found, item),
            imr=found["imr"] or "none",
            reasons=self._because(found, leaves),
            voices=voices,
            silent=[self._silent(r, found) for r in found["recommendations"] if r["live"] == "not_met"],
            lacking=[Said(_asked(m), m["id"], "unknown", m["decisive"]) for m in found["missing"]],
            contraindications=[f"{c['sentence']}: {_STATES[c['status']]}" for c in found["contraindications"]],
            remarks=[self._words.remark(remark) for remark in found["remarks"]],
            cited=[Said(cite(citation), self._words.topic_cited(citation, found)) for citation in found["citations"]],
            readings=_readings(readings),
            changed=list(dict.fromkeys(self._words.reading(name) for name in readings["changed_by"])),
            assumptions=[ASSUMED.get(name, name) for name in found["assumptions"]],
            deciding=[fact for name in found["because"] if name in leaves for fact in leaves[name]["facts"]],
        )  # fmt: skip

    def _sorted(self, recommendations: Iterable[Json]) -> list[Json]:
        return sorted(
            recommendations,
            key=lambda r: (r["applies"] != "met", self._words.recommendation(r["id"]).general, r["id"]),
        )

    def _granted(self, found: Json, item: Json) -> str:
        amount, asked, unit = found["amount"], item["quantity"], item["unit"]
        if amount is None or not asked:
            return ""
        return f"{amount:g} of {self._words.amount(asked, unit)}"

    def _because(self, found: Json, leaves: dict[str, Json]) -> list[Said]:
        said = []
        for name in found["because"]:
            node = leaves.get(name)
            if node is None:
                said.append(Said(self._words.criterion(name)))
                continue
            more = self._words.found(node, self._item, self._authorised)
            text = f"{node['sentence']}: {_STATES[node['status']]}{f', {more}' if more else ''}"
            said.append(Said(text, name, node["status"]))
        if said:
            return said
        against = [r for r in found["recommendations"] if (r["stance"], r["live"]) == ("not_recommended", "met")]
        return [
            Said(f"{self._words.topic(r['id'])}: the guideline advises against it", r["id"], "not_met") for r in against
        ]

    def _voice(self, recommendation: Json) -> Voice:
        known = self._words.recommendation(recommendation["id"])
        tree = recommendation["tree"] if recommendation["applies"] == "met" else None
        exception = "exception: " if known.unless and known.stance else ""
        branch = self._branch(tree, exception) if tree else None
        mark, text = _support(recommendation, branch, bool(known.unless))
        if known.general and mark == "met" and (branch is None or branch.mark in ("advice", None)):
            mark, text = "advice", "general advice"
        source = known.source
        section = f", {source.section}" if source.section else ""
        where = f"{source.title}, {source.edition}{section} ({how_known(source.verification, source.confidence)})"
        topic = self._words.topic(known.id)
        return Voice(known.id, mark, text, topic, where, recommendation["applies"], branch)

    def _silent(self, recommendation: Json, found: Json) -> Voice:
        """Say why a recommendation decides nothing."""
        voice = self._voice(recommendation)
        rung = self._words.recommendation(voice.id).rung
        others = [r for r in found["recommendations"] if r["live"] != "not_met"]
        reached = min((self._words.recommendation(r["id"]).rung for r in others), default=rung)
        if voice.applies == "not_met":
            voice.text = "it does not apply"
        elif reached < rung:
            voice.text = "a guideline that the search sequence puts first speaks"
        else:
            voice.text = (
                "a narrower one takes its place" if voice.applies == "met" else "whether it applies is not known"
            )
        return voice

    def _statute(self, statute: Json) -> Voice:
        voice = self._voice({**statute, "stance": None, "live": statute["applies"]})
        kept = statute["tree"]["status"] if statute["tree"] else statute["value"]
        voice.mark = kept if statute["applies"] == "met" else "unknown"
        if statute["applies"] == "met":
            voice.text = f"{STANCES[None]}; {_LIMITS[kept]}"
        return voice

    def _branch(self, node: Json, prefix: str = "") -> Branch | None:
        if node["op"] == "criterion":
            return self._leaf(node, prefix)
        second = SECOND.get(node["op"])
        kids = [self._branch(child, second if second and place else "") for place, child in enumerate(node["children"])]
        children = [kid for kid in kids if kid]
        if len(children) == 1 and node["op"] in ("allOf", "anyOf"):
            children[0].text = prefix + children[0].text
            return children[0]
        advice = all(kid.mark in ("advice", None) for kid in children)
        return Branch(node["id"], None if advice else node["status"],
                      prefix + ("to bear in mind" if advice else OPS[node["op"]].format(n=node["n"])),
                      children=children)  # fmt: skip

    def _leaf(self, node: Json, prefix: str) -> Branch:
        advice = self._words.is_advice(node)
        found = self._words.found(node, self._item, self._authorised)
        notes = [found] if found else []
        if node["assumed"]:
            notes.append("assumed, the record is silent")
        if node["conflict"]:
            notes.append("the record contradicts itself")
        if advice:
            notes.append("advisory")
        facts = [(name, self._words.fact(self._facts[name])) for name in node["facts"] if name in self._facts]
        return Branch(node["id"], "advice" if advice else node["status"], prefix + node["sentence"], notes, facts,
                      self._words.how_known(node), node["id"] in self._deciding)  # fmt: skip


UNRECORDED = "not on record"
_STATES = {"met": "it holds", "not_met": "it does not hold", "unknown": UNRECORDED}
_OUTCOMES = {
    "met": "its criteria are met",
    "not_met": "its criteria are not met",
    "unknown": "the record does not tell whether its criteria are met",
}
_LIMITS = {
    "met": "it is kept, or its exception holds",
    "not_met": "it is exceeded, and its exception does not hold",
    "unknown": "the record does not tell whether it is kept",
}
_EXCEPTIONS = {
    "met": ("met", "but its exception holds"),
    "not_met": ("not_met", "and its exception does not hold"),
    "unknown": ("unknown", "unless its exception holds, of which the record does not tell"),
}


def _support(recommendation: Json, branch: Branch | None, exception: bool) -> tuple[str, str]:
    """Tell by mark and words whether a recommendation supports the request."""
    stance, said = recommendation["stance"], STANCES[recommendation["stance"]]
    if recommendation["applies"] != "met":
        return "unknown", f"{said}; whether it applies is not known"
    if stance == "no_recommendation":
        return "advice", said
    if stance == "not_recommended":
        mark, state = _EXCEPTIONS[recommendation["tree"]["status"]] if exception else ("not_met", "")
        return mark, f"{said}, {state}" if state else said
    if branch is None or branch.mark in ("advice", None):
        return recommendation["value"], f"{said}, without conditions"
    return recommendation["value"], f"{said}; {_OUTCOMES[recommendation['value']]}"


def _nodes(tree: Json) -> Iterator[Json]:
    if tree:
        yield tree
        for child in tree["children"]:
            yield from _nodes(child)


def _asked(missing: Json) -> str:
    dimension = missing["id"].rsplit(".", 1)[-1] if missing["id"] not in missing["sentence"] else ""
    whether = {"diagnosis", "region", "phase", "service"}
    return f"whether it fits: {missing['sentence']}" if dimension in whether else str(missing["sentence"])


def _readings(readings: Json) -> str:
    total, same = readings["total"], readings["same"]
    if total < 2:
        return ""
    alike = "all give the same verdict" if same == total else f"{same} give{'s' if same == 1 else ''} the same verdict"
    return f"{total} ways to read the guideline's text; {alike}"


def sentence_around(text: str, quote: Json) -> str:
    """Cut the sentence in which a quote stands; a line that goes on in small letters or after a comma is no end.

    >>> sentence_around("One. She had six visits. Three.", {"start": 13, "end": 23})
    'She had six visits.'
    >>> sentence_around("Summary\\nShe had\\nsix visits.\\nPlan", {"start": 16, "end": 26})
    'She had six visits.'
    """
    near = max(0, quote["start"] - _FARTHEST)
    ends = (match.end() for match in _BEFORE.finditer(text, near))
    before = list(takewhile(lambda end: end <= quote["start"], ends))
    after = _AFTER.search(text, quote["end"])
    end = after.start() if after else len(text)
    return " ".join(text[before[-1] if before else near : end + 1].split())


_FARTHEST = 1000
_NEW_LINE = r"(?<![,;-])\n(?=\s*(?:[A-Z][a-z]|\n|$))"
_BEFORE = re.compile(rf"[.:]\s+|{_NEW_LINE}")
_AFTER = re.compile(rf"\.(?=\s|$)|{_NEW_LINE}")
