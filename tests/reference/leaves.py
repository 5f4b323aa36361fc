"""One function per criterion kind that asks for facts: which rows speak for met and for not met.

The skos:definition of the kind in core/kinds.ttl stands above each function in short.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction

from rdflib import URIRef

from .facts import Treatment
from .graph import CONCEPT, KB
from .rules import Node
from .view import Rows, View

FAILED = ("unchanged", "worse", "not_tolerated")


def ids(*groups: object) -> frozenset[str]:
    return frozenset(getattr(item, "id", item) for group in groups for item in group)  # type: ignore[attr-defined]


def required_finding(view: View, c: Node) -> Rows:
    """Met when one of the concepts is present, not met when each of them is absent."""
    return view.rows(c.terms["concept"])


def absent_or_stop(view: View, c: Node) -> Rows:
    """discontinue_trigger: "found = not met, absent = met"."""
    return view.rows(c.terms["concept"]).flip()


def prerequisite_evaluation(view: View, c: Node) -> Rows:
    """Present, or recorded as past or current treatment; not met when each is absent."""
    rows, done = view.rows(c.terms["concept"]), view.treatments(c.terms["concept"], "past", "current")
    return Rows(rows.met | ids(done), rows.not_met, rows.considered | ids(done))


def monitoring_required(view: View, c: Node) -> Rows:
    """Dated within the limit; not met when the latest is older or each is absent."""
    wanted, rows = c.terms["concept"], view.rows(c.terms["concept"])
    dates: dict[str, date | None] = {o.id: o.day for o in view.present(wanted)}
    dates |= {t.id: t.end or t.start for t in view.treatments(wanted, "past")}
    bound = c.numbers["limit"] * view.onto.days(c.unit())
    recent = {i for i, d in dates.items() if d is not None and view.days_since(d) <= bound}
    if rows.met and rows.not_met:
        return rows  # both ways
    # an unrecorded later check could exist: "the latest is older" only of a complete record
    older = set(dates) if not recent and any(dates.values()) and view.record_complete else set()
    return Rows(frozenset(recent), rows.not_met | older, rows.considered | set(dates), bool(dates), bool(older))


def technique_or_setting(view: View, c: Node) -> Rows:
    """The setting of the request decides; where none is given, a finding or document."""
    wanted, setting = c.terms["concept"], view.ask.setting
    if any(view.same_kind(s, wanted) for s in setting):
        return Rows(met=frozenset({"setting"}))
    wider = any(view.onto.below(w, s) for s in setting for w in wanted)
    if setting and not wider:
        return Rows(not_met=frozenset({"setting"}))
    return replace(view.rows(wanted), open=wider)  # a wider setting is no silence


def patient_attribute(view: View, c: Node) -> Rows:
    """The recorded value lies between minimum and limit."""
    wanted = c.terms["concept"]
    if not {"minimum", "limit"} & set(c.numbers):
        return view.rows(wanted)
    found = [o for o in view.present(wanted) if o.value is not None and o.unit in (None, c.unit())]
    latest = max((o.day or date.min for o in found), default=date.min)
    values = {o.id: o.value for o in found if (o.day or date.min) == latest}
    if view.case.get("age") is not None and CONCEPT["age"] in wanted:
        values["age"] = Fraction(str(view.case["age"]))
    inside = {i for i, v in values.items() if v is not None and c.reaches(v) and not c.exceeds(v)}
    return Rows(frozenset(inside), frozenset(set(values) - inside), frozenset(values))


def component_rule(view: View, c: Node) -> Rows:
    """Not met when an ingredient is one of the concepts, met when they are named and none is."""
    wanted, asked, onto = c.terms["concept"], view.ask.ingredients, view.onto
    named = [frozenset(onto.up[i]) for i in asked]
    held = named + [types for types in onto.contained(view.ask.service) if not any(types <= other for other in named)]
    if any(w in types for types in held for w in wanted):
        return Rows(not_met=frozenset({"ingredients"}))
    # what a class contains is not all that the request contains; a wider ingredient may be one of the concepts
    wider = any(types < frozenset(onto.up[w]) for types in held for w in wanted)
    return Rows(met=frozenset() if wider or not asked else frozenset({"ingredients"}), open=wider)


# ---------------------------------------------------------------- other treatments


def lasted(view: View, t: Treatment, c: Node) -> bool | None:
    """Whether a treatment lasted at least the minimum (in its unit of time, or counted in its own unit)."""
    unit = c.unit()
    if "minimum" not in c.numbers:
        return True
    if t.quantity is not None and t.unit == unit:
        return c.reaches(t.quantity)
    end = t.end or (view.ask.day if t.status == "current" else None)
    if unit is None or view.onto.number(unit, KB.days) is None or t.start is None or end is None:
        return None
    return c.reaches((end - t.start).days, view.onto.days(unit))


def failed_prior_treatment(view: View, c: Node) -> Rows:
    """Unchanged, worse or not tolerated (and long enough); not met when those with a known outcome all improved."""
    tried = view.treatments(c.terms["treatment"], "past", "current")
    known = [t for t in tried if t.outcome not in (None, "unknown")]
    met = [t for t in known if t.outcome in FAILED and lasted(view, t, c)]
    improved = known if all(t.outcome == "improved" for t in known) else []
    return Rows(ids(met), ids(improved), ids(tried), open=bool(tried))


def adjunct_required(view: View, c: Node) -> Rows:
    """Current or planned, or a finding of it present; not met when each is absent."""
    wanted = c.terms["treatment"]
    rows, along = view.rows(wanted), view.treatments(wanted, "current", "planned")
    return Rows(rows.met | ids(along), rows.not_met, rows.considered | ids(along))


def no_concurrent(view: View, c: Node) -> Rows:
    """ "found = not met, absent = met": a current one other than the requested service, or a finding of it."""
    wanted = c.terms["treatment"]
    current = [t for t in view.treatments(wanted, "current") if not view.same_kind(t.service, view.own)]
    rows = view.rows(wanted)
    return Rows(rows.not_met, rows.met | ids(current), rows.considered | ids(current))


def continuation_outcome(view: View, c: Node) -> Rows:
    """An outcome of the class or a finding of it; not met by an outcome of the opposite class or its absence."""
    wanted, onto = c.terms["outcome"], view.onto
    against = {o for w in wanted for o in onto.iris(w, KB.opposite)}
    against |= {URIRef(str(s)) for w in wanted for s in onto.graph.subjects(KB.opposite, w)}
    earlier = view.treatments(c.terms["treatment"], "past", "current")
    good = [t for t in earlier if any(view.same_kind(s, wanted) for s in t.shown)]
    bad = [t for t in earlier if any(view.same_kind(s, against) for s in t.shown)]
    rows, opposed = view.rows(wanted), view.present(against)
    return Rows(rows.met | ids(good), rows.not_met | ids(bad, opposed), rows.considered | ids(earlier, opposed))


def repeat_response_threshold(view: View, c: Node) -> Rows:
    """At least the percentage for at least the weeks; not met when the best recorded response falls short."""
    weeks = c.numbers.get("minimumWeeks")
    earlier = view.treatments(c.terms["treatment"], "past", "current")

    def reaches(t: Treatment) -> bool | None:
        """None: part of the response is not recorded."""
        parts = [None if t.relief_percent is None else c.reaches(t.relief_percent)]
        if weeks is not None:
            parts.append(None if t.relief_weeks is None else t.relief_weeks >= weeks)
        return False if False in parts else None if None in parts else True

    recorded = [t for t in earlier if t.relief_percent is not None or t.relief_weeks is not None]
    met = [t for t in recorded if reaches(t)]
    short = recorded if all(reaches(t) is False for t in recorded) else []
    return Rows(ids(met), ids(short), ids(earlier), open=bool(recorded))


def minimum_interval(view: View, c: Node) -> Rows:
    """The days since the last past treatment reach the minimum."""
    past = view.treatments(c.terms["treatment"], "past")
    ends = [t.end or t.start for t in past]
    days = [view.days_since(d) for d in ends if d is not None]
    minimum = c.numbers["minimum"] * view.onto.days(c.unit())
    if any(d < minimum for d in days):
        return Rows(not_met=ids(past), considered=ids(past))
    # an undated one may have been the last: neither met nor silence
    undated = None in ends
    return Rows(ids(past) if days and not undated else frozenset(), frozenset(), ids(past), open=bool(past))


def time_window(view: View, c: Node) -> Rows:
    """The days since the event lie between minimum and limit."""
    since = c.terms["since"]
    events: dict[str, date | None] = {}
    if KB.injury in since:
        known = view.injured is not None and view.injured <= view.ask.day
        events["injury"] = view.injured if known else None
    events |= {t.id: t.start for t in view.treatments(since, "past", "current")}
    events |= {o.id: o.day for o in view.present(since)}
    dated = [d for d in events.values() if d is not None]
    if not dated:
        return Rows(considered=frozenset(events), open=bool(set(events) - {"injury"}))
    days, length = view.days_since(min(dated)), view.onto.days(c.unit())
    early_enough, late_enough = c.reaches(days, length), not c.exceeds(days, length)
    # an unrecorded earlier event could only make the time longer: what that could change needs a complete record
    injury = since == (KB.injury,)
    sure, all_ = injury or view.record_complete, frozenset(events)
    if not late_enough:
        return Rows(not_met=all_, considered=all_)
    if early_enough and "limit" not in c.numbers:
        return Rows(met=all_, considered=all_)
    speaks = all_ if sure else frozenset()
    met, not_met = (speaks, frozenset()) if early_enough else (frozenset(), speaks)
    return Rows(met, not_met, all_, open=True, closed=not injury)


KINDS: dict[str, Callable[[View, Node], Rows]] = {
    "time_window": time_window,
    "required_finding": required_finding,
    "required_diagnosis": required_finding,
    "documentation_required": required_finding,
    "prerequisite_evaluation": prerequisite_evaluation,
    "monitoring_required": monitoring_required,
    "failed_prior_treatment": failed_prior_treatment,
    "adjunct_required": adjunct_required,
    "continuation_outcome": continuation_outcome,
    "repeat_response_threshold": repeat_response_threshold,
    "minimum_interval": minimum_interval,
    "technique_or_setting": technique_or_setting,
    "patient_attribute": patient_attribute,
    "component_rule": component_rule,
    "contraindication": required_finding,
    "no_concurrent": no_concurrent,
    "discontinue_trigger": absent_or_stop,
}
