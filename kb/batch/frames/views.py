"""Settle what each request asks and sees: a view for each part of a line, as columns."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from kb.batch.frames.columns import Columns
from kb.batch.frames.words import Each, Numbered, Words
from kb.knowledge.base import Knowledge
from kb.terms import CONCEPT

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Thing:
    """Hold what is asked for: classes, ingredients and regions decide what the facts of a case mean for it."""

    classes: Names
    ingredients: Names
    sites: Names
    regions: frozenset[str]
    reach: frozenset[str]

    def bears(self, site: str | None, finding: bool, knowledge: Knowledge) -> bool:
        """Tell whether what is present at a site counts for it."""
        regions = self.reach if finding else self.regions
        return site is None or not regions or any(knowledge.is_below(CONCEPT + site, r) for r in regions)

    def covered(self, site: str | None, knowledge: Knowledge) -> bool:
        """Tell whether what is absent at a site counts for it."""
        return site is None or any(knowledge.is_below(r, CONCEPT + site) for r in self.regions)

    def near(self, service: str, knowledge: Knowledge) -> bool:
        """Tell whether a treatment was at, above or below its regions, as far as both name one."""
        sites = knowledge.regions_of(CONCEPT + service)
        below = knowledge.is_below
        return not sites or not self.regions or any(below(s, r) or below(r, s) for s in sites for r in self.regions)


@dataclass(frozen=True, slots=True)
class What:
    """Hold what of a thing its criteria read."""

    classes: Names
    ingredients: Names


class Viewer:
    """Split lines into parts, and number what is asked for."""

    def __init__(self, words: Words) -> None:
        """Begin with nothing asked."""
        self._words = words
        self.things = Numbered()
        self._epoch = Each(["day"], lambda day: (words.knowledge.editions.epoch(day),), epoch=pl.Int64)
        self._parts = Each(["service", "sites", "with_"], self._split, things=pl.List(pl.Int64))
        self._what = Each(["thing"], self._what_of, what=pl.Int64)

    def views(self, columns: Columns) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Give a view `v` for each part of a line, and the cases that have a line that cannot be settled."""
        found = columns.requests.join(columns.cases, on="i")
        day = pl.coalesce(
            pl.when("retrospective").then(pl.col("date_of_service")), pl.col("requested"), pl.col("ur_decided")
        )
        asked, left = pl.col("asked"), pl.col("asked") - pl.col("authorised")
        units = pl.coalesce(left, "quantity", "asked")
        found = found.with_columns(
            day=day,
            by_ur=day.is_not_null()
            & ~(pl.col("retrospective") & pl.col("date_of_service").is_not_null())
            & pl.col("requested").is_null(),
            quantity=units,
            authorised=pl.when(asked.is_not_null() & pl.col("quantity").is_not_null())
            .then(pl.coalesce("authorised", asked - pl.col("quantity")))
            .otherwise(pl.col("authorised")),
        )
        found = self._parts(self._epoch(found))
        odd = found.filter(pl.col("things").is_null()).select("i").unique()
        found = found.join(odd, on="i", how="anti")
        views = found.with_columns(part=pl.int_ranges(1, pl.col("things").list.len() + 1)).explode("things", "part")
        views = views.rename({"things": "thing"}).with_row_index("v").with_columns(pl.col("v").cast(pl.Int64))
        return self._what(views), odd

    def _what_of(self, thing: int) -> tuple[int]:
        asked = self.things.things[thing]
        return (self._words.whats.number(What(asked.classes, asked.ingredients)),)

    def _split(self, service: str, sites: str, ingredients: str) -> tuple[list[int] | None]:
        return (self._things(service, tuple(sites.split()), tuple(ingredients.split())),)

    def _things(self, service: str, sites: Names, ingredients: Names) -> list[int] | None:
        """List the parts as `kb.case.asks` splits a line; None where a word does not fit."""
        allowed = self._words.allowed
        if not (set(sites) <= set(allowed["site"]) and set(ingredients) <= set(allowed["ingredient"])):
            return None
        found: list[Any] = []
        for name in self._words.knowledge.combined(service) or (service,):
            if name not in allowed["service"]:
                return None
            places: list[Names] = [(site,) for site in sites] or [()]
            for at in places:
                if len(ingredients) > 1:
                    found.extend(self._thing(name, at, (one,)) for one in ingredients)
                found.append(self._thing(name, at, ingredients))
        return found

    def _thing(self, service: str, sites: Names, ingredients: Names) -> int:
        known = self._words.knowledge
        named = tuple(CONCEPT + name for name in ingredients)
        classes = known.classify(CONCEPT + service, named)
        regions = frozenset(CONCEPT + site for site in sites) or known.regions_of(*classes)
        ways = (known.stated(region, way) for region in regions for way in ("radiatesTo", "nervesTo"))
        return self.things.number(
            Thing(classes, named, tuple(CONCEPT + s for s in sites), regions, regions.union(*ways))
        )
