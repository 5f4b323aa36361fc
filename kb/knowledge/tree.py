"""Hold a tree of criteria, and turn it into a formula."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kb.formula import TRUE, Expr, all_of, any_of, at_least, leaf, negate, readings


@dataclass(frozen=True, slots=True)
class Source:
    """Cite where a statement stands and how it is known."""

    guideline: str
    title: str
    edition: str
    section: str | None
    pages: str | None
    verification: str
    decisions: tuple[str, ...] = ()
    confirmed_by: tuple[str, ...] = ()
    confidence: str | None = None


@dataclass(frozen=True)
class Node:
    """Hold one node of a tree; `op` is criterion, allOf, anyOf, atLeast, unless or exceptWhen."""

    id: str
    op: str
    children: tuple["Node", ...] = ()
    n: int | None = None
    kind: str | None = None
    role: str = "requirement"
    strength: str = "hard"
    readings: tuple["Node", ...] = ()
    slots: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    source: Source | None = None

    @cached_property
    def expr(self) -> Expr | None:
        """Give the formula of the tree; None when nothing in it decides."""
        return expression(self, TRUE)

    def criteria(self) -> tuple["Node", ...]:
        """List the criteria below, those of alternative readings too."""
        return self._criteria

    def main_criteria(self) -> Iterator["Node"]:
        """List the criteria below in the main reading."""
        if self.op == "criterion":
            yield self
        for child in self.children:
            yield from child.main_criteria()

    @cached_property
    def _criteria(self) -> tuple["Node", ...]:
        own = (self,) if self.op == "criterion" else ()
        return own + tuple(found for node in (*self.children, *self.readings) for found in node.criteria())

    @cached_property
    def places(self) -> tuple["Node", ...]:
        """List the nodes that have alternatives; an advisory criterion decides nothing and has none."""
        own = (self,) if self.readings and self.strength != "advisory" else ()
        return own + tuple(place for child in self.children for place in child.places)


@dataclass(frozen=True, slots=True)
class _Lifted:
    """Hold a part that some reading leaves without a trace, once for each reading: (place, number) to formula."""

    main: Expr | None
    others: dict[tuple[str, int], Expr | None]


_Part = Expr | _Lifted | None


def expression(node: Node, empty: Expr) -> Expr | None:
    """Turn a tree into a formula; advisory criteria decide nothing and leave no trace in it.

    `empty` stands for a tree of which a reading leaves nothing.

    >>> caution = Node("a", "criterion", strength="advisory")
    >>> expression(Node("b", "allOf", (caution,)), TRUE) is None
    True
    """
    part = _part(node)
    if not isinstance(part, _Lifted):
        return part
    whole = part.main
    for place in dict.fromkeys(place for place, _ in part.others):
        others = [expr or empty for (at, _), expr in sorted(part.others.items(), key=lambda i: i[0]) if at == place]
        whole = readings(place, whole or empty, others)
    return whole if part.main or empty is TRUE else None


def _part(node: Node) -> _Part:
    if node.op == "criterion" and node.strength == "advisory":
        return None
    plain = leaf(node.id) if node.op == "criterion" else _combined(node, [_part(child) for child in node.children])
    if not node.readings:
        return plain
    others = [_main(_part(reading)) for reading in node.readings]
    if isinstance(plain, Expr) and all(others):
        return readings(node.id, plain, [other for other in others if other])
    known = plain.others if isinstance(plain, _Lifted) else {}
    return _Lifted(_main(plain), known | {(node.id, number): other for number, other in enumerate(others, 1)})


def _main(part: _Part) -> Expr | None:
    return part.main if isinstance(part, _Lifted) else part


def _combined(node: Node, parts: list[_Part]) -> _Part:
    """Combine the children, once for each reading that changes which of them are there."""
    main = _joined(node, [_main(part) for part in parts])
    places = {place for part in parts if isinstance(part, _Lifted) for place in part.others}
    if not places:
        return main

    def under(part: _Part, place: tuple[str, int]) -> Expr | None:
        return part.others.get(place, part.main) if isinstance(part, _Lifted) else part

    return _Lifted(main, {place: _joined(node, [under(part, place) for part in parts]) for place in sorted(places)})


def _joined(node: Node, children: list[Expr | None]) -> Expr | None:
    if node.op in ("unless", "exceptWhen"):
        return _with_exception(node.op, *children)
    kids = [kid for kid in children if kid]
    if not kids:
        return None
    if node.op == "allOf":
        return all_of(kids)
    return any_of(kids) if node.n is None else at_least(node.n, kids)


def _with_exception(op: str, main: Expr | None, exception: Expr | None) -> Expr | None:
    if main is None:
        return None if op == "unless" or exception is None else negate(exception)
    if exception is None:
        return main
    return any_of([main, exception]) if op == "unless" else all_of([main, negate(exception)])
