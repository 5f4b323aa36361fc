"""Read how a drug is dosed and how often a thing is done: FHIR's Timing and Dosage in the terms of a case."""

from dataclasses import dataclass
from typing import Any

from kb.facts.doses import per_day
from kb.facts.quantity import Quantities
from kb.fhir.resources import day, number, words

# UCUM's units of time in days, of mass in milligrams.
_DAYS = {"s": 1 / 86400, "min": 1 / 1440, "h": 1 / 24, "d": 1.0, "wk": 7.0, "mo": 30.4375, "a": 365.25}
_SPELLED = {"day": "d", "week": "wk", "month": "mo", "hour": "h", "year": "a", "minute": "min"}
_MILLIGRAMS = {"ug": 0.001, "mcg": 0.001, "mg": 1.0, "g": 1000.0}
_UNITLESS = ("", "1", "unit", "each")


@dataclass(frozen=True, slots=True)
class Often:
    """Hold how often a day a thing is done, and for how many days."""

    a_day: float | None = None
    days: float | None = None
    times: float | None = None

    @property
    def total(self) -> float | None:
        """Tell how often it is done in all."""
        if self.times is not None:
            return self.times
        return round(self.a_day * self.days, 2) if self.a_day and self.days else None


def unit_of(quantity: Any) -> str:
    """Name the unit of a quantity in small letters, without the braces of UCUM.

    >>> from fhir.resources.R4B.quantity import Quantity
    >>> unit_of(Quantity(value=6, unit="Visits", code="{visit}")), unit_of(Quantity(value=6, code="{visit}"))
    ('visits', 'visit')
    """
    return str(quantity.unit or quantity.code or "").strip("{}[] ").lower()


def amount(quantity: Any, quantities: Quantities, usual: str | None) -> tuple[float, str | None] | None:
    """Read a number and its unit of ours; without a unit it is of the usual one. None where it is not understood."""
    value = number(quantity.value)
    if value is None or quantity.comparator:
        return None
    told = unit_of(quantity)
    if told in _UNITLESS:
        return value, usual
    found = quantities.read(f"{value:g} {told}")
    return (value, found.unit) if found.unit and found.number == value else None


def in_days(duration: Any) -> float | None:
    """Read a length of time in days."""
    value = number(duration.value) if duration else None
    if value is None:
        return None
    told = unit_of(duration).rstrip("s") if not duration.code else str(duration.code)
    length = _DAYS.get(_SPELLED.get(told, told))
    return value * length if length else None


def often(timing: Any) -> Often:
    """Read how often and how long a timing says; of a range the most."""
    repeat = timing.repeat if timing else None
    said = _by_name(timing.code) if timing else None
    if repeat is None:
        return Often(said, times=float(len(timing.event)) if timing and timing.event else None)
    length = _DAYS.get(str(repeat.periodUnit or ""))
    period, times = number(repeat.period), number(repeat.frequencyMax) or number(repeat.frequency) or 1.0
    uneven = (
        repeat.dayOfWeek or repeat.timeOfDay or len(repeat.when or ()) > 1
    )  # these tell more times than `frequency`
    rate = None if uneven else times / (period * length) if period and length else said
    return Often(rate, _bounds(repeat), number(repeat.countMax) or number(repeat.count))


def _bounds(repeat: Any) -> float | None:
    if repeat.boundsDuration:
        return in_days(repeat.boundsDuration)
    if repeat.boundsRange and repeat.boundsRange.high:
        return in_days(repeat.boundsRange.high)
    start, end = (day(repeat.boundsPeriod.start), day(repeat.boundsPeriod.end)) if repeat.boundsPeriod else (None, None)
    return float((end - start).days + 1) if start and end and end >= start else None


def _by_name(code: Any) -> float | None:
    """Read the code of a timing ("BID")."""
    coded = (str(coding.code) for coding in code.coding or () if coding.code) if code else ()
    said = (per_day(text) for text in (words(code), *coded) if text)
    return next((found for found in said if found), None)


@dataclass(frozen=True, slots=True)
class Dose:
    """Hold how strong a drug is and how many of it are taken a day; what is not told is None."""

    strength_mg: float | None = None
    per_day: float | None = None


def dose(dosages: Any, named: float | None) -> Dose:
    """Read one dosage of a drug whose name tells a strength; of several dosages nothing is read.

    A dose in milligrams is the strength of what is taken at once; one in tablets multiplies how often.
    """
    if not dosages or len(dosages) > 1:
        return Dose(named)
    rate = often(dosages[0].timing).a_day or per_day(str(dosages[0].text or ""))
    each = _at_once(dosages[0])
    if each is None:
        said = str(dosages[0].text or "")
        return Dose(named, rate if rate and not said else None)
    value, unit = each
    if unit in _MILLIGRAMS:
        return Dose(value * _MILLIGRAMS[unit], rate)
    return Dose(named, rate * value if rate and not unit.startswith(("ml", "milliliter")) else None)


def _at_once(dosage: Any) -> tuple[float, str] | None:
    """Read how much is taken at a time, of a range the most."""
    for given in dosage.doseAndRate or ():
        told = given.doseQuantity or (given.doseRange and given.doseRange.high)
        value = number(told.value) if told else None
        if value is not None:
            return value, unit_of(told)
    return None
