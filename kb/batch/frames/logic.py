"""Combine columns of statuses as `kb.formula`, `kb.decide` and `kb.explain` combine the statuses of one request."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kb.answer.citation import citation
from kb.decide.decision import Formula
from kb.explain.explanation import leaves_of
from kb.formula import MET, NOT_MET, UNKNOWN, Expr, Op, any_of

if TYPE_CHECKING:
    from kb.batch.frames.shapes import Shape

Statuses = NDArray[np.int8]
Marks = NDArray[np.bool_]
Bounds = dict[int, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Brief:
    """Hold what is decided of a part of a line, and why; `amount` is None without a quantity."""

    verdict: str
    amount: float | None
    because: tuple[str, ...]
    missing: tuple[tuple[str, bool], ...]
    citations: tuple[tuple[Any, ...], ...]


@dataclass(slots=True)
class Patterns:
    """Hold distinct tables of leaves of one shape: a row each, a column for each leaf.

    `bounds` maps, for each row, the columns of counting criteria to met_up_to and not_met_above.
    """

    statuses: Statuses
    assumed: Marks
    bounds: list[Bounds]
    quantities: list[float | None]


class Logic:
    """Evaluate the formula of a shape over many rows at once, each node once."""

    def __init__(self, formula: Formula, shape: "Shape") -> None:
        """Put the nodes in an order in which children come first."""
        self._shape = shape
        self._place: dict[Expr, int] = {}
        self._nodes: list[tuple[Op, list[int], int]] = []  # those of the verdict first
        self._verdict = self._enter(formula.verdict)
        self._against = self._enter(any_of([formula.forbids, formula.something]))
        self._forbids, self._something = self._enter(formula.forbids), self._enter(formula.something)
        self._anything = self._enter(formula.anything)
        self._live = [self._enter(formula.live.get(r.id) or formula.applies[r.id]) for r in shape.recommendations]
        self._leaves = [[shape.of[k] for k in leaves_of(r) if k in shape.of] for r in shape.recommendations]

    def _enter(self, expr: Expr) -> int:
        if expr not in self._place:
            kids = [self._enter(kid) for kid in (expr.kids[:1] if expr.op is Op.READINGS else expr.kids)]
            n = self._shape.of.get(expr.key, -1) if expr.op is Op.LEAF else expr.n
            self._place[expr] = len(self._nodes)
            self._nodes.append((expr.op, kids, n))
        return self._place[expr]

    def _values(self, statuses: Statuses, last: int | None = None) -> Statuses:
        """Evaluate the nodes up to one, or all: a row for each node."""
        nodes = self._nodes if last is None else self._nodes[: last + 1]
        found = np.zeros((len(nodes), len(statuses)), np.int8)
        leaves = [(place, n) for place, (op, _, n) in enumerate(nodes) if op is Op.LEAF and n >= 0]
        places, columns = zip(*leaves, strict=True) if leaves else ((), ())
        found[list(places)] = statuses.T[list(columns)]
        for place, (op, kids, n) in enumerate(nodes):
            if op is not Op.LEAF:
                _value(op, kids, n, found, place)
        return found

    def _walk(self, root: int, values: Statuses, start: Marks, reached: Marks) -> None:
        """Mark in `reached` the leaves that force the value of a root, in the rows where the walk starts."""
        marks = np.zeros((root + 1, len(start)), np.bool_)
        marks[root] = start
        for place in range(root, -1, -1):
            op, kids, n = self._nodes[place]
            mark = marks[place]
            if not mark.any():
                continue
            if op is Op.LEAF:
                if n >= 0:
                    reached[:, n] |= mark
                continue
            for kid, part in zip(kids, mark & _forces(op, values[place], values[kids]), strict=True):
                marks[kid] |= part

    def decide(self, patterns: Patterns) -> list[Brief]:
        """Decide rows, and say why."""
        values = self._values(patterns.statuses)
        whole = values[self._verdict]
        amounts, opened, others = self._amounts(patterns, whole)
        decisive = np.zeros(patterns.statuses.shape, np.bool_)
        self._walk(self._verdict, values, np.ones(len(whole), np.bool_), decisive)
        self._walk_others(patterns, whole, others, decisive)
        reached = decisive.copy()
        self._walk(self._against, values, whole == NOT_MET, reached)
        stated = reached & ~patterns.assumed
        stated[:, : self._shape.first] = False
        missing = self._missing(patterns.statuses, values)
        verdicts = self._verdicts(values, amounts, opened)
        return [
            self._brief(row, verdict, amounts[row], stated, decisive, missing, values)
            for row, verdict in enumerate(verdicts)
        ]

    def _amounts(
        self, patterns: Patterns, whole: Statuses
    ) -> tuple[list[float | None], list[bool], list[tuple[int, float]]]:
        """Find the greatest amount that is met, whether the next is open, and at which others V is to be explained."""
        amounts: list[float | None] = [
            q if q is None or whole[row] == MET else 0.0 for row, q in enumerate(patterns.quantities)
        ]
        trials = [
            (row, x)
            for row, q in enumerate(patterns.quantities)
            if q is not None and whole[row] != MET and patterns.bounds[row]
            for x in _candidates(q, patterns.bounds[row])
        ]
        for (row, x), status in zip(trials, self._verdict_at(patterns, trials), strict=True):
            if status == MET:
                amounts[row] = max(amounts[row] or 0.0, x)
        opened = [False] * len(whole)
        nexts = [
            (row, amount + 1)
            for row, (q, amount) in enumerate(zip(patterns.quantities, amounts, strict=True))
            if q is not None and amount is not None and whole[row] != MET and amount + 1 <= q and patterns.bounds[row]
        ]
        others: list[tuple[int, float]] = []
        for (row, x), status in zip(nexts, self._verdict_at(patterns, nexts), strict=True):
            opened[row] = status == UNKNOWN
            if status != whole[row] and x < (patterns.quantities[row] or 0):
                others.append((row, x))
        for row, amount in enumerate(amounts):
            if amount and whole[row] != MET and amount < (patterns.quantities[row] or 0):
                others.append((row, amount))
        return amounts, opened, others

    def _verdict_at(self, patterns: Patterns, trials: list[tuple[int, float]]) -> list[int]:
        if not trials:
            return []
        found: list[int] = self._values(_at(patterns, trials), self._verdict)[self._verdict].tolist()
        return found

    def _walk_others(
        self, patterns: Patterns, whole: Statuses, others: list[tuple[int, float]], decisive: Marks
    ) -> None:
        if not others:
            return
        values = self._values(_at(patterns, others), self._verdict)
        rows = [row for row, _ in others]
        reached = np.zeros((len(others), decisive.shape[1]), np.bool_)
        self._walk(self._verdict, values, values[self._verdict] != whole[rows], reached)
        for place, row in enumerate(rows):
            decisive[row] |= reached[place]

    def _verdicts(self, values: Statuses, amounts: list[float | None], opened: list[bool]) -> list[str]:
        whole, forbids = values[self._verdict], values[self._forbids]
        something, anything = values[self._something], values[self._anything]
        found = []
        for row, amount in enumerate(amounts):
            if whole[row] == MET:
                found.append("supported")
            elif whole[row] == UNKNOWN or opened[row]:
                found.append("undocumented")
            elif amount:
                found.append("supported_in_part")
            elif something[row] == MET or forbids[row] == MET:
                found.append("not_supported")
            else:
                found.append("no_guideline" if anything[row] == NOT_MET else "undocumented")
        return found

    def _missing(self, statuses: Statuses, values: Statuses) -> Marks:
        """Mark the unknown leaves of recommendations that may be live."""
        live = np.zeros(statuses.shape, np.bool_)
        for expr, columns in zip(self._live, self._leaves, strict=True):
            live[:, columns] |= (values[expr] != NOT_MET)[:, None]
        found: Marks = live & (statuses == UNKNOWN)
        return found

    def _brief(
        self, row: int, verdict: str, amount: float | None, stated: Marks, decisive: Marks, missing: Marks,
        values: Statuses,
    ) -> Brief:  # fmt: skip
        keys = self._shape.keys
        first = decisive[row]
        because = sorted((not first[c], keys[c]) for c in np.flatnonzero(stated[row]))
        open_ = sorted((keys[c], bool(first[c])) for c in np.flatnonzero(missing[row]))
        criteria = self._shape.criteria
        sources = [criteria[key].source for _, key in because]
        if not because:
            sources = [r.source for r, live in zip(self._shape.recommendations, self._live, strict=True)
                       if values[live][row] == MET]  # fmt: skip
        cited = dict.fromkeys(tuple(citation(source).values()) for source in sources if source)
        return Brief(verdict, amount, tuple(key for _, key in because), tuple(open_), tuple(cited))


def _candidates(quantity: float, bounds: Bounds) -> list[float]:
    found = {x // 1 for pair in bounds.values() for x in pair}
    found.add((quantity - 1) // 1 if quantity % 1 == 0 else quantity // 1)
    return [x for x in found if 1 <= x < quantity]


def _at(patterns: Patterns, trials: list[tuple[int, float]]) -> Statuses:
    """Give the statuses of rows when the request were for so many units."""
    statuses = patterns.statuses[[row for row, _ in trials]]
    for place, (row, units) in enumerate(trials):
        for column, (met_up_to, not_met_above) in patterns.bounds[row].items():
            statuses[place, column] = MET if units <= met_up_to else NOT_MET if units > not_met_above else UNKNOWN
    return statuses


def _value(op: Op, kids: list[int], n: int, found: Statuses, place: int) -> None:
    """Evaluate a node from its children."""
    if op is Op.NOT:
        np.negative(found[kids[0]], out=found[place])
    elif op is Op.READINGS:
        found[place] = found[kids[0]]
    elif op is Op.AT_LEAST:
        met, may = (found[kids] == MET).sum(axis=0), (found[kids] != NOT_MET).sum(axis=0)
        found[place] = np.where(met >= n, MET, np.where(may < n, NOT_MET, UNKNOWN))
    elif op is Op.ANY:
        found[kids].max(axis=0, initial=NOT_MET, out=found[place])
    else:
        found[kids].min(axis=0, initial=MET, out=found[place])


def _forces(op: Op, value: Statuses, kids: Statuses) -> Marks:
    """Tell, for each child, in which rows it is walked to: where it forces the value alone, else where none does."""
    found: Marks
    if op is Op.AT_LEAST:
        found = (value == UNKNOWN) | (kids == value)
    elif op is Op.ANY:
        found = (value != MET) | (kids == MET)
    elif op is Op.ALL or op is Op.GUARDED:
        found = (value != NOT_MET) | (kids == NOT_MET)
        if op is Op.GUARDED:
            found[1:] &= kids[0] != NOT_MET
    else:
        found = np.ones(kids.shape, np.bool_)
    return found
