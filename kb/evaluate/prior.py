"""Tell what is used before a request is decided: by earlier lines of its case, or as the authorised part of its own."""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Prior:
    """Tell what earlier decided lines, or the authorised part of this one, use up.

    `maybe` None means any number; `strength_mg` and `weeks` say of a drug how much of it that is a day.
    """

    services: tuple[str, ...]
    unit: str | None
    sure: float
    maybe: float | None
    evidence: tuple[str, ...] = ()
    strength_mg: float | None = None
    weeks: float | None = None

    def __add__(self, other: "Prior") -> "Prior":
        """Add what is used up of the same services in the same unit."""
        maybe = None if self.maybe is None or other.maybe is None else self.maybe + other.maybe
        evidence = tuple(dict.fromkeys((*self.evidence, *other.evidence)))
        return replace(self, sure=self.sure + other.sure, maybe=maybe, evidence=evidence)


def merged(priors: Iterable[Prior]) -> list[Prior]:
    """Enter lines of one service in one sum, so that many cost little; doses differ in strength and length."""
    apart: list[Prior] = []
    sums: dict[tuple[tuple[str, ...], str | None], Prior] = {}
    for prior in priors:
        if prior.strength_mg is not None:
            apart.append(prior)
            continue
        key = prior.services, prior.unit
        sums[key] = sums[key] + prior if key in sums else prior
    return [*sums.values(), *apart]
