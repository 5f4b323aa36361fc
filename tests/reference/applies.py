"""Whether a rule applies: one leaf per dimension, and by which service it is in the formula at all."""

from __future__ import annotations

from collections.abc import Iterator

from rdflib import URIRef

from .facts import Observation
from .graph import PHASE
from .kleene import Status, Value
from .once import once
from .rules import Rule
from .view import View


@once
def service_status(view: View, rule: Rule) -> Value:
    """Met, unknown for a wider request, not met: "Recommendations whose service does not subsume ... are not in"."""
    if rule.services & view.ask.types:
        return True
    # "A request for a wider thing than the rule ... is unknown"
    wider = [s for s in rule.services if view.onto.below(s, view.ask.service) and _could_be(view, s)]
    return None if wider else False


def _could_be(view: View, service: URIRef) -> bool:
    """Whether a wider request, by the ingredients and sites it names, could still be this narrower service."""
    regions = view.onto.regions([service])
    if view.ask.sites and regions and not any(view.onto.related(r, s) for r in regions for s in view.ask.sites):
        return False
    needed = view.onto.contained(service)
    if not view.ask.ingredients or not needed:
        return True
    return all(any(view.onto.up[i] < types for i in view.ask.ingredients) for types in needed)


@once
def diagnosis_status(view: View, rule: Rule) -> Status:
    """ "A diagnosis counts when it is at the request's region or has no site"."""
    rows = view.rows(tuple(sorted(rule.dimensions["diagnosis"])), ("diagnoses", "findings"))
    if rows.met and rows.not_met:
        return Status(None, rows.considered, conflict=True)
    if rows.met or rows.not_met:
        return Status(bool(rows.met), rows.considered)
    # "Applicability by diagnosis is closed only with `diagnoses_complete` too"
    closed = view.record_complete and view.diagnoses_complete
    return Status(False if closed else None, rows.considered, assumed=closed)


@once
def region_status(view: View, rule: Rule) -> Status:
    """Region by the request's site, else its service class, else the sites of the present diagnoses."""
    named, onto = rule.dimensions["region"], view.onto
    if view.regions:
        if any(onto.below(r, k) for r in view.regions for k in named):
            return Status(True)
        return Status(None if any(onto.below(k, r) for r in view.regions for k in named) else False)
    sited = [(o.id, sites) for o in view.facts.observations if (sites := _diagnosed_sites(view, o))]
    fits = [any(onto.below(s, k) for k in named) for _, sites in sited for s in sites]
    facts = frozenset(id_ for id_, _ in sited)
    # "met when all these fit and `record_complete` holds ... not met when none fits and it holds"
    if fits and view.record_complete and (all(fits) or not any(fits)):
        return Status(all(fits), facts, closed=True)
    return Status(None, facts)


def _diagnosed_sites(view: View, o: Observation) -> frozenset[URIRef]:
    if o.sort != "diagnoses" or not o.present:
        return frozenset()
    return frozenset({o.site}) if o.site else view.onto.regions([o.concept])


def phase_status(view: View, rule: Rule) -> Status:
    """ "without an injury date unknown"."""
    phase, facts = current_phase(view)
    return Status(None if phase is None else phase in rule.dimensions["phase"], facts)


@once
def current_phase(view: View) -> tuple[URIRef | None, frozenset[str]]:
    """Stated in the case, else postsurgical after a recent operation, else by the days since the injury."""
    if view.case.get("phase"):
        return PHASE[view.case["phase"]], frozenset()
    operations = frozenset(_recent_operations(view))
    if operations:
        return PHASE.postsurgical, operations
    if view.injured is None:
        return None, frozenset()
    return view.onto.phase_on_day(view.days_since(view.injured)), frozenset()


def _recent_operations(view: View) -> Iterator[str]:
    """ "an operation on the site within the period that the guideline's data gives"."""
    onto = view.onto
    for services, length in onto.postsurgical_periods:
        for t in view.treatments(services, "past"):
            ended, regions = t.end or t.start, onto.regions([t.service])
            near = any(onto.related(a, b) for a in regions for b in view.regions)
            if ended and view.days_since(ended) <= length and (near or not regions or not view.regions):
                yield t.id


def injured_status(view: View, rule: Rule) -> Status:
    """A statute binds injuries from a day on; without an injury date unknown."""
    assert rule.injured_from is not None
    return Status(None if view.injured is None else view.injured >= rule.injured_from)


STATUSES = {"diagnosis": diagnosis_status, "region": region_status, "phase": phase_status}
