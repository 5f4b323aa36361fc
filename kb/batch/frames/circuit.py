"""Evaluate a formula over many rows of statuses at once, all of its nodes of one depth together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.formula import MET, NOT_MET, UNKNOWN, Expr, Op

Statuses = NDArray[np.int8]
Marks = NDArray[np.bool_]
Places = NDArray[np.int64]
_ALONE = {Op.ALL: NOT_MET, Op.GUARDED: NOT_MET, Op.ANY: MET}  # the value that one child can force
_NO_VALUE = 9
_TRUE = 0  # the place of what is always met


@dataclass(slots=True)
class _Edges:
    """Hold the edges from children to some nodes, those into (or from) one and the same node one after the other."""

    near: Places  # the nodes, each once
    far: Places  # at the other end of each edge
    first: Places  # edge of each of the nodes
    order: Places  # numbers of the edges in the list of all

    def over(self, reduce: np.ufunc, values: NDArray[Any]) -> NDArray[Any]:
        """Reduce a row for each edge to one for each node."""
        found: NDArray[Any] = reduce.reduceat(values, self.first, axis=0)
        return found


class Circuit:
    """Hold expressions as nodes, children before what they are part of; rows of statuses have a column for each leaf.

    A place stands for an expression in the tables of values, which have a row for each node.
    """

    def __init__(self, columns: dict[str, int]) -> None:
        """Take the columns of leaves; a leaf without one is unknown."""
        self._columns = columns
        self._places: dict[Expr, int] = {}
        self._alike: dict[tuple[Op, tuple[int, ...], int], int] = {}
        self._nodes: list[tuple[Op, tuple[int, ...], int]] = []
        self._depth: list[int] = []
        self._node(Op.ALL, (), 0)

    def enter(self, expr: Expr) -> int:
        """Give the place of an expression at its main reading."""
        if expr.op is Op.READINGS:
            return self.enter(expr.kids[0])
        if expr not in self._places:
            n = self._columns.get(expr.key, -1) if expr.op is Op.LEAF else expr.n
            self._places[expr] = self._node(expr.op, tuple(self.enter(kid) for kid in expr.kids), n)
        return self._places[expr]

    def _node(self, op: Op, kids: tuple[int, ...], n: int) -> int:
        """Give the place of a node: one node for all that say the same."""
        place = self._alike.setdefault((op, kids, n), len(self._nodes))
        if place == len(self._nodes):
            self._nodes.append((op, kids, n))
            self._depth.append(1 + max((self._depth[kid] for kid in kids), default=-1))
        return place

    def close(self) -> None:
        """Sort the nodes by depth and kind: nothing is entered any more."""
        leaves = [(p, n) for p, (op, _, n) in enumerate(self._nodes) if op is Op.LEAF and n >= 0]
        self._leaves = np.array(leaves, np.int64).reshape(-1, 2).T
        self._fixed = {p: _value_of_none(op, n) for p, (op, kids, n) in enumerate(self._nodes)
                       if not kids and op is not Op.LEAF}  # fmt: skip
        edges = [(p, kid, kids[0] if op is Op.GUARDED and place else _TRUE)
                 for p, (op, kids, _) in enumerate(self._nodes) for place, kid in enumerate(kids)]  # fmt: skip
        self._edges = np.array(edges, np.int64).reshape(-1, 3).T
        self._alone = np.array([[_ALONE.get(op, _NO_VALUE)] for op, _, _ in self._nodes], np.int8)
        self._counting = np.array([p for p, (op, _, _) in enumerate(self._nodes) if op is Op.AT_LEAST], np.int64)
        self._bounds = np.array([[n] for _, _, n in self._nodes], np.int64)
        up = self._grouped(lambda p: (self._depth[p], self._nodes[p][0].value), 0)
        self._up = [(Op(op), edges) for (_, op), edges in up]
        self._down = [edges for _, edges in self._grouped(lambda p: (-self._depth[p],), 1)]

    def _grouped(self, of_parent: Callable[[int], tuple[Any, ...]], near: int) -> list[tuple[tuple[Any, ...], _Edges]]:
        """Sort the edges by something of the parent, then by the node at the near end: 0 the parent, 1 the child."""
        parents, kids, _ = self._edges.tolist()
        groups: dict[tuple[Any, ...], list[tuple[int, int, int]]] = {}
        for edge, ends in enumerate(zip(parents, kids, strict=True)):
            groups.setdefault(of_parent(ends[0]), []).append((ends[near], edge, ends[1 - near]))
        return [(key, _edges(sorted(groups[key]))) for key in sorted(groups)]

    def values(self, statuses: Statuses) -> Statuses:
        """Evaluate all nodes: a row for each."""
        found = np.zeros((len(self._nodes), len(statuses)), np.int8)
        for place, value in self._fixed.items():
            found[place] = value
        found[self._leaves[0]] = statuses.T[self._leaves[1]]
        for op, edges in self._up:
            kids = found[edges.far]
            if op is Op.NOT:
                found[edges.near] = -kids
            elif op is Op.AT_LEAST:
                found[edges.near] = self._at_least(edges, kids)
            else:
                found[edges.near] = edges.over(np.maximum if op is Op.ANY else np.minimum, kids)
        return found

    def _at_least(self, edges: _Edges, kids: Statuses) -> Statuses:
        met, may = (edges.over(np.add, some.astype(np.int64)) for some in (kids == MET, kids != NOT_MET))
        n = self._bounds[edges.near]
        found: Statuses = np.where(met >= n, MET, np.where(may < n, NOT_MET, UNKNOWN)).astype(np.int8)
        return found

    def passes(self, values: Statuses) -> Marks:
        """Tell of each edge in which rows a walk goes along it: where the child forces the value alone, else always.

        A guard that is not met hides what it guards.
        """
        alone = values == self._alone
        alone[self._counting] = values[self._counting] != UNKNOWN
        parents, kids, guards = self._edges
        found: Marks = ~alone[parents] | (values[kids] == values[parents])
        found &= values[guards] != NOT_MET
        return found

    def walk(self, root: int, passes: Marks, start: Marks, reached: Marks) -> None:
        """Mark in `reached` the leaves that force the value of a root, in the rows where the walk starts."""
        marks = np.zeros((len(self._nodes), len(start)), np.bool_)
        marks[root] = start
        for edges in self._down:
            marks[edges.near] |= edges.over(np.logical_or, marks[edges.far] & passes[edges.order])
        places, columns = self._leaves
        reached[:, columns] |= marks[places].T


def _value_of_none(op: Op, n: int) -> int:
    """Evaluate a node that has no child."""
    return MET if op in (Op.ALL, Op.GUARDED) or (op is Op.AT_LEAST and n <= 0) else NOT_MET


def _edges(found: list[tuple[int, int, int]]) -> _Edges:
    near = [node for node, _, _ in found]
    first = [place for place, node in enumerate(near) if not place or node != near[place - 1]]
    return _Edges(*(np.array(told, np.int64) for told in (
        [near[place] for place in first], [far for _, _, far in found], first, [edge for _, edge, _ in found]
    )))  # fmt: skip
