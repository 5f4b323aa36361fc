"""Daily dose against a ceiling.

A drug whose factor grows with the dose is weighed by all that is taken of it a day: splitting it hides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from rdflib import URIRef

from .asks import Ask
from .counting import COUNTING, ZERO, Amount, counted_ask
from .facts import Treatment
from .graph import KB, UNIT, Fault
from .kleene import Status, Units, Value
from .once import once
from .rules import Node
from .view import Decided, View


@dataclass(frozen=True)
class Dose:
    """Milligrams of a drug a day for certain, and what may come besides; `sure` None: not told."""

    drug: URIRef
    sure: Amount
    maybe: Fraction = ZERO


@once
def converted(view: View, drug: URIRef) -> tuple[URIRef | None, tuple[tuple[Amount, Fraction], ...]]:
    """The nearest class that has a factor or bands; each with the dose up to which it counts (None: any)."""
    number = view.onto.number
    for name in sorted(view.onto.up[drug], key=lambda k: (-len(view.onto.up[k]), k)):
        of_it = view.onto.iris(name, KB.mmeBand) or (name,)
        known = [(number(b, KB.upToMgPerDay), f) for b in of_it if (f := number(b, KB.mmeFactor)) is not None]
        if known:
            return name, tuple(sorted(known, key=lambda b: (b[0] is None, b[0] or ZERO)))
    return None, ()


def banded(view: View, drug: URIRef) -> URIRef | None:
    """The drug whose doses are one, because its factor depends on them."""
    name, bands = converted(view, drug)
    return name if len(bands) > 1 else None


def rate(view: View, c: Node, drug: URIRef, daily: Fraction) -> Amount:
    """From milligrams of the drug, of which `daily` are taken in all, to the unit of the limit."""
    unit = c.unit()
    if unit == UNIT.mg_per_day:
        return Fraction(1)
    if unit == UNIT.gram_per_day:
        return Fraction(1, 1000)
    if unit == UNIT.mme_per_day:
        return next((f for top, f in converted(view, drug)[1] if top is None or daily <= top), None)
    raise Fault(f"`{c.id}` states a dose in `{unit}`")


def asked_dose(ask: Ask, units: Amount) -> Amount:
    """Strength times the units a day over the days asked."""
    if units == 0:
        return ZERO
    return None if units is None or not ask.strength_mg or not ask.days else ask.strength_mg / ask.days * units


def in_use(view: View) -> Iterator[tuple[Treatment, Dose]]:
    """What is taken now, as far as it is more than what was used up of the same drug, which refills it."""
    refilled: dict[URIRef, tuple[Fraction, Fraction]] = {}
    for line in used_up(view):
        for drug in {o for ask in line for o in view.onto.most_specific(ask.types) | {ask.service}}:
            dose, (sure, most) = weighing(view, line), refilled.get(drug, (ZERO, ZERO))
            if dose.sure is not None:
                refilled[drug] = sure + dose.sure, most + dose.sure + dose.maybe
    for t in view.facts.treatments:
        if t.status != "current":
            continue
        if t.strength_mg is None or t.per_day is None:
            yield t, Dose(t.service, None)
            continue
        daily = t.strength_mg * t.per_day
        by, by_most = refilled.get(t.service, (ZERO, ZERO))
        refilled[t.service] = max(by - daily, ZERO), max(by_most - daily, ZERO)
        left, left_most = max(daily - by, ZERO), max(daily - by_most, ZERO)
        yield t, Dose(t.service, left, left_most - left)


def granted(ask: Ask, line: Decided) -> Dose:
    """What an earlier line was granted, and what an undocumented one may be granted yet."""
    if line.amount is None or line.quantity is None:
        return Dose(ask.service, ZERO if line.verdict in ("not_supported", "no_guideline") else None)
    doubt = Fraction(line.quantity - line.amount if line.verdict == "undocumented" else 0)
    sure, maybe = asked_dose(ask, Fraction(line.amount)), asked_dose(ask, doubt)
    return Dose(ask.service, None) if sure is None or maybe is None else Dose(ask.service, sure, maybe)


def used_up(view: View) -> Iterator[dict[Ask, Dose]]:
    """What UR authorised of this line and of others, and what earlier lines were granted: a dose for each part."""
    for asks in ((view.ask,), *view.other_lines):
        yield {ask: Dose(ask.service, asked_dose(ask, ask.authorised)) for ask in asks if ask.authorised}
    for line in view.earlier:
        doses = {ask: granted(ask, line) for ask in line.asks}
        yield {ask: dose for ask, dose in doses.items() if (dose.sure, dose.maybe) != (ZERO, ZERO)}


def weighing(view: View, line: dict[Ask, Dose]) -> Dose:
    """A line weighs as one of its drugs."""
    first = next(iter(line.values()))
    return Dose(drug_of(view, line), first.sure, first.maybe)


def drug_of(view: View, asks: Iterable[Ask]) -> URIRef:
    """Of several classes the first that has bands, else that has a factor."""
    classes = sorted({c for ask in asks for c in view.onto.most_specific(ask.types) | {ask.service}})
    known = [c for c in classes if converted(view, c)[1]]
    return next((c for c in known if banded(view, c)), (known or classes)[0])


def replaced(view: View, t: Treatment) -> frozenset[URIRef]:
    """What a drug in use has in common with the request, which replaces it."""
    asked = {i for o in view.own for i in _ingredients(view, o)} | set(view.ask.ingredients) | view.own
    shared = frozenset(asked & (_ingredients(view, t.service) | {t.service}))
    return shared | {o for o in view.own if view.onto.related(t.service, o)}


@once
def _ingredients(view: View, drug: URIRef) -> set[URIRef]:
    return {max(types, key=lambda k: len(view.onto.up[k])) for types in view.onto.contained(drug)}


def dose_ceiling(view: View, c: Node, x: Units | None) -> Status:
    """The daily dose of those in use and the one requested stays within the limit."""
    mine = counted_ask([view.ask], c) is not None
    told = view.ask.quantity is not None and asked_dose(view.ask, Fraction(1)) is not None
    asked = drug_of(view, [view.ask])
    own = banded(view, asked) if mine and told else None
    drugs = [t for t in view.treatments(c.terms["counts"], "current") if not (mine and _replaced_here(view, c, t))]
    doses = [(dose, bool(replaced(view, t))) for t, dose in in_use(view) if t in drugs]
    counted = [weighing(view, line) for line in used_up(view) if counted_ask(line, c)]
    doses += [(dose, False) for dose in counted if not _joins(view, dose, own)]
    known, most = ZERO, ZERO
    for dose, is_replaced in doses:
        sure, top = _weighed(view, c, dose, taken_of(view, banded(view, dose.drug), is_replaced))
        known, most = known + sure, None if most is None or top is None else most + top
    if mine:
        units = None if x is None else Fraction(x)
        below = taken_of(view, own, with_replaced=False) if own else (ZERO, ZERO)
        dose = Dose(asked, asked_dose(view.ask, units))
        sure, top = _on_top(view, c, dose, below)
        known, most = known + sure, None if most is None or top is None else most + top
    limit = c.numbers["limit"]
    within = most is not None and most <= limit and view.record_complete
    value: Value = False if known > limit else True if within else None
    return Status(value, frozenset(t.id for t in drugs), closed=value is True)


def _replaced_here(view: View, c: Node, t: Treatment) -> bool:
    related = any(view.onto.related(t.service, o) for o in view.own)
    return related or any(view.same_kind(i, c.terms["counts"]) for i in replaced(view, t))


def _joins(view: View, dose: Dose, own: URIRef | None) -> bool:
    """A dose of the drug asked for lies below the request, which is weighed with it in one."""
    return own is not None and dose.sure is not None and banded(view, dose.drug) == own


def taken_of(view: View, drug: URIRef | None, with_replaced: bool) -> tuple[Fraction, Fraction]:
    """All that is taken a day of a drug with bands, for certain and at most; earlier lines replace what is in use."""
    if drug is None:
        return ZERO, ZERO
    doses = [dose for t, dose in in_use(view) if with_replaced or not replaced(view, t)]
    doses += [weighing(view, line) for line in used_up(view) if line]
    of_it = [(d.sure, d.maybe) for d in doses if d.sure is not None and banded(view, d.drug) == drug]
    sure = sum((sure for sure, _ in of_it), ZERO)
    return sure, sure + sum((maybe for _, maybe in of_it), ZERO)


def _weighed(view: View, c: Node, dose: Dose, taken: tuple[Fraction, Fraction]) -> tuple[Fraction, Amount]:
    """A dose in the unit of the limit, for certain and at most, in the band of all that is taken of its drug."""
    if dose.sure is None:
        return ZERO, None
    by, by_most = (rate(view, c, dose.drug, daily) for daily in taken)
    if by is None or by_most is None:
        return ZERO, None
    return by * dose.sure, by_most * (dose.sure + dose.maybe)


def _on_top(view: View, c: Node, dose: Dose, below: tuple[Fraction, Fraction]) -> tuple[Fraction, Amount]:
    """The request together with all that is taken of its drug besides."""
    if dose.sure is None:
        by = rate(view, c, dose.drug, below[0])
        return (ZERO if by is None else by * below[0]), None
    sure, most = (dose.sure + lies for lies in below)
    by, by_most = rate(view, c, dose.drug, sure), rate(view, c, dose.drug, most)
    if by is None or by_most is None:
        return ZERO, None if dose.sure else ZERO
    return by * sure, by_most * most


LIMITS = {**COUNTING, "dose_ceiling": dose_ceiling}
