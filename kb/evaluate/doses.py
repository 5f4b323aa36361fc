"""Weigh the daily doses that a ceiling adds up, in milligrams and in milligrams of morphine.

A drug whose factor grows with the dose is weighed by all that is taken of it; what is asked lies on top of that.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from kb.evaluate.numbers import DAYS_A_WEEK, exact
from kb.evaluate.prior import Prior
from kb.knowledge.base import Knowledge
from kb.knowledge.morphine import Band, Conversion, conversion_of

_NONE = Fraction(0)
_MORPHINE = "mme_per_day"
_SIZES = {"mg_per_day": Fraction(1), "gram_per_day": Fraction(1, 1000)}
MEASURES = (*_SIZES, _MORPHINE)  # the units of ceilings


@dataclass(frozen=True, slots=True)
class Dose:
    """Hold what is taken of a drug a day: milligrams for certain and what may come besides; None: not told.

    What may come besides is less than nothing where more may be refilled of it. `shares` names what it has in common
    with the request, which replaces it.
    """

    conversion: Conversion | None
    sure: Fraction | None = None
    maybe: Fraction = _NONE
    shares: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold what a request says of its own dose."""

    quantity: float | None
    strength_mg: float | None
    weeks: float | None

    @property
    def told(self) -> bool:
        """Tell whether it says how much a day is asked for; nothing at all is nothing, of any strength."""
        return self.quantity == 0 or bool(self.quantity is not None and self.strength_mg and self.weeks)


@dataclass(frozen=True, slots=True)
class Taken:
    """Hold all that is taken of a drug a day, for certain and at most."""

    sure: Fraction = _NONE
    most: Fraction = _NONE

    def __add__(self, dose: Dose) -> "Taken":
        """Add a dose, as far as it is told."""
        sure = dose.sure or _NONE
        return Taken(self.sure + sure, self.most + sure + dose.maybe)


@dataclass(frozen=True, slots=True)
class Room:
    """Tell, in the unit of a ceiling, what the request adds within one band of its drug.

    `each` is what a unit of it adds to the sum of all its `days`, `above` and `above_most` what it lies on top of a
    day; up to `units` of it fall in the band for certain, up to `most_units` at most; None: any number.
    """

    unit: str
    days: Fraction
    each: Fraction
    above: Fraction
    above_most: Fraction
    units: Fraction | None
    most_units: Fraction | None


class Doses:
    """Weigh the doses that one request sees: of drugs in use, of what is used up, and its own."""

    def __init__(
        self, classes: tuple[str, ...], ingredients: tuple[str, ...], asked: Asked, knowledge: Knowledge
    ) -> None:
        """Take what is asked for."""
        self.entered: list[Dose] = []
        self._refilled: dict[str, Taken] = {}
        self._classes = classes
        self._ingredients = ingredients
        self._asked = asked
        self._knowledge = knowledge
        self._own = conversion_of(classes, knowledge)

    def use(self, prior: Prior) -> None:
        """Enter the daily dose of an earlier line or of an authorised part; open when it says too little."""
        conversion = conversion_of(prior.services, self._knowledge)
        if prior.strength_mg and prior.weeks and prior.maybe is not None:
            each = exact(prior.strength_mg) / (exact(prior.weeks) * DAYS_A_WEEK)
            dose = Dose(conversion, each * exact(prior.sure), each * exact(prior.maybe))
        else:
            dose = Dose(conversion)
        self.entered.append(dose)
        for drug in prior.services:
            self._refilled[drug] = self._refilled.get(drug, Taken()) + dose

    def take(self, drug: str, strength_mg: float | None, per_day: float | None) -> None:
        """Enter what is taken now, as far as it is more than what was used up of the same drug, which refills it."""
        shares = frozenset(shared_with(self._classes, self._ingredients, drug, self._knowledge))
        told = strength_mg is not None and per_day is not None
        daily = exact(strength_mg) * exact(per_day) if told else _NONE  # type: ignore[arg-type]
        refilled = self._refilled.get(drug, Taken())
        sure, most = max(daily - refilled.sure, _NONE), max(daily - refilled.most, _NONE)
        self._refilled[drug] = Taken(refilled.sure - (daily - sure), refilled.most - (daily - most))
        conversion = conversion_of((drug,), self._knowledge)
        self.entered.append(Dose(conversion, sure if told else None, most - sure, shares))

    def set_aside(self, dose: Dose) -> list[str]:
        """Tell by which classes a dose is not counted beside the request, which replaces it or lies on top of it."""
        mine = dose.conversion is not None and dose.conversion.banded and dose.conversion == self._own
        joined = mine and dose.sure is not None and self._asked.told
        return sorted(dose.shares or (self._classes if joined else ()))

    def measured(self, dose: Dose, unit: str) -> tuple[Fraction, Fraction | None]:
        """Give a dose in a unit of ceilings, for certain and what may come besides; None: any number."""
        drug = dose.conversion
        if dose.sure is None or (unit == _MORPHINE and drug is None):
            return _NONE, None
        if unit != _MORPHINE or drug is None:
            return dose.sure * _SIZES[unit], dose.maybe * _SIZES[unit]
        taken = self._taken(drug, replaced=bool(dose.shares))
        sure = dose.sure * drug.factor(taken.sure)
        return sure, (dose.sure + dose.maybe) * drug.factor(taken.most) - sure

    def rooms(self, unit: str) -> Iterator[Room]:
        """List the bands in which what is asked may fall, in a unit of ceilings; none where it is not told."""
        if not self._asked.told:
            return
        below = self._taken(self._own, replaced=False) if self._own else Taken()
        if unit != _MORPHINE:
            bands: tuple[Band, ...] = (Band(None, _SIZES[unit]),)
        elif self._own:
            bands = self._own.bands
        else:
            bands = (Band(None, Fraction(1)),) if self._asked.quantity == 0 else ()
        for band in bands:
            yield self._room(unit, band, below)

    def _room(self, unit: str, band: Band, below: Taken) -> Room:
        strength, days = exact(self._asked.strength_mg or 1), exact(self._asked.weeks or 1) * DAYS_A_WEEK
        ends = [
            None if band.top is None else (band.top - taken) * days / strength for taken in (below.most, below.sure)
        ]
        return Room(unit, days, strength * band.factor, below.sure * band.factor, below.most * band.factor, *ends)

    def _taken(self, drug: Conversion, replaced: bool) -> Taken:
        """Add up what is taken of a drug with bands, with or without what the request replaces."""
        found = Taken()
        for dose in self.entered if drug.banded else ():
            if dose.conversion == drug and (replaced or not dose.shares):
                found += dose
        return found


def shared_with(classes: tuple[str, ...], ingredients: tuple[str, ...], drug: str, knowledge: Knowledge) -> set[str]:
    """Name what a drug in use has in common with a request, which replaces it."""
    below, contains = knowledge.is_below, knowledge.ontology.contains
    shared = {name for name in classes if below(drug, name)}
    if any(below(name, drug) for name in classes):
        shared.add(drug)
    asked = set(ingredients).union(classes, *(contains(name) for name in classes))
    return shared | (asked & {drug, *contains(drug)})
