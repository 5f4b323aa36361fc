"""Combine statuses in strong Kleene logic, and tell which leaves force a value.

A value is met (1), unknown (0) or not met (-1): conjunction is the minimum, disjunction the maximum,
negation the sign. An expression is an immutable tree whose leaves are looked up in a table by key, so
that the same expression serves every amount and every reading.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

MET, UNKNOWN, NOT_MET = 1, 0, -1
WORDS = {MET: "met", UNKNOWN: "unknown", NOT_MET: "not_met"}
VALUES = {word: value for value, word in WORDS.items()}

Table = Mapping[str, int]
Swap = Mapping[str, int]


class Op(Enum):
    """Name the kinds of expression."""

    LEAF = "leaf"
    ALL = "all"
    ANY = "any"
    NOT = "not"
    AT_LEAST = "at_least"
    READINGS = "readings"
    GUARDED = "guarded"


@dataclass(frozen=True, slots=True, eq=False)
class Expr:
    """Hold one node of a formula.

    `key` names a leaf, or the place of a reading; `n` is the bound of at_least.
    """

    op: Op
    kids: tuple["Expr", ...] = ()
    key: str = ""
    n: int = 0


TRUE = Expr(Op.ALL)
FALSE = Expr(Op.ANY)
_OPEN = Expr(Op.LEAF)  # no table holds its key, so it is unknown
_CONSTANTS = {MET: TRUE, UNKNOWN: _OPEN, NOT_MET: FALSE}
_NEGATED = {TRUE: FALSE, FALSE: TRUE, _OPEN: _OPEN}


def leaf(key: str) -> Expr:
    """Refer to a leaf by its key in the table."""
    return Expr(Op.LEAF, key=key)


def all_of(kids: Iterable[Expr]) -> Expr:
    """Require every child; without children it is met."""
    found = tuple(kids)
    return found[0] if len(found) == 1 else Expr(Op.ALL, found)


def any_of(kids: Iterable[Expr]) -> Expr:
    """Require one child; without children it is not met."""
    found = tuple(kids)
    return found[0] if len(found) == 1 else Expr(Op.ANY, found)


def negate(kid: Expr) -> Expr:
    """Turn met into not met and back."""
    return Expr(Op.NOT, (kid,))


def at_least(n: int, kids: Iterable[Expr]) -> Expr:
    """Require n children; not met once fewer than n can still be met."""
    return Expr(Op.AT_LEAST, tuple(kids), n=n)


def guarded(guard: Expr, kids: Iterable[Expr]) -> Expr:
    """Require every child and, before them, the guard: where it is not met the children explain nothing.

    >>> table = {"live": NOT_MET, "a": NOT_MET}
    >>> list(forcing(guarded(leaf("live"), [leaf("a")]), Values(table, {})))
    ['live']
    """
    return Expr(Op.GUARDED, (guard, *kids))


def readings(key: str, main: Expr, alternatives: Iterable[Expr]) -> Expr:
    """Put alternatives beside the main reading of one place."""
    return Expr(Op.READINGS, (main, *alternatives), key=key)


def value(expr: Expr, table: Table, swap: Swap) -> int:
    """Evaluate an expression; swap maps the place of a reading to the alternative in force (0 = main).

    >>> table = {"a": MET, "b": UNKNOWN, "c": NOT_MET}
    >>> value(all_of([leaf("a"), leaf("b")]), table, {}), value(at_least(2, map(leaf, "abc")), table, {})
    (0, 0)
    >>> value(any_of([negate(leaf("c")), leaf("b")]), table, {})
    1
    """
    return Values(table, swap)[expr]


class Values(dict[Expr, int]):
    """Evaluate expressions over one table, each once: formulas share their parts, and walks ask for them again."""

    def __init__(self, table: Table, swap: Swap) -> None:
        """Take the table of leaves, and the alternative in force at each place of a reading (0 = main)."""
        self.table, self.swap = table, swap

    def __missing__(self, expr: Expr) -> int:
        """Evaluate an expression that was not asked for before."""
        op, kids = expr.op, expr.kids
        if op is Op.LEAF:
            found = self.table.get(expr.key, UNKNOWN)  # criteria of what certainly does not apply are not tested
        elif op is Op.ALL or op is Op.GUARDED:
            found = self._least(kids)
        elif op is Op.ANY:
            found = self._most(kids)
        elif op is Op.NOT:
            found = -self[kids[0]]
        elif op is Op.READINGS:
            found = self[kids[self.swap.get(expr.key, 0)]]
        else:
            found = self._at_least(expr.n, kids)
        self[expr] = found
        return found

    def _least(self, kids: Iterable[Expr]) -> int:
        """Take the least value, up to the first that cannot be undercut."""
        found = MET
        for kid in kids:
            status = self[kid]
            if status == NOT_MET:
                return NOT_MET
            if status < found:
                found = status
        return found

    def _most(self, kids: Iterable[Expr]) -> int:
        """Take the greatest value, up to the first that cannot be exceeded."""
        found = NOT_MET
        for kid in kids:
            status = self[kid]
            if status == MET:
                return MET
            if status > found:
                found = status
        return found

    def _at_least(self, n: int, kids: Iterable[Expr]) -> int:
        found = [self[kid] for kid in kids]
        if sum(status == MET for status in found) >= n:
            return MET
        return NOT_MET if sum(status != NOT_MET for status in found) < n else UNKNOWN


class Folded(dict[Expr, Expr]):
    """Put the statuses of all leaves but the varying ones into expressions; what is left is quick to evaluate.

    >>> folded = Folded({"a": MET, "b": NOT_MET}, {"x"})[all_of([leaf("a"), any_of([leaf("x"), leaf("b")])])]
    >>> folded.op, folded.key
    (<Op.LEAF: 'leaf'>, 'x')
    """

    def __init__(self, table: Table, varying: Container[str]) -> None:
        """Take the table of leaves, and the keys of those that stay."""
        self._table, self._varying = table, varying

    def __missing__(self, expr: Expr) -> Expr:
        """Fold an expression that was not asked for before."""
        found = self[expr] = self._fold(expr)
        return found

    def _fold(self, expr: Expr) -> Expr:
        op = expr.op
        if op is Op.LEAF:
            return expr if expr.key in self._varying else _CONSTANTS[self._table.get(expr.key, UNKNOWN)]
        if op is Op.ALL or op is Op.GUARDED:
            return self._joined(Op.ALL, expr.kids, TRUE, FALSE)
        if op is Op.ANY:
            return self._joined(Op.ANY, expr.kids, FALSE, TRUE)
        kids = tuple(self[kid] for kid in expr.kids)
        if op is Op.NOT:
            return _NEGATED.get(kids[0]) or negate(kids[0])
        return Expr(op, kids, expr.key, expr.n)

    def _joined(self, op: Op, kids: Iterable[Expr], neutral: Expr, forcing_one: Expr) -> Expr:
        """Leave out what decides nothing, up to the first child that decides alone: the guard, mostly."""
        kept: dict[Expr, None] = {}
        for kid in kids:
            folded = self[kid]
            if folded is forcing_one:
                return forcing_one
            if folded is not neutral:
                kept[folded] = None
        return next(iter(kept)) if len(kept) == 1 else Expr(op, tuple(kept)) if kept else neutral


def leaves(expr: Expr) -> Iterator[str]:
    """List the keys of the leaves at the main reading.

    >>> list(leaves(readings("r", negate(leaf("a")), [leaf("b")])))
    ['a']
    """
    if expr.op is Op.LEAF:
        yield expr.key
    for kid in expr.kids[:1] if expr.op is Op.READINGS else expr.kids:
        yield from leaves(kid)


def forcing(expr: Expr, values: Values, walked: set[Expr] | None = None) -> Iterator[str]:
    """Walk to the leaves that force the value: at each node the children that force it, else all.

    Parts that were walked before are left out.

    >>> values = Values({"a": MET, "b": UNKNOWN, "c": NOT_MET}, {})
    >>> list(forcing(all_of(map(leaf, "abc")), values)), list(forcing(any_of(map(leaf, "bc")), values))
    (['c'], ['b', 'c'])
    """
    walked = set() if walked is None else walked
    if expr in walked:
        return
    walked.add(expr)
    op, kids = expr.op, expr.kids
    if op is Op.LEAF:
        yield expr.key
        return
    if op is Op.READINGS:
        yield from forcing(kids[values.swap.get(expr.key, 0)], values, walked)
        return
    if op is Op.GUARDED and values[kids[0]] == NOT_MET:
        kids = kids[:1]
    alone = _forces_alone(op, values[expr])
    for kid in kids:
        if alone is None or values[kid] == alone:
            yield from forcing(kid, values, walked)


def _forces_alone(op: Op, status: int) -> int | None:
    if op is Op.AT_LEAST:
        return status if status != UNKNOWN else None
    if op in (Op.ALL, Op.GUARDED):
        return NOT_MET if status == NOT_MET else None
    if op is Op.ANY:
        return MET if status == MET else None
    return None
