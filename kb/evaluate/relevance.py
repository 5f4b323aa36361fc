"""Tell which concepts can matter to what is considered, and of which criteria no fact says anything.

Neither the facts nor the criteria that are left out could give a row of a query.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

from kb.knowledge.base import Knowledge
from kb.knowledge.guideline import Recommendation
from kb.knowledge.tree import Node
from kb.terms import CONCEPT, SCHEMA

_MOST = 500  # sets of recommendations of which it is kept what matters to them
_INJURY = SCHEMA + "injury"


class Relevance:
    """Hold the concepts that recommendations name, with those wider and narrower.

    Every query matches a fact by its concept: below one that a criterion or a condition names, above one when it
    is absent, or on the other side of an outcome.
    """

    def __init__(self, recommendations: Iterable[Recommendation], knowledge: Knowledge) -> None:
        """Collect what they name, and the operations after which the phase of care is postsurgical."""
        self._operations = frozenset(_operations(knowledge))
        named = self._operations.union(*(r.conditions for r in recommendations))
        criteria = (_named_by(c, knowledge) for r in recommendations for c in r.criteria())
        self._named = named.union(*(names for names, _ in criteria))
        self._wider = frozenset[str]().union(*map(knowledge.above, self._named))
        self._above = knowledge.above
        self._known: dict[str, bool] = {}

    def __contains__(self, concept: str) -> bool:
        """Tell whether a concept, by its IRI, lies at, below or above one that is named."""
        if concept not in self._known:
            self._known[concept] = concept in self._wider or not self._above(concept).isdisjoint(self._named)
        return self._known[concept]

    def is_operation(self, service: str) -> bool:
        """Tell whether care, by the IRI of a service, is postsurgical for a time after it."""
        return not self._above(service).isdisjoint(self._operations)


def relevance(recommendations: Sequence[Recommendation], knowledge: Knowledge) -> Relevance:
    """Find what matters to recommendations, worked out once for each set of them."""
    key = tuple(r.id for r in recommendations)
    return knowledge.memory.once("relevance", key, lambda: Relevance(recommendations, knowledge), _MOST)


class Told:
    """Hold the concepts of the facts that a request sees, with those wider."""

    def __init__(self, names: Collection[str], knowledge: Knowledge) -> None:
        """Take the IRIs of the concepts."""
        self._names = names
        self._wider = frozenset[str]().union(*map(knowledge.above, names))
        self._knowledge = knowledge

    def bear_on(self, criterion: Node) -> bool:
        """Tell whether one of them lies at, below or above one that a criterion names."""
        named, wider = _named_by(criterion, self._knowledge)
        return not (named.isdisjoint(self._wider) and wider.isdisjoint(self._names))


def _named_by(criterion: Node, knowledge: Knowledge) -> tuple[frozenset[str], frozenset[str]]:
    """List the concepts that a criterion names, with their opposites, and all at or above these."""

    def find() -> tuple[frozenset[str], frozenset[str]]:
        slots = {value.value for values in criterion.slots.values() for value in values}
        named = {iri for iri in slots if iri.startswith(CONCEPT) or iri == _INJURY}
        named.update(*(knowledge.stated(name, "opposite") for name in named))
        return frozenset(named), frozenset[str]().union(*map(knowledge.above, named))

    return knowledge.memory.once("named by", criterion.id, find, len(knowledge.criteria))


def _operations(knowledge: Knowledge) -> Iterator[str]:
    for period in knowledge.ontology.instances("PostsurgicalPeriod"):
        yield from knowledge.ontology.iris(period, "service")
