"""Read a clinical summary into facts, each with the words it was read from and how surely.

What the dispute is about (the request, what utilization review said of it) is not told of the patient and is
left out. What is not said is not guessed: a course of treatment without a count has none.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from kb.case.fact import Diagnosis, Document, Finding, Medication, Treatment
from kb.facts.care import CareReader
from kb.facts.lasting import lasting
from kb.facts.observations import diagnoses, documents, findings
from kb.facts.prose import Prose
from kb.facts.purpose import purposes
from kb.facts.quantity import Quantities
from kb.facts.results import Results
from kb.facts.sense import Reading
from kb.facts.services import Vocabulary
from kb.facts.spread import Spread
from kb.facts.tested import Examination

_T = TypeVar("_T", Diagnosis, Finding, Document)


@dataclass(slots=True)
class Facts:
    """Hold what a summary tells, as a case takes it."""

    diagnoses: list[Diagnosis] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    treatments: list[Treatment] = field(default_factory=list)
    medications: list[Medication] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)


class FactReader:
    """Read summaries with the names of one knowledge."""

    def __init__(self, vocabulary: Vocabulary, quantities: Quantities) -> None:
        """Take the names and the units; the language pipeline is built at the first summary."""
        self._vocabulary = vocabulary
        self._quantities = quantities
        self._prose = Prose(vocabulary)
        self._results = Results(vocabulary, quantities)
        self._examination = Examination(vocabulary)
        self._spread = Spread(vocabulary)

    def read(self, text: str, start: int, end: int, requested: Iterable[str] = ()) -> Facts:
        """Read the summary between two offsets of a letter; quotes count from the letter's beginning."""
        facts = Facts()
        care = CareReader(self._vocabulary, self._quantities, self._results, requested)
        last: list[Treatment] = []
        readings = [Reading(sentence, self._vocabulary) for sentence in self._prose.sentences(text[start:end], start)]
        for reading in readings:
            care.note_first(reading)
        for reading in readings:
            last = [] if reading.of_dispute else self._add(facts, reading, care, last)
        return self._merged(facts, care.further)

    def _add(self, facts: Facts, reading: Reading, care: CareReader, last: list[Treatment]) -> list[Treatment]:
        """Add the facts of a sentence and return the treatments it tells of."""
        seen = [
            f
            for f in findings(reading, self._vocabulary, self._examination)
            if f.quote is None or not self._results.is_hoped(reading, f.quote.start)
        ]
        drugs, found = list(care.medications(reading)), list(care.treatments(reading))
        outcome = self._results.told(reading)
        if outcome:
            self._results.of_care(seen, outcome)
        told = self._with_outcome(facts.treatments, found, last, reading)
        if outcome:
            self._results.note_listed(found, drugs, outcome)
        complaints = list(diagnoses(reading, self._vocabulary))
        facts.diagnoses += complaints
        facts.findings += [*seen, *self._spread.findings(reading), *care.denied(reading)]
        facts.findings += [*lasting(complaints, reading, self._vocabulary), *purposes(reading, self._vocabulary)]
        facts.documents += documents(reading, self._vocabulary)
        facts.medications += drugs
        facts.treatments += told
        return found

    def _with_outcome(
        self, known: list[Treatment], found: list[Treatment], last: list[Treatment], reading: Reading
    ) -> list[Treatment]:
        """Note a plainly told result on the course it is told of, and return the courses that are new.

        It is the first of the sentence, or the last of the sentence before. A course named again, without a
        count or dates of its own, to tell its result is no second course.
        """
        outcome = self._results.told(reading)
        courses = [t for t in found or last[-1:] if t.status != "planned" and self._vocabulary.is_course(t.service)]
        if outcome is None or not courses or not (found or reading.is_about_course):
            return found
        told = courses[0]
        earlier = self._same_course(told, known)
        if earlier is not None and told in found and told.quantity is None and told.start is None:
            self._results.note(earlier, outcome, reading)
            return [t for t in found if t is not told]
        self._results.note(told, outcome, reading)
        return found

    def _same_course(self, told: Treatment, known: list[Treatment]) -> Treatment | None:
        kin = [t for t in known if t.status == "past" and self._vocabulary.akin(t.service, told.service)]
        return next((t for t in reversed(kin) if t.quantity is not None), kin[-1] if kin else None)

    # --- the same thing told twice ----------------------------------------------------------------------------

    def _merged(self, facts: Facts, further: set[int]) -> Facts:
        return Facts(
            diagnoses=_once(facts.diagnoses),
            findings=_once(facts.findings),
            treatments=self._courses(facts.treatments, further),
            medications=_drugs(facts.medications),
            documents=_once(facts.documents),
        )

    def _courses(self, told: list[Treatment], further: set[int]) -> list[Treatment]:
        """Leave out a course told again: uncounted beside a counted one of its kind, or counted when it was shorter.

        Two undated counts of one service are read as one course told at two times, but not "6 more visits".
        """
        kept: list[Treatment] = []
        for course in sorted(
            told,
            key=lambda t: (t.quantity is None, t.start is None, -(t.quantity or 0), -self._vocabulary.depth(t.service)),
        ):
            apart = course.quantity is not None and course.quote is not None and course.quote.start in further
            same = None if apart else next((k for k in kept if self._is_same(course, k)), None)
            if same is None:
                kept.append(course)
            elif same.outcome == "unknown":
                same.outcome = course.outcome
        return sorted(kept, key=lambda t: t.quote.start if t.quote else 0)

    def _is_same(self, one: Treatment, other: Treatment) -> bool:
        if one.status != other.status or not self._vocabulary.related(one.service, other.service):
            return False
        if one.start and other.start and one.start != other.start:
            return False
        if one.quantity is None:
            return self._vocabulary.is_a(other.service, one.service)
        if one.unit != other.unit:
            return False
        return one.quantity == other.quantity or not (one.start or other.start)


def _once(told: Iterable[_T]) -> list[_T]:
    """Keep of equal facts the one told first."""
    kept: dict[bytes, _T] = {}
    for fact in told:
        plain = msgspec.structs.replace(fact, quote=None, confidence=None)
        if isinstance(plain, Diagnosis):  # the side of the back or neck adds nothing to a fact already told
            plain.side = None
        kept.setdefault(msgspec.json.encode(plain), fact)
    return list(kept.values())


def _drugs(told: Iterable[Medication]) -> list[Medication]:
    """Keep of each drug in one state what is told most fully."""
    kept: dict[tuple[str, str], Medication] = {}
    for drug in told:
        known = kept.setdefault((drug.concept, drug.status), drug)
        known.strength_mg = known.strength_mg if known.strength_mg is not None else drug.strength_mg
        known.per_day = known.per_day if known.per_day is not None else drug.per_day
    return list(kept.values())
