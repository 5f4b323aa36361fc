"""Criteria that reckon with the quantity: counting limits and duration."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from rdflib import URIRef

from .asks import Ask
from .facts import Treatment
from .graph import KB
from .kleene import Status, Units, Value
from .rules import Node
from .view import Decided, View, add

ZERO = Fraction(0)
Amount = Fraction | None  # None: maybe any number


def counted_ask(asks: Iterable[Ask], c: Node) -> Ask | None:
    """ "each limit counts the line once": the first part of a line that the limit counts."""
    return next((a for a in asks if set(c.terms["counts"]) & a.types), None)


def same_unit(unit: URIRef | None, c: Node) -> bool:
    return unit is None or unit == c.unit()


def earlier_line(line: Decided, c: Node) -> tuple[Fraction, Amount]:
    """Its `amount` for certain and, where it is undocumented, anything up to its `quantity`."""
    ask = counted_ask(line.asks, c)
    if ask is None:
        return ZERO, ZERO
    nothing = line.amount == 0 or (line.amount is None and line.verdict in ("not_supported", "no_guideline"))
    if line.verdict == "undocumented":
        nothing = False
    if nothing:
        return ZERO, ZERO
    if line.amount is None or line.quantity is None or not same_unit(ask.unit, c):
        return ZERO, None
    doubt = line.quantity - line.amount if line.verdict == "undocumented" else 0
    return Fraction(line.amount), Fraction(doubt)


def earlier_care(view: View, c: Node) -> tuple[Fraction, Amount, list[Treatment]]:
    """ "A limit per course or in total counts earlier care as well"; without a quantity it is never 0."""
    if KB.per_request in c.terms["scope"]:
        return ZERO, ZERO, []
    care = view.treatments(c.terms["counts"], "past", "current")
    found = [t for t in care if not t.medication]
    certain = sum((t.quantity for t in found if t.quantity is not None and same_unit(t.unit, c)), ZERO)
    open_ = any(t.quantity is None or not same_unit(t.unit, c) for t in found) or not view.record_complete
    return certain, None if open_ else ZERO, found


def authorised_part(ask: Ask | None, c: Node) -> tuple[Fraction, Amount]:
    if ask is None or ask.authorised == 0:
        return ZERO, ZERO
    return (ask.authorised, ZERO) if same_unit(ask.unit, c) else (ZERO, None)


def counting_limit(view: View, c: Node, x: Units | None) -> Status:
    """Used for certain, maybe used, and x more against the limit; "exactly at its bound is met"."""
    care, maybe, found = earlier_care(view, c)
    used, limit = care, c.numbers["limit"]
    mine = counted_ask([view.ask], c)
    pairs = [earlier_line(line, c) for line in view.earlier] + [authorised_part(mine, c)]
    # what UR authorised of the other lines is used too, or dividing a line would hide it
    pairs += [authorised_part(counted_ask(asks, c), c) for asks in view.other_lines]
    for certain, doubt in pairs:
        used, maybe = used + certain, add(maybe, doubt)
    value = _against(limit, used, maybe, mine is not None, x if same_unit(view.ask.unit, c) else None)
    closed = value is True and KB.per_request not in c.terms["scope"]
    return Status(value, frozenset(t.id for t in found), closed=closed)


def _against(limit: Fraction, used: Fraction, maybe: Amount, counts: bool, x: Units | None) -> Value:
    if counts and x is None:
        # "unknown unless what is used alone reaches its bound"
        return False if used >= limit else None
    more = x or 0 if counts else 0
    if used + more > limit:
        return False
    return True if maybe is not None and used + maybe + more <= limit else None


def duration_limit(view: View, c: Node, x: Units | None) -> Status:
    """Days since the earliest start of what is counted plus the days requested."""
    found = view.treatments(c.terms["counts"], "current")
    starts = [t.start for t in found]
    since = max((view.days_since(s) for s in starts if s is not None), default=0)
    mine = counted_ask([view.ask], c)
    days = view.ask.days if mine else ZERO
    known = since + (days or ZERO)
    sure = None not in starts and days is not None and view.record_complete
    exceeded = c.exceeds(known, view.onto.days(c.unit()))
    value: Value = False if exceeded else True if sure else None
    return Status(value, frozenset(t.id for t in found), closed=value is True)


COUNTING: dict[str, Callable[[View, Node, Units | None], Status]] = {
    "visit_limit": counting_limit,
    "count_limit": counting_limit,
    "trial_then_continue": counting_limit,
    "duration_limit": duration_limit,
}
