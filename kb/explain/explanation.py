"""Name what decided: the leaves that force the verdict, what is missing, what was assumed."""

from dataclasses import dataclass

from kb.decide.decision import Decision
from kb.evaluate.leaves import DIMENSIONS
from kb.formula import NOT_MET, UNKNOWN, Expr, any_of, forcing, leaves
from kb.knowledge.guideline import Recommendation

_ASSUMPTIONS = ("record_complete", "diagnoses_complete", "edition_by_ur_date", "edition_carried_forward")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Hold the identifiers of the leaves that decided.

    `missing` pairs each unknown leaf with whether it is decisive.
    """

    because: tuple[str, ...]
    applied: tuple[str, ...]
    missing: tuple[tuple[str, bool], ...]
    assumptions: tuple[str, ...]


def explain(decision: Decision, by_ur_date: bool, epoch: int) -> Explanation:
    """Walk the formula from its roots to the leaves that force its value."""
    verdict = decision.formula.verdict
    first = [(key, units) for units in _amounts(decision) for key in _walk(decision, verdict, units)]
    reached = list(dict.fromkeys([*first, *((key, decision.quantity) for key in _against(decision))]))
    known = decision.evaluation.leaves
    stated = {key for key, _ in reached if not known[key].assumed}
    dimensions = {key for key in known if key.rsplit(".", 1)[-1] in DIMENSIONS}
    primary = decision.primary
    hidden = {primary.key} if primary and not primary.disputed else set()
    decisive = {key for key, _ in first}
    because = sorted(
        stated - dimensions - hidden, key=lambda key: (not key.startswith("line:"), key not in decisive, key)
    )
    return Explanation(
        because=tuple(because),
        applied=tuple(sorted(key for key in stated & dimensions if _speaks(decision, key))),
        missing=tuple((key, key in decisive) for key in _missing(decision)),
        assumptions=tuple(_assumptions(decision, reached, by_ur_date, epoch)),
    )


def _speaks(decision: Decision, key: str) -> bool:
    """Leave out what every recommendation in the formula has in common, and the day of injury of statutes."""
    if key.endswith(".service"):
        return decision.table[key] == UNKNOWN
    return not key.endswith(".injured")


def _walk(decision: Decision, expr: Expr, units: float | None) -> list[str]:
    return list(dict.fromkeys(forcing(expr, decision.at(units))))


def _amounts(decision: Decision) -> list[float | None]:
    """List the amounts at which V is explained: the whole, the one granted and the next, where V differs."""
    n, amount, verdict = decision.quantity, decision.main.amount, decision.formula.verdict
    if n is None or amount is None:
        return [n]
    whole = decision.values[verdict]
    others = [units for units in (amount, amount + 1) if 0 < units < n]
    return [n, *(units for units in others if decision.at(units)[verdict] != whole)]


def _against(decision: Decision) -> list[str]:
    """Where V is not met, walk also to what stands against the request."""
    formula = decision.formula
    if decision.values[formula.verdict] != NOT_MET:
        return []
    return _walk(decision, any_of([formula.forbids, formula.something]), decision.quantity)


def _missing(decision: Decision) -> list[str]:
    found: list[str] = []
    for r in decision.evaluation.recommendations:
        live = decision.formula.live.get(r.id) or decision.formula.applies[r.id]
        if decision.values[live] != NOT_MET:
            found.extend(key for key in leaves_of(r) if decision.table.get(key) == UNKNOWN)
    return sorted(dict.fromkeys(found))


def leaves_of(r: Recommendation) -> list[str]:
    """List the leaves of a recommendation that stand in the formula at its main reading."""
    roots = {root.id for root in r.standing()}
    trees = [expr for node, expr in ((r.tree, r.tree_expr), (r.unless, r.unless_expr)) if node and node.id in roots]
    return [
        *(f"{r.id}.{dimension}" for dimension in DIMENSIONS),
        *(key for expr in trees if expr for key in leaves(expr)),
        *(node.id for node in r.contraindications if node.strength != "advisory"),
    ]


def _assumptions(
    decision: Decision, reached: list[tuple[str, float | None]], by_ur_date: bool, epoch: int
) -> list[str]:
    known = decision.evaluation.leaves
    found = {name for key, units in reached for name in known[key].rests_on(units)}
    if by_ur_date:
        found.add("edition_by_ur_date")
    carried = decision.knowledge.editions.carried
    walked = {key for key, _ in reached}
    for r in decision.evaluation.recommendations:
        if (r.iri, epoch) in carried:
            keys = {criterion.id for criterion in r.criteria()} | {f"{r.id}.{dimension}" for dimension in DIMENSIONS}
            if keys & walked:
                found.add("edition_carried_forward")
    return [name for name in _ASSUMPTIONS if name in found]
