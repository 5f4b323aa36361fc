"""Strong Kleene terms: their value, and the leaves that force it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Value = bool | None
WORDS: dict[Value, str] = {True: "met", False: "not_met", None: "unknown"}


@dataclass(frozen=True)
class Status:
    """What a leaf says: its value, why, and the facts it was read from."""

    value: Value
    facts: frozenset[str] = frozenset()
    assumed: bool = False  # decided by silence under an assumption
    conflict: bool = False
    closed: bool = False  # decided by facts and by `record_complete` together


@dataclass(eq=False)
class Leaf:
    """One testable statement; `test` gives its status for x units."""

    id: str
    sort: str  # criterion | contraindication | dimension | line
    owner: str
    test: Callable[[int | None], Status]
    dimension: str = ""
    _known: dict[int | None, Status] = field(default_factory=dict)

    def at(self, x: int | None) -> Status:
        if x not in self._known:
            self._known[x] = self.test(x)
        return self._known[x]


@dataclass(frozen=True, eq=False)
class Term:
    """A node of the formula: `leaf`, `not`, `all`, `guarded` (all, the first before the rest), `some` (at least n)."""

    op: str
    children: tuple[Term, ...] = ()
    leaf: Leaf | None = None
    n: int = 1

    def value(self, x: int | None) -> Value:
        if self.leaf is not None:
            return self.leaf.at(x).value
        values = [child.value(x) for child in self.children]
        if self.op == "not":
            return None if values[0] is None else not values[0]
        needed = len(values) if self.op in ("all", "guarded") else self.n
        # "not met when fewer than n can still be met"
        if values.count(True) >= needed:
            return True
        return False if len(values) - values.count(False) < needed else None

    def forcing(self, x: int | None) -> tuple[Term, ...]:
        """Give the children that force the value, else all ("go at each node to the children that force it")."""
        value = self.value(x)
        if self.op == "guarded" and self.children[0].value(x) is False:
            return self.children[:1]  # what is not live, or does not apply, is no reason
        if self.op == "not" or value is None:
            return self.children
        return tuple(child for child in self.children if child.value(x) is value)

    def reached(self, x: int | None) -> Iterator[Leaf]:
        """Walk from the root to the leaves that force its value."""
        if self.leaf is not None:
            yield self.leaf
        for child in self.forcing(x):
            yield from child.reached(x)

    def leaves(self) -> Iterator[Leaf]:
        if self.leaf is not None:
            yield self.leaf
        for child in self.children:
            yield from child.leaves()


def leaf_term(leaf: Leaf) -> Term:
    return Term("leaf", leaf=leaf)


def all_of(*children: Term) -> Term:
    return Term("all", children)


def guarded(*children: Term) -> Term:
    return Term("guarded", children)


def any_of(*children: Term, n: int = 1) -> Term:
    return Term("some", children, n=n)


def negate(child: Term) -> Term:
    return Term("not", (child,))


TRUE = all_of()
FALSE = any_of()
