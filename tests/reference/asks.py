"""Request lines: their amounts, parts and order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import product

from rdflib import URIRef

from .facts import Entry, many, number_of, selecting_date, unit_of
from .graph import CONCEPT, KB, Fault, Ontology, Successor, Types
from .kleene import Units


@dataclass(frozen=True)
class Ask:
    """One line, or one part of it, as asked."""

    line: int
    service: URIRef
    types: Types
    ingredients: tuple[URIRef, ...]
    sites: tuple[URIRef, ...]
    asked: Fraction | None
    authorised: Fraction
    quantity: Units | None
    unit: URIRef | None
    strength_mg: Fraction | None
    days: Fraction | None
    setting: tuple[URIRef, ...]
    depends_on: int | str | None
    day: date
    by_ur_date: bool


def amounts(entry: Entry) -> tuple[Fraction | None, Fraction, Units | None]:
    """asked, authorised, quantity: "a missing one of the three is derived, a mismatch is an error"."""
    asked, authorised, quantity = (number_of(entry.get(k)) for k in ("asked", "authorised", "quantity"))
    if authorised is None:
        authorised = Fraction(0) if asked is None or quantity is None else asked - quantity
    if asked is None and quantity is not None:
        asked = quantity + authorised
    if quantity is None and asked is not None:
        quantity = asked - authorised
    if quantity is not None and asked is not None and (quantity != asked - authorised or authorised < 0):
        raise Fault(f"asked {asked} less authorised {authorised} is not {quantity}")
    if quantity is not None and quantity < 0:
        raise Fault(f"quantity {quantity} is less than nothing")
    return asked, authorised, int(quantity) if quantity is not None and quantity.denominator == 1 else quantity


def read_part(onto: Ontology, case: Entry, entry: Entry) -> Ask:
    if not entry.get("service"):
        raise Fault("the service is not understood")
    service = onto.concept(entry["service"])
    ingredients = tuple(onto.concept(i) for i in many(entry.get("ingredients")))
    contained: list[Successor] = [(KB.hasIngredient, frozenset(onto.up[i])) for i in ingredients]
    asked, authorised, quantity = amounts(entry)
    day, by_ur = selecting_date(case, entry)
    return Ask(
        line=entry["line"],
        service=service,
        types=onto.types([service], contained),
        ingredients=ingredients,
        sites=tuple(onto.concept(s) for s in many(entry.get("site"))),
        asked=asked,
        authorised=authorised,
        quantity=quantity,
        unit=unit_of(entry.get("unit")),
        strength_mg=number_of(entry.get("strength_mg")),
        days=days_of(entry.get("duration_weeks")),
        setting=tuple(onto.concept(s) for s in many(entry.get("setting"))),
        depends_on=entry.get("depends_on"),
        day=day,
        by_ur_date=by_ur,
    )


def days_of(weeks: object) -> Fraction | None:
    """Days, to the twelfth decimal: five of them are stated as 0.7142857142857143 weeks."""
    stated = number_of(weeks)
    return None if stated is None else round(stated * 7, 12)


def part_entries(onto: Ontology, entry: Entry) -> list[Entry]:
    """ "A line with several services, sites or ingredients has `parts`"; else the line is its own only part."""
    whole = {k: v for k, v in entry.items() if k != "parts"}
    if entry.get("parts"):
        # "All share the line's quantity unless the text divides it"
        shared = ("asked", "authorised", "quantity")
        found = []
        for part in entry["parts"]:
            divided = any(part.get(k) is not None for k in shared)
            base = {k: v for k, v in whole.items() if not (divided and k in shared)}
            found.append({**base, **{k: v for k, v in part.items() if v not in (None, [])}, "line": entry["line"]})
        return found
    sites, ingredients = many(entry.get("site")), many(entry.get("ingredients"))
    services = combined(onto, entry) or [entry.get("service")]
    by_site = [[s] for s in sites] if len(sites) > 1 else [sites]
    # one part per ingredient; "rules for the compound as a whole are one more part"
    by_ingredient = [[i] for i in ingredients] + [ingredients] if len(ingredients) > 1 else [ingredients]
    several = product(services, by_site, by_ingredient)
    return [{**whole, "service": name, "site": s, "ingredients": i} for name, s, i in several]


def combined(onto: Ontology, entry: Entry) -> list[str]:
    """Services of which the one named is made up, by kb:combines."""
    service = entry.get("service")
    return sorted(part.split("/")[-1] for part in onto.iris(CONCEPT[service], KB.combines)) if service else []


def read_line(onto: Ontology, case: Entry, entry: Entry) -> list[Ask]:
    return [read_part(onto, case, part) for part in part_entries(onto, entry)]


def numbered(case: Entry) -> Entry:
    """Give every request its line, as reading a case does."""

    def lines() -> Iterator[Entry]:
        for number, request in enumerate(case["requests"], 1):
            yield {"line": number, **({"service": request} if isinstance(request, str) else request)}

    return {**case, "requests": list(lines())}


def order(entries: list[Entry]) -> tuple[list[Entry], set[int]]:
    """ "A primary is decided before its dependents, otherwise in the order of `line`; a cycle is an error"."""
    waiting = sorted(entries, key=lambda e: e["line"])
    primary = {e["line"]: e.get("depends_on") for e in waiting}
    cyclic = {n for n in primary if _returns(primary, n)}
    done: list[Entry] = []
    while waiting:
        pending = {e["line"] for e in waiting}
        ready = next(e for e in waiting if e["line"] in cyclic or e.get("depends_on") not in pending)
        waiting.remove(ready)
        done.append(ready)
    return done, cyclic


def _returns(primary: dict[int, object], start: int) -> bool:
    seen, current = set(), primary.get(start)
    while current in primary and current not in seen:
        if current == start:
            return True
        seen.add(current)
        current = primary[current]
    return False
