"""Hold how the leaves of one request stand, and fold the rows of queries into them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kb.case.model import Case
from kb.formula import MET, NOT_MET, UNKNOWN, VALUES
from kb.knowledge.base import Knowledge
from kb.knowledge.guideline import Recommendation
from kb.knowledge.tree import Node
from kb.store.embedded import Row
from kb.terms import short

DIMENSIONS = ("service", "diagnosis", "region", "phase", "injured")
PHASES = ("phase-stated", "phase-postsurgical", "phase-elapsed")  # the queries that tell the phase of care
_UNKNOWN_NUMBER = 1_000_000_000
_RECORD = ("record_complete",)
_DIAGNOSES = ("record_complete", "diagnoses_complete")


@dataclass(slots=True)
class Leaf:
    """Hold how one leaf stands for the whole quantity of the request.

    `met_up_to` and `not_met_above` bound the units of the request for which a counting criterion is met
    and beyond which it is not; None when it does not read the quantity. `assumed` tells that silence
    decided; `assumptions` name what the status rests on; `closed` tells that, met, it rests on a complete
    record, which closes a count of earlier care.
    """

    status: int
    assumed: bool = False
    assumptions: tuple[str, ...] = ()
    closed: bool = False
    conflict: bool = False
    found: float | None = None
    required: float | None = None
    facts: tuple[str, ...] = ()
    met_up_to: float | None = None
    not_met_above: float | None = None

    def rests_on(self, units: float | None) -> tuple[str, ...]:
        """Name the assumptions under which the leaf stands as it does for so many units."""
        status = self.status if units is None else self.at(units)
        return _RECORD if self.closed and status == MET else self.assumptions

    def at(self, units: float) -> int:
        """Tell how the leaf stands when the request were for so many units."""
        if self.met_up_to is None or self.not_met_above is None:
            return self.status
        return MET if units <= self.met_up_to else NOT_MET if units > self.not_met_above else UNKNOWN


@dataclass(slots=True)
class Evaluation:
    """Hold all leaves of one request: dimensions by `<recommendation>.<dimension>`, criteria by id."""

    recommendations: list[Recommendation]
    leaves: dict[str, Leaf] = field(default_factory=dict)
    phase: str | None = None


class Sheet:
    """Fill in the leaves of one request from the rows that queries give for it."""

    def __init__(self, case: Case, knowledge: Knowledge) -> None:
        """Start without a recommendation."""
        self._case = case
        self._knowledge = knowledge
        self.result = Evaluation([])

    def consider(self, fits: Mapping[str, int]) -> None:
        """Take the recommendations, by IRI, that speak of the service or a wider (met) or narrower (unknown) one."""
        for iri in sorted(fits):
            recommendation = self._knowledge.recommendations[iri]
            self.result.recommendations.append(recommendation)
            self.result.leaves[f"{recommendation.id}.service"] = Leaf(fits[iri])

    def diagnosis(self, rows: Iterable[Row]) -> None:
        """Match the diagnoses of the case with those of the recommendations."""
        found = collect(rows, "recommendation")
        for r in self.result.recommendations:
            if r.conditions:
                self.result.leaves[f"{r.id}.diagnosis"] = found.get(r.id) or self._silent_diagnosis()

    def _silent_diagnosis(self) -> Leaf:
        complete = self._case.diagnoses_complete
        if complete is None:
            complete = any(diagnosis.status == "present" for diagnosis in self._case.diagnoses)
        closed = self._case.record_complete and complete
        return Leaf(NOT_MET, assumed=True, assumptions=_DIAGNOSES) if closed else Leaf(UNKNOWN)

    def region(self, rows: Iterable[Row]) -> None:
        """Match the region of the request, else the sites of its diagnoses."""
        grouped: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            grouped[short(row["recommendation"].value)].append(row)
        for r in self.result.recommendations:
            if r.regions:
                self.result.leaves[f"{r.id}.region"] = self._region(grouped[r.id])

    def _region(self, rows: list[Row]) -> Leaf:
        named = [row["fit"].value for row in rows if "fact" not in row]
        if named:
            return Leaf(MET if "fits" in named else UNKNOWN if "wider" in named else NOT_MET)
        facts = _facts(rows)
        fits = {row["fit"].value for row in rows}
        if not fits or not self._case.record_complete or ("fits" in fits and len(fits) > 1):
            return Leaf(UNKNOWN, facts=facts)
        return Leaf(MET if fits == {"fits"} else NOT_MET, assumptions=_RECORD, facts=facts)

    def phase(self, rows: Iterable[Row]) -> None:
        """Take the phase of care from the rows of the lowest order."""
        known = list(rows)
        order = min((int(row["order"].value) for row in known), default=0)
        best = [row for row in known if int(row["order"].value) == order]
        if best:
            self.result.phase = short(best[0]["phase"].value)
        for r in self.result.recommendations:
            if r.phases:
                status = UNKNOWN if not best else MET if self.result.phase in r.phases else NOT_MET
                self.result.leaves[f"{r.id}.phase"] = Leaf(status, facts=_facts(best))

    def injury(self) -> None:
        """A statute binds injuries from a day on; without a day of injury that is unknown."""
        injured = self._case.injured
        for r in self.result.recommendations:
            if r.injured_from:
                status = UNKNOWN if injured is None else MET if injured >= r.injured_from else NOT_MET
                self.result.leaves[f"{r.id}.injured"] = Leaf(status)

    def weigh(self) -> dict[str, Node]:
        """Choose the criteria of every recommendation that is not known not to apply."""
        leaves = self.result.leaves
        chosen: dict[str, Node] = {}
        for r in self.result.recommendations:
            statuses = [leaves[key].status for d in DIMENSIONS if (key := f"{r.id}.{d}") in leaves]
            if min(statuses) != NOT_MET:
                chosen.update((criterion.id, criterion) for criterion in r.criteria())
        return chosen

    def settle(self, criteria: dict[str, Node], rows: Iterable[Row]) -> None:
        """Fold the rows of all kinds into the leaves of the criteria weighed."""
        found = collect(rows, "criterion")
        for name, criterion in criteria.items():
            self.result.leaves[name] = self._close(criterion, found.get(name))

    def _close(self, criterion: Node, leaf: Leaf | None) -> Leaf:
        """Close the silence of a complete record for defeaters and for kinds that say how."""
        complete = self._case.record_complete
        if leaf is not None:
            leaf.closed = complete and _counts_earlier_care(criterion)
            return leaf
        silent = self._knowledge.silence.get(str(criterion.kind))
        if complete and (silent or criterion.role == "defeater"):
            return Leaf(VALUES[silent or "not_met"], assumed=True, assumptions=_RECORD)
        return Leaf(UNKNOWN)


def _counts_earlier_care(criterion: Node) -> bool:
    """Tell whether a count would be open without a complete record."""
    scopes = {short(scope.value) for scope in criterion.slots.get("scope", ())}
    return "counts" in criterion.slots and scopes != {"per_request"}


def _facts(rows: Iterable[Row]) -> tuple[str, ...]:
    names = {row["fact"].value.rsplit("#", 1)[-1] for row in rows if "fact" in row}
    return tuple(sorted(names, key=lambda name: (len(name), name)))


def fits_of(rows: Iterable[Row]) -> dict[str, int]:
    """Map the recommendations that speak of a service, by IRI, to how well they fit."""
    fits: dict[str, int] = {}
    for row in rows:
        iri = row["recommendation"].value
        fits[iri] = max(fits.get(iri, UNKNOWN), VALUES[row["status"].value])
    return fits


def collect(rows: Iterable[Row], what: str) -> dict[str, Leaf]:
    """Fold the rows of queries about one request into leaves, by the identifier in a column."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if "status" in row:
            grouped[short(row[what].value)].append(row)
    return {name: _fold(found) for name, found in grouped.items()}


def _fold(rows: list[Row]) -> Leaf:
    """Met and not met together are a conflict; a definite row decides over one that found too little."""
    statuses = {VALUES[row["status"].value] for row in rows}
    conflict = {MET, NOT_MET} <= statuses
    status = UNKNOWN if conflict else MET if MET in statuses else min(statuses)
    deciding = [row for row in rows if conflict or VALUES[row["status"].value] == status]
    return Leaf(
        status,
        assumptions=() if conflict else _assumed(deciding),
        conflict=conflict,
        found=_stated(_least(deciding, "found")),
        required=_least(deciding, "required"),
        facts=_facts(rows),
        met_up_to=_least(deciding, "metUpTo"),
        not_met_above=_least(deciding, "notMetAbove"),
    )


def _assumed(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(sorted({row["assumption"].value for row in rows if "assumption" in row} - {""}))


def _least(rows: Sequence[Row], name: str) -> float | None:
    return min((float(row[name].value) for row in rows if name in row), default=None)


def _stated(number: float | None) -> float | None:
    """Drop the extremes by which queries say that nothing is known."""
    return None if number is None or abs(number) >= _UNKNOWN_NUMBER else number
