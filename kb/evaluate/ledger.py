"""Keep the ledger that limits reckon with: what is asked, what is used for certain, what may be.

Three accounts: units of a service, milligrams a day of a drug, days that a drug or service has run. Those that no
query reads are not written.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from kb.case.fact import Medication, Treatment
from kb.case.standing import care
from kb.evaluate.doses import Asked, Doses, Room
from kb.evaluate.numbers import ANY_NUMBER, DAYS_A_WEEK, Number, number
from kb.evaluate.prior import Prior
from kb.evaluate.relevance import Relevance
from kb.knowledge.base import Knowledge
from kb.knowledge.ontology import Triple
from kb.knowledge.queries import Query
from kb.terms import CONCEPT, NOTHING, SCHEMA, kb, unit

if TYPE_CHECKING:
    from kb.evaluate.view import View

_ACCOUNTS = {SCHEMA + "usedFor": "uses", SCHEMA + "doseFor": "doses", SCHEMA + "runsFor": "runs"}  # by their links
_NOW, _EARLIER = "now", "earlier"  # earlier care is outside a limit on each request


def account_of(query: Query) -> str | None:
    """Name the account that a query reads.

    >>> from kb.knowledge.queries import queries
    >>> account_of(queries("criteria")["visit_limit"]), account_of(queries("criteria")["required_finding"])
    ('uses', None)
    """
    return next((account for link, account in _ACCOUNTS.items() if link in query.reads), None)


class Ledger:
    """Write the triples that limits reckon with for one view."""

    def __init__(self, view: "View", knowledge: Knowledge) -> None:
        """Take what the request sees."""
        self._view = view
        self._knowledge = knowledge
        self._care = care(view.case, view.day)

    def triples(self, accounts: Collection[str], measures: Collection[str], relevant: Relevance) -> Iterator[Triple]:
        """List what is entered of relevant care in some of the accounts `uses`, `doses` and `runs`.

        Doses are entered in the units of ceilings that are asked for.
        """
        if not accounts:
            return
        yield from self._asked()
        for place, prior in enumerate(self._view.prior):
            yield from self._use(f"prior{place}", prior, _NOW)
        if "uses" in accounts:
            for name, prior in self._earlier_care(relevant):
                yield from self._use(name, prior, _EARLIER)
        in_use = [fact for fact in self._care if fact.status == "current"]
        if measures:
            yield from self._doses(in_use, measures)
        for fact in in_use if "runs" in accounts else ():
            yield self._view.node(str(fact.id)), kb("runsFor"), self._view.request
        yield from self._bounds(measures)

    def _asked(self) -> Iterator[Triple]:
        view, item = self._view, self._view.item
        yield from self._use("asked", Prior(view.classes, item.unit, 0, 0), _NOW)
        node = view.node("asked")
        yield node, kb("asksFor"), view.request
        if item.quantity is not None:
            yield node, kb("asked"), number(item.quantity)
        if item.duration_weeks:
            yield node, kb("durationDays"), number(item.duration_weeks * DAYS_A_WEEK)

    def _doses(self, in_use: list[Medication | Treatment], measures: Collection[str]) -> Iterator[Triple]:
        """Enter each daily dose, and what is asked in each band in which it may fall, by units."""
        view, item = self._view, self._view.item
        asked = Asked(item.quantity, item.strength_mg, item.duration_weeks)
        doses = Doses(view.classes, view.ingredients, asked, self._knowledge)
        names: list[tuple[str, tuple[str, ...]]] = []
        for place, prior in enumerate(view.prior):
            doses.use(prior)
            names.append((f"prior{place}", prior.services))
        for fact in in_use:
            drug = CONCEPT + (fact.concept if isinstance(fact, Medication) else fact.service)
            said = (fact.strength_mg, fact.per_day) if isinstance(fact, Medication) else (None, None)
            doses.take(drug, *said)
            names.append((str(fact.id), (drug,)))
        for place, ((name, drugs), dose) in enumerate(zip(names, doses.entered, strict=True)):
            for measure in measures:
                node = view.node(f"dose-{name}-{measure}")
                yield from self._dose(node, drugs, measure, *doses.measured(dose, measure))
                for shared in doses.set_aside(dose):
                    yield node, kb("shares"), NamedNode(shared)
                if place >= len(view.prior):
                    yield node, kb("evidence"), Literal(name)
        for measure in measures:
            for place, room in enumerate(doses.rooms(measure)):
                yield from self._room(view.node(f"band{place}-{measure}"), room)

    def _dose(
        self, node: NamedNode, drugs: Iterable[str], measure: str, sure: Number, maybe: Number | None
    ) -> Iterator[Triple]:
        yield node, kb("doseFor"), self._view.request
        for drug in drugs:
            yield node, kb("service"), NamedNode(drug)
        yield node, kb("unit"), unit(measure)
        yield node, kb("sure"), number(sure)
        yield node, kb("maybe"), number(ANY_NUMBER if maybe is None else maybe)

    def _room(self, node: NamedNode, room: Room) -> Iterator[Triple]:
        yield node, kb("bandOf"), self._view.node("asked")
        yield node, kb("unit"), unit(room.unit)
        yield node, kb("durationDays"), number(room.days)
        yield node, kb("each"), number(room.each)
        yield node, kb("above"), number(room.above)
        yield node, kb("aboveMost"), number(room.above_most)
        yield node, kb("units"), number(ANY_NUMBER if room.units is None else room.units)
        yield node, kb("mostUnits"), number(ANY_NUMBER if room.most_units is None else room.most_units)

    def _bounds(self, measures: Collection[str]) -> Iterator[Triple]:
        """Give every account an entry, and an open one where the record may lack some."""
        view, node = self._view, self._view.node("none")
        yield from self._use("none", Prior((NOTHING.value,), None, 0, 0), _NOW)
        yield node, kb("startedBefore"), Literal(0)
        yield node, kb("runsFor"), view.request
        for measure in measures:
            yield from self._dose(view.node(f"no-{measure}"), (NOTHING.value,), measure, 0, 0)
        if not view.case.record_complete:
            yield from self._use("unrecorded", Prior((NOTHING.value,), None, 0, None), _EARLIER)
            yield view.node("unrecorded"), kb("runsFor"), view.request
            for measure in measures:
                yield from self._dose(view.node(f"open-{measure}"), (NOTHING.value,), measure, 0, None)

    def _earlier_care(self, relevant: Relevance) -> Iterator[tuple[str, Prior]]:
        for fact in self._care:
            if isinstance(fact, Treatment) and fact.status != "planned" and CONCEPT + fact.service in relevant:
                maybe = 0 if fact.quantity is not None else None
                service = (CONCEPT + fact.service,)
                yield f"use-{fact.id}", Prior(service, fact.unit, fact.quantity or 0, maybe, (str(fact.id),))

    def _use(self, entry: str, prior: Prior, when: str) -> Iterator[Triple]:
        node = self._view.node(entry)
        yield node, kb("usedFor"), self._view.request
        for service in prior.services:
            yield node, kb("service"), NamedNode(service)
        yield node, kb("unit"), unit(prior.unit) if prior.unit else kb("anyUnit")
        yield node, kb("sure"), number(prior.sure)
        yield node, kb("maybe"), number(ANY_NUMBER if prior.maybe is None else prior.maybe)
        for name in prior.evidence:
            yield node, kb("evidence"), Literal(name)
        yield node, kb("given"), kb(when)
