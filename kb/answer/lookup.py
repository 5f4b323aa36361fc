"""Look up what the guidelines in force say of a service."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kb.answer.citation import citation
from kb.answer.meant import Matched, condition_meant, service_meant
from kb.explain.sentence import sentence
from kb.knowledge.base import Knowledge
from kb.knowledge.guideline import Recommendation
from kb.knowledge.tree import Node
from kb.terms import CONCEPT

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold what a person asks after: a service, a condition, and what speaks of them on a day.

    `others` are further services that fit the words; `narrower` those below the service of which something speaks,
    where nothing speaks of the service itself; `matched` and `condition_matched` tell how words were matched.
    """

    service: str
    matched: Matched
    others: list[str]
    narrower: list[str]
    condition: str | None
    condition_matched: Matched | None
    speaking: list[Recommendation]


def asked(words: str, knowledge: Knowledge, on: dt.date, condition: str | None = None) -> Asked:
    """Find a service by words, name or code, and the recommendations that speak of it on a day.

    With a condition only recommendations for it, or for any condition, are taken. Raises
    UnknownConceptError, with what may be meant, when no service or condition clearly is.
    """
    found = service_meant(words, knowledge)
    wanted = condition_meant(condition, knowledge) if condition else None
    name = wanted.name if wanted else None
    told = knowledge.editions.speaking(on)
    speaking = _about(found.name, name, told, knowledge)
    about_it = any(not r.general for r in speaking)
    return Asked(
        service=found.name,
        matched=found.matched,
        others=found.others[:9],
        narrower=[] if about_it else _narrower(found.name, told, knowledge),
        condition=name,
        condition_matched=wanted.matched if wanted else None,
        speaking=sorted(speaking, key=lambda r: (r.rung, r.id)),
    )


def lookup(words: str, knowledge: Knowledge, on: dt.date, condition: str | None = None) -> Json:
    """Say what the recommendations that speak on a day say of a service, found by words, name or code.

    Raises what `asked` raises.
    """
    found = asked(words, knowledge, on, condition)
    recommendations = [{**_describe(r, knowledge), **force(r, on)} for r in found.speaking]
    return {**told_of(found, words, knowledge, on), "recommendations": recommendations}


def told_of(found: Asked, words: str, knowledge: Knowledge, on: dt.date) -> Json:
    """Tell what was asked after, and how the words for it were understood."""
    return {
        "words": words,
        "matched": found.matched,
        "on": on.isoformat(),
        "condition": found.condition,
        "condition_matched": found.condition_matched,
        "concept": knowledge.vocabulary.describe(found.service),
        "candidates": found.others,
        "narrower": found.narrower,
    }


def force(r: Recommendation, on: dt.date) -> Json:
    """Tell from when until when a recommendation that speaks on a day is in force, and whether it is on that day.

    One that speaks and is not in force is of the latest edition of a source outside the MTUS.
    """
    return {
        "valid_from": r.valid_from.isoformat() if r.valid_from else None,
        "valid_until": r.valid_until.isoformat() if r.valid_until else None,
        "in_force": r.valid_until is None or on <= r.valid_until,
    }


def _about(
    service: str, condition: str | None, in_force: list[Recommendation], knowledge: Knowledge
) -> list[Recommendation]:
    """List what speaks of a service or a wider one, and of a condition, or of any, if one is named."""
    services = knowledge.above(CONCEPT + service)
    found = [r for r in in_force if not services.isdisjoint(r.services)]
    if condition is None:
        return found
    conditions = knowledge.above(CONCEPT + condition)
    return [r for r in found if not r.conditions or not conditions.isdisjoint(r.conditions)]


def _narrower(service: str, in_force: list[Recommendation], knowledge: Knowledge) -> list[str]:
    below = {wide for r in in_force for wide in r.services if knowledge.is_below(wide, CONCEPT + service)}
    return sorted(iri.removeprefix(CONCEPT) for iri in below if iri != CONCEPT + service)


def _describe(r: Recommendation, knowledge: Knowledge) -> Json:
    return {
        "id": r.id,
        "stance": r.stance,
        "rung": r.rung,
        "services": names_of(r.services),
        "conditions": names_of(r.conditions),
        "regions": names_of(r.regions),
        "phases": list(r.phases),
        "criteria": outline(r.tree, knowledge) if r.tree else None,
        "unless": outline(r.unless, knowledge) if r.unless else None,
        "contraindications": [outline(node, knowledge) for node in r.contraindications],
        "confidence": r.source.confidence,
        "citation": citation(r.source),
    }


def names_of(iris: Iterable[str]) -> list[str]:
    """Name concepts by their local names."""
    return [iri.removeprefix(CONCEPT) for iri in iris]


def outline(node: Node, knowledge: Knowledge) -> Json:
    """Write a tree of criteria as sentences, with how each is known."""
    return {
        "id": node.id,
        "op": node.op,
        "n": node.n,
        "kind": node.kind,
        "strength": node.strength if node.op == "criterion" else None,
        "sentence": sentence(node, knowledge) if node.op == "criterion" else None,
        "verification": node.source.verification if node.source else None,
        "confidence": node.source.confidence if node.source else None,
        "decisions": list(node.source.decisions) if node.source else [],
        "children": [outline(child, knowledge) for child in node.children],
    }
