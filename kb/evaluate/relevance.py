"""Tell which concepts can matter to what is considered; facts about others need not be written for the queries."""

from collections.abc import Iterable, Iterator, Sequence

from kb.knowledge.base import Knowledge
from kb.knowledge.guideline import Recommendation
from kb.terms import CONCEPT


class Relevance:
    """Hold the concepts that recommendations name, with those wider and narrower.

    Every query matches a fact by its concept: below one that a criterion or a condition names, above one when it
    is absent, or on the other side of an outcome.
    """

    def __init__(self, recommendations: Iterable[Recommendation], knowledge: Knowledge) -> None:
        """Collect what they name, and the operations after which the phase of care is postsurgical."""
        named = set(_operations(knowledge)).union(*map(_named, recommendations))
        self._named = named.union(*(knowledge.stated(name, "opposite") for name in named))
        self._wider = frozenset[str]().union(*map(knowledge.above, self._named))
        self._above = knowledge.above
        self._known: dict[str, bool] = {}

    def __contains__(self, concept: str) -> bool:
        """Tell whether a concept, by its IRI, lies at, below or above one that is named."""
        if concept not in self._known:
            self._known[concept] = concept in self._wider or not self._above(concept).isdisjoint(self._named)
        return self._known[concept]


def relevance(recommendations: Sequence[Recommendation], knowledge: Knowledge) -> Relevance:
    """Find what matters to recommendations, worked out once for each set of them."""
    key = "relevance to " + " ".join(r.id for r in recommendations)
    if key not in knowledge.remembered:
        knowledge.remembered[key] = Relevance(recommendations, knowledge)
    known: Relevance = knowledge.remembered[key]
    return known


def _named(recommendation: Recommendation) -> Iterator[str]:
    yield from recommendation.conditions
    for criterion in recommendation.criteria():
        for values in criterion.slots.values():
            yield from (value.value for value in values if value.value.startswith(CONCEPT))


def _operations(knowledge: Knowledge) -> Iterator[str]:
    for period in knowledge.ontology.instances("PostsurgicalPeriod"):
        yield from knowledge.ontology.iris(period, "service")
