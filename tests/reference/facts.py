"""The facts of a case: what stands on a day, and what contradicts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from rdflib import URIRef

from .graph import CONCEPT, UNIT, Fault, Ontology

Entry = dict[str, Any]
OBSERVED = ("diagnoses", "findings", "documents")


@dataclass(frozen=True)
class Observation:
    """A diagnosis, finding or document, present or absent."""

    id: str
    sort: str
    concept: URIRef
    present: bool
    site: URIRef | None
    day: date | None
    denied: frozenset[URIRef] = frozenset()  # its concept when absent; when present the opposites of its concept
    value: Fraction | None = None
    unit: URIRef | None = None


@dataclass(frozen=True)
class Treatment:
    """Earlier, current or planned care, or a medication."""

    id: str
    service: URIRef
    status: str  # past | current | planned
    quantity: Fraction | None
    unit: URIRef | None
    start: date | None
    end: date | None
    outcome: str | None
    shown: tuple[URIRef, ...]
    relief_percent: Fraction | None
    relief_weeks: Fraction | None
    strength_mg: Fraction | None
    per_day: Fraction | None
    medication: bool


@dataclass(frozen=True)
class Facts:
    """What stands on the selecting date, with the pairs that contradict each other."""

    observations: tuple[Observation, ...]
    treatments: tuple[Treatment, ...]
    opposed: dict[Observation, list[Observation]] = field(default_factory=dict)


def day_of(value: object) -> date | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def number_of(value: object) -> Fraction | None:
    return None if value is None else Fraction(str(value))


def unit_of(value: object) -> URIRef | None:
    return None if value is None else UNIT[str(value)]


def many(value: object) -> list[str]:
    """A single word or a list of words."""
    if value is None:
        return []
    return [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)]


def entries(case: Entry, key: str) -> Iterator[tuple[str, Entry]]:
    """ "a bare string in a list means `{"concept": it, "status": "present"}`"."""
    for i, item in enumerate(case.get(key) or []):
        yield f"{key}/{i}", {"concept": item, "status": "present"} if isinstance(item, str) else item


def read_observations(onto: Ontology, case: Entry) -> Iterator[Observation]:
    for key in OBSERVED:
        for id_, entry in entries(case, key):
            status = entry.get("status") or "present"
            sites: list[str | None] = [*many(entry.get("site"))] or [None]
            concept, present = onto.concept(entry["concept"]), status == "present"
            denied = onto.opposites(concept) if present else frozenset({concept})
            for site in sites:
                if status in ("present", "absent"):
                    yield Observation(
                        id=id_,
                        sort=key,
                        concept=concept,
                        present=present,
                        denied=denied,
                        site=None if site is None else onto.concept(site),
                        day=day_of(entry.get("date")),
                        value=number_of(entry.get("value")),
                        unit=unit_of(entry.get("unit")),
                    )


def read_treatments(onto: Ontology, case: Entry) -> Iterator[Treatment]:
    for key, usual in (("treatments", "past"), ("medications", "current")):
        for id_, entry in entries(case, key):
            status = entry.get("status") or usual
            yield Treatment(
                id=id_,
                service=onto.concept(entry.get("service") or entry["concept"]),
                status=usual if status == "present" else status,
                quantity=number_of(entry.get("quantity")),
                unit=unit_of(entry.get("unit")),
                start=day_of(entry.get("from")),
                end=day_of(entry.get("to")),
                outcome=entry.get("outcome"),
                shown=tuple(_shown(entry)),
                relief_percent=number_of(entry.get("relief_percent")),
                relief_weeks=number_of(entry.get("relief_weeks")),
                strength_mg=number_of(entry.get("strength_mg")),
                per_day=number_of(entry.get("per_day")),
                medication=key == "medications",
            )


def _shown(entry: Entry) -> Iterator[URIRef]:
    """The outcome classes that an entry states: its outcome, and whether function improved."""
    if entry.get("outcome") not in (None, "unknown"):
        yield CONCEPT[entry["outcome"]]
    if entry.get("functional_improvement") is not None:
        yield CONCEPT["functional_improvement" if entry["functional_improvement"] else "no_functional_improvement"]


def _contradict(onto: Ontology, one: Observation, other: Observation) -> bool:
    """Present below absent at one site: "present below absent is a conflict"."""
    if one is other or one.site != other.site:
        return False
    return any(p.present and any(onto.below(p.concept, d) for d in q.denied) for p, q in ((one, other), (other, one)))


def standing(onto: Ontology, case: Entry, today: date) -> Facts:
    """Drop later facts; "of differing dates the latest not after the selecting date counts"."""
    known = [o for o in read_observations(onto, case) if o.day is None or o.day <= today]
    opposed = {o: [p for p in known if _contradict(onto, o, p)] for o in known}

    def superseded(o: Observation) -> bool:
        return any((p.day or date.min) > (o.day or date.min) for p in opposed[o])

    kept = [o for o in known if not superseded(o)]
    return Facts(
        observations=tuple(kept),
        treatments=tuple(
            t for t in read_treatments(onto, case) if t.status == "planned" or t.start is None or t.start <= today
        ),
        opposed={o: same for o in kept if (same := [p for p in opposed[o] if p in kept])},
    )


def selecting_date(case: Entry, line: Entry) -> tuple[date, bool]:
    """Selecting date and whether it is the UR decision date (assumption `edition_by_ur_date`)."""
    service = day_of(line.get("date_of_service")) if line.get("retrospective") else None
    chosen = service or day_of(case.get("requested"))
    by_ur = day_of(case.get("ur_decided"))
    if chosen is None and by_ur is None:
        raise Fault("no selecting date: neither date of service, request date nor UR decision date")
    return (chosen, False) if chosen is not None else (by_ur or date.min, True)
