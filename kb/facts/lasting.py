"""Read a complaint that goes on ("persistent knee pain", "continues to have neck pain") as the finding it makes."""

from collections.abc import Iterable, Iterator

from kb.case.fact import Diagnosis, Finding
from kb.facts.cues import LASTS_AFTER, LASTS_BEFORE
from kb.facts.sense import Reading
from kb.facts.services import Vocabulary
from kb.terms import CONCEPT, short

_NEAR = 60
_LIKELY = 0.7


def lasting(told: Iterable[Diagnosis], reading: Reading, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Read which of the complaints of a sentence go on; a slot of the ontology names the finding."""
    for complaint in told:
        found = vocabulary.knowledge.stated(CONCEPT + complaint.concept, "whenLasting")
        quote = complaint.quote
        if not found or quote is None or complaint.status == "absent":
            continue
        before = reading.sentence.between(max(reading.sentence.start, quote.start - _NEAR), quote.start)
        after = reading.sentence.between(quote.end, quote.end + _NEAR)
        if LASTS_BEFORE.search(before) or LASTS_AFTER.match(after):
            site, side = complaint.site, complaint.side
            yield Finding(
                concept=short(found[0]), status="present", site=site, side=side, quote=quote, confidence=_LIKELY
            )
