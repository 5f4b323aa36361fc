"""Strong Kleene terms: their value, and the leaves that force it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from .once import once

Value = bool | None
Units = int | Fraction
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
    test: Callable[[Units | None], Status]
    dimension: str = ""
    reckons: bool = False  # whether its status can depend on x

    def at(self, x: Units | None) -> Status:
        return self._for(x if self.reckons else None)

    @once
    def _for(self, x: Units | None) -> Status:
        return self.test(x)


@dataclass(frozen=True, eq=False)
class Term:
    """A node of the formula: `leaf`, `not`, `all`, `guarded` (all, the first before the rest), `some` (at least n)."""

    op: str
    children: tuple[Term, ...] = ()
    leaf: Leaf | None = None
    n: int = 1

    @cached_property
    def reckons(self) -> bool:
        """Whether its value can depend on the number of units."""
        return any(child.reckons for child in self.children) if self.leaf is None else self.leaf.reckons

    def value(self, x: Units | None) -> Value:
        return self._for(x if self.reckons else None)

    @once
    def _for(self, x: Units | None) -> Value:
        if self.leaf is not None:
            return self.leaf.at(x).value
        if self.op == "not":
            value = self.children[0].value(x)
            return None if value is None else not value
        needed = len(self.children) if self.op in ("all", "guarded") else self.n
        met, possible = 0, len(self.children)
        for child in self.children:
            if met >= needed or possible < needed:
                break  # the others cannot change it
            value = child.value(x)
            met += value is True
            possible -= value is False
        # "not met when fewer than n can still be met"
        return True if met >= needed else False if possible < needed else None

    def forcing(self, x: Units | None) -> tuple[Term, ...]:
        """Give the children that force the value, else all ("go at each node to the children that force it")."""
        value = self.value(x)
        if self.op == "guarded" and self.children[0].value(x) is False:
            return self.children[:1]  # what is not live, or does not apply, is no reason
        if self.op == "not" or value is None:
            return self.children
        return tuple(child for child in self.children if child.value(x) is value)

    def reached(self, x: Units | None) -> Iterator[Leaf]:
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


def guarded(first: Term, *rest: Callable[[], Term]) -> Term:
    """All of them, the first before the rest: where that certainly fails, for any x, they are not read."""
    assert not first.reckons
    return Term("guarded", (first,) if first.value(None) is False else (first, *(term() for term in rest)))


def any_of(*children: Term, n: int = 1) -> Term:
    return Term("some", children, n=n)


def negate(child: Term) -> Term:
    return Term("not", (child,))


TRUE = all_of()
FALSE = any_of()
