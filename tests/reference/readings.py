"""Other readings of the text: which stand in the formula, and what each would change."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rdflib import URIRef

from .formula import Formula
from .graph import short
from .rules import Node, Rule
from .verdict import Outcome

Alternative = tuple[str, dict[str, Node], URIRef | None]  # id, swapped node, chosen series


def in_formula(node: Node | None) -> Iterator[Node]:
    """Nodes of a tree but for advisory criteria, which decide nothing."""
    if node is None or (node.op == "criterion" and node.strength == "advisory"):
        return
    yield node
    for child in (*node.children, node.unless, node.except_when):
        yield from in_formula(child)


def _roots(formula: Formula, rule: Rule) -> list[Node | None]:
    if rule.stance == "not_recommended" and not rule.general:
        return [rule.tree, rule.unless] if formula.has_unless(rule) else []
    if rule.stance == "statute":
        return [rule.tree, rule.unless]
    return [] if rule.stance == "no_recommendation" and not rule.general else [rule.tree]


def alternatives(formula: Formula) -> Iterator[Alternative]:
    """ "the alternatives stand beside the main reading. Each is tried alone"."""
    n = formula.view.ask.quantity
    for rule in formula.rules:
        if formula.standing(rule).value(n) is not False:
            for root in _roots(formula, rule):
                for node in in_formula(root):
                    for other in node.readings:
                        yield other.id, {node.id: other}, None


def series(formula: Formula) -> set[URIRef]:
    """Guidelines that are live side by side on rung 2 ("where they disagree: two readings")."""
    n = formula.view.ask.quantity
    second = [r for r in formula.rules if r.searched and r.rung == 2]
    found = {r.series for r in second if formula.live(r).value(n) is not False}
    return found if len(found) > 1 else set()


def compare(formulas: list[Formula], main: Outcome, outcome: Callable[[Alternative], Outcome]) -> dict[str, object]:
    """Count the readings of a line and those that leave its verdict and amount as they are."""
    found: dict[str, Alternative] = {a[0]: a for f in formulas for a in alternatives(f)}
    tried = {id_: outcome(a) for id_, a in found.items()}
    guidelines = sorted({s for f in formulas for s in series(f)})
    by_series = {short(s): outcome((short(s), {}, s)) for s in guidelines}
    if len(set(by_series.values())) > 1:
        tried |= by_series
    changed = sorted(id_ for id_, other in tried.items() if other != main)
    return {"total": 1 + len(tried), "same": 1 + len(tried) - len(changed), "changed_by": changed}
