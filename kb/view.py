"""Assert what one request line sees of its case as triples: one graph, one request, its facts and counts.

Dates become whole days before the selecting date, so that no query needs date arithmetic.
"""

import datetime as dt
import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pyoxigraph import Literal, NamedNode

from kb.case import Case, Item, Treatment
from kb.knowledge import Knowledge
from kb.ontology import Triple
from kb.standing import Observation, care, standing
from kb.terms import CASE, CONCEPT, EPOCH, NOTHING, TYPE, concept, kb, unit

_RUN = uuid.uuid4().hex  # several processes may share one remote store
_NUMBER = itertools.count()
_DAYS_A_WEEK = 7
_ANY_NUMBER = 1_000_000_000  # more than any limit: how the queries read "any number"
_ALL_SCOPES = ("per_request", "per_course", "total")
_EARLIER_SCOPES = ("per_course", "total")


@dataclass(frozen=True, slots=True)
class Prior:
    """Tell what an earlier decided line, or the authorised part of this one, uses up.

    `maybe` None means any number.
    """

    services: tuple[str, ...]
    unit: str | None
    sure: float
    maybe: float | None
    evidence: str


@dataclass(slots=True)
class View:
    """Hold what one item (a line or a part of one) sees: its graph and the facts that bear on it."""

    item: Item
    case: Case
    day: dt.date
    classes: tuple[str, ...]
    ingredients: tuple[str, ...] = ()
    prior: list[Prior] = field(default_factory=list)
    graph: NamedNode = field(default_factory=lambda: NamedNode(f"{CASE}{_RUN}/{next(_NUMBER)}"))

    @property
    def request(self) -> NamedNode:
        """Name the request in the graph."""
        return self.graph

    def node(self, name: str) -> NamedNode:
        """Name a thing of this view."""
        return NamedNode(f"{self.graph.value}#{name}")


class ViewWriter:
    """Write the triples of a view."""

    def __init__(self, view: View, knowledge: Knowledge) -> None:
        """Resolve the regions of the request: its sites, else those its service class names."""
        self._view = view
        self._knowledge = knowledge
        sites = view.item.site if isinstance(view.item.site, list) else [view.item.site]
        self._regions = frozenset(CONCEPT + site for site in sites)
        if not self._regions:
            found = [knowledge.regions_of(c) for c in view.classes]
            self._regions = frozenset().union(*found)

    def triples(self) -> list[Triple]:
        """List everything the queries may ask about this request."""
        return [*self._request(), *self._observations(), *self._care(), *self._uses()]

    def _request(self) -> Iterator[Triple]:
        view, node = self._view, self._view.request
        yield node, TYPE, kb("Request")
        for name in view.classes:
            yield node, TYPE, NamedNode(name)
        for name in view.ingredients:
            ingredient = view.node(name.rsplit("/", 1)[-1])
            yield node, kb("hasIngredient"), ingredient
            yield ingredient, TYPE, NamedNode(name)
        for region in sorted(self._regions):
            yield node, kb("region"), NamedNode(region)
        yield node, kb("epoch"), NamedNode(f"{EPOCH}{self._knowledge.epoch(view.day)}")
        if view.item.setting:
            yield node, kb("setting"), concept(view.item.setting)
        if view.case.injured and view.case.injured <= view.day:
            yield node, kb("daysSinceInjury"), Literal((view.day - view.case.injured).days)
        if view.case.phase:
            yield node, kb("statedPhase"), Literal(view.case.phase)
        if view.case.record_complete:
            yield node, kb("recordComplete"), Literal(True)
        if view.case.age is not None:
            yield from self._value("age", view.case.age)

    def _value(self, name: str, number: float) -> Iterator[Triple]:
        node = self._view.node(name)
        yield node, kb("bearsOn"), self._view.request
        yield node, kb("concept"), concept(name)
        yield node, kb("value"), _number(number)

    def _observations(self) -> Iterator[Triple]:
        view = self._view
        stands = standing(view.case, view.day, lambda n, w: self._knowledge.is_below(CONCEPT + n, CONCEPT + w))
        for observation in stands:
            fact, node = observation.fact, view.node(str(observation.fact.id))
            yield node, kb("concept"), concept(fact.concept)
            if fact.date:
                yield node, kb("daysBefore"), Literal((view.day - fact.date).days)
            if fact.status == "present":
                for site in self._sites(observation):
                    yield node, kb("at"), NamedNode(site)
                if fact in view.case.diagnoses:
                    yield node, kb("locates"), view.request
            if self._bears(observation):
                yield from self._bearing(node, observation)

    def _bearing(self, node: NamedNode, observation: Observation) -> Iterator[Triple]:
        fact, request = observation.fact, self._view.request
        if fact.status == "absent":
            yield node, kb("absentFor"), request
            return
        yield node, kb("bearsOn"), request
        yield node, kb("says"), Literal("present")
        if observation.conflicts:
            yield node, kb("says"), Literal("absent")
        number = getattr(fact, "value", None)
        if number is not None:
            yield node, kb("value"), _number(number)

    def _sites(self, observation: Observation) -> frozenset[str]:
        if observation.site:
            return frozenset((CONCEPT + observation.site,))
        return self._knowledge.regions_of(CONCEPT + observation.fact.concept)

    def _bears(self, observation: Observation) -> bool:
        """Present at a site counts for every wider region, absent for every narrower one."""
        below, site = self._knowledge.is_below, observation.site
        present = observation.fact.status == "present"
        if site is None or (present and not self._regions):
            return True
        at = CONCEPT + site
        return any(below(at, r) if present else below(r, at) for r in self._regions)

    def _care(self) -> Iterator[Triple]:
        view = self._view
        for fact in care(view.case, view.day):
            node = view.node(str(fact.id))
            yield node, TYPE, kb("Care")
            yield node, kb("careOf"), view.request
            if isinstance(fact, Treatment) and self._near(CONCEPT + fact.service):
                yield node, kb("near"), view.request
            yield node, kb("service"), concept(fact.service if isinstance(fact, Treatment) else fact.concept)
            yield node, kb("status"), Literal(fact.status)
            yield node, kb("outcome"), concept(fact.outcome)
            if fact.start:
                yield node, kb("startedBefore"), Literal((view.day - fact.start).days)
            if isinstance(fact, Treatment):
                yield from self._treatment(node, fact)
            elif fact.strength_mg is not None and fact.per_day is not None:
                yield node, kb("mgPerDay"), _number(fact.strength_mg * fact.per_day)

    def _near(self, service: str) -> bool:
        """Tell whether a treatment was at, above or below the request's region, as far as both name one."""
        below, sites = self._knowledge.is_below, self._knowledge.regions_of(service)
        if not sites or not self._regions:
            return True
        return any(below(s, r) or below(r, s) for s in sites for r in self._regions)

    def _treatment(self, node: NamedNode, fact: Treatment) -> Iterator[Triple]:
        end = fact.to if fact.to and fact.to <= self._view.day else None
        if end or fact.start:
            yield node, kb("endedBefore"), Literal((self._view.day - (end or fact.start or end)).days)  # type: ignore[operator]
        if end and fact.start:
            yield node, kb("lastedDays"), Literal((end - fact.start).days)
        if fact.functional_improvement is not None:
            improved = "functional_improvement" if fact.functional_improvement else "no_functional_improvement"
            yield node, kb("outcome"), concept(improved)
        if fact.relief_percent is not None:
            yield node, kb("reliefPercent"), _number(fact.relief_percent)
        if fact.relief_weeks is not None:
            yield node, kb("reliefWeeks"), _number(fact.relief_weeks)

    def _uses(self) -> Iterator[Triple]:
        """Keep the ledger that limits count: what is asked, what is used for certain, what may be."""
        view, item = self._view, self._view.item
        yield from self._use("none", Prior((NOTHING.value,), None, 0, 0, ""), _ALL_SCOPES)
        yield from self._use("asked", Prior(view.classes, item.unit, 0, 0, ""), _ALL_SCOPES)
        node = view.node("asked")
        yield node, kb("asksFor"), view.request
        for name, number in (
            ("asked", item.quantity),
            ("strengthMg", item.strength_mg),
            ("durationDays", None if item.duration_weeks is None else item.duration_weeks * _DAYS_A_WEEK),
        ):
            if number is not None:
                yield node, kb(name), _number(number)
        for number, prior in enumerate(view.prior):
            yield from self._use(f"prior{number}", prior, _ALL_SCOPES)
        for name, prior in self._earlier_care():
            yield from self._use(name, prior, _EARLIER_SCOPES)

    def _earlier_care(self) -> Iterator[tuple[str, Prior]]:
        for fact in care(self._view.case, self._view.day):
            if isinstance(fact, Treatment) and fact.status != "planned":
                maybe = 0 if fact.quantity is not None else None
                yield (
                    f"use-{fact.id}",
                    Prior((CONCEPT + fact.service,), fact.unit, fact.quantity or 0, maybe, str(fact.id)),
                )
        if not self._view.case.record_complete:
            yield "unrecorded", Prior((NOTHING.value,), None, 0, None, "")

    def _use(self, name: str, prior: Prior, scopes: tuple[str, ...]) -> Iterator[Triple]:
        node = self._view.node(name)
        yield node, kb("usedFor"), self._view.request
        for service in prior.services:
            yield node, kb("service"), NamedNode(service)
        yield node, kb("unit"), unit(prior.unit) if prior.unit else kb("anyUnit")
        yield node, kb("sure"), _number(prior.sure)
        yield node, kb("maybe"), _number(_ANY_NUMBER if prior.maybe is None else prior.maybe)
        if prior.evidence:
            yield node, kb("evidence"), Literal(prior.evidence)
        for scope in scopes:
            yield node, kb("scope"), kb(scope)


def _number(number: float) -> Literal:
    return Literal(int(number)) if number == int(number) else Literal(str(number), datatype=_DECIMAL)


_DECIMAL: Any = NamedNode("http://www.w3.org/2001/XMLSchema#decimal")
