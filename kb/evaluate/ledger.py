"""Keep the ledger that limits reckon with: what is asked, what is used for certain, what may be.

Three accounts: units of a service, milligrams a day of a drug, days that a drug or service has run. Those that no
query reads are not written.
"""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from kb.case.fact import Medication, Treatment
from kb.case.standing import care
from kb.evaluate.doses import Doses
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

    def triples(self, accounts: Collection[str], relevant: Relevance) -> Iterator[Triple]:
        """List what is entered of relevant care in some of the accounts `uses`, `doses` and `runs`."""
        if not accounts:
            return
        yield from self._asked()
        for place, prior in enumerate(self._view.prior):
            yield from self._use(f"prior{place}", prior, _NOW)
        if "uses" in accounts:
            for name, prior in self._earlier_care(relevant):
                yield from self._use(name, prior, _EARLIER)
        in_use = [fact for fact in self._care if fact.status == "current"]
        if "doses" in accounts:
            yield from self._doses(in_use)
        for fact in in_use if "runs" in accounts else ():
            yield self._view.node(str(fact.id)), kb("runsFor"), self._view.request
        yield from self._bounds()

    def _asked(self) -> Iterator[Triple]:
        view, item = self._view, self._view.item
        yield from self._use("asked", Prior(view.classes, item.unit, 0, 0), _NOW)
        node = view.node("asked")
        yield node, kb("asksFor"), view.request
        for name, stated in (
            ("asked", item.quantity),
            ("strengthMg", item.strength_mg or None),
            ("durationDays", item.duration_weeks * DAYS_A_WEEK if item.duration_weeks else None),
        ):
            if stated is not None:
                yield node, kb(name), number(stated)

    def _doses(self, in_use: list[Medication | Treatment]) -> Iterator[Triple]:
        """Enter each daily dose, and the bands in which what is asked may fall."""
        view, doses = self._view, Doses(self._view.classes, self._view.ingredients, self._knowledge)
        for prior in view.prior:
            doses.use(prior)
        for fact in in_use:
            if isinstance(fact, Medication):
                doses.take(CONCEPT + fact.concept, fact.strength_mg, fact.per_day)
            else:
                doses.take(CONCEPT + fact.service, None, None)
        names = [*(f"prior{place}" for place in range(len(view.prior))), *(str(fact.id) for fact in in_use)]
        for name, dose in zip(names, doses.entered, strict=True):
            node = view.node(name)
            yield node, kb("doseFor"), view.request
            for shared in doses.shares(dose):
                yield node, kb("shares"), NamedNode(shared)
            if dose.sure is not None:
                yield from self._amounts(node, "Mg", dose.sure, dose.maybe)
            weight = doses.morphine(dose)
            if weight:
                yield from self._amounts(node, "Mme", *weight)
        yield from self._bands(doses)

    def _amounts(self, node: NamedNode, measure: str, sure: Number, maybe: Number) -> Iterator[Triple]:
        yield node, kb("sure" + measure), number(sure)
        yield node, kb("maybe" + measure), number(maybe)

    def _bands(self, doses: Doses) -> Iterator[Triple]:
        asked, below = self._view.node("asked"), doses.below()
        yield asked, kb("aboveMg"), number(below.sure)
        yield asked, kb("aboveMostMg"), number(below.most)
        for place, band in enumerate(doses.bands()):
            node = self._view.node(f"band{place}")
            yield node, kb("bandOf"), asked
            yield node, kb("mmeFactor"), number(band.factor)
            yield node, kb("upToMgPerDay"), number(ANY_NUMBER if band.top is None else band.top)

    def _bounds(self) -> Iterator[Triple]:
        """Give every account an entry, and an open one where the record may lack some."""
        view, node = self._view, self._view.node("none")
        yield from self._use("none", Prior((NOTHING.value,), None, 0, 0), _NOW)
        yield node, kb("startedBefore"), Literal(0)
        yield node, kb("runsFor"), view.request
        yield node, kb("doseFor"), view.request
        yield from self._amounts(node, "Mg", 0, 0)
        yield from self._amounts(node, "Mme", 0, 0)
        if not view.case.record_complete:
            yield from self._use("unrecorded", Prior((NOTHING.value,), None, 0, None), _EARLIER)
            yield view.node("unrecorded"), kb("runsFor"), view.request
            yield view.node("unrecorded"), kb("doseFor"), view.request

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
