"""Index a knowledge once for all its pages: what stands on which, who speaks of what."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from itertools import combinations

import pyoxigraph as ox

from kb.browse.links import path_of
from kb.decide.precedence import overrides
from kb.knowledge.base import Knowledge
from kb.knowledge.guideline import Recommendation
from kb.knowledge.ontology import Triple
from kb.knowledge.tree import Node
from kb.terms import BASE, CONCEPT, DCT, DECISION, PHASE, PROV, UNIT

_DIMENSIONS = ("services", "conditions", "regions")


class Register:
    """Index a knowledge for its pages."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Sort subjects by page, recommendations by topic, topics by guideline."""
        self.knowledge = knowledge
        read = knowledge.ontology
        self.subjects: dict[str, list[str]] = defaultdict(list)
        for iri in sorted(read.index):
            if iri.startswith(BASE):
                self.subjects[path_of(iri)].append(iri)
        self.topics: dict[str, list[str]] = defaultdict(list)
        for topic in read.instances("Topic"):
            self.topics[read.text(topic, DCT + "isPartOf") or ""].append(topic)
        self.guidelines = sorted(read.instances("Guideline"))
        self.advice: dict[str, list[Recommendation]] = defaultdict(list)
        for r in sorted(
            knowledge.recommendations.values(), key=lambda r: (not r.iri.endswith("#recommendation"), r.iri)
        ):
            self.advice[r.iri.partition("#")[0]].append(r)

    @cached_property
    def editions(self) -> dict[str, list[str]]:
        """Map each guideline to its editions."""
        found: dict[str, list[str]] = defaultdict(list)
        for iri in self.guidelines:
            found[self.knowledge.ontology.text(iri, DCT + "isVersionOf") or iri].append(iri)
        return found

    @cached_property
    def about(self) -> dict[str, list[Recommendation]]:
        """Map a concept to the recommendations for it as a service, condition or region."""
        found: dict[str, list[Recommendation]] = defaultdict(list)
        for r in self.knowledge.recommendations.values():
            for concept in dict.fromkeys(iri for dimension in _DIMENSIONS for iri in getattr(r, dimension)):
                found[concept].append(r)
        return found

    @cached_property
    def in_phase(self) -> dict[str, list[str]]:
        """Map a phase of care to the recommendations for it."""
        found: dict[str, list[str]] = defaultdict(list)
        for r in self.knowledge.recommendations.values():
            for phase in r.phases:
                found[PHASE + phase].append(r.iri)
        return found

    @cached_property
    def asked(self) -> dict[str, list[Node]]:
        """Map a concept or unit to the criteria that name it."""
        found: dict[str, list[Node]] = defaultdict(list)
        for criterion in self.knowledge.criteria.values():
            for iri in dict.fromkeys(_named(criterion)):
                found[iri].append(criterion)
        return found

    @cached_property
    def homes(self) -> dict[str, list[Recommendation]]:
        """Map a criterion to the recommendations in whose trees it stands."""
        found: dict[str, list[Recommendation]] = defaultdict(list)
        for r in self.knowledge.recommendations.values():
            for name in dict.fromkeys(criterion.id for criterion in r.criteria()):
                found[name].append(r)
        return found

    @cached_property
    def attested(self) -> dict[str, list[str]]:
        """Map a published decision to the statements that it attests."""
        found: dict[str, list[str]] = defaultdict(list)
        for iri in sorted(self.knowledge.ontology.index):
            for decision in self.knowledge.ontology.objects(iri, PROV + "wasDerivedFrom"):
                if decision.value.startswith(DECISION):
                    found[decision.value].append(iri)
        return found

    @cached_property
    def replaces(self) -> dict[str, list[Recommendation]]:
        """Map a recommendation to those whose place it takes where both apply, on days on which both speak."""
        found: dict[str, list[Recommendation]] = defaultdict(list)
        plain = [r for r in self.knowledge.recommendations.values() if r.stance and not r.general]
        spoken = {iri: set(epochs) for iri, epochs in self.knowledge.editions.of.items()}
        for k, m in combinations(plain, 2):
            if k.rung != m.rung or spoken[k.iri].isdisjoint(spoken[m.iri]):
                continue
            for one, other in ((k, m), (m, k)):
                if overrides(one, other, self.knowledge):
                    found[one.iri].append(other)
        return found

    @cached_property
    def replaced(self) -> dict[str, list[Recommendation]]:
        """Map a recommendation to those that take its place where both apply."""
        found: dict[str, list[Recommendation]] = defaultdict(list)
        for iri, others in self.replaces.items():
            for other in others:
                found[other.iri].append(self.knowledge.recommendations[iri])
        return found

    @cached_property
    def parents(self) -> dict[str, list[str]]:
        """Map each concept to those directly above it, what the reasoner found included."""
        return {iri: self._direct(iri) for iri in (CONCEPT + name for name in sorted(self.knowledge.concepts))}

    @cached_property
    def children(self) -> dict[str, list[str]]:
        """Map each concept to those directly below it."""
        found: dict[str, list[str]] = defaultdict(list)
        for iri, parents in self.parents.items():
            for parent in parents:
                found[parent].append(iri)
        label = self.knowledge.ontology.label
        return {iri: sorted(below, key=lambda name: label(name).lower()) for iri, below in found.items()}

    def _direct(self, iri: str) -> list[str]:
        above = self.knowledge.above
        wider = [a for a in above(iri) if a.startswith(CONCEPT) and a != iri and iri not in above(a)]
        return sorted(a for a in wider if not any(b != a and a in above(b) and b not in above(a) for b in wider))

    @cached_property
    def statements(self) -> dict[object, list[Triple]]:
        """Map each subject, nameless ones too, to what the ontology's files say of it."""
        found: dict[object, list[Triple]] = defaultdict(list)
        for triple in self.knowledge.ontology.triples:
            found[triple[0]].append(triple)
        return found


def _named(criterion: Node) -> Iterator[str]:
    """List the concepts, units and words of the schema that a criterion names."""
    for values in criterion.slots.values():
        yield from (v.value for v in values if isinstance(v, ox.NamedNode) and v.value.startswith((CONCEPT, UNIT)))
