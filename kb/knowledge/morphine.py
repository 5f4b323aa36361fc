"""Convert milligrams of an opioid to those of morphine: by one factor, or by the band in which its daily dose falls."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from kb.knowledge.base import Knowledge
from kb.terms import SCHEMA

_FACTOR, _UP_TO = SCHEMA + "mmeFactor", SCHEMA + "upToMgPerDay"


@dataclass(frozen=True, slots=True)
class Band:
    """Hold the milligrams of morphine that one milligram counts as, in daily doses up to `top`; None: in any."""

    top: Fraction | None
    factor: Fraction


@dataclass(frozen=True, slots=True)
class Conversion:
    """Hold the bands of a drug, lowest first; with several, all doses of `drug` are one daily dose."""

    drug: str
    bands: tuple[Band, ...]

    @property
    def banded(self) -> bool:
        """Tell whether it matters what else is taken of the drug."""
        return len(self.bands) > 1

    def factor(self, daily: Fraction) -> Fraction:
        """Give the factor of the first band that a daily dose, in milligrams, does not exceed."""
        return next((b for b in self.bands if b.top is None or daily <= b.top), self.bands[-1]).factor


def conversion_of(drugs: Iterable[str], knowledge: Knowledge) -> Conversion | None:
    """Find how some drugs are converted together: as the first of them that has bands, else that has a factor."""
    known = [found for drug in sorted(drugs) if (found := _nearest(drug, knowledge))]
    return next((found for found in known if found.banded), known[0] if known else None)


def _nearest(drug: str, knowledge: Knowledge) -> Conversion | None:
    """Take the nearest class that has a factor or bands."""
    for iri in sorted(knowledge.above(drug), key=lambda iri: (-len(knowledge.above(iri)), iri)):
        bands = _bands(iri, knowledge)
        if bands:
            return Conversion(iri, bands)
    return None


def _bands(drug: str, knowledge: Knowledge) -> tuple[Band, ...]:
    read = knowledge.ontology
    found = []
    for iri in read.iris(drug, "mmeBand") or (drug,):
        top, factor = read.text(iri, _UP_TO), read.text(iri, _FACTOR)
        if factor is not None:
            found.append(Band(None if top is None else Fraction(top), Fraction(factor)))
    return tuple(sorted(found, key=lambda b: (b.top is None, b.top or 0)))
