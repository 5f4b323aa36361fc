"""Derive what queries join on, and sort the triples that can bear on a request by the topic that says them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache

import pyoxigraph as ox

from kb.knowledge.editions import Editions
from kb.knowledge.guideline import Recommendation
from kb.knowledge.ontology import Ontology, Triple
from kb.knowledge.queries import queries
from kb.knowledge.tree import Node
from kb.terms import BASE, NOTHING, RDF, SCHEMA, SKOS, SUBSUMED_BY, XSD, kb

_SERVICE = kb("service")
_TYPE = RDF + "type"
_SPEAKS = (SCHEMA + "speaksFrom", SCHEMA + "speaksUntil")  # what finds a recommendation is there before its topic is
_ASKED_FOR = ("outcome", "concept", "treatment")  # slots of which any value will do; the first that a kind has
# which of minimum and limit are exclusive, as the queries of criteria spell it
_BOUNDS = {(False, False): "inclusive", (True, False): "above", (False, True): "below", (True, True): "between"}
_TESTING = ("applies", "rules", "criteria")
_DECIMAL = ox.NamedNode(XSD + "decimal")
_NUMBER = re.compile(r"\d+(\.\d+)?")  # what is none is found by `mtus check`


def derive(ontology: Ontology, recommendations: Iterable[Recommendation], editions: Editions) -> Iterator[Triple]:
    """Say outright what a query would else have to search for; ontology/core/request.ttl defines the terms."""
    yield from _subsumption(ontology)
    for subject, predicate, service in ontology.triples:
        if predicate == _SERVICE:
            yield service, kb("namedBy"), subject
    for recommendation in recommendations:
        node = ox.NamedNode(recommendation.iri)
        if epochs := editions.of[recommendation.iri]:
            yield node, kb("speaksFrom"), ox.Literal(epochs[0])
            yield node, kb("speaksUntil"), ox.Literal(epochs[-1])
        if recommendation.conditions:
            yield node, kb("alternatives"), ox.Literal(len(recommendation.conditions))
        for criterion in {c.id: c for c in recommendation.criteria()}.values():
            yield from _wanted(criterion)
            yield from _bounds(criterion, ontology)


def _subsumption(ontology: Ontology) -> Iterator[Triple]:
    nodes = {iri: ox.NamedNode(iri) for above in ontology.above.values() for iri in above}
    for concept, above in ontology.above.items():
        for wide in above:
            yield nodes[concept], SUBSUMED_BY, nodes[wide]
        yield NOTHING, SUBSUMED_BY, nodes[concept]
    yield kb("injury"), SUBSUMED_BY, kb("injury")


def _wanted(criterion: Node) -> Iterator[Triple]:
    wanted = next((found for slot in _ASKED_FOR if (found := criterion.slots.get(slot))), ())
    if wanted:
        node = ox.NamedNode(BASE + criterion.id)
        yield node, kb("alternatives"), ox.Literal(len(wanted))
        for concept in wanted:
            yield node, kb("wants"), concept


def _bounds(criterion: Node, ontology: Ontology) -> Iterator[Triple]:
    """Tell the bounds of a criterion in days where its unit is one of time, and which of them are exclusive."""
    slots, node = criterion.slots, ox.NamedNode(BASE + criterion.id)
    days = next((ontology.text(unit.value, SCHEMA + "days") for unit in slots.get("unit", ())), None)
    held = [(slot, value.value) for slot in ("minimum", "limit") for value in slots.get(slot, ())]
    for slot, value in held:
        if days and _NUMBER.fullmatch(value):
            yield node, kb(f"{slot}Days"), ox.Literal(f"{Decimal(value) * Decimal(days):f}", datatype=_DECIMAL)
    if held:
        exclusive = {value.value for value in slots.get("exclusive", ())}
        which = (SCHEMA + "minimum" in exclusive, SCHEMA + "limit" in exclusive)
        yield node, kb("bounds"), ox.Literal(_BOUNDS[which])


def topics_of(recommendation: Recommendation) -> frozenset[str]:
    """Name the documents that say a recommendation and its criteria: its own, and those whose criteria it takes."""
    iris = (recommendation.iri, *(BASE + criterion.id for criterion in recommendation.criteria()))
    return frozenset(_document(iri) for iri in iris)


def sort_by_topic(
    triples: Iterable[Triple], recommendations: Iterable[Recommendation]
) -> tuple[list[Triple], dict[str, list[Triple]]]:
    """Separate what bears on any request from what bears only on those a topic speaks of; leave out the rest."""
    said = {iri for r in recommendations for iri in (r.iri, *(BASE + criterion.id for criterion in r.criteria()))}
    common: list[Triple] = []
    topics: defaultdict[str, list[Triple]] = defaultdict(list, {_document(iri): [] for iri in said})
    read = _read()
    for triple in triples:
        subject, predicate, value = triple
        name = predicate.value
        if name in read or (name == _TYPE and isinstance(value, ox.NamedNode) and value.value in read):
            iri = subject.value
            own = iri in said and name not in _SPEAKS
            (topics[_document(iri)] if own else common).append(triple)
    return common, topics


def _document(iri: str) -> str:
    return iri.split("#", 1)[0]


@cache
def _read() -> frozenset[str]:
    """Name the terms that can bear on a request: those of the schema that the queries read, and the name of a kind.

    Those of OWL are for the reasoner, which has its own axioms.
    """
    read = (query.reads for folder in _TESTING for query in queries(folder).values())
    return frozenset(iri for iris in read for iri in iris if iri.startswith(SCHEMA)) | {SKOS + "notation"}
