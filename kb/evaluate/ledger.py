"""Keep the ledger that limits reckon with: what is asked, what is used for certain, what may be.

Three accounts: units of a service, milligrams a day of a drug, days that a drug or service has run. Those that no
query reads are not written.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode

from kb.case.fact import Medication, Treatment
from kb.case.standing import care
from kb.evaluate.relevance import Relevance
from kb.knowledge.base import Knowledge
from kb.knowledge.ontology import Triple
from kb.knowledge.queries import Query
from kb.terms import CONCEPT, NOTHING, SCHEMA, kb, unit

if TYPE_CHECKING:
    from kb.evaluate.view import View

Number = float | Fraction

_ACCOUNTS = {SCHEMA + "usedFor": "uses", SCHEMA + "doseFor": "doses", SCHEMA + "runsFor": "runs"}  # by their links
_DAYS_A_WEEK = 7
_FACTOR, _UP_TO = SCHEMA + "mmeFactor", SCHEMA + "upToMgPerDay"
_ANY_NUMBER = 1_000_000_000  # more than any limit: how the queries read "any number"
_NOW, _EARLIER = "now", "earlier"  # earlier care is outside a limit on each request
_DECIMAL: Any = NamedNode("http://www.w3.org/2001/XMLSchema#decimal")


def account_of(query: Query) -> str | None:
    """Name the account that a query reads.

    >>> from kb.knowledge.queries import queries
    >>> account_of(queries("criteria")["visit_limit"]), account_of(queries("criteria")["required_finding"])
    ('uses', None)
    """
    return next((account for link, account in _ACCOUNTS.items() if link in query.reads), None)


@dataclass(frozen=True, slots=True)
class Prior:
    """Tell what earlier decided lines, or the authorised part of this one, use up.

    `maybe` None means any number; `strength_mg` and `weeks` say of a drug how much of it that is a day.
    """

    services: tuple[str, ...]
    unit: str | None
    sure: float
    maybe: float | None
    evidence: tuple[str, ...] = ()
    strength_mg: float | None = None
    weeks: float | None = None

    def __add__(self, other: "Prior") -> "Prior":
        """Add what is used up of the same services in the same unit."""
        maybe = None if self.maybe is None or other.maybe is None else self.maybe + other.maybe
        evidence = tuple(dict.fromkeys((*self.evidence, *other.evidence)))
        return replace(self, sure=self.sure + other.sure, maybe=maybe, evidence=evidence)


def merged(priors: Iterable[Prior]) -> list[Prior]:
    """Enter lines of one service in one sum, so that many lines cost little; doses stay apart, each in its band."""
    apart: list[Prior] = []
    sums: dict[tuple[tuple[str, ...], str | None], Prior] = {}
    for prior in priors:
        if prior.strength_mg is not None:
            apart.append(prior)
            continue
        key = prior.services, prior.unit
        sums[key] = sums[key] + prior if key in sums else prior
    return [*sums.values(), *apart]


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
        for number, prior in enumerate(self._view.prior):
            yield from self._use(f"prior{number}", prior, _NOW)
            if "doses" in accounts:
                yield from self._dose_of(f"prior{number}", prior)
        if "uses" in accounts:
            for name, prior in self._earlier_care(relevant):
                yield from self._use(name, prior, _EARLIER)
        if "doses" in accounts or "runs" in accounts:
            yield from self._in_use()
        yield from self._bounds()

    def _asked(self) -> Iterator[Triple]:
        view, item = self._view, self._view.item
        yield from self._use("asked", Prior(view.classes, item.unit, 0, 0), _NOW)
        node = view.node("asked")
        yield node, kb("asksFor"), view.request
        for name, stated in (
            ("asked", item.quantity),
            ("strengthMg", item.strength_mg or None),
            ("durationDays", item.duration_weeks * _DAYS_A_WEEK if item.duration_weeks else None),
        ):
            if stated is not None:
                yield node, kb(name), number(stated)
        if item.strength_mg and item.duration_weeks and item.quantity is not None:
            daily = _exact(item.strength_mg) * _exact(item.quantity) / (_exact(item.duration_weeks) * _DAYS_A_WEEK)
            yield from self._factor(node, view.classes, daily)

    def _bounds(self) -> Iterator[Triple]:
        """Give every account an entry, and an open one where the record may lack some."""
        view, node = self._view, self._view.node("none")
        yield from self._use("none", Prior((NOTHING.value,), None, 0, 0), _NOW)
        yield node, kb("startedBefore"), Literal(0)
        yield node, kb("runsFor"), view.request
        yield from self._dose(node, 0, 0)
        yield node, kb("mmeFactor"), number(1)
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
        yield node, kb("maybe"), number(_ANY_NUMBER if prior.maybe is None else prior.maybe)
        for name in prior.evidence:
            yield node, kb("evidence"), Literal(name)
        yield node, kb("given"), kb(when)

    def _in_use(self) -> Iterator[Triple]:
        """Enter what is taken now: since when, and how much a day."""
        for fact in self._care:
            if fact.status != "current":
                continue
            node = self._view.node(str(fact.id))
            yield node, kb("runsFor"), self._view.request
            yield node, kb("doseFor"), self._view.request
            drug = CONCEPT + (fact.concept if isinstance(fact, Medication) else fact.service)
            for shared in sorted(self._shared(drug)):
                yield node, kb("shares"), NamedNode(shared)
            if isinstance(fact, Medication):
                yield from self._taken(node, drug, fact)

    def _taken(self, node: NamedNode, drug: str, fact: Medication) -> Iterator[Triple]:
        if fact.strength_mg is not None and fact.per_day is not None:
            daily = _exact(fact.strength_mg) * _exact(fact.per_day)
            yield from self._dose(node, daily, 0)
            yield from self._factor(node, (drug,), daily)

    def _shared(self, drug: str) -> set[str]:
        return shared_with(self._view.classes, self._view.ingredients, drug, self._knowledge)

    def _dose_of(self, name: str, prior: Prior) -> Iterator[Triple]:
        """Enter the daily dose of an earlier line; open when it says too little."""
        node = self._view.node(name)
        yield node, kb("doseFor"), self._view.request
        if prior.strength_mg and prior.weeks and prior.maybe is not None:
            each = _exact(prior.strength_mg) / (_exact(prior.weeks) * _DAYS_A_WEEK)
            yield from self._dose(node, each * _exact(prior.sure), each * _exact(prior.maybe))
            yield from self._factor(node, prior.services, each * (_exact(prior.sure) + _exact(prior.maybe)))

    def _dose(self, node: NamedNode, sure: Number, maybe: Number) -> Iterator[Triple]:
        yield node, kb("doseFor"), self._view.request
        yield node, kb("sureMg"), number(sure)
        yield node, kb("maybeMg"), number(maybe)

    def _factor(self, node: NamedNode, drugs: tuple[str, ...], daily: Fraction | None) -> Iterator[Triple]:
        factor = factor_of(drugs, daily, self._knowledge)
        if factor:
            yield node, kb("mmeFactor"), number(_exact(factor))


def shared_with(classes: tuple[str, ...], ingredients: tuple[str, ...], drug: str, knowledge: Knowledge) -> set[str]:
    """Name what a drug in use has in common with a request, which replaces it."""
    below, contains = knowledge.is_below, knowledge.ontology.contains
    shared = {name for name in classes if below(drug, name)}
    if any(below(name, drug) for name in classes):
        shared.add(drug)
    asked = set(ingredients).union(classes, *(contains(name) for name in classes))
    return shared | (asked & {drug, *contains(drug)})


def factor_of(drugs: tuple[str, ...], daily: Fraction | None, knowledge: Knowledge) -> str | None:
    """Take the morphine factor from the nearest class that has one, or one for each band of dose."""
    for drug in drugs:
        above = sorted(knowledge.above(drug), key=lambda iri: (-len(knowledge.above(iri)), iri))
        factor = next((found for iri in above if (found := _factor_of(iri, daily, knowledge))), None)
        if factor:
            return factor
    return None


def _factor_of(drug: str, daily: Fraction | None, knowledge: Knowledge) -> str | None:
    read = knowledge.ontology
    bands = [(read.text(iri, _UP_TO), read.text(iri, _FACTOR)) for iri in read.iris(drug, "mmeBand")]
    if not bands or daily is None:
        return read.text(drug, _FACTOR)
    fitting = [(_exact(top), factor) for top, factor in bands if top and daily <= _exact(top)]
    return min(fitting)[1] if fitting else next((factor for top, factor in bands if top is None), None)


def _exact(stated: float | str) -> Fraction:
    return Fraction(str(stated))


@lru_cache(4096)
def number(value: Number) -> Literal:
    """Write a number as a decimal: engines of typed columns add up numbers of one type only.

    >>> number(3.0).value, number(Fraction(1, 4)).value
    ('3', '0.25')
    """
    exact = Fraction(str(value))
    decimal = round(Decimal(exact.numerator) / Decimal(exact.denominator), 12)
    return Literal(f"{decimal.normalize():f}", datatype=_DECIMAL)
