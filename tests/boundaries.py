"""Make for each number of the guidelines cases at it, one below and one above, and say what must come of each.

What is expected follows from slot and comparator alone; nothing here asks the engine.
"""

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kb.knowledge.base import Knowledge
from kb.knowledge.guideline import Recommendation
from kb.knowledge.tree import Node
from kb.terms import CONCEPT, SCHEMA

IN_DAYS = ("duration_limit", "time_window", "monitoring_required", "minimum_interval", "failed_prior_treatment")
LEAVES_OPEN = ("failed_prior_treatment",)  # too short a trial leaves it unknown
Json = dict[str, Any]


@dataclass(frozen=True)
class Boundary:
    """A case in which the value of one slot is `value`, and the status that its criterion must have."""

    criterion: str
    slot: str
    value: float
    case: Json
    expected: str


class Maker:
    """Make the boundaries of one recommendation."""

    def __init__(self, recommendation: Recommendation, knowledge: Knowledge) -> None:
        self.r = recommendation
        self.knowledge = knowledge
        start = recommendation.valid_from or dt.date(2013, 1, 1)
        end = recommendation.valid_until or start + dt.timedelta(days=400)
        self.day = start + (end - start) / 2

    def boundaries(self) -> Iterator[Boundary]:
        for criterion in {c.id: c for c in self.r.criteria()}.values():
            for slot in ("limit", "minimum", "minimumWeeks"):
                for term in criterion.slots.get(slot, ()):
                    yield from self._around(criterion, slot, float(term.value) * self._scale(criterion))

    def _around(self, criterion: Node, slot: str, bound: float) -> Iterator[Boundary]:
        at = math.floor(bound)  # days, visits, years and percent are whole
        for value in dict.fromkeys((at - 1, at, at + 1, bound)):
            if value <= 0 or (value != math.floor(value) and "scope" in criterion.slots):
                continue
            case = self._case(criterion, slot, value)
            keeps = self._keeps(criterion, slot, value)
            missed = "unknown" if criterion.kind in LEAVES_OPEN else "not_met"
            yield Boundary(criterion.id, slot, value, case, "met" if keeps else missed)

    def _scale(self, criterion: Node) -> float:
        if criterion.kind not in IN_DAYS:
            return 1.0
        (unit,) = criterion.slots["unit"]
        return float(self.knowledge.ontology.text(unit.value, SCHEMA + "days"))

    def _keeps(self, criterion: Node, varied: str, value: float) -> bool:
        """Compare with the bound varied, and with the other one where both are on the same value."""
        exclusive = {term.value.removeprefix(SCHEMA) for term in criterion.slots.get("exclusive", ())}
        for slot in ("limit", "minimum") if varied != "minimumWeeks" else ("minimumWeeks",):
            for term in criterion.slots.get(slot, ()):
                bound = float(term.value) * self._scale(criterion)
                beyond = value > bound if slot == "limit" else value < bound
                if beyond or (value == bound and slot in exclusive):
                    return False
        return True

    def _case(self, criterion: Node, slot: str, value: float) -> Json:
        make = getattr(self, f"_{criterion.kind}")
        found = make(criterion, value, slot)
        request = {"service": self._service(criterion), **found.pop("request", {})}
        phase = {"phase": self.r.phases[0]} if self.r.phases else {}
        diagnoses = [*self._condition(), *found.pop("diagnoses", ())]
        said = {"diagnoses": diagnoses} if diagnoses else {}
        return {"requested": self.day, **phase, **said, **found, "requests": [request]}

    def _condition(self) -> list[Json]:
        """Name one of its conditions, so that rules for others, of which many stand in a table, are not weighed."""
        diagnoses = [c for c in self.r.conditions if self.knowledge.is_below(c, CONCEPT + "diagnosis")]
        return [{"concept": name.removeprefix(CONCEPT)} for name in diagnoses[:1]]

    def _service(self, criterion: Node) -> str:
        """Ask for a service of the recommendation that the criterion counts."""
        counts = [term.value for term in criterion.slots.get("counts", ())]
        below = self.knowledge.is_below
        choice = [s for s in self.r.services if any(below(s, c) for c in counts)]
        choice += [c for c in counts if any(below(c, s) for s in self.r.services)]
        if criterion.kind == "dose_ceiling" and self._unit(criterion) == "mme_per_day":
            choice = [name for name in self._plain_opioids() if any(below(name, s) for s in self.r.services)]
        return (choice or list(self.r.services))[0].removeprefix(CONCEPT)

    def _plain_opioids(self) -> list[str]:
        """List the drugs of which a milligram counts as one."""
        factors = {n: self.knowledge.ontology.text(CONCEPT + n, SCHEMA + "mmeFactor") for n in self.knowledge.concepts}
        return sorted(CONCEPT + name for name, factor in factors.items() if factor and float(factor) == 1)

    def _unit(self, criterion: Node) -> str | None:
        return next((term.value.rsplit("/", 1)[-1] for term in criterion.slots.get("unit", ())), None)

    def _ago(self, days: float) -> dt.date:
        return self.day - dt.timedelta(days=int(days))

    def _of(self, criterion: Node, slot: str) -> str:
        """Take the first concept that stands for care, else the first."""
        names = [term.value for term in criterion.slots[slot] if term.value.startswith(CONCEPT)]
        care = [name for name in names if self.knowledge.is_below(name, CONCEPT + "treatment")]
        return (care or names)[0].removeprefix(CONCEPT)

    def _fact(self, name: str, days: float) -> Json:
        """Put a fact of a concept so many days back, in the list where its branch belongs."""
        below = self.knowledge.is_below
        if below(CONCEPT + name, CONCEPT + "treatment"):
            return {"treatments": [{"service": name, "status": "past", "from": self._ago(days)}]}
        key = next((k for b, k in (("diagnosis", "diagnoses"), ("document", "documents"))
                    if below(CONCEPT + name, CONCEPT + b)), "findings")  # fmt: skip
        return {key: [{"concept": name, "date": self._ago(days)}]}

    def _visit_limit(self, criterion: Node, value: float, _: str) -> Json:
        return {"request": {"quantity": value, "unit": self._unit(criterion)}}

    _count_limit = _trial_then_continue = _visit_limit

    def _duration_limit(self, criterion: Node, value: float, _: str) -> Json:
        return {"request": {"duration_weeks": value / 7}}

    def _dose_ceiling(self, criterion: Node, value: float, _: str) -> Json:
        milligrams = value * 1000 if self._unit(criterion) == "gram_per_day" else value
        return {"request": {"quantity": 28, "duration_weeks": 4, "strength_mg": milligrams}}

    def _time_window(self, criterion: Node, value: float, _: str) -> Json:
        if any(term.value == SCHEMA + "injury" for term in criterion.slots["since"]):
            return {"injured": self._ago(value)}
        return self._fact(self._of(criterion, "since"), value)

    def _monitoring_required(self, criterion: Node, value: float, _: str) -> Json:
        return self._fact(self._of(criterion, "concept"), value)

    def _failed_prior_treatment(self, criterion: Node, value: float, _: str) -> Json:
        name = self._of(criterion, "treatment")
        care = {"service": name, "from": self._ago(value + 9), "to": self._ago(9), "outcome": "unchanged"}
        return {"treatments": [care]}

    def _repeat_response_threshold(self, criterion: Node, value: float, slot: str) -> Json:
        other = {s: float(term.value) for s in ("minimum", "minimumWeeks") for term in criterion.slots.get(s, ())}
        told = {**{s: bound + 1 for s, bound in other.items()}, slot: value}
        weeks = {"relief_weeks": told["minimumWeeks"]} if "minimumWeeks" in told else {}
        return {
            "treatments": [{"service": self._of(criterion, "treatment"), "relief_percent": told["minimum"], **weeks}]
        }

    def _minimum_interval(self, criterion: Node, value: float, _: str) -> Json:
        return {"treatments": [{"service": self._of(criterion, "treatment"), "from": self._ago(value)}]}

    def _patient_attribute(self, criterion: Node, value: float, _: str) -> Json:
        name = self._of(criterion, "concept")
        if name == "age":
            return {"age": math.floor(value)} if value == math.floor(value) else {}
        return {"findings": [{"concept": name, "value": value, "unit": self._unit(criterion)}]}


def boundaries(knowledge: Knowledge) -> Iterator[Boundary]:
    """Make those of every recommendation and statute; a criterion that several share once."""
    seen = set()
    for recommendation in knowledge.recommendations.values():
        for boundary in Maker(recommendation, knowledge).boundaries():
            key = (boundary.criterion, boundary.slot, boundary.value)
            if key not in seen:
                seen.add(key)
                yield boundary
