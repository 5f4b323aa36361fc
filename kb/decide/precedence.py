"""Say which recommendation takes the place of which: the narrower one, or the one that names the other."""

from kb.knowledge.base import Knowledge
from kb.knowledge.guideline import Recommendation


def overrides(k: Recommendation, m: Recommendation, knowledge: Knowledge) -> bool:
    """Tell whether, where both apply, k takes the place of m."""
    return _replaces(k, m, knowledge) and not _replaces(m, k, knowledge)


def _replaces(k: Recommendation, m: Recommendation, knowledge: Knowledge) -> bool:
    if k is m or k.rung != m.rung or k.stance == "no_recommendation":
        return False
    return m.iri in k.overrides or (_narrower(k, m, knowledge) and not _narrower(m, k, knowledge))


def _narrower(k: Recommendation, m: Recommendation, knowledge: Knowledge) -> bool:
    below = knowledge.all_below
    pairs = ((k.services, m.services), (k.conditions, m.conditions), (k.regions, m.regions), (k.phases, m.phases))
    return all(not wide or (bool(narrow) and below(narrow, wide)) for narrow, wide in pairs)
