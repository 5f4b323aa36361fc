"""Criteria that reckon with the quantity: counting limits, duration and dose."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from rdflib import URIRef

from .asks import Ask
from .facts import Treatment
from .graph import KB, UNIT, Fault
from .kleene import Status, Units, Value
from .once import once
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


# ---------------------------------------------------------------- dose


def factor(view: View, c: Node, drug: URIRef, daily: Fraction) -> Fraction | None:
    """From so many milligrams a day of the drug to the unit of the limit."""
    unit = c.unit()
    if unit == UNIT.mg_per_day:
        return Fraction(1)
    if unit == UNIT.gram_per_day:
        return Fraction(1, 1000)
    if unit == UNIT.mme_per_day:
        classes = sorted(view.onto.up[drug], key=lambda k: -len(view.onto.up[k]))
        return next((f for k in classes if (f := _morphine(view, k, daily)) is not None), None)
    raise Fault(f"`{c.id}` states a dose in `{unit}`")


def _morphine(view: View, drug: URIRef, daily: Fraction) -> Fraction | None:
    """The factor of the drug, or of the lowest band that such a dose does not exceed."""
    number = view.onto.number
    bands = [(number(b, KB.upToMgPerDay), b) for b in view.onto.iris(drug, KB.mmeBand)]
    fitting = sorted((top, b) for top, b in bands if top is not None and daily <= top)
    last = [(top, b) for top, b in bands if top is None]
    return number((fitting or last or [(None, drug)])[0][1], KB.mmeFactor)


def asked_dose(view: View, c: Node, ask: Ask, units: Amount, whole: Amount = None) -> Amount:
    """Strength times the units a day over the days asked; its band is that of the whole, else of these units."""
    if units == 0:
        return ZERO
    if units is None or ask.strength_mg is None or not ask.days:
        return None
    each = ask.strength_mg / ask.days
    rate = factor(view, c, ask.service, each * (units if whole is None else whole))
    return None if rate is None else rate * each * units


def in_use(view: View, c: Node) -> list[Treatment]:
    """Current drugs counted, but for those of the same ingredient as the request, which replaces them."""

    asked = {i for o in view.own for i in _ingredients(view, o)} | set(view.ask.ingredients) | view.own

    def replaced(t: Treatment) -> bool:
        shared = asked & (_ingredients(view, t.service) | {t.service})
        same = any(view.same_kind(i, c.terms["counts"]) for i in shared)
        return same or any(view.onto.related(t.service, o) for o in view.own)

    mine = counted_ask([view.ask], c) is not None
    return [t for t in view.treatments(c.terms["counts"], "current") if not (mine and replaced(t))]


@once
def _ingredients(view: View, drug: URIRef) -> set[URIRef]:
    return {max(types, key=lambda k: len(view.onto.up[k])) for types in view.onto.contained(drug)}


def dose_ceiling(view: View, c: Node, x: Units | None) -> Status:
    """The daily dose of those in use and the one requested stays within the limit."""
    drugs = in_use(view, c)
    doses: list[tuple[Amount, Amount]] = [(_dose_in_use(view, c, t), ZERO) for t in drugs]
    if counted_ask([view.ask], c):
        doses.append((asked_dose(view, c, view.ask, None if x is None else Fraction(x), view.ask.quantity), ZERO))
        doses.append((asked_dose(view, c, view.ask, view.ask.authorised), ZERO))
    for asks in view.other_lines:
        other = counted_ask(asks, c)
        if other:
            doses.append((asked_dose(view, c, other, other.authorised), ZERO))
    for line in view.earlier:
        ask = counted_ask(line.asks, c)
        if ask:
            doses.append(_granted_dose(view, c, ask, line))
    known = sum((sure for sure, _ in doses if sure is not None), ZERO)
    most = None if any(None in dose for dose in doses) else known + sum((maybe for _, maybe in doses), ZERO)  # type: ignore[misc]
    limit = c.numbers["limit"]
    within = most is not None and most <= limit and view.record_complete
    value: Value = False if known > limit else True if within else None
    return Status(value, frozenset(t.id for t in drugs), closed=value is True)


def _dose_in_use(view: View, c: Node, t: Treatment) -> Amount:
    if t.strength_mg is None or t.per_day is None:
        return None
    daily = t.strength_mg * t.per_day
    rate = factor(view, c, t.service, daily)
    return None if rate is None else rate * daily


def _granted_dose(view: View, c: Node, ask: Ask, line: Decided) -> tuple[Amount, Amount]:
    """The dose of what an earlier line was granted, and what an undocumented one may be granted yet."""
    if line.amount is None or line.quantity is None:
        fallen = line.verdict in ("not_supported", "no_guideline")
        return (ZERO, ZERO) if fallen else (ZERO, None)
    doubt = line.quantity - line.amount if line.verdict == "undocumented" else 0
    whole = Fraction(line.amount + doubt)
    return asked_dose(view, c, ask, Fraction(line.amount), whole), asked_dose(view, c, ask, Fraction(doubt), whole)


LIMITS: dict[str, Callable[[View, Node, Units | None], Status]] = {
    "visit_limit": counting_limit,
    "count_limit": counting_limit,
    "trial_then_continue": counting_limit,
    "duration_limit": duration_limit,
    "dose_ceiling": dose_ceiling,
}
