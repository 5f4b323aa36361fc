"""What one line may look at, and how observations speak of concepts there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property

from rdflib import URIRef

from .asks import Ask
from .facts import Entry, Facts, Observation, Treatment, day_of, entries
from .graph import KB, Ontology, Types
from .kleene import Units
from .once import once


@dataclass(frozen=True)
class Decided:
    """An earlier line: "of each earlier decided line its `amount` for certain"."""

    asks: tuple[Ask, ...]
    quantity: Units | None
    amount: Units | None
    verdict: str


@dataclass(frozen=True)
class Rows:
    """Facts that speak for met, for not met, and whether more than silence is known (`open`)."""

    met: frozenset[str] = frozenset()
    not_met: frozenset[str] = frozenset()
    considered: frozenset[str] = frozenset()
    open: bool = False
    closed: bool = False

    def flip(self) -> Rows:
        return Rows(self.not_met, self.met, self.considered, self.open, self.closed)


@dataclass(frozen=True)
class View:
    """One request (or part) with everything that its leaves may read."""

    onto: Ontology
    case: Entry
    ask: Ask
    facts: Facts
    earlier: tuple[Decided, ...] = ()
    other_lines: tuple[tuple[Ask, ...], ...] = ()

    @cached_property
    def record_complete(self) -> bool:
        return self.case.get("record_complete") is not False

    @cached_property
    def diagnoses_complete(self) -> bool:
        """ "default: the case has a diagnosis or a complaint with a site" (read as a diagnosis)."""
        stated = self.case.get("diagnoses_complete")
        held = [e.get("status") or "present" for _, e in entries(self.case, "diagnoses")]
        return "present" in held if stated is None else bool(stated)

    @cached_property
    def regions(self) -> tuple[URIRef, ...]:
        """ "The region of a request is its `site`; else the one its service class has"."""
        return self.ask.sites or tuple(sorted(self.onto.regions(self.ask.types)))

    @cached_property
    def own(self) -> frozenset[URIRef]:
        """The classes of the request: its service and the narrowest that its ingredients make it."""
        return self.onto.most_specific(self.ask.types) | {self.ask.service}

    def days_since(self, day: date) -> int:
        return (self.ask.day - day).days

    @cached_property
    def injured(self) -> date | None:
        return day_of(self.case.get("injured"))

    def same_kind(self, cls: URIRef, wanted: Iterable[URIRef]) -> bool:
        return not self.onto.up.get(cls, {cls}).isdisjoint(wanted)

    def treatments(self, wanted: Iterable[URIRef], *statuses: str) -> list[Treatment]:
        found = [t for t in self.facts.treatments if self.same_kind(t.service, wanted)]
        return [t for t in found if t.status in statuses]

    # ------------------------------------------------------------ observations

    def _present_here(self, o: Observation) -> bool:
        """A present fact counts without a site, at or below a region of the request, or where nerves run from it."""
        reach = self._reach if o.sort == "findings" else self.regions
        at = o.site is None or not self.regions or self.same_kind(o.site, reach)
        return o.present and at

    @cached_property
    def _reach(self) -> frozenset[URIRef]:
        """The regions of the request and those where nerves run from them."""
        above = {c for r in self.regions for c in self.onto.up[r]}
        ways = (self.onto.iris(c, way) for c in above for way in (KB.radiatesTo, KB.nervesTo))
        return frozenset(self.regions).union(*ways)

    def _absent_here(self, o: Observation) -> bool:
        """An absent fact counts without a site, or at or above a region of the request."""
        return o.site is None or any(self.onto.below(r, o.site) for r in self.regions)

    def present(self, wanted: Iterable[URIRef]) -> list[Observation]:
        """ "Present counts for every superclass"."""
        wanted = tuple(wanted)
        return [o for o in self._all_present if any(self.same_kind(c, wanted) for c in self._classes(o))]

    def _classes(self, o: Observation) -> tuple[URIRef, ...]:
        """The concept of a present fact, and the outcomes that it is evidence of beside the others."""
        return (o.concept, *self._shown.get(o.concept, ()))

    @cached_property
    def _shown(self) -> dict[URIRef, Types]:
        return self.onto.shown(o.concept for o in self._all_present)

    @cached_property
    def _all_present(self) -> list[Observation]:
        return [o for o in self.facts.observations if self._present_here(o)]

    @cached_property
    def _all_absent(self) -> list[Observation]:
        return [o for o in self.facts.observations if self._absent_here(o)]

    @once
    def rows(self, wanted: tuple[URIRef, ...], sorts: tuple[str, ...] = ()) -> Rows:
        """Met by any present; not met when each is absent ("absent for every subclass"); a conflict is both."""
        present = [o for o in self.present(wanted) if not sorts or o.sort in sorts]
        here = [o for o in self._all_absent if not sorts or o.sort in sorts]
        absent = {w: [o for o in here if any(self.onto.below(w, d) for d in o.denied)] for w in wanted}
        denied = {p.id for o in present for p in self.facts.opposed.get(o, ())}
        torn = {o.id for o in present if o in self.facts.opposed}
        every = {o.id for found in absent.values() for o in found} if all(absent.values()) else set()
        seen = {o.id for found in absent.values() for o in found}
        return Rows(
            met=frozenset(o.id for o in present),
            not_met=frozenset(every | denied | torn),
            considered=frozenset(seen | denied | {o.id for o in present}),
        )


def add(x: Fraction | None, y: Fraction | None) -> Fraction | None:
    """Sum in which None stands for "maybe any number"."""
    return None if x is None or y is None else x + y
