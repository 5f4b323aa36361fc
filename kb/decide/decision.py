"""Build the formula of one request and read verdict and amount from it.

For a recommendation k: A(k) it applies; live(k) = reached and A(k) and no overrider applies.
S = some recommended or optional k is live and its criteria hold; P = something forbids; V = S and not P.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from kb.decide.precedence import overrides
from kb.evaluate.leaves import DIMENSIONS, Evaluation, Leaf
from kb.formula import (
    FALSE,
    MET,
    NOT_MET,
    TRUE,
    UNKNOWN,
    Expr,
    Folded,
    Swap,
    Values,
    all_of,
    any_of,
    guarded,
    leaf,
    negate,
    value,
)
from kb.knowledge.base import Knowledge
from kb.knowledge.guideline import Recommendation

SUPPORTS = ("recommended", "option")
_MOST = 200  # sets of recommendations whose formulas are kept


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold a verdict; `amount` is None when the request has no quantity."""

    verdict: str
    amount: float | None


@dataclass(frozen=True, slots=True)
class Primary:
    """Tell how the primary stands on which a dependent hangs; one not in dispute is no line."""

    key: str
    status: int
    disputed: bool = True


@dataclass
class Formula:
    """Hold the expressions of one request; `within` is reached and A, `primary` is met when it hangs on nothing.

    They are the same for all requests of which the same recommendations speak, and shared by them.
    """

    primary: Expr = TRUE
    applies: dict[str, Expr] = field(default_factory=dict)
    within: dict[str, Expr] = field(default_factory=dict)
    live: dict[str, Expr] = field(default_factory=dict)
    supports: Expr = FALSE
    forbids: Expr = FALSE
    something: Expr = FALSE
    anything: Expr = FALSE

    @cached_property
    def verdict(self) -> Expr:
        """V = S and not P, and for a dependent its primary."""
        return all_of([self.primary, self.supports, negate(self.forbids)])


class FormulaBuilder:
    """Build the formula from the recommendations that a request meets.

    `only` keeps, on rung 2, the recommendations of one guideline series.
    """

    def __init__(self, evaluation: Evaluation, knowledge: Knowledge, only: str | None = None) -> None:
        """Sort the recommendations into statutes, general and plain ones."""
        self._knowledge = knowledge
        self._leaves = evaluation.leaves
        found = [r for r in evaluation.recommendations if only is None or r.rung != 2 or r.series == only]
        self._statutes = [r for r in found if r.stance is None]
        self._general = [r for r in found if r.stance and r.general]
        self._plain = [r for r in found if r.stance and not r.general]

    def build(self) -> Formula:
        """Build A, reached, live, S and P."""
        formula = Formula()
        for r in (*self._plain, *self._general, *self._statutes):
            dimensions = [key for d in DIMENSIONS if (key := f"{r.id}.{d}") in self._leaves]
            formula.applies[r.id] = all_of(map(leaf, dimensions))
        reached = self._reached(formula)
        for r in (*self._plain, *self._general):
            where = [] if r.general else reached[r.rung]
            formula.within[r.id] = all_of([*where, formula.applies[r.id]])
        for r in self._plain:
            overriders = [formula.applies[k.id] for k in self._plain if overrides(k, r, self._knowledge)]
            barred = [negate(any_of(overriders))] if overriders else []
            formula.live[r.id] = all_of([*reached[r.rung], formula.applies[r.id], *barred])
        formula.supports = self._supports(formula)
        formula.forbids = any_of(self._forbids(formula))
        speaking = [r for r in self._plain if r.stance != "no_recommendation"]
        formula.something = any_of(formula.within[r.id] for r in speaking)
        formula.anything = any_of(formula.applies[r.id] for r in speaking)
        return formula

    def _reached(self, formula: Formula) -> dict[int, list[Expr]]:
        """Reach a rung when nothing applies on those above it; no recommendation takes no part."""
        reached: dict[int, list[Expr]] = {}
        above: list[Expr] = []
        for rung in range(max((r.rung for r in self._plain), default=1) + 1):
            reached[rung] = [negate(any_of(above))] if above else []
            above = [
                *above,
                *(formula.applies[r.id] for r in self._plain if r.rung == rung and r.stance != "no_recommendation"),
            ]
        return reached

    def _supports_less(self, k: Recommendation, m: Recommendation) -> bool:
        if k.rung != m.rung or k.stance not in SUPPORTS:
            return False
        below = self._knowledge.all_below
        return below(k.services, m.services) and not below(m.services, k.services)

    def _tree(self, m: Recommendation, formula: Formula) -> list[Expr]:
        """A wide service is no way round a narrow limit."""
        narrow = (k for k in self._plain if self._supports_less(k, m))
        return [m.tree_expr, *(_where(formula.applies[k.id], k.tree_expr) for k in narrow)]

    def _supports(self, formula: Formula) -> Expr:
        ways = []
        for r in self._plain:
            if r.stance in SUPPORTS:
                ways.append(guarded(formula.live[r.id], self._tree(r, formula)))
            elif r.stance == "not_recommended" and r.unless_expr is not None:
                ways.append(guarded(formula.live[r.id], [r.unless_expr, *self._tree(r, formula)]))
        general = [_where(formula.applies[g.id], g.tree_expr) for g in self._general]
        return all_of([any_of(ways), *general])

    def _forbids(self, formula: Formula) -> Iterable[Expr]:
        for r in self._plain:
            if r.stance == "not_recommended":
                spared = [negate(r.unless_expr)] if r.unless_expr is not None else []
                yield guarded(formula.live[r.id], spared)
        for r in (*self._plain, *self._general):
            for node in r.contraindications:
                if node.strength != "advisory":
                    yield guarded(formula.within[r.id], [leaf(node.id)])
        for s in self._statutes:
            spared = [negate(s.unless_expr)] if s.unless_expr is not None else []
            yield guarded(formula.applies[s.id], [negate(s.tree_expr), *spared])


def _where(applies: Expr, tree: Expr) -> Expr:
    """Not A or tree, written so that a tree explains nothing where its recommendation does not apply."""
    return negate(guarded(applies, [negate(tree)]))


@dataclass(frozen=True, slots=True)
class _Folded:
    verdict: Expr
    forbids: Expr
    something: int
    anything: int


class Decision:
    """Decide one request from its evaluation."""

    def __init__(
        self, evaluation: Evaluation, knowledge: Knowledge, quantity: float | None, primary: Primary | None = None
    ) -> None:
        """Build the formula; quantity is the number of units asked for, if stated."""
        leaves = {**evaluation.leaves, primary.key: Leaf(primary.status)} if primary else evaluation.leaves
        self.evaluation = evaluation = replace(evaluation, leaves=leaves)
        self.knowledge = knowledge
        self.quantity = quantity
        self.primary = primary
        self.formula = self._formula()
        self.table: dict[str, int] = {name: found.status for name, found in evaluation.leaves.items()}
        self.values = Values(self.table, {})
        self._varying = {name: found for name, found in evaluation.leaves.items() if found.met_up_to is not None}
        self._steps = self._candidates()

    def _formula(self, only: str | None = None) -> Formula:
        key = (only, *(r.id for r in self.evaluation.recommendations))
        formula = self.knowledge.memory.once("formula", key, lambda: self._built(only), _MOST)
        return replace(formula, primary=leaf(self.primary.key)) if self.primary else formula

    def _built(self, only: str | None) -> Formula:
        return FormulaBuilder(self.evaluation, self.knowledge, only).build()

    @cached_property
    def main(self) -> Outcome:
        """Give the outcome at the main reading."""
        return self.outcome()

    def at(self, units: float | None) -> Values:
        """Evaluate by the leaves for so many units of the request."""
        if units is None or units == self.quantity:
            return self.values
        return Values({name: found.at(units) for name, found in self.evaluation.leaves.items()}, {})

    def outcome(self, swap: Swap | None = None, other: "_Folded | None" = None) -> Outcome:
        """Read the verdict, under an alternative reading or formula if given."""
        swap = swap or {}
        folded = other or self._own
        expr = folded.verdict
        values = Values(self.table, swap) if swap else self.values
        whole = values[expr]
        amount = self._amount(expr, swap, whole)
        if whole == MET:
            return Outcome("supported", amount)
        if whole == UNKNOWN or self._open_above(expr, swap, amount):
            return Outcome("undocumented", amount)
        if amount:
            return Outcome("supported_in_part", amount)
        fallen = self.primary is not None and self.primary.status == NOT_MET
        if fallen or folded.something == MET or values[folded.forbids] == MET:
            return Outcome("not_supported", amount)
        return Outcome("no_guideline" if folded.anything == NOT_MET else "undocumented", amount)

    def _fold(self, formula: Formula) -> "_Folded":
        """Reduce a formula to what amounts and readings can change."""
        folded = Folded(self.table, self._varying)
        return _Folded(
            folded[formula.verdict],
            folded[formula.forbids],
            self.values[formula.something],
            self.values[formula.anything],
        )

    @cached_property
    def _own(self) -> "_Folded":
        return self._fold(self.formula)

    def _some(self, units: float) -> dict[str, int]:
        """Give the varying leaves for so many units."""
        return {name: found.at(units) for name, found in self._varying.items()}

    def _amount(self, expr: Expr, swap: Swap, whole: int) -> float | None:
        if self.quantity is None:
            return None
        if whole == MET:
            return self.quantity
        return max((x for x in self._steps if value(expr, self._some(x), swap) == MET), default=0)

    def _open_above(self, expr: Expr, swap: Swap, amount: float | None) -> bool:
        """V falls from met over unknown to not met as x grows, so the next unit tells."""
        if amount is None or self.quantity is None or amount + 1 > self.quantity:
            return False
        return value(expr, self._some(amount + 1), swap) == UNKNOWN

    def _candidates(self) -> list[float]:
        """List the amounts at which some counting criterion changes, from 1 below the quantity."""
        if self.quantity is None:
            return []
        bounds: set[float] = set()
        for found in self._varying.values():
            bounds.update(x // 1 for x in (found.met_up_to, found.not_met_above) if x is not None)
        bounds.add((self.quantity - 1) // 1 if self.quantity % 1 == 0 else self.quantity // 1)
        return sorted(x for x in bounds if 1 <= x < self.quantity)

    @cached_property
    def alternatives(self) -> dict[str, Outcome]:
        """Decide each alternative reading alone, by the identifier of the alternative."""
        found: dict[str, Outcome] = {}
        for r in self.evaluation.recommendations:
            if self._may_count(r):
                for node in (place for root in r.standing() for place in root.places):
                    for number, alternative in enumerate(node.readings, 1):
                        found[alternative.id] = self.outcome({node.id: number})
        return found

    def _may_count(self, r: Recommendation) -> bool:
        expr = self.formula.live.get(r.id) or self.formula.applies[r.id]
        return self.values[expr] != NOT_MET

    @cached_property
    def series(self) -> dict[str, Outcome]:
        """Decide by each guideline alone where several are live on rung 2."""
        second = [r for r in self.evaluation.recommendations if r.rung == 2 and r.id in self.formula.live]
        names = sorted({r.series for r in second if r.stance != "no_recommendation" and self._may_count(r)})
        return {name: self.outcome(other=self._fold(self._formula(name))) for name in names if len(names) > 1}
