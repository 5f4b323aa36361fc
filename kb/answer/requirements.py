"""Say which facts can matter for a request of a service, so that an app can ask for them."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pyoxigraph import NamedNode

from kb.answer.citation import citation
from kb.answer.lookup import asked, force, told_of
from kb.case.numbers import whole
from kb.explain.sentence import sentence
from kb.knowledge.base import Knowledge
from kb.knowledge.guideline import Recommendation
from kb.knowledge.tree import Node, Source
from kb.terms import BASE, CONCEPT, PHASE, RDF, SCHEMA, short

Json = dict[str, Any]

_SLOTS = ("concept", "treatment", "counts", "since", "outcome")
_BOUNDS = {"minimum": "minimum", "limit": "limit", "minimum_weeks": "minimumWeeks"}
_LINE = "requests"
_CONCEPT_KEYS = {"diagnoses": "concept", "findings": "concept", "documents": "concept", "medications": "concept",
                 "treatments": "service"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Place:
    """Name a fact as a case holds it; facts of one place are one entry."""

    part: str
    concepts: tuple[str, ...]
    unit: str | None


@dataclass(slots=True)
class _Fact:
    keys: dict[str, None] = field(default_factory=dict)
    asked_by: dict[str, Json] = field(default_factory=dict)


def requirements(words: str, knowledge: Knowledge, on: dt.date, condition: str | None = None) -> Json:
    """List the facts that the recommendations that speak of a service on a day ask for, and what asks for each.

    Raises what `asked` raises.
    """
    found = asked(words, knowledge, on, condition)
    return {
        **told_of(found, words, knowledge, on),
        "recommendations": [r.id for r in found.speaking],
        "force": [{"recommendation": r.id, **force(r, on)} for r in found.speaking],
        "facts": _Gatherer(knowledge).gather(found.speaking),
    }


class _Gatherer:
    """Gather facts by place, each with all that asks for it."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._read = knowledge.ontology
        self._facts: dict[_Place, _Fact] = {}

    def gather(self, speaking: list[Recommendation]) -> list[Json]:
        for r in speaking:
            for dimension, keys, iris in _dimensions(r):
                asking = _dimension(r, dimension, " or ".join(map(self._read.label, iris)))
                self._add(r, keys, iris, None, asking)
            for node, role, reading in _criteria(r):
                for keys, iris in self._places(node):
                    self._add(r, keys, iris, _unit(node), self._asking(node, role, reading))
        return [self._fact(place, fact) for place, fact in self._facts.items()]

    def _add(
        self, r: Recommendation, keys: tuple[str, ...], iris: tuple[str, ...], unit: str | None, new: Json
    ) -> None:
        for key in keys:
            part = key.rpartition(".")[0] or "case"
            fact = self._facts.setdefault(_Place(part, iris, unit), _Fact())
            fact.keys[key.rpartition(".")[2]] = None
            asking = fact.asked_by.setdefault(new["criterion"], {**new, "recommendations": []})
            if r.id not in asking["recommendations"]:
                asking["recommendations"].append(r.id)

    def _places(self, node: Node) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Pair keys of a case with the concepts for which a criterion reads them."""
        kinds = (kind.value for kind in self._read.objects(BASE + node.id, RDF + "type"))
        omitted = self._texts(_iris(node, "scope"), "leavesOut")
        reads = [key for key in self._texts(kinds, "reads") if key.split(".")[0] not in omitted]
        if of_line := tuple(key for key in reads if key.startswith(f"{_LINE}.")):
            yield of_line, _iris(node, "concept")
        for slot in _SLOTS:
            by_part: dict[tuple[str, ...], list[str]] = {}
            for iri in _iris(node, slot):
                by_part.setdefault(self._keys(iri, reads), []).append(iri)
            yield from ((keys, tuple(iris)) for keys, iris in by_part.items() if keys)

    def _keys(self, iri: str, reads: list[str]) -> tuple[str, ...]:
        """Choose the keys of the list that holds a concept; of every list of facts where that one is not read."""
        held = self._held_in(iri)
        own = tuple(key for key in reads if key.split(".")[0] in held)
        return own or tuple(key for key in reads if "." in key and not key.startswith(f"{_LINE}."))

    def _held_in(self, iri: str) -> list[str]:
        saying = [wide for wide in self._knowledge.above(iri) if self._read.objects(wide, SCHEMA + "heldIn")]
        nearest = (w for w in saying if not any(n != w and self._knowledge.is_below(n, w) for n in saying))
        return self._texts(nearest, "heldIn")

    def _texts(self, subjects: Iterable[str], term: str) -> list[str]:
        return [found.value for subject in subjects for found in self._read.objects(subject, SCHEMA + term)]

    def _asking(self, node: Node, role: str, reading: bool) -> Json:
        return {
            **_blank(node.id, str(node.kind), role, node.source),
            "strength": node.strength,
            "reading": reading,
            **{key: _number(node, slot) for key, slot in _BOUNDS.items()},
            "exclusive": sorted(short(term.value) for term in node.slots.get("exclusive", ())),
            "scope": next((short(term.value) for term in node.slots.get("scope", ())), None),
            "outcomes": [short(term.value) for term in node.slots.get("outcome", ())],
            "care_status": self._care_status(node),
            "sentence": sentence(node, self._knowledge),
        }

    def _care_status(self, node: Node) -> list[str]:
        """List the statuses of care that a criterion looks at, where it looks at any."""
        kinds = [kind.value for kind in self._read.objects(BASE + node.id, RDF + "type")]
        cares = any(key.startswith(("treatments.", "medications.")) for key in self._texts(kinds, "reads"))
        return self._texts(kinds, "careStatus") if cares else []

    def _fact(self, place: _Place, fact: _Fact) -> Json:
        concepts = [iri for iri in place.concepts if iri.startswith(CONCEPT)]
        return {
            "part": place.part,
            "keys": list(fact.keys),
            "concepts": [{"id": short(iri), "label": self._read.label(iri)} for iri in concepts],
            "concept_key": _CONCEPT_KEYS.get(place.part) if concepts else None,
            "unit": place.unit,
            "asked_by": list(fact.asked_by.values()),
        }


def _dimensions(r: Recommendation) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    if r.conditions:
        yield "diagnosis", ("diagnoses.status",), r.conditions
    if r.regions:
        yield "region", (f"{_LINE}.site",), r.regions
    if r.phases:
        yield "phase", ("injured", "phase"), tuple(PHASE + phase for phase in r.phases)


def _dimension(r: Recommendation, name: str, words: str) -> Json:
    return {**_blank(f"{r.id}.{name}", name, "applicability", r.source), "sentence": f"it is about {words}"}


def _blank(criterion: str, kind: str, role: str, source: Source | None) -> Json:
    return {
        "criterion": criterion,
        "recommendations": [],
        "kind": kind,
        "role": role,
        "strength": None,
        "reading": False,
        **dict.fromkeys(_BOUNDS),
        "exclusive": [],
        "scope": None,
        "outcomes": [],
        "care_status": [],
        "sentence": "",
        "confidence": source.confidence if source else None,
        "citation": citation(source) if source else None,
    }


def _criteria(r: Recommendation) -> Iterator[tuple[Node, str, bool]]:
    """List the criteria of a recommendation with the role of each, and whether only another reading has it."""
    for root in (r.tree, r.unless):
        if root:
            yield from ((node, node.role, reading) for node, reading in _walk(root, False))
    for root in r.contraindications:
        yield from ((node, "contraindication", reading) for node, reading in _walk(root, False))


def _walk(node: Node, reading: bool) -> Iterator[tuple[Node, bool]]:
    if node.op == "criterion":
        yield node, reading
    for child in node.children:
        yield from _walk(child, reading)
    for other in node.readings:
        yield from _walk(other, True)


def _iris(node: Node, slot: str) -> tuple[str, ...]:
    return tuple(term.value for term in node.slots.get(slot, ()) if isinstance(term, NamedNode))


def _unit(node: Node) -> str | None:
    return next((short(iri) for iri in _iris(node, "unit")), None)


def _number(node: Node, slot: str) -> float | None:
    return next((whole(float(term.value)) for term in node.slots.get(slot, ())), None)
