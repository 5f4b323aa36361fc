"""Amount and verdict of one formula."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from .formula import Formula
from .kleene import Units

ORDER = ("supported", "supported_in_part", "undocumented", "no_guideline", "not_supported")


@dataclass(frozen=True)
class Outcome:
    verdict: str
    amount: Units | None

    @property
    def told(self) -> float | int | None:
        """The amount as an answer gives it."""
        return float(self.amount) if isinstance(self.amount, Fraction) else self.amount


def units(n: Units) -> tuple[Units, ...]:
    """ "x = 1 ... n", greatest first: whole units, and the quantity itself (106.32 gram)."""
    return (n, *range(ceil(n) - 1, 0, -1)) if n > 0 else ()


def amount_of(formula: Formula, n: Units | None) -> Units | None:
    """ "amount = the greatest x with V(x) true, else 0 ... Without a quantity ... amount is null"."""
    if n is None:
        return None
    return next((x for x in units(n) if formula.supported.value(x) is True), 0)


def outcome_of(formula: Formula) -> Outcome:
    n = formula.view.ask.quantity
    amount = amount_of(formula, n)
    return Outcome(_verdict(formula, n, amount), amount)


def _verdict(formula: Formula, n: Units | None, amount: Units | None) -> str:
    last = formula.supported.value(n)
    if last is True:
        return "supported"
    above = [] if n is None or amount is None else [x for x in units(n) if x > amount]
    if last is None or any(formula.supported.value(x) is None for x in above):
        return "undocumented"
    if amount:
        return "supported_in_part"
    if formula.primary.value(n) is False:  # a dependent falls with its primary
        return "not_supported"
    if formula.otherwise.value(n) is True:
        return "not_supported"
    applies = [formula.applies(k).value(n) for k in formula.rules if k.searched]
    return "no_guideline" if all(a is False for a in applies) else "undocumented"


def imr(verdict: str) -> str | None:
    """ "`supported` -> overturned; `no_guideline` -> null; everything else -> upheld"."""
    return {"supported": "overturned", "no_guideline": None}.get(verdict, "upheld")
