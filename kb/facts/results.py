"""Read how care turned out ("which did not help", "with 70% relief for 8 weeks") and note it on what it is told of."""

import re
from collections.abc import Iterable

from kb.case.fact import Finding, Medication, Outcome, Treatment
from kb.facts.prose import Named
from kb.facts.quantity import Quantities
from kb.facts.sense import Reading
from kb.facts.services import Vocabulary
from kb.terms import CONCEPT, short

Told = tuple[Named, str]

_AIM = re.compile(
    r"(?:\b(?:for|seek\w*|need\w*|want\w*)|(?<!noted)(?<!found)(?<!shown)(?<!reported)\s+to)\s+(?:[a-z]+\s+){0,1}$",
    re.I,
)
_PERCENT_BEFORE = re.compile(r"\b(\d{1,3})(?:\s*-\s*\d{1,3})?\s*(?:%|percent)[^\d.;]{0,25}$")
_PERCENT_AFTER = re.compile(r"^[^\d.;,]{0,25}?\b(\d{1,3})(?:\s*-\s*\d{1,3})?\s*(?:%|percent)")
_LASTING = re.compile(r"[^.;]{0,40}?\b(?:for|lasting|lasted|which\s+lasted|that\s+lasted|of)\s+([^.;]{0,40})", re.I)
_FAR = 60
_FROM = re.compile(r"\s+(?:from|with|after|of|by|following|to)\s+(?:[a-z]+\s+){0,3}", re.I)
_GRAVEST: tuple[Outcome, ...] = ("not_tolerated", "worse", "unchanged", "improved", "unknown")


class Results:
    """Read outcomes with the names of one knowledge."""

    def __init__(self, vocabulary: Vocabulary, quantities: Quantities) -> None:
        """Take the names and the units."""
        self._vocabulary = vocabulary
        self._quantities = quantities

    def told(self, reading: Reading) -> Told | None:
        """Find the result a sentence tells plainly: of several, the one told nearest to a treatment."""
        told = [(n, o) for n in reading.sentence.named if (o := self._vocabulary.one_of(n.names, "outcome"))]
        told = [(n, o) for n, o in told if self._is_plain(reading, n)]
        care = [n for n in reading.sentence.named if self._vocabulary.one_of(n.names, "treatment")]
        nearest = min(told, key=lambda t: min((_apart(t[0], n) for n in care), default=0), default=None)
        if nearest is None or not self.failed(nearest):
            return nearest
        return min((t for t in told if self.failed(t)), key=lambda t: _GRAVEST.index(self._word(t)))

    def _word(self, told: Told) -> Outcome:
        return self._vocabulary.outcome(told[1], told[0].denied)

    def _is_plain(self, reading: Reading, named: Named) -> bool:
        """Tell whether a result is told, not hoped for."""
        ahead = reading.sentence.between(reading.sentence.start, named.start)
        return reading.sense(named) not in ("supposed", "planned", "family") and not _AIM.search(ahead)

    def is_hoped(self, reading: Reading, start: int) -> bool:
        """Tell whether what stands at an offset is a result that is only aimed at ("for pain relief")."""
        named = next((n for n in reading.sentence.named if n.start == start), None)
        told = named and self._vocabulary.one_of(named.names, "outcome")
        return bool(told) and _AIM.search(reading.sentence.between(reading.sentence.start, start)) is not None

    def failed(self, told: Told) -> bool:
        """Tell whether a result says that care failed."""
        named, outcome = told
        return not named.denied and self._vocabulary.is_a(outcome, "failed")

    def is_of(self, reading: Reading, named: Named) -> bool:
        """Tell whether a denial before care is of its result ("no benefit from therapy"), not of the care."""
        told = self.told(reading)
        if told is None or told[0].end > named.start:
            return False
        return _FROM.fullmatch(reading.sentence.between(told[0].end, named.start)) is not None

    def note(self, treatment: Treatment, told: Told, reading: Reading) -> None:
        """Note a result on a treatment, with how much relief it gave and for how long."""
        named, outcome = told
        treatment.outcome = self._word(told)
        if self._vocabulary.is_a(outcome, "functional_improvement"):
            treatment.functional_improvement = not named.denied
        elif outcome == "no_functional_improvement":
            treatment.functional_improvement = False
        after = reading.sentence.between(named.end, named.end + _FAR)
        before = reading.sentence.between(named.start - _FAR, named.start)
        percent = _PERCENT_BEFORE.search(before) or _PERCENT_AFTER.search(after)
        if percent is None or float(percent[1]) > 100 or treatment.outcome != "improved":
            return
        treatment.relief_percent = float(percent[1])
        lasting = _LASTING.match(after)
        treatment.relief_weeks = self._quantities.weeks(lasting[1]) if lasting else None

    def note_listed(self, courses: list[Treatment], drugs: list[Medication], told: Told) -> None:
        """Note a result told before or of a whole list ("failed therapy, naproxen and gabapentin") on all of it."""
        listed: list[Treatment | Medication] = [*courses, *drugs]
        after = [f for f in listed if self.failed(told) and f.quote and f.quote.start >= told[0].end]
        for fact in listed if len(listed) == len(drugs) == 1 else after:
            if fact.status != "planned" and fact.outcome == "unknown":
                fact.outcome = self._word(told)

    def of_care(self, findings: Iterable[Finding], told: Told) -> None:
        """Make care that is named as a whole the finding that it failed."""
        for finding in findings if self.failed(told) else ():
            failed = self._vocabulary.knowledge.ontology.iris(CONCEPT + finding.concept, "whenFailed")
            if failed and finding.status == "present":
                finding.concept = short(failed[0])


def _apart(one: Named, other: Named) -> int:
    return max(one.start - other.end, other.start - one.end, 0)
