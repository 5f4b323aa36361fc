"""Test the criteria of one request by SPARQL: which recommendations apply, and how each leaf stands.

The result is one table of leaves; everything after it is logic and words.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from pyoxigraph import NamedNode

from kb.errors import KnowledgeError
from kb.formula import MET, NOT_MET, UNKNOWN, VALUES
from kb.guideline import Node, Recommendation
from kb.knowledge import Knowledge
from kb.queries import queries
from kb.store import Row
from kb.terms import BASE, kb, short
from kb.view import View, ViewWriter

DIMENSIONS = ("service", "diagnosis", "region", "phase", "injured")


@dataclass(slots=True)
class Leaf:
    """Hold how one leaf stands for the whole quantity of the request.

    `met_up_to` and `not_met_above` bound the units of the request for which a counting criterion is met
    and beyond which it is not; None when it does not read the quantity. `assumed` tells that silence
    decided; `assumptions` name what the status rests on.
    """

    status: int
    assumed: bool = False
    assumptions: tuple[str, ...] = ()
    conflict: bool = False
    found: float | None = None
    required: float | None = None
    facts: tuple[str, ...] = ()
    met_up_to: float | None = None
    not_met_above: float | None = None

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


class Evaluator:
    """Run the queries for one view."""

    def __init__(self, knowledge: Knowledge, view: View) -> None:
        """Take the knowledge and what the request sees."""
        self._knowledge = knowledge
        self._view = view
        self._complete = view.case.record_complete
        self._result = Evaluation([])

    def run(self) -> Evaluation:
        """Assert the view, test it, and take it out of the store again."""
        store, graph = self._knowledge.store, self._view.graph
        store.add(graph, ViewWriter(self._view, self._knowledge).triples())
        try:
            self._consider()
            self._test_dimensions()
            self._test_criteria(self._criteria())
        finally:
            store.drop(graph)
        return self._result

    def _select(self, folder: str, name: str) -> list[Row]:
        return self._knowledge.store.select(queries(folder)[name].text, self._view.graph)

    def _consider(self) -> None:
        """Find the recommendations that speak on the day of a service at, above or below the requested."""
        fits: dict[str, int] = {}
        for row in self._select("applies", "service"):
            iri = row["recommendation"].value
            fits[iri] = max(fits.get(iri, UNKNOWN), VALUES[row["status"].value])
        for iri in sorted(fits):
            recommendation = self._knowledge.recommendations[iri]
            self._result.recommendations.append(recommendation)
            self._result.leaves[f"{recommendation.id}.service"] = Leaf(fits[iri])
        self._add("considers", fits)

    def _add(self, term: str, iris: Iterable[str]) -> None:
        request, predicate = self._view.request, kb(term)
        named = [(request, predicate, NamedNode(iri)) for iri in sorted(iris)]
        self._knowledge.store.add(self._view.graph, named)

    def _test_dimensions(self) -> None:
        considered = self._result.recommendations
        leaves = self._result.leaves
        if any(r.conditions for r in considered):
            found = _collect(self._select("applies", "diagnosis"), "recommendation")
            for r in considered:
                if r.conditions:
                    leaves[f"{r.id}.diagnosis"] = found.get(r.id) or self._silent_diagnosis()
        if any(r.regions for r in considered):
            self._test_regions()
        self._test_phase()
        self._test_injury()

    def _silent_diagnosis(self) -> Leaf:
        case = self._view.case
        complete = case.diagnoses_complete if case.diagnoses_complete is not None else bool(case.diagnoses)
        closed = case.record_complete and complete
        both = ("record_complete", "diagnoses_complete")
        return Leaf(NOT_MET, assumed=True, assumptions=both) if closed else Leaf(UNKNOWN)

    def _test_regions(self) -> None:
        rows: dict[str, list[Row]] = defaultdict(list)
        for row in self._select("applies", "region"):
            rows[short(row["recommendation"].value)].append(row)
        for r in self._result.recommendations:
            if r.regions:
                self._result.leaves[f"{r.id}.region"] = self._region(rows[r.id])

    def _region(self, rows: list[Row]) -> Leaf:
        named = [row["fit"].value for row in rows if "fact" not in row]
        if named:
            return Leaf(MET if "fits" in named else UNKNOWN if "wider" in named else NOT_MET)
        facts = _facts(rows)
        fits = {row["fit"].value for row in rows}
        if not fits or not self._complete or len(fits) > 1 or fits == {"wider"}:
            return Leaf(UNKNOWN, facts=facts)
        return Leaf(MET if fits == {"fits"} else NOT_MET, assumptions=("record_complete",), facts=facts)

    def _test_phase(self) -> None:
        rows = self._select("applies", "phase")
        order = min((int(row["order"].value) for row in rows), default=0)
        best = [row for row in rows if int(row["order"].value) == order]
        if best:
            self._result.phase = short(best[0]["phase"].value)
        for r in self._result.recommendations:
            if r.phases:
                status = UNKNOWN if not best else MET if self._result.phase in r.phases else NOT_MET
                self._result.leaves[f"{r.id}.phase"] = Leaf(status, facts=_facts(best))

    def _test_injury(self) -> None:
        """A statute binds injuries from a day on; without a day of injury that is unknown."""
        injured = self._view.case.injured
        for r in self._result.recommendations:
            if r.injured_from:
                status = UNKNOWN if injured is None else MET if injured >= r.injured_from else NOT_MET
                self._result.leaves[f"{r.id}.injured"] = Leaf(status)

    def _criteria(self) -> dict[str, Node]:
        """Choose the criteria of every recommendation that is not known not to apply."""
        leaves = self._result.leaves
        chosen: dict[str, Node] = {}
        for r in self._result.recommendations:
            statuses = [leaves[key].status for d in DIMENSIONS if (key := f"{r.id}.{d}") in leaves]
            if min(statuses) != NOT_MET:
                chosen.update((criterion.id, criterion) for criterion in r.criteria())
        return chosen

    def _test_criteria(self, criteria: dict[str, Node]) -> None:
        if not criteria:
            return
        store, graph = self._knowledge.store, self._view.graph
        self._add("weighs", (BASE + name for name in criteria))
        if any("scope" in criterion.slots for criterion in criteria.values()):
            store.add(graph, store.construct(queries("rules")["counted"].text, graph))
        found: dict[str, Leaf] = {}
        for kind in sorted({str(criterion.kind) for criterion in criteria.values()}):
            if kind not in queries("criteria"):
                raise KnowledgeError(f"criterion kind `{kind}` has no query; add queries/criteria/{kind}.rq")
            found.update(_collect(self._select("criteria", kind), "criterion"))
        for name, criterion in criteria.items():
            self._result.leaves[name] = self._close(criterion, found.get(name))

    def _close(self, criterion: Node, leaf: Leaf | None) -> Leaf:
        """Close the silence of a complete record for defeaters and for kinds that say how."""
        if leaf is not None:
            if self._complete and _counts_earlier_care(criterion, leaf):
                leaf.assumptions = ("record_complete",)
            return leaf
        silent = self._knowledge.silence.get(str(criterion.kind))
        if self._complete and (silent or criterion.role == "defeater"):
            return Leaf(VALUES[silent or "not_met"], assumed=True, assumptions=("record_complete",))
        return Leaf(UNKNOWN)


def _counts_earlier_care(criterion: Node, leaf: Leaf) -> bool:
    """Tell whether a count would be open without a complete record."""
    scopes = {short(scope.value) for scope in criterion.slots.get("scope", ())}
    counts = "counts" in criterion.slots and scopes != {"per_request"}
    return counts and (leaf.status == MET or (leaf.met_up_to or 0) >= 1)


def _facts(rows: Iterable[Row]) -> tuple[str, ...]:
    names = {row["fact"].value.rsplit("#", 1)[-1] for row in rows if "fact" in row}
    return tuple(sorted(names, key=lambda name: (len(name), name)))


def _collect(rows: Iterable[Row], what: str) -> dict[str, Leaf]:
    """Fold the rows of one query into leaves: rows with both statuses are a conflict."""
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
        assumptions=tuple(sorted({row["assumption"].value for row in deciding if "assumption" in row})),
        conflict=conflict,
        found=_least(deciding, "found"),
        required=_least(deciding, "required"),
        facts=_facts(rows),
        met_up_to=_least(deciding, "metUpTo"),
        not_met_above=_least(deciding, "notMetAbove"),
    )


def _least(rows: list[Row], name: str) -> float | None:
    return min((float(row[name].value) for row in rows if name in row), default=None)
