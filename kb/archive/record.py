"""Write an answer as the graph of one decision: case, determinations, what was published, and where all comes from.

What was published stands on nodes of its own that point at the request lines: nothing of the case or of a
determination points at it.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode

from kb.archive.case_graph import case_triples, line_name, number
from kb.archive.citation import Cited, Library
from kb.knowledge.base import Knowledge
from kb.knowledge.ontology import Triple
from kb.terms import BASE, DCT, DECISION, OWL, PROV, TRUE, TYPE, XSD, kb

Json = dict[str, Any]

GRAPHS = BASE + "graph/decision/"
KNOWLEDGE_VERSION = BASE + "knowledge/"
PROGRAM = BASE + "program/"
_FACTS = ("diagnoses", "findings", "treatments", "medications", "documents")
_NO_FACT = ("id", "quote", "confidence", "corrected", "date", "from", "to")
_DAYS = (("ur_decided", "daysFromUr"), ("received", "daysFromApplication"), ("injured", "daysFromInjury"))


@dataclass(frozen=True, slots=True)
class Source:
    """Hold what is kept of a file: its name without the folder, and the hash of its bytes."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Run:
    """Say with what and when a file was read and decided; `version` names program and stored queries."""

    knowledge: str
    version: str
    ended: dt.datetime


def decision_id(answer: Json, source: Source) -> str:
    """Name a decision: its case number, else the hash of its file.

    >>> decision_id({"case": {"number": "CM 16/1"}}, Source("a.txt", "0" * 64))
    'CM%2016%2F1'
    >>> decision_id({"case": {"number": None}}, Source("a.txt", "ab" * 32))
    'sha256-abababababababab'
    """
    told = answer["case"]["number"]
    return quote(told, safe="") if told else f"sha256-{source.sha256[:16]}"


def graph_name(identifier: str) -> NamedNode:
    """Name the graph in which a decision is kept.

    >>> graph_name("CM13-0050377").value
    'https://w3id.org/mtus-kb/graph/decision/CM13-0050377'
    """
    return NamedNode(GRAPHS + identifier)


class Recorder:
    """Write decisions with the criteria and guidelines of one knowledge."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Index what citations may name."""
        self._knowledge = knowledge
        self._library = Library(knowledge.ontology)

    def triples(self, answer: Json, source: Source, run: Run) -> Iterator[Triple]:
        """Write one answer."""
        name = DECISION + decision_id(answer, source)
        yield from _provenance(answer, name, source, run)
        yield from case_triples(_told_whole(answer), name)
        day = answer["case"]["ur_decided"] or answer["case"]["decided"]
        for line in answer["requests"]:
            node = line_name(name, line["line"])
            yield NamedNode(node), kb("factsKey"), Literal(_facts_key(answer["case"], line))
            yield from self._determination(node, line["determination"], name)
            for place, part in enumerate(line["parts"], 1):
                yield from self._determination(line_name(name, line["line"], place), part["determination"], name)
            if line.get("published"):
                yield from self._published(node, line["published"], dt.date.fromisoformat(day) if day else None)

    def _determination(self, line: str, found: Json | None, name: str) -> Iterator[Triple]:
        if found is None:
            return
        node = NamedNode(f"{line}.determination")
        yield node, TYPE, kb("Determination")
        yield node, kb("about"), NamedNode(line)
        yield node, kb("verdict"), kb(found["verdict"])
        if found["imr"]:
            yield node, kb("proposedOutcome"), kb(found["imr"])
        if found["amount"] is not None:
            yield node, kb("amount"), number(found["amount"])
        for key in found["because"]:
            yield node, kb("because"), NamedNode(f"{name}#{key.replace(':', '')}" if ":" in key else BASE + key)
        yield from self._missing(node, found["missing"])
        for key in sorted({key.rsplit(".", 1)[0] for key in found["applied"]}):
            yield node, kb("applied"), NamedNode(BASE + key)
        for word in found["assumptions"]:
            yield node, kb("assumption"), Literal(word)
        for rec in found["recommendations"]:
            if rec["live"] != "not_met":
                yield node, kb("reached" if rec["live"] == "met" else "mayReach"), NamedNode(BASE + rec["id"])
        yield node, kb("readings"), Literal(found["readings"]["total"])
        yield node, kb("sameReadings"), Literal(found["readings"]["same"])

    def _missing(self, node: NamedNode, items: list[Json]) -> Iterator[Triple]:
        """Name each open criterion, or the recommendation of which a dimension is open."""
        for item in items:
            key, term = item["id"], "missing"
            if key not in self._knowledge.criteria:
                key, _, dimension = key.rpartition(".")
                term = f"missing{dimension.capitalize()}"
            yield node, kb(term), NamedNode(BASE + key)
            if item["decisive"]:
                yield node, kb("decisive"), NamedNode(BASE + key)

    def _published(self, line: str, told: Json, day: dt.date | None) -> Iterator[Triple]:
        node = NamedNode(f"{line}.published")
        yield node, TYPE, kb("PublishedReview")
        yield node, kb("about"), NamedNode(line)
        if told["outcome"]:
            yield node, kb("publishedOutcome"), kb(told["outcome"])
        for key, term in (("ur_citation", "urCitation"), ("imr_citation", "imrCitation")):
            if told.get(key):
                cited = NamedNode(f"{line}.{term}")
                yield node, kb(term), cited
                yield from _citation(cited, told[key], self._library.resolve(told[key], day))


def _citation(node: NamedNode, text: str, found: Cited) -> Iterator[Triple]:
    yield node, TYPE, kb("Citation")
    yield node, kb("citationText"), Literal(text)
    for guideline in found.guidelines:
        yield node, kb("citedGuideline"), NamedNode(guideline)
    for topic in found.topics:
        yield node, kb("citedTopic"), NamedNode(topic)
    for section in found.sections:
        yield node, kb("citedSection"), Literal(section)
    for words in found.unresolved:
        yield node, kb("unresolvedCitation"), Literal(words)
    if found.nothing:
        yield node, kb("citesNothing"), TRUE


def _provenance(answer: Json, name: str, source: Source, run: Run) -> Iterator[Triple]:
    case = answer["case"]
    decision, file, activity = NamedNode(name), NamedNode(f"{name}#file"), NamedNode(f"{name}#review")
    yield decision, TYPE, kb("Decision")
    yield decision, NamedNode(DCT + "identifier"), Literal(case["number"] or name.removeprefix(DECISION))
    yield decision, kb("case"), NamedNode(f"{name}#case")
    yield decision, _prov("wasDerivedFrom"), file
    yield decision, _prov("wasGeneratedBy"), activity
    yield file, TYPE, _prov("Entity")
    yield file, NamedNode(DCT + "title"), Literal(source.name)
    yield file, kb("sha256"), Literal(source.sha256)
    yield activity, TYPE, _prov("Activity")
    yield activity, _prov("used"), file
    yield activity, _prov("used"), NamedNode(KNOWLEDGE_VERSION + run.knowledge)
    yield activity, _prov("wasAssociatedWith"), NamedNode(PROGRAM + run.version)
    moment = run.ended.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    yield activity, _prov("endedAtTime"), Literal(moment, datatype=NamedNode(XSD + "dateTime"))
    for key, term in _DAYS:
        if case["decided"] and case[key]:
            days = dt.date.fromisoformat(case["decided"]) - dt.date.fromisoformat(case[key])
            yield decision, kb(term), Literal(days.days)


def version_triples(run: Run) -> Iterator[Triple]:
    """Describe the knowledge and the program that a run uses: once for the store, not in each decision."""
    knowledge, program = NamedNode(KNOWLEDGE_VERSION + run.knowledge), NamedNode(PROGRAM + run.version)
    yield knowledge, TYPE, _prov("Entity")
    yield knowledge, NamedNode(OWL + "versionInfo"), Literal(run.knowledge)
    yield program, TYPE, _prov("SoftwareAgent")
    yield program, NamedNode(OWL + "versionInfo"), Literal(run.version)


def _prov(term: str) -> NamedNode:
    return NamedNode(PROV + term)


def _told_whole(answer: Json) -> Json:
    """Give the case with the status of each fact written out, also where it is the one that goes without saying."""
    status = {fact["id"]: fact["status"] for fact in answer["facts"]}
    case = dict(answer["case"])
    for key in _FACTS:
        case[key] = [{**fact, "status": status[fact["id"]]} for fact in case[key]]
    return case


def _facts_key(case: Json, line: Json) -> str:
    """Hash what a line asks and the facts of its case, without dates, persons and places in the text."""
    facts = sorted(
        json.dumps({"kind": key, **{k: v for k, v in fact.items() if k not in _NO_FACT}}, sort_keys=True)
        for key in _FACTS
        for fact in case[key]
    )
    keys = ("service", "quantity", "unit", "site", "side", "ingredients", "levels", "form", "course", "authorised")
    asked = [line[key] for key in keys]
    return hashlib.sha256(json.dumps([asked, facts]).encode()).hexdigest()[:16]
