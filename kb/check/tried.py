"""Tell what a decided case tries: how recommendations come out, numbers at and beside their bound, exceptions.

A mark is (identifier, what, way): the way a recommendation, a number, an exception or a count of alternatives
came out. What must be tried follows from the knowledge, what is tried from the decisions.
"""

from collections.abc import Iterable, Iterator

from kb.check.amounts import Number, amounts, numbers
from kb.decide.lines import DecidedPart
from kb.determination import Decided
from kb.evaluate.leaves import Leaf
from kb.formula import MET, NOT_MET, TRUE, UNKNOWN, WORDS, Table, value
from kb.knowledge.base import Knowledge
from kb.knowledge.guideline import Recommendation
from kb.knowledge.tree import Node, expression

Mark = tuple[str, str, str]
_NOTHING: dict[str, int] = {}
_WAYS = {
    "recommendation": ("met", "not_met", "unknown"),
    "number": ("at", "beside"),
    "unless": ("waives", "stands"),
    "exceptWhen": ("bars", "passes"),
    "atLeast": ("enough", "one_short"),
}


def wanted(recommendation: Recommendation, knowledge: Knowledge) -> Iterator[Mark]:
    """List everything about a recommendation or statute that its cases must try, each once."""
    found = [("recommendation", recommendation.id)]
    found += [("number", number.name) for c in recommendation.criteria() for number in numbers(c, knowledge)]
    found += [(node.op, node.id) for node in _nodes(recommendation) if node.op in _WAYS and _decides(node)]
    found += [("unless", recommendation.id)] if recommendation.unless_expr is not None else []
    yield from ((name, what, way) for what, name in dict.fromkeys(found) for way in _WAYS[what])


def tried(decided: Decided, topic: str, knowledge: Knowledge) -> Iterator[Mark]:
    """List what a case tries of the recommendations of one topic."""
    for part in (part for line in decided.lines for part in line.parts):
        for recommendation in part.decision.evaluation.recommendations:
            if recommendation.id.startswith(f"{topic}#"):
                yield from _of_recommendation(recommendation, part)
                yield from _of_numbers(recommendation, decided, part, knowledge)


def _of_recommendation(r: Recommendation, part: DecidedPart) -> Iterator[Mark]:
    table = part.decision.table
    applies = value(part.decision.formula.applies[r.id], table, _NOTHING)
    tree = value(r.tree_expr, table, _NOTHING)
    lifted = None if r.unless_expr is None else value(r.unless_expr, table, _NOTHING)
    # a statute's exception waives it; advice against is lifted by one
    holds = tree if lifted is None else max(tree, lifted) if r.stance is None else min(tree, lifted)
    yield r.id, "recommendation", WORDS[min(applies, holds)]
    if applies == NOT_MET:
        return
    if lifted is not None:
        main = tree if r.stance is None else NOT_MET
        yield from ((r.id, "unless", way) for way in _exception("unless", main, lifted))
    for node in _nodes(r):
        yield from ((node.id, node.op, way) for way in _of_node(node, table))


def _nodes(r: Recommendation) -> Iterator[Node]:
    yield from _below(root for root in (r.tree, r.unless, *r.contraindications) if root)


def _below(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _below((*node.children, *node.readings))


def _decides(node: Node) -> bool:
    """An advisory exception bars and waives nothing, and nothing is waived where the rest is advisory."""
    if node.op == "atLeast":
        return True
    main, exception = (expression(child, TRUE) for child in node.children)
    return exception is not None and (main is not None or node.op == "exceptWhen")


def _of_node(node: Node, table: Table) -> Iterator[str]:
    if node.op not in _WAYS or not _decides(node):
        return
    values = [value(expression(child, TRUE) or TRUE, table, _NOTHING) for child in node.children]
    if node.op == "atLeast":
        found = values.count(MET)
        yield from ["enough"] if found == node.n else ["one_short"] if found + 1 == node.n else []
    else:
        yield from _exception(node.op, *values)


def _exception(op: str, main: int, exception: int) -> Iterator[str]:
    """An exception is seen at work only where the rest would decide otherwise."""
    if op == "unless" and main != MET:
        yield from ["waives"] if exception == MET else ["stands"] if main == exception == NOT_MET else []
    if op == "exceptWhen" and main != NOT_MET:
        yield from ["bars"] if exception == MET else ["passes"] if main == MET and exception == NOT_MET else []


def _of_numbers(r: Recommendation, decided: Decided, part: DecidedPart, knowledge: Knowledge) -> Iterator[Mark]:
    leaves = part.decision.evaluation.leaves
    for criterion in r.criteria():
        leaf = leaves.get(criterion.id)
        if leaf and not leaf.assumed:
            for number in numbers(criterion, knowledge):
                for amount in _found(number, criterion, leaf, decided, part, knowledge):
                    yield from ((number.name, "number", way) for way in _way(number, amount, leaf.status))


def _found(
    number: Number, criterion: Node, leaf: Leaf, decided: Decided, part: DecidedPart, knowledge: Knowledge
) -> Iterable[float]:
    if number.told and decided.case:
        return amounts(number, criterion, decided.case, part.ask.day, knowledge)
    return [] if leaf.found is None else [leaf.found]


def _way(number: Number, amount: float, status: int) -> Iterator[str]:
    """Beside is within one step beyond the last amount that satisfies the number, or before an exclusive bound."""
    inside = MET if number.satisfied(amount) else NOT_MET
    if status == -inside or (status == UNKNOWN and not (number.told and inside == NOT_MET)):
        return
    if amount == number.bound:
        yield "at"
    elif abs(amount - number.bound) <= number.step and inside != (NOT_MET if number.exclusive else MET):
        yield "beside"
