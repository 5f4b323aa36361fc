"""Find days on which a guideline does not speak, and recommendations that never do."""

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Iterator

from kb.check.defect import Defect
from kb.check.reading import Reading
from kb.errors import KnowledgeError
from kb.knowledge.base import Knowledge
from kb.knowledge.guideline import Recommendation
from kb.knowledge.strict import day, whole
from kb.terms import DCT, SCHEMA, short

_DAY = dt.timedelta(days=1)
_GAP = "Let the earlier edition end the day before, or let this one begin on the first day on which it was in force."
_HIDDEN = "Remove kb:overrides from that one, or give it the condition, region, phase or dates in which it differs."


def edition_gaps(knowledge: Knowledge, reading: Reading) -> Iterator[Defect]:
    """List the editions on rung 1 that begin later than the day after the one before ended."""
    read = knowledge.ontology
    spans: dict[str, list[tuple[dt.date, dt.date, str]]] = defaultdict(list)
    for iri in read.instances("Guideline"):
        try:
            start, end = day(read, iri, SCHEMA + "validFrom"), day(read, iri, SCHEMA + "validUntil")
            if start and whole(read, iri, "rung") == 1:
                spans[read.text(iri, DCT + "isVersionOf", iri) or iri].append((start, end or dt.date.max, iri))
        except KnowledgeError:
            continue  # the shapes say what is wrong
    for editions in spans.values():
        for (_, end, _), (start, _, iri) in itertools.pairwise(sorted(editions)):
            if start > end and start - end > _DAY:
                message = f"No edition of the guideline is in force from {end + _DAY} until {start - _DAY}."
                yield Defect(
                    "warning", "edition-gap", short(iri), message, _GAP, reading.place.get(iri), reading.line(iri)
                )


def never_live(knowledge: Knowledge, reading: Reading) -> Iterator[Defect]:
    """List the recommendations that another one overrides wherever and whenever they apply."""
    for hiding in knowledge.recommendations.values():
        for iri in sorted(hiding.overrides):
            hidden = knowledge.recommendations.get(iri)
            if hidden and _hides(hiding, hidden, knowledge):
                message = f"`{hiding.id}` overrides it wherever it applies, so it never decides."
                yield Defect(
                    "error", "never-live", hidden.id, message, _HIDDEN, reading.place.get(iri), reading.line(iri)
                )


def _hides(k: Recommendation, m: Recommendation, knowledge: Knowledge) -> bool:
    if k is m or k.rung != m.rung or k.general or m.general or k.iri in m.overrides:
        return False
    if k.stance == "no_recommendation" or k.invalidated:
        return False
    if _start(k) > _start(m) or _end(k) < _end(m):
        return False
    pairs = ((m.services, k.services), (m.conditions, k.conditions), (m.regions, k.regions), (m.phases, k.phases))
    return all(not wide or (bool(narrow) and knowledge.all_below(narrow, wide)) for narrow, wide in pairs)


def _start(of: Recommendation) -> dt.date:
    return of.valid_from or dt.date.min


def _end(of: Recommendation) -> dt.date:
    return of.valid_until or dt.date.max
