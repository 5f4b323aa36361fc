"""Read a patient's record into the facts of a case; what is not understood is counted and named, never guessed."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from kb.case.fact import CareStatus, Diagnosis, Document, Fact, Finding, Medication, Outcome, Status, Treatment
from kb.facts.lexicon import Mention
from kb.facts.summary import Facts
from kb.fhir.dosage import dose, unit_of
from kb.fhir.drugs import drug_of, read_drug
from kb.fhir.names import Names
from kb.fhir.resources import day, kind_of, words

Observed = TypeVar("Observed", bound=Fact)

_WRONG = "entered-in-error"
_STANDS = ("active", "recurrence", "relapse")
_DONE: dict[str, CareStatus] = {
    "completed": "past",
    "stopped": "past",
    "in-progress": "current",
    "on-hold": "current",
    "preparation": "planned",
}
_TAKEN: dict[str, CareStatus] = {
    "active": "current",
    "intended": "planned",
    "completed": "past",
    "stopped": "past",
    "on-hold": "past",
}
_ANSWERS: dict[str, Status] = {
    **dict.fromkeys(("pos", "positive", "present", "yes", "detected", "true"), "present"),
    **dict.fromkeys(("neg", "negative", "absent", "no", "none", "not detected", "false", "nd"), "absent"),
}
_INJURED = ("http://loinc.org", "11368-8")  # illness or injury onset date and time
_LONGEST = 300  # characters of words that are read for a count
_MOST_WORDS = 200  # to read one takes some 15 ms
_USUAL_UNITS = ("", "1", "%", "score", "points", "deg", "kg/m2")  # a value in another one is not compared
# Silence of these cannot be read as a no once one of them is not understood.
CARE = ("Procedure", "MedicationStatement", "MedicationRequest")


@dataclass
class Record:
    """Hold the facts of a record, and by type of resource what of it was not understood."""

    diagnoses: list[Diagnosis] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    treatments: list[Treatment] = field(default_factory=list)
    medications: list[Medication] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    unread: dict[str, list[str]] = field(default_factory=dict)
    sex: Any = None
    born: dt.date | None = None
    injured: set[dt.date] = field(default_factory=set)

    def leave(self, kind: str, said: str) -> None:
        """Note what was not understood."""
        self.unread.setdefault(kind, []).append(said or "no words")

    def join(self) -> None:
        """Drop what is said twice: a drug that is prescribed and stated as taken would count as two."""
        dosed = {(m.concept, m.status) for m in self.medications if m.per_day is not None}
        alone = [m for m in self.medications if m.per_day is not None or (m.concept, m.status) not in dosed]
        kept: dict[tuple[Any, ...], Medication] = {}
        for drug in alone:
            kept.setdefault((drug.concept, drug.status, drug.strength_mg, drug.per_day), drug)
        self.medications = list(kept.values())


class RecordReader:
    """Read resources with the names of one knowledge."""

    def __init__(self, names: Names) -> None:
        """Take the names."""
        self._names = names
        self._vocabulary = names.vocabulary
        self._told_before: dict[str, Facts] = {}
        self._read: dict[str, Callable[[Any, Record], None]] = {
            "Condition": self._condition,
            "DocumentReference": self._document,
            "MedicationRequest": self._medication,
            "MedicationStatement": self._medication,
            "Observation": self._observation,
            "Patient": self._patient,
            "Procedure": self._procedure,
        }

    def add(self, resource: Any, record: Record) -> None:
        """Add what a resource tells."""
        read = self._read.get(kind_of(resource))
        if read and _WRONG not in (
            getattr(resource, "status", None),
            _code(getattr(resource, "verificationStatus", None)),
        ):
            read(resource, record)

    def _words(self, said: str) -> Facts:
        """Read words as those of a letter, each once; of very many different ones no more are read."""
        if said not in self._told_before and len(self._told_before) < _MOST_WORDS and self._mentions(said):
            self._told_before[said] = self._names.told(said)
        return self._told_before.get(said) or Facts()

    def _patient(self, patient: Any, record: Record) -> None:
        record.sex = patient.gender if patient.gender in ("male", "female") else None
        record.born = day(patient.birthDate)

    # --- conditions -------------------------------------------------------------------------------------------

    def _condition(self, condition: Any, record: Record) -> None:
        """Add a condition that is there or refuted; a resolved or supposed one says nothing of the day."""
        verified = _code(condition.verificationStatus)
        if verified in ("unconfirmed", "provisional", "differential"):
            return
        if verified != "refuted" and not _stands(condition):
            return
        found = self.diagnoses(condition.code, condition.bodySite)
        status: Status = "absent" if verified == "refuted" else "present"
        since = day(condition.onsetDateTime) or day(condition.recordedDate)
        record.diagnoses += [msgspec.structs.replace(d, status=status, date=since) for d in found]
        if not found:
            record.leave("Condition", words(condition.code))

    def diagnoses(self, codeable: Any, sites: Any = None) -> list[Diagnosis]:
        """Read the diagnoses that a code names, else those that its words tell."""
        said, (at, places, side) = words(codeable), self._names.places(sites)
        name = self._names.one(codeable, "diagnosis")
        if name is None:
            told = self._words(f"{said}, {at}" if at else said).diagnoses
            return [_bare(d) for d in told if d.status == "present"]
        own = sorted(self._vocabulary.regions_of(name))
        site = places[0] if len(places) == 1 else own[0] if len(own) == 1 else None
        if site and self._vocabulary.needs_site(name):
            name = self._vocabulary.at(name, [site])
        return [] if self._vocabulary.needs_site(name) else [Diagnosis(concept=name, site=site, side=side)]  # type: ignore[arg-type]

    # --- observations and documents -----------------------------------------------------------------------------

    def _observation(self, observation: Any, record: Record) -> None:
        if observation.status in ("cancelled", "registered"):
            return
        if any((str(coding.system), str(coding.code)) == _INJURED for coding in observation.code.coding or ()):
            on = day(observation.valueDateTime)
            record.injured |= {on} if on else set()
            return
        on = day(observation.effectiveDateTime) or day(getattr(observation.effectivePeriod, "end", None))
        at, _, side = self._names.places(observation.bodySite)
        found = self._finding(observation, at)
        if found:
            record.findings.append(msgspec.structs.replace(found, date=on, side=side or found.side))
        else:
            record.leave("Observation", words(observation.code))

    def _finding(self, observation: Any, at: str) -> Finding | None:
        """Read a finding and whether it is there: a number, yes or no, positive or negative, or a finding itself."""
        said = words(observation.code)
        measured = observation.valueQuantity
        if measured is not None:
            name = self._measured(said)
            value = float(measured.value) if measured.value is not None and not measured.comparator else None
            fits = unit_of(measured) in _USUAL_UNITS
            return Finding(concept=name, value=value) if name and value is not None and fits else None
        status = _answer(observation)
        if status:
            found = self._told(said, at)
            return msgspec.structs.replace(found, status=status) if found else None
        return self._told(words(observation.valueCodeableConcept), at)

    def _measured(self, said: str) -> str | None:
        found = {self._vocabulary.named(m, "finding") for m in self._mentions(said)} - {None}
        names = [name for name in found if name and self._vocabulary.needs_value(name)]
        return names[0] if len(names) == 1 else None

    def _mentions(self, said: str) -> list[Mention]:
        return self._vocabulary.lexicon.mentions(said)

    def _told(self, said: str, at: str) -> Finding | None:
        """Read the one finding that words name when it is there; a test is named by its positive result."""
        where = f" of the {at}" if at else ""
        for way in ("positive {}{}", "{}{}"):
            found = self._words(way.format(said, where)).findings if said else []
            if len(found) == 1 and found[0].status == "present":
                return _bare(found[0])
        return None

    def _document(self, document: Any, record: Record) -> None:
        """Add a document by what it is called; its content is not read."""
        if document.status != "current":
            return
        called = [said for said in (words(document.type), str(document.description or "")) if said]
        found = {d.concept for said in called for d in self._words(said).documents if d.status == "present"}
        record.documents += [Document(concept=name, date=day(document.date)) for name in sorted(found)]
        if not found:
            record.leave("DocumentReference", ", ".join(called))

    # --- care -------------------------------------------------------------------------------------------------

    def _procedure(self, procedure: Any, record: Record) -> None:
        """Add care; what was done on one day counts as one visit, a course without a count stays uncounted."""
        if procedure.status == "not-done":
            return
        at, _, _ = self._names.places(procedure.bodySite)
        line, status = self._names.service(procedure.code, at), _DONE.get(procedure.status)
        if line.error or line.service is None or status is None:
            record.leave("Procedure", words(procedure.code))
            return
        period = procedure.performedPeriod
        start, end = day(getattr(period, "start", None)), day(getattr(period, "end", None))
        once = day(procedure.performedDateTime) or (start if start == end else None)
        for item in line.parts or [line]:
            quantity, unit = self._times(item.service, procedure.code, once is not None)
            record.treatments.append(
                Treatment(
                    service=item.service or line.service,
                    status=status,
                    quantity=quantity,
                    unit=unit,
                    start=once or start,
                    to=once or end,
                    outcome=self._outcome(procedure.outcome),
                )
            )

    def _times(self, service: str | None, code: Any, on_one_day: bool) -> tuple[float | None, str | None]:
        name, told = service or "", self._names.quantities.read(str(code.text or "")[:_LONGEST])
        if told.number is not None:
            return (told.number, told.unit or self._vocabulary.unit_of(name)) if told.unit != "level" else (None, None)
        unit, count = self._vocabulary.unit_of(name), self._vocabulary.count_of(name)
        if unit == "visit" and on_one_day:
            return 1.0, unit
        return (count, unit) if count is not None else (None, None)

    def _outcome(self, codeable: Any) -> Outcome:
        named = {self._vocabulary.named(m, "outcome") for m in self._mentions(words(codeable))} - {None}
        found = {self._vocabulary.outcome(name, denied=False) for name in named if name}
        return found.pop() if len(found) == 1 else "unknown"

    def _medication(self, taken: Any, record: Record) -> None:
        if taken.status in ("not-taken", "draft", "cancelled") or getattr(taken, "doNotPerform", None):
            return
        drug = drug_of(taken)
        line, status = read_drug(drug, self._names), _TAKEN.get(taken.status)
        if status == "current" and getattr(taken, "intent", None) in ("proposal", "plan"):
            status = "planned"
        if line.error or line.service is None or status is None or not self._vocabulary.is_a(line.service, "drug"):
            record.leave(kind_of(taken), words(drug))
            return
        how = dose(taken.dosageInstruction if kind_of(taken) == "MedicationRequest" else taken.dosage, line.strength_mg)
        start = day(getattr(taken, "authoredOn", None)) or day(
            getattr(getattr(taken, "effectivePeriod", None), "start", None)
        )
        for item in line.parts or [line]:
            name = item.service or line.service
            record.medications.append(
                Medication(concept=name, status=status, start=start, strength_mg=how.strength_mg, per_day=how.per_day)
            )


def _stands(condition: Any) -> bool:
    """Tell whether a condition is there today; one without a status is, unless it is told when it ended."""
    status = _code(condition.clinicalStatus)
    ended = condition.abatementDateTime or condition.abatementPeriod or condition.abatementString
    return status in _STANDS or (status is None and not ended)


def _answer(observation: Any) -> Status | None:
    """Tell whether an observation says that what it is called is there."""
    if observation.valueBoolean is not None:
        return "present" if observation.valueBoolean else "absent"
    told = [words(observation.valueCodeableConcept), str(observation.valueString or "")]
    told += [str(c.code) for i in observation.interpretation or () for c in i.coding or () if c.code]
    told += [words(i) for i in observation.interpretation or ()]
    found = {_ANSWERS[said.strip(" .").lower()] for said in told if said.strip(" .").lower() in _ANSWERS}
    return found.pop() if len(found) == 1 else None


def _code(codeable: Any) -> str | None:
    codes = [str(coding.code) for coding in (codeable.coding if codeable else None) or () if coding.code]
    return codes[0] if codes else None


def _bare(fact: Observed) -> Observed:
    """Drop where in a letter a fact would stand."""
    return msgspec.structs.replace(fact, quote=None, confidence=None)
