"""Name what decided: the leaves that force the verdict, what is missing, what was assumed."""

from dataclasses import dataclass

from kb.decide import Decision
from kb.formula import NOT_MET, UNKNOWN, Expr, any_of, forcing, value
from kb.guideline import Recommendation
from kb.leaves import DIMENSIONS

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
    """Walk the formula from its root to the leaves that force its value."""
    first = [key for units in _amounts(decision) for key in _walk(decision, decision.formula.verdict, units)]
    reached = list(dict.fromkeys([*first, *_against(decision)]))
    leaves = decision.evaluation.leaves
    stated = [key for key in reached if not leaves[key].assumed]
    dimensions = {key for key in leaves if key.rsplit(".", 1)[-1] in DIMENSIONS}
    primary = decision.primary
    hidden = {primary.key} if primary and not primary.disputed else set()
    because = [key for key in stated if key not in dimensions | hidden]
    decisive = frozenset(first)
    return Explanation(
        because=tuple(sorted(because, key=lambda key: (not key.startswith("line:"), key not in decisive, key))),
        applied=tuple(sorted(key for key in stated if key in dimensions and _speaks(decision, key))),
        missing=tuple((key, key in decisive) for key in _missing(decision)),
        assumptions=tuple(_assumptions(decision, reached, by_ur_date, epoch)),
    )


def _speaks(decision: Decision, key: str) -> bool:
    """Leave out what every recommendation in the formula has in common, and the day of injury of statutes."""
    if key.endswith(".service"):
        return decision.table[key] == UNKNOWN
    return not key.endswith(".injured")


def _walk(decision: Decision, expr: Expr, units: float | None) -> list[str]:
    return list(dict.fromkeys(forcing(expr, decision.at(units), {})))


def _amounts(decision: Decision) -> list[float | None]:
    """List the amounts at which V is explained: the whole, the one granted and the next, where they differ."""
    n, amount = decision.quantity, decision.main.amount
    if n is None or amount is None:
        return [n]
    return [n, *(units for units in (amount, amount + 1) if 0 < units < n)]


def _against(decision: Decision) -> list[str]:
    """Where V is not met, walk also to what stands against the request."""
    formula, table = decision.formula, decision.table
    if value(formula.verdict, table, {}) != NOT_MET:
        return []
    return _walk(decision, any_of([formula.forbids, formula.something]), decision.quantity)


def _missing(decision: Decision) -> list[str]:
    found: list[str] = []
    for r in decision.evaluation.recommendations:
        live = decision.formula.live.get(r.id) or decision.formula.applies[r.id]
        if value(live, decision.table, {}) != NOT_MET:
            found.extend(key for key in _leaves_of(r) if decision.table.get(key) == UNKNOWN)
    return sorted(dict.fromkeys(found))


def _leaves_of(r: Recommendation) -> list[str]:
    """List the leaves of a recommendation at its main reading that may decide."""
    keys = [f"{r.id}.{dimension}" for dimension in DIMENSIONS]
    todo = [node for node in (r.tree, r.unless, *r.contraindications) if node]
    while todo:
        node = todo.pop()
        if node.op == "criterion" and node.strength != "advisory":
            keys.append(node.id)
        todo.extend(node.children)
    return keys


def _assumptions(decision: Decision, reached: list[str], by_ur_date: bool, epoch: int) -> list[str]:
    leaves = decision.evaluation.leaves
    found = {name for key in reached for name in leaves[key].assumptions}
    if by_ur_date:
        found.add("edition_by_ur_date")
    carried = decision.knowledge.carried
    for r in decision.evaluation.recommendations:
        if (r.iri, epoch) in carried and any(key.startswith(f"{r.id}.") for key in reached):
            found.add("edition_carried_forward")
    return [name for name in _ASSUMPTIONS if name in found]
