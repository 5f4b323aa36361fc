"""Tell which facts stand on a day and bear on which view, as `kb.case.standing` and `kb.evaluate.view` do for one."""

import datetime as dt

import polars as pl

from kb.batch.frames.shapes import Shapes
from kb.batch.frames.views import Thing
from kb.batch.frames.words import Each, Words
from kb.terms import CONCEPT, short

_OLDEST = 1_000_000_000  # days: an undated value is older than any other


def standing(observed: pl.DataFrame, views: pl.DataFrame, words: Words) -> pl.DataFrame:
    """List the observations that stand on each day of a case; `torn` marks contradictions of one date."""
    days = views.select("i", "day").unique().with_row_index("g")
    known = observed.join(days, on="i").filter(pl.col("date").is_null() | (pl.col("date") <= pl.col("day")))
    known = known.with_row_index("n").with_columns(
        at=pl.when(pl.col("kind") == "document").then(pl.lit("")).otherwise(pl.col("site").fill_null(""))
    )
    pairs = _contradictions(known, words)
    age = pl.col("date").fill_null(dt.date.min)
    ages = pairs.with_columns(p_age=age, a_age=pl.col("a_date").fill_null(dt.date.min))
    apart = ages.filter(~pl.col("date").eq_missing(pl.col("a_date")))
    dropped = apart.select(n=pl.when(pl.col("p_age") < pl.col("a_age")).then("n").otherwise("a")).unique()
    gone = dropped["n"].implode()
    torn = ages.filter(~pl.col("n").is_in(gone) & ~pl.col("a").is_in(gone))
    marked = pl.concat([torn.select("n"), torn.select(n="a")]).unique()["n"].implode()
    return known.filter(~pl.col("n").is_in(gone)).with_columns(torn=pl.col("n").is_in(marked))


def _contradictions(known: pl.DataFrame, words: Words) -> pl.DataFrame:
    present, absent = known.filter(status="present"), known.filter(status="absent")
    denied = pl.concat(
        [
            absent.select("g", "at", a="n", wide="concept", a_date="date"),
            present.join(words.opposites, on="concept").select("g", "at", a="n", wide="opposite", a_date="date"),
        ]
    )
    near = present.join(denied.select("g").unique(), on="g", how="semi").select("n", "g", "at", "concept", "date")
    found = near.join(words.above, on="concept").join(denied, on=["g", "at", "wide"])
    return found.filter(pl.col("n") != pl.col("a"))


class Bearing:
    """Pair views with the facts that bear on them."""

    def __init__(self, words: Words, things: list[Thing], shapes: Shapes) -> None:
        """Take what is asked for, and its shapes."""
        self._words = words
        self._shapes = shapes
        self._things = things
        self._fits = Each(["thing", "at", "finding"], self._fit, bears=pl.Boolean, covers=pl.Boolean)
        self._lies = Each(["thing", "service", "drug"], self._lie, near=pl.Boolean, besides=pl.Boolean)
        self._shown = Each(["together", "concept"], self._shows, outcomes=pl.String)

    def _fit(self, thing: int, at: str, finding: bool) -> tuple[bool, bool]:
        known, asked, site = self._words.knowledge, self._things[thing], at or None
        return asked.bears(site, finding, known), asked.covered(site, known)

    def _lie(self, thing: int, service: str, drug: bool) -> tuple[bool, bool]:
        known, asked = self._words.knowledge, self._things[thing]
        own = any(known.is_below(CONCEPT + service, name) for name in asked.classes)
        return not drug and asked.near(service, known), not own

    def _shows(self, together: str, concept: str) -> tuple[str]:
        shown = self._words.knowledge.outcomes_shown({CONCEPT + name for name in together.split()})
        return (" ".join(short(o) for o in shown.get(CONCEPT + concept, ())),)

    def _mattering(
        self, facts: pl.DataFrame, views: pl.DataFrame, about: str, always: list[str], on: list[str]
    ) -> pl.DataFrame:
        """Pair views with the facts of their case that a criterion may ask about, or that say what `always` matters."""
        facts = facts.with_row_index("f")
        asked = self._shapes.concerned(views["shape"].unique())
        denied = asked.join(self._words.opposites, left_on="about", right_on="opposite")
        asked = pl.concat([asked, denied.select("shape", about="concept")]).unique().rename({"about": about})
        pairs = views.select("v", "shape", *on).join(facts.select("f", about, *on), on=on)
        pairs = pairs.join(asked.with_columns(asked=True), on=["shape", about], how="left")
        pairs = pairs.filter(pl.col("asked").is_not_null() | pl.col(about).is_in(always)).select("v", "f")
        return pairs.join(views.select("v", "day", "thing"), on="v").join(facts.drop("day", strict=False), on="f")

    def seen(self, stands: pl.DataFrame, views: pl.DataFrame) -> pl.DataFrame:
        """Give each standing observation that can matter for a view; `bears` and `covers` tell how it counts."""
        seen = self._mattering(stands, views, "concept", self._words.telling, ["i", "day"])
        seen = seen.with_columns(finding=pl.col("kind") == "finding")
        return self._with_outcomes(self._fits(seen))

    def _with_outcomes(self, seen: pl.DataFrame) -> pl.DataFrame:
        """Add the outcomes that the present findings of a view, together, are evidence of."""
        telling = pl.col("concept").is_in(self._words.telling)
        told = seen.filter(telling & pl.col("bears") & (pl.col("status") == "present"))
        if told.is_empty():
            return seen.with_columns(outcomes=pl.lit(""))
        sets = told.group_by("v").agg(together=pl.col("concept").unique().sort().str.join(" "))
        told = told.select("v", "concept").unique().join(sets, on="v")
        told = self._shown(told).drop("together")
        return seen.join(told, on=["v", "concept"], how="left").with_columns(
            outcomes=pl.when(pl.col("bears") & (pl.col("status") == "present"))
            .then(pl.col("outcomes").fill_null(""))
            .otherwise(pl.lit(""))
        )

    def care(self, care: pl.DataFrame, views: pl.DataFrame) -> pl.DataFrame:
        """Give the care that can matter for a view and had begun by its day, or is planned."""
        operations = sorted(self._shapes.concerns.operations)
        seen = self._mattering(care, views, "service", operations, ["i"]).filter(
            (pl.col("status") == "planned") | pl.col("from").is_null() | (pl.col("from") <= pl.col("day"))
        )
        return _times(self._lies(seen))


def _times(seen: pl.DataFrame) -> pl.DataFrame:
    """Count in days before the selecting date; what goes on has lasted until then."""
    end = pl.when(pl.col("to") <= pl.col("day")).then(pl.col("to"))
    until = pl.coalesce(end, pl.when(pl.col("status") == "current").then(pl.col("day")))
    return seen.with_columns(
        started=(pl.col("day") - pl.col("from")).dt.total_days(),
        ended=(pl.col("day") - pl.coalesce(end, pl.col("from"))).dt.total_days(),
        lasted=(until - pl.col("from")).dt.total_days(),
    )


def facts_of(seen: pl.DataFrame, views: pl.DataFrame, words: Words) -> dict[str, pl.DataFrame]:
    """Sort what is present and what is absent for views, each with the concept that it is `about`."""
    days = (pl.col("day") - pl.col("date")).dt.total_days()
    seen = seen.with_columns(days=days, about="concept")
    bearing = seen.filter(pl.col("bears") & (pl.col("status") == "present"))
    own = bearing.with_columns(kind=pl.lit("seen"))
    outcomes = own.filter(pl.col("outcomes") != "").with_columns(pl.col("outcomes").str.split(" ").alias("about"))
    since = (pl.col("day") - pl.col("injured")).dt.total_days()
    injured = views.filter(pl.col("injured") <= pl.col("day")).select("v", days=since, **_named("injury"))
    aged = views.filter(pl.col("age").is_not_null())
    aged = aged.select("v", days=pl.lit(0, pl.Int64), value=pl.col("age").cast(pl.Float64), **_named("age"))
    columns = ["v", "kind", "about", "concept", "torn", "outcomes", "days", "value", "unit"]
    found = [frame.select(columns) for frame in (own, outcomes.explode("about"))]
    covers = seen.filter("covers")
    denied = covers.filter(status="present").join(words.opposites, on="concept")
    absent = [
        covers.filter(status="absent").select("v", "about", "concept"),
        denied.select("v", about="opposite", concept="opposite"),
    ]
    return {"present": pl.concat([*found, injured, aged], how="diagonal"), "absent": pl.concat(absent)}


def _named(kind: str) -> dict[str, pl.Expr]:
    return {
        "kind": pl.lit(kind), "about": pl.lit(kind), "concept": pl.lit(kind), "torn": pl.lit(False),
        "outcomes": pl.lit("")
    }  # fmt: skip
