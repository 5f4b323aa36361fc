"""Look up what the guidelines in force say of a service."""

import datetime as dt
from typing import Any

from kb.answer.writer import citation
from kb.errors import UnknownConceptError
from kb.explain.sentence import sentence
from kb.knowledge.base import Knowledge
from kb.knowledge.guideline import Recommendation
from kb.knowledge.tree import Node
from kb.knowledge.vocabulary import Vocabulary
from kb.terms import CONCEPT

Json = dict[str, Any]


def lookup(words: str, knowledge: Knowledge, on: dt.date, condition: str | None = None) -> Json:
    """Find a service by words, name or code, and list the recommendations that speak of it on a day.

    With a condition only recommendations for it, or for any condition, are listed. Raises
    UnknownConceptError when nothing fits the words. Where none speaks of the service itself, `narrower` lists
    the services below it of which some do.
    """
    vocabulary = knowledge.vocabulary
    found = vocabulary.find(words)
    if not found:
        raise UnknownConceptError(f"nothing fits `{words}`; try other words, a concept's name or a CPT or HCPCS code")
    wanted = _condition(condition, vocabulary) if condition else None
    in_force = knowledge.editions.speaking(on)
    speaking = [r for r in in_force if _speaks_of(r, found[0], wanted, knowledge)]
    about_it = any(not r.general for r in speaking)
    return {
        "words": words,
        "on": on.isoformat(),
        "condition": wanted,
        "concept": vocabulary.describe(found[0]),
        "candidates": found[1:10],
        "narrower": [] if about_it else _narrower(found[0], in_force, knowledge),
        "recommendations": [_describe(r, knowledge) for r in sorted(speaking, key=lambda r: (r.rung, r.id))],
    }


def _condition(words: str, vocabulary: Vocabulary) -> str:
    found = vocabulary.find(words, "diagnosis")
    if not found:
        raise UnknownConceptError(f"no condition fits `{words}`; try other words, a concept's name or an ICD code")
    return found[0]


def _speaks_of(r: Recommendation, service: str, condition: str | None, knowledge: Knowledge) -> bool:
    if not any(knowledge.is_below(CONCEPT + service, wide) for wide in r.services):
        return False
    if condition is None or not r.conditions:
        return True
    return any(knowledge.is_below(CONCEPT + condition, wide) for wide in r.conditions)


def _narrower(service: str, in_force: list[Recommendation], knowledge: Knowledge) -> list[str]:
    below = {wide for r in in_force for wide in r.services if knowledge.is_below(wide, CONCEPT + service)}
    return sorted(iri.removeprefix(CONCEPT) for iri in below if iri != CONCEPT + service)


def _describe(r: Recommendation, knowledge: Knowledge) -> Json:
    def names(iris: tuple[str, ...]) -> list[str]:
        return [iri.removeprefix(CONCEPT) for iri in iris]

    return {
        "id": r.id,
        "stance": r.stance,
        "rung": r.rung,
        "services": names(r.services),
        "conditions": names(r.conditions),
        "regions": names(r.regions),
        "phases": list(r.phases),
        "criteria": outline(r.tree, knowledge) if r.tree else None,
        "unless": outline(r.unless, knowledge) if r.unless else None,
        "contraindications": [outline(node, knowledge) for node in r.contraindications],
        "confidence": r.source.confidence,
        "citation": citation(r.source),
    }


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
