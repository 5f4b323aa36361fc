"""Say what a fact of a case is: what was read or told, where, how surely, and who corrected or removed it."""

import datetime as dt
from functools import cache
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Status = Literal["present", "absent"]
CareStatus = Literal["past", "current", "planned"]
Outcome = Literal["improved", "unchanged", "worse", "not_tolerated", "unknown"]
Side = Literal["left", "right", "bilateral"]
Amount = Annotated[float, Meta(ge=0, le=1_000_000_000)]
Word = Annotated[str, Meta(min_length=1, max_length=200)]
Sentence = Annotated[str, Meta(min_length=1, max_length=1000)]


class Quote(Struct, frozen=True, forbid_unknown_fields=True):
    """Point into the text of a letter, in code points."""

    start: int
    end: int


class Correction(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Record who corrected what was read, and on which day; it decides nothing."""

    by: Word
    on: dt.date


class Fact(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Carry what every fact may have: where it was read, how surely, and who corrected it."""

    id: str | None = None
    quote: Quote | None = None
    confidence: Annotated[float, Meta(ge=0, le=1)] | None = None
    corrected: Correction | None = None


class Diagnosis(Fact, kw_only=True):
    """State that a diagnosis is present or absent."""

    concept: Word
    status: Status = "present"
    site: Word | None = None
    side: Side | None = None
    date: dt.date | None = None


class Finding(Diagnosis, kw_only=True):
    """State that a sign, symptom, result or circumstance is present or absent."""

    value: float | None = None
    unit: Word | None = None


class Document(Fact, kw_only=True):
    """State that an item stands, or does not stand, in the record."""

    concept: Word
    status: Status = "present"
    date: dt.date | None = None


class Treatment(Fact, kw_only=True):
    """Report care that was, is or will be given."""

    service: Word
    status: CareStatus = "past"
    quantity: Amount | None = None
    unit: Word | None = None
    start: dt.date | None = field(default=None, name="from")
    to: dt.date | None = None
    outcome: Outcome = "unknown"
    functional_improvement: bool | None = None
    relief_percent: Annotated[float, Meta(ge=0, le=100)] | None = None
    relief_weeks: Amount | None = None


class Medication(Fact, kw_only=True):
    """Report a drug that is or was taken."""

    concept: Word
    strength_mg: Amount | None = None
    per_day: Amount | None = None
    status: CareStatus = "current"
    start: dt.date | None = field(default=None, name="from")
    outcome: Outcome = "unknown"


class RemovedDiagnosis(Diagnosis, kw_only=True, tag_field="kind", tag="diagnosis"):
    """Keep a diagnosis that was removed, with who did so, when and why; what was removed decides nothing."""

    by: Word
    when: dt.date
    reason: Sentence | None = None


class RemovedFinding(Finding, kw_only=True, tag_field="kind", tag="finding"):
    """Keep a finding that was removed."""

    by: Word
    when: dt.date
    reason: Sentence | None = None


class RemovedTreatment(Treatment, kw_only=True, tag_field="kind", tag="treatment"):
    """Keep care that was removed."""

    by: Word
    when: dt.date
    reason: Sentence | None = None


class RemovedMedication(Medication, kw_only=True, tag_field="kind", tag="medication"):
    """Keep a drug that was removed."""

    by: Word
    when: dt.date
    reason: Sentence | None = None


class RemovedDocument(Document, kw_only=True, tag_field="kind", tag="document"):
    """Keep an item of the record that was removed."""

    by: Word
    when: dt.date
    reason: Sentence | None = None


Removed = RemovedDiagnosis | RemovedFinding | RemovedTreatment | RemovedMedication | RemovedDocument


class HeaderCorrection(Correction, kw_only=True, frozen=True):
    """Record that a key of the header was corrected, and what it was before; null where it was not told."""

    key: Word
    was: str | bool | int | None = None


def kind_of(fact: Fact) -> str:
    """Name the kind of a fact, removed or not.

    >>> kind_of(Document(concept="treatment_goals"))
    'document'
    """
    return _kind(type(fact))


@cache
def _kind(of: type) -> str:
    return of.__name__.removeprefix("Removed").lower()
