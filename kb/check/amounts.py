"""Read the numbers of a criterion, and the amounts of a case that are held against them."""

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass

from kb.case.fact import Treatment
from kb.case.model import Case
from kb.case.standing import care
from kb.knowledge.base import Knowledge
from kb.knowledge.tree import Node
from kb.terms import CONCEPT, SCHEMA, short

_SLOTS = ("minimum", "limit", "minimumWeeks")
_IN_DAYS = ("duration_limit", "time_window", "monitoring_required", "minimum_interval", "failed_prior_treatment")
_COARSE = 20  # a dose goes in whole tablets: beside its ceiling is within a twentieth


@dataclass(frozen=True, slots=True)
class Number:
    """Hold one bound of a criterion, in the measure in which it is tested.

    `step` is how far beside it may be; `told` says that no query reports the amount found.
    """

    name: str
    slot: str
    bound: float
    step: float
    exclusive: bool
    told: bool
    unit: str | None

    def satisfied(self, amount: float) -> bool:
        """Tell whether an amount keeps to the bound.

        >>> Number("t#c.limit", "limit", 6, 1, False, False, "visit").satisfied(6)
        True
        >>> Number("t#c.minimum", "minimum", 50, 1, True, False, "percent").satisfied(50)
        False
        """
        if amount == self.bound:
            return not self.exclusive
        return amount < self.bound if self.slot == "limit" else amount > self.bound


def numbers(criterion: Node, knowledge: Knowledge) -> Iterator[Number]:
    """List the bounds of a criterion."""
    exclusive = {short(term.value) for term in criterion.slots.get("exclusive", ())}
    unit = next((term.value for term in criterion.slots.get("unit", ())), None)
    scale = float(knowledge.ontology.text(unit or "", SCHEMA + "days") or 1) if criterion.kind in _IN_DAYS else 1.0
    for slot in _SLOTS:
        for term in criterion.slots.get(slot, ()):
            bound = float(term.value) * scale
            if "scope" in criterion.slots:  # visits and things are counted whole
                bound = float(math.floor(bound))
            told = slot == "minimumWeeks" or criterion.kind == "failed_prior_treatment"
            step = max(scale, bound / _COARSE) if criterion.kind == "dose_ceiling" else scale
            name = unit.rsplit("/", 1)[-1] if unit else None
            yield Number(f"{criterion.id}.{slot}", slot, bound, step, slot in exclusive, told, name)


def amounts(number: Number, criterion: Node, case: Case, day: dt.date, knowledge: Knowledge) -> Iterator[float]:
    """List what a case tells of the treatments that a criterion is about: weeks of relief, else days of a trial."""
    kinds = [term.value for term in criterion.slots.get("treatment", ())]
    for fact in care(case, day):
        name = fact.service if isinstance(fact, Treatment) else fact.concept
        if not any(knowledge.is_below(CONCEPT + name, kind) for kind in kinds):
            continue
        if number.slot == "minimumWeeks":
            yield from [fact.relief_weeks] if isinstance(fact, Treatment) and fact.relief_weeks is not None else []
        elif isinstance(fact, Treatment) and fact.quantity is not None and fact.unit == number.unit:
            yield fact.quantity * number.step
        elif fact.start:
            stated = fact.to if isinstance(fact, Treatment) else None
            until = stated or (day if fact.status == "current" else None)
            yield from [float((until - fact.start).days)] if until else []
