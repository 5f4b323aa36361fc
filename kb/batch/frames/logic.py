"""Combine columns of statuses as `kb.formula`, `kb.decide` and `kb.explain` combine the statuses of one request."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kb.answer.citation import citation
from kb.batch.frames.circuit import Circuit, Marks, Statuses
from kb.decide.decision import Formula
from kb.explain.explanation import leaves_of
from kb.formula import MET, NOT_MET, UNKNOWN, any_of

if TYPE_CHECKING:
    from kb.batch.frames.shapes import Shape

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
    """Decide many rows of the leaves of a shape at once."""

    def __init__(self, formula: Formula, shape: "Shape") -> None:
        """Lay the formula out as a circuit."""
        self._shape = shape
        self._circuit = circuit = Circuit(shape.of)
        self._verdict = circuit.enter(formula.verdict)
        self._against = circuit.enter(any_of([formula.forbids, formula.something]))
        self._forbids, self._something = circuit.enter(formula.forbids), circuit.enter(formula.something)
        self._anything = circuit.enter(formula.anything)
        self._live = [circuit.enter(formula.live.get(r.id) or formula.applies[r.id]) for r in shape.recommendations]
        self._leaves = [[shape.of[k] for k in leaves_of(r) if k in shape.of] for r in shape.recommendations]
        circuit.close()
        self._briefs: dict[tuple[str, float | None, bytes, bytes], Brief] = {}

    def decide(self, patterns: Patterns) -> list[Brief]:
        """Decide rows, and say why."""
        circuit = self._circuit
        values = circuit.values(patterns.statuses)
        whole = values[self._verdict]
        amounts, opened, others = self._amounts(patterns, whole)
        decisive = np.zeros(patterns.statuses.shape, np.bool_)
        passes = circuit.passes(values)
        circuit.walk(self._verdict, passes, np.ones(len(whole), np.bool_), decisive)
        self._walk_others(patterns, whole, others, decisive)
        reached = decisive.copy()
        circuit.walk(self._against, passes, whole == NOT_MET, reached)
        stated = reached & ~patterns.assumed
        stated[:, : self._shape.first] = False
        missing = self._missing(patterns.statuses, values)
        verdicts = self._verdicts(values, amounts, opened)
        marks = np.stack([stated, decisive & (stated | missing), missing], axis=1)
        live = values[self._live].T == MET if self._live else np.zeros((len(whole), 0), np.bool_)
        return [self._brief(verdict, amounts[row], marks[row], live[row]) for row, verdict in enumerate(verdicts)]

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
        found: list[int] = self._circuit.values(_at(patterns, trials))[self._verdict].tolist()
        return found

    def _walk_others(
        self, patterns: Patterns, whole: Statuses, others: list[tuple[int, float]], decisive: Marks
    ) -> None:
        if not others:
            return
        values = self._circuit.values(_at(patterns, others))
        rows = [row for row, _ in others]
        reached = np.zeros((len(others), decisive.shape[1]), np.bool_)
        start = values[self._verdict] != whole[rows]
        self._circuit.walk(self._verdict, self._circuit.passes(values), start, reached)
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

    def _brief(self, verdict: str, amount: float | None, marks: Marks, live: Marks) -> Brief:
        """Name what is marked as stated, decisive and missing; what is marked alike is named once."""
        told = (verdict, amount, marks.tobytes(), b"" if marks[0].any() else live.tobytes())
        if told not in self._briefs:
            self._briefs[told] = self._named(verdict, amount, marks, live)
        return self._briefs[told]

    def _named(self, verdict: str, amount: float | None, marks: Marks, live: Marks) -> Brief:
        keys, criteria = self._shape.keys, self._shape.criteria
        stated, first, missing = marks
        because = sorted((not first[c], keys[c]) for c in np.flatnonzero(stated))
        open_ = sorted((keys[c], bool(first[c])) for c in np.flatnonzero(missing))
        sources = [criteria[key].source for _, key in because]
        if not because:
            sources = [r.source for r, speaks in zip(self._shape.recommendations, live, strict=True) if speaks]
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
