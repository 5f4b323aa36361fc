"""Go from codes to concepts and to what the guidelines say of them, and back."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from kb.answer.citation import citation
from kb.answer.lookup import force, names_of
from kb.answer.meant import concept_meant
from kb.errors import UnknownConceptError
from kb.knowledge.base import Knowledge
from kb.knowledge.guideline import Recommendation
from kb.terms import CONCEPT, DCT, short

Json = dict[str, Any]


def crosswalk(
    knowledge: Knowledge, on: dt.date, icd: str | None = None, cpt: str | None = None, concept: str | None = None
) -> Json:
    """Find the concepts of a diagnosis code, a service code (CPT or HCPCS) or a word, and what speaks of them.

    Of a service and a condition together, only recommendations that speak of both are listed; general ones, which
    speak of any service, never. Raises UnknownConceptError when a code belongs to no concept, or a word means none
    clearly.
    """
    services = _coded(cpt, knowledge, True) if cpt else []
    conditions = _coded(icd, knowledge, False) if icd else []
    meant = concept_meant(concept, knowledge) if concept else None
    if meant:
        (services if _is_service(meant.name, knowledge) else conditions).append(meant.name)
    describe = knowledge.vocabulary.describe
    return {
        "on": on.isoformat(),
        "icd": icd,
        "cpt": cpt,
        "concept": concept,
        "matched": meant.matched if meant else None,
        "services": [describe(name) for name in services],
        "conditions": [describe(name) for name in conditions],
        "recommendations": list(_speaking(services, conditions, knowledge, on)),
    }


def _coded(code: str, knowledge: Knowledge, service: bool) -> list[str]:
    found = [name for name in knowledge.vocabulary.coded(code) if _is_service(name, knowledge) == service]
    if not found:
        what = "service" if service else "condition"
        raise UnknownConceptError(f"no {what} has the code `{code}`; search for its words with `mtus lookup`")
    return list(dict.fromkeys(found))


def _is_service(name: str, knowledge: Knowledge) -> bool:
    return knowledge.is_below(CONCEPT + name, CONCEPT + "treatment")


def _speaking(services: list[str], conditions: list[str], knowledge: Knowledge, on: dt.date) -> Iterable[Json]:
    for r in sorted(knowledge.editions.speaking(on), key=lambda r: (r.rung, r.id)):
        of_service = _wider(services, r.services, knowledge)
        of_condition = _wider(conditions, (*r.conditions, *_asked_for(r)), knowledge)
        both = of_service and (of_condition or not r.conditions)
        if not r.general and (both if services and conditions else of_service or of_condition):
            yield {**_describe(r, [*of_service, *of_condition], knowledge), **force(r, on)}


def _wider(names: list[str], iris: Iterable[str], knowledge: Knowledge) -> list[str]:
    """List those concepts of a recommendation that are at or above one of the names."""
    above = frozenset[str]().union(*(knowledge.above(CONCEPT + name) for name in names))
    return [iri for iri in dict.fromkeys(iris) if iri in above]


def _asked_for(r: Recommendation) -> Iterable[str]:
    return (term.value for node in r.criteria() for term in node.slots.get("concept", ()))


def _describe(r: Recommendation, through: list[str], knowledge: Knowledge) -> Json:
    topic = r.iri.partition("#")[0]
    return {
        "id": r.id,
        "topic": short(topic),
        "title": knowledge.ontology.text(topic, DCT + "title") or short(topic),
        "stance": r.stance,
        "rung": r.rung,
        "through": names_of(through),
        "citation": citation(r.source),
    }
