"""Weigh the daily doses that a ceiling adds up, in milligrams and in milligrams of morphine.

A drug whose factor grows with the dose is weighed by all that is taken of it; what is asked lies on top of that.
"""

from dataclasses import dataclass
from fractions import Fraction

from kb.evaluate.numbers import DAYS_A_WEEK, exact
from kb.evaluate.prior import Prior
from kb.knowledge.base import Knowledge
from kb.knowledge.morphine import Band, Conversion, conversion_of

_NONE = Fraction(0)


@dataclass(frozen=True, slots=True)
class Dose:
    """Hold what is taken of a drug a day: milligrams for certain and what may come besides; None: not told.

    `shares` names what it has in common with the request, which replaces it.
    """

    conversion: Conversion | None
    sure: Fraction | None = None
    maybe: Fraction = _NONE
    shares: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Taken:
    """Hold all that is taken of a drug a day, for certain and at most."""

    sure: Fraction = _NONE
    most: Fraction = _NONE

    def __add__(self, dose: Dose) -> "Taken":
        """Add a dose, as far as it is told."""
        sure = dose.sure or _NONE
        return Taken(self.sure + sure, self.most + sure + dose.maybe)


class Doses:
    """Weigh the doses that one request sees, of drugs in use and of what is used up, in morphine."""

    def __init__(self, classes: tuple[str, ...], ingredients: tuple[str, ...], knowledge: Knowledge) -> None:
        """Take what is asked for."""
        self.entered: list[Dose] = []
        self._classes = classes
        self._ingredients = ingredients
        self._knowledge = knowledge
        self._own = conversion_of(classes, knowledge)

    def use(self, prior: Prior) -> None:
        """Enter the daily dose of an earlier line or of an authorised part; open when it says too little."""
        conversion = conversion_of(prior.services, self._knowledge)
        if prior.strength_mg and prior.weeks and prior.maybe is not None:
            each = exact(prior.strength_mg) / (exact(prior.weeks) * DAYS_A_WEEK)
            self.entered.append(Dose(conversion, each * exact(prior.sure), each * exact(prior.maybe)))
        else:
            self.entered.append(Dose(conversion))

    def take(self, drug: str, strength_mg: float | None, per_day: float | None) -> None:
        """Enter what is taken now."""
        shares = frozenset(shared_with(self._classes, self._ingredients, drug, self._knowledge))
        told = strength_mg is not None and per_day is not None
        daily = exact(strength_mg) * exact(per_day) if told else None  # type: ignore[arg-type]
        self.entered.append(Dose(conversion_of((drug,), self._knowledge), daily, shares=shares))

    def shares(self, dose: Dose) -> list[str]:
        """Tell why a dose is not counted beside the request: it is replaced, or what is asked lies on top of it."""
        mine = dose.conversion is not None and dose.conversion.banded and dose.conversion == self._own
        return sorted(dose.shares or (self._classes if mine and dose.sure is not None else ()))

    def morphine(self, dose: Dose) -> tuple[Fraction, Fraction] | None:
        """Weigh a dose, for certain and what may come besides; None where its drug has no factor."""
        drug = dose.conversion
        if drug is None or dose.sure is None:
            return None
        taken = self._taken(drug)
        sure = dose.sure * drug.factor(taken.sure)
        return sure, (dose.sure + dose.maybe) * drug.factor(taken.most) - sure

    def below(self) -> Taken:
        """Add up what is taken of the drug asked for, where it has bands, and goes on beside the request."""
        return self._taken(self._own, replaced=False) if self._own else Taken()

    def bands(self) -> tuple[Band, ...]:
        """List the bands in which what is asked may fall."""
        return self._own.bands if self._own else ()

    def _taken(self, drug: Conversion, replaced: bool = True) -> Taken:
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
