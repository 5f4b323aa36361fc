"""Assert what one request line sees of its case as triples: one graph, one request, its facts and counts.

Dates become whole days before the selecting date, so that no query needs date arithmetic.
"""

import datetime as dt
import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode

from kb.case.fact import Finding, Medication, Treatment
from kb.case.model import Case, Item
from kb.case.standing import Observation, care, standing
from kb.evaluate.numbers import number
from kb.evaluate.prior import Prior
from kb.evaluate.relevance import Relevance
from kb.knowledge.base import Knowledge
from kb.knowledge.ontology import Triple
from kb.terms import CASE, CONCEPT, TYPE, concept, kb, unit

_RUN = uuid.uuid4().hex  # several processes may share one remote store
_NUMBER = itertools.count()
Thing = tuple[tuple[str, ...], tuple[str, ...], int]

_OLDEST = 1_000_000_000  # days: an undated value is older than any other


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
        self.view = view
        self._knowledge = knowledge
        sites = view.item.site if isinstance(view.item.site, list) else [view.item.site]
        self._regions = frozenset(CONCEPT + site for site in sites)
        if not self._regions:
            self._regions = knowledge.regions_of(*view.classes)
        self._excluded = knowledge.excluded(view.classes, view.ingredients, self._sites_named())
        self._epoch = knowledge.editions.epoch(view.day)
        shown = (knowledge.stated(region, way) for region in self._regions for way in ("radiatesTo", "nervesTo"))
        self._reach = self._regions.union(*shown)

    @property
    def thing(self) -> Thing:
        """Give all that tells which recommendations speak of the request: classes, those it cannot be, epoch."""
        return self.view.classes, self._excluded, self._epoch

    def facts(self, relevant: Relevance) -> Iterator[Triple]:
        """List what the facts of the case say of this request, as far as their concepts can matter."""
        yield from self._observations(relevant)
        yield from self._care(relevant)

    def request(self) -> Iterator[Triple]:
        """List what the line says, and what is told of the patient beside the facts."""
        view, node = self.view, self.view.request
        yield node, TYPE, kb("Request")
        for name in view.classes:
            yield node, TYPE, NamedNode(name)
        for name in view.ingredients:
            ingredient = view.node(name.rsplit("/", 1)[-1])
            yield node, kb("hasIngredient"), ingredient
            yield ingredient, TYPE, NamedNode(name)
        for name in self._excluded:
            yield node, kb("cannotBe"), NamedNode(name)
        for name in sorted(self._knowledge.components(view.classes, view.ingredients)):
            yield node, kb("contains"), NamedNode(name)
        for region in sorted(self._regions):
            yield node, kb("region"), NamedNode(region)
        yield node, kb("epoch"), Literal(self._epoch)
        if view.item.setting:
            yield node, kb("setting"), concept(view.item.setting)
        if view.case.injured and view.case.injured <= view.day:
            days = Literal((view.day - view.case.injured).days)
            yield node, kb("daysSinceInjury"), days
            injury = view.node("injury")
            yield injury, kb("evidenceFor"), node
            yield injury, kb("concept"), kb("injury")
            yield injury, kb("startedBefore"), days
        if view.case.phase:
            yield node, kb("statedPhase"), Literal(view.case.phase)
        if view.case.record_complete:
            yield node, kb("recordComplete"), Literal(True)
        if view.case.age is not None:
            yield view.node("age"), kb("concept"), concept("age")
            yield from self._measured(view.node("age"), view.case.age, None, 0)

    def _sites_named(self) -> tuple[str, ...]:
        sites = self.view.item.site
        return tuple(CONCEPT + site for site in ([sites] if isinstance(sites, str) else sites))

    def _measured(self, node: NamedNode, value: float, measure: str | None, days: int) -> Iterator[Triple]:
        yield node, kb("measuredFor"), self.view.request
        yield node, kb("measuredBefore"), Literal(days)
        yield node, kb("value"), number(value)
        yield node, kb("unit"), unit(measure) if measure else kb("anyUnit")

    def _observations(self, relevant: Relevance) -> Iterator[Triple]:
        view = self.view
        stands = standing(view.case, view.day, self._is_below, self._opposites)
        bearing = [o for o in stands if self._bears(o)]
        present = {CONCEPT + o.fact.concept for o in bearing if o.fact.status == "present"}
        shown = self._knowledge.outcomes_shown(present)
        for observation in stands:
            fact, node = observation.fact, view.node(str(observation.fact.id))
            if fact.status == "present" and fact in view.case.diagnoses:
                yield node, kb("locates"), view.request
                for site in self._sites(observation):
                    yield node, kb("at"), NamedNode(site)
        for observation in bearing:
            names = (CONCEPT + observation.fact.concept, *shown.get(CONCEPT + observation.fact.concept, ()))
            if any(name in relevant for name in names):
                yield from self._bearing(observation, names)
        for observation in stands:
            if observation.fact.status == "present" and self._covers(observation.site):
                yield from self._denying(observation, relevant)

    def _is_below(self, narrow: str, wide: str) -> bool:
        return self._knowledge.is_below(CONCEPT + narrow, CONCEPT + wide)

    def _opposites(self, name: str) -> list[str]:
        return [iri.removeprefix(CONCEPT) for iri in self._knowledge.stated(CONCEPT + name, "opposite")]

    def _denying(self, observation: Observation, relevant: Relevance) -> Iterator[Triple]:
        """A present fact is an absent one on the opposites of its concept; its node ends in the same identifier."""
        node = NamedNode(f"{self.view.graph.value}/denied#{observation.fact.id}")
        for opposite in self._opposites(observation.fact.concept):
            if CONCEPT + opposite in relevant:
                yield node, kb("concept"), concept(opposite)
                yield node, kb("absentFor"), self.view.request

    def _bearing(self, observation: Observation, names: tuple[str, ...]) -> Iterator[Triple]:
        """Tell what an observation is of: its concept, and the outcomes that it shows."""
        fact, request = observation.fact, self.view.request
        node = self.view.node(str(fact.id))
        for name in names:
            yield node, kb("concept"), NamedNode(name)
        if fact.status == "absent":
            yield node, kb("absentFor"), request
            return
        yield node, kb("bearsOn"), request
        yield node, kb("says"), Literal("present")
        if observation.conflicts:
            yield node, kb("says"), Literal("absent")
        yield node, kb("evidenceFor"), request
        days = (self.view.day - fact.date).days if fact.date else None
        if days is not None:
            yield node, kb("startedBefore"), Literal(days)
            yield node, kb("endedBefore"), Literal(days)
        if isinstance(fact, Finding) and fact.value is not None:
            yield from self._measured(node, fact.value, fact.unit, _OLDEST if days is None else days)

    def _sites(self, observation: Observation) -> frozenset[str]:
        if observation.site:
            return frozenset((CONCEPT + observation.site,))
        return self._knowledge.regions_of(CONCEPT + observation.fact.concept)

    def _bears(self, observation: Observation) -> bool:
        """Present at a site counts for every wider region, a finding also for one that radiates to it."""
        fact, site = observation.fact, observation.site
        if fact.status == "absent":
            return self._covers(site)
        regions = self._reach if isinstance(fact, Finding) else self._regions
        return site is None or not regions or any(self._knowledge.is_below(CONCEPT + site, r) for r in regions)

    def _covers(self, site: str | None) -> bool:
        """Absent at a site counts for every narrower region."""
        return site is None or any(self._knowledge.is_below(r, CONCEPT + site) for r in self._regions)

    def _care(self, relevant: Relevance) -> Iterator[Triple]:
        view = self.view
        for fact in care(view.case, view.day):
            if CONCEPT + _name(fact) not in relevant:
                continue
            node = view.node(str(fact.id))
            yield node, kb("careOf"), view.request
            if relevant.is_operation(CONCEPT + _name(fact)) and self._near(CONCEPT + _name(fact)):
                yield node, kb("near"), view.request
            yield node, kb("service"), concept(_name(fact))
            yield node, kb("status"), Literal(fact.status)
            yield node, kb("outcome"), concept(fact.outcome)
            yield from self._role(node, fact)
            yield from self._times(node, fact)
            if isinstance(fact, Treatment):
                yield from self._treatment(node, fact)

    def _role(self, node: NamedNode, fact: Treatment | Medication) -> Iterator[Triple]:
        """Tell what the care may be evidence of: that it was begun, that it goes on beside the request."""
        name = CONCEPT + _name(fact)
        if fact.status != "planned":
            yield node, kb("evidenceFor"), self.view.request
            yield node, kb("concept"), NamedNode(name)
        if not any(self._knowledge.is_below(name, own) for own in self.view.classes):
            yield node, kb("besides"), self.view.request

    def _times(self, node: NamedNode, fact: Treatment | Medication) -> Iterator[Triple]:
        """Count in days before the selecting date; what goes on has lasted until then."""
        day, start = self.view.day, fact.start
        stated = fact.to if isinstance(fact, Treatment) else None
        end = stated if stated and stated <= day else None
        if start:
            yield node, kb("startedBefore"), Literal((day - start).days)
        last = end or start
        if last:
            yield node, kb("endedBefore"), Literal((day - last).days)
        until = end or (day if fact.status == "current" else None)
        if start and until:
            yield node, kb("lastedDays"), Literal((until - start).days)

    def _near(self, service: str) -> bool:
        """Tell whether a treatment was at, above or below the request's region, as far as both name one."""
        below, sites = self._knowledge.is_below, self._knowledge.regions_of(service)
        if not sites or not self._regions:
            return True
        return any(below(s, r) or below(r, s) for s in sites for r in self._regions)

    def _treatment(self, node: NamedNode, fact: Treatment) -> Iterator[Triple]:
        if fact.quantity is not None:
            yield node, kb("quantity"), number(fact.quantity)
            yield node, kb("unit"), unit(fact.unit) if fact.unit else kb("anyUnit")
        if fact.functional_improvement is not None:
            improved = "functional_improvement" if fact.functional_improvement else "no_functional_improvement"
            yield node, kb("outcome"), concept(improved)
        if fact.relief_percent is not None:
            yield node, kb("reliefPercent"), number(fact.relief_percent)
        if fact.relief_weeks is not None:
            yield node, kb("reliefWeeks"), number(fact.relief_weeks)


def _name(fact: Treatment | Medication) -> str:
    return fact.service if isinstance(fact, Treatment) else fact.concept
