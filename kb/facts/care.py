"""Read treatments and medications from sentences: what was done, how much of it, when and with what result."""

import re
from collections.abc import Iterable, Iterator

from kb.case.fact import Finding, Medication, Treatment
from kb.facts.cues import FIRST_TIME, MORE
from kb.facts.dates import since, span_of, without_dates
from kb.facts.doses import per_day
from kb.facts.given import drug_standing, standing
from kb.facts.observations import quote
from kb.facts.prose import Named
from kb.facts.quantity import Quantities, numerals
from kb.facts.results import Results
from kb.facts.sense import Reading
from kb.facts.services import Vocabulary

_OF = re.compile(r"\b(\d+)\s*(?:of|out\s+of|/)\s*(?:the\s+)?(?=\d+\b)(?!\d+/)\d+\b", re.I)
_DENIED = re.compile(
    r"\b(?:no|not|never|without|denie[sd]|any)\s+(?:(?:any|prior|previous|had|received|started|done|recent)\s+)*$", re.I
)
_NEAR = 40
_WINDOW_BEFORE, _WINDOW_AFTER = 60, 60
_BREAK = re.compile(r"[,;:.](?!\d)|\b(?:and|with)\b")
_BREAK_AFTER = re.compile(
    r"[;:.](?!\d)|,(?!\s*\d+\s+\w+\s*(?:[.;,)]|$))|\b(?:and|with)\b"
)  # "massage, 4 visits" is one phrase
_MG = re.compile(r"^\W{0,3}(?:\w+\s+)?(\d+(?:\.\d+)?)(?:\s*[-/]\s*\d+(?:\.\d+)?)?\s*-?mg\b", re.I)


class CareReader:
    """Read care; what is asked for in the request lines is no care of the past, and no plan beside it."""

    def __init__(
        self, vocabulary: Vocabulary, quantities: Quantities, results: Results, requested: Iterable[str]
    ) -> None:
        """Take the services of the request lines."""
        self._vocabulary = vocabulary
        self._quantities = quantities
        self._results = results
        self.first_asked: set[str] = set()  # drugs that the summary says are asked for the first time
        self.further: set[int] = set()  # where courses begin that are told as coming on top of others
        self._requested = tuple(dict.fromkeys(n for name in requested for n in vocabulary.with_parts(name)))

    # --- treatments -------------------------------------------------------------------------------------------

    def treatments(self, reading: Reading) -> Iterator[Treatment]:
        """Read the treatments of a sentence."""
        services = [(n, s) for n in reading.sentence.named if (s := self._service(reading, n))]
        for place, (named, service) in enumerate(services):
            sense = reading.sense_of_care(named)
            denied = named.denied and not self._results.is_of(reading, named)
            if denied or sense in ("family", "supposed") or self._is_asked(reading, named, service):
                continue
            start = services[place - 1][0].end if place else reading.sentence.start
            end = services[place + 1][0].start if place + 1 < len(services) else reading.sentence.end
            yield from self._treatment(reading, named, service, (start, end))

    def denied(self, reading: Reading) -> Iterator[Finding]:
        """Read which treatments a sentence says were not had."""
        for named in reading.sentence.named:
            service = self._service(reading, named)
            before = reading.sentence.between(reading.sentence.start, named.start)
            unhad = (named.denied and _DENIED.search(before)) or standing(reading, named, told=False) == "not_had"
            if service and unhad and not MORE.search(before) and not re.search(r"\d", numerals(before)):
                yield Finding(concept=service, status="absent", quote=quote(named), confidence=0.7)

    def _service(self, reading: Reading, named: Named) -> str | None:
        found = self._vocabulary.one_of(named.names, "treatment")
        if found is None or self._vocabulary.is_a(found, "drug") or self._vocabulary.is_general(found):
            return None
        return self._vocabulary.at(found, reading.sites_of_care(named))

    def _is_asked(self, reading: Reading, named: Named, service: str) -> bool:
        """Tell whether a sentence tells of what the request lines ask for."""
        ahead = reading.sentence.between(named.start - _NEAR, named.start)
        planned = reading.is_after("planned", named) or reading.sense_of_care(named) == "planned" or MORE.search(ahead)
        return bool(planned) and any(self._vocabulary.related(service, asked) for asked in self._requested)

    def _treatment(self, reading: Reading, named: Named, service: str, window: tuple[int, int]) -> Iterator[Treatment]:
        number, unit = self._count(reading, named, service, window)
        if MORE.search(reading.sentence.between(named.start - _NEAR, named.start)):
            self.further.add(named.start)
        rest = reading.sentence.between(named.end, reading.sentence.end)
        start, end = span_of(rest, reading.sentence.between(named.end, window[1]))
        told = number is not None or start is not None or self._results.told(reading) is not None
        status = standing(reading, named, told=told)
        if status is None or status == "not_had":
            return
        yield Treatment(
            service=service,
            status=status,
            quantity=number,
            unit=unit,
            start=start,
            to=end,
            quote=quote(named),
            confidence=0.9 if number is not None else 0.7,
        )

    def _count(
        self, reading: Reading, named: Named, service: str, window: tuple[int, int]
    ) -> tuple[float | None, str | None]:
        text = reading.sentence
        before = without_dates(text.between(max(window[0], named.start - _WINDOW_BEFORE), named.start))
        after = without_dates(text.between(named.end, min(window[1], named.end + _WINDOW_AFTER)))
        cuts = [m.end() for m in _BREAK.finditer(before)]
        before = before[cuts[-1] :] if cuts else before
        cut = _BREAK_AFTER.search(after)
        after = after[: cut.start()] if cut else after
        last = text.between(named.start, named.end).lower().split()[-1]
        course = f"course {last}" if self._quantities.is_unit(last) else "course"
        found = self._quantities.read(_OF.sub(r"\1", f"{before} {course} {after}"))
        unit = self._vocabulary.unit_of(service)
        if found.number is None or found.unit in self._quantities.times or (found.unit == "level" and unit != "level"):
            return None, None
        if found.unit is None and not re.search(r"\b(?:x|times)\s*\d|\d\s*x\b|\bweek", f"{before}{after}", re.I):
            return None, None
        return found.number, found.unit or unit

    # --- medications ------------------------------------------------------------------------------------------

    def note_first(self, reading: Reading) -> None:
        """Remember the drugs that a sentence, one of the dispute too, says are asked for the first time."""
        if FIRST_TIME.search(reading.sentence.text):
            drugs = (self._vocabulary.one_of(named.names, "drug") for named in reading.sentence.named)
            self.first_asked.update(drug for drug in drugs if drug)

    def medications(self, reading: Reading) -> Iterator[Medication]:
        """Read the drugs of a sentence."""
        for named in reading.sentence.named:
            drug = self._vocabulary.one_of(named.names, "drug")
            sense = reading.sense(named)
            if drug is None or sense in ("family", "supposed") or self._vocabulary.is_general(drug):
                continue
            if drug in self.first_asked and sense not in ("past", "current", "taken"):
                continue
            status = drug_standing(reading, named)
            if status is None:
                continue
            planned = reading.is_after("planned", named) and not reading.is_continued(named)
            if planned and any(self._vocabulary.related(drug, asked) for asked in self._requested):
                continue
            after = reading.sentence.between(named.end, named.end + _WINDOW_AFTER)
            strength = _MG.match(after)
            goes_on, start = since(after)
            yield Medication(
                concept=drug,
                status="current" if goes_on else status,
                start=start,
                strength_mg=float(strength[1]) if strength else None,
                per_day=per_day(after),
                quote=quote(named),
                confidence=0.9 if strength or sense else 0.7,
            )
