"""Tell which lines of a case count which others, in what order they are decided, and what is used before each."""

import polars as pl

from kb.batch.frames.shapes import Shapes
from kb.batch.frames.views import Thing
from kb.batch.frames.words import Each, Numbered
from kb.terms import short

MOST_LINES = 30  # of a case whose lines may count each other; the pairs of lines grow with the square
_GIVEN = ["unit", "authorised", "quantity", "strength_mg", "duration_weeks"]


class Uses:
    """Pair views with the lines that some account of theirs counts."""

    def __init__(self, things: list[Thing], shapes: Shapes, briefs: Numbered) -> None:
        """Take what is asked for, its shapes, and the briefs of what was decided."""
        self._things = things
        self._shapes = shapes
        self._briefs = briefs
        self._accounts = Each(["shape"], self._accounts_of, accounts=pl.String)
        self._classes = Each(["all"], self._classes_of, services=pl.String)
        self._mine = Each(["thing"], lambda thing: self._classes_of(str(thing)), mine=pl.String)
        self._counts = Each(["shape", "accounts", "services"], self._counted, counts=pl.Boolean)
        self._outcome = Each(["result"], self._outcome_of, verdict=pl.String, amount=pl.Float64)

    def _accounts_of(self, shape: int) -> tuple[str]:
        kinds = {str(node.kind) for node in self._shapes.all[shape].criteria.values()}
        return (" ".join(sorted({name for kind, name in self._shapes.concerns.accounts.items() if kind in kinds})),)

    def _classes_of(self, numbers: str) -> tuple[str]:
        return (" ".join(sorted({name for n in numbers.split() for name in self._things[int(n)].classes})),)

    def _counted(self, shape: int, accounts: str, services: str) -> tuple[bool]:
        reckoned = (self._shapes.reckoning(shape, account) for account in accounts.split())
        return (not frozenset().union(*reckoned).isdisjoint(short(name) for name in services.split()),)

    def _outcome_of(self, result: int) -> tuple[str, float | None]:
        brief = self._briefs.things[result]
        return brief.verdict, brief.amount

    def pairs(self, views: pl.DataFrame) -> pl.DataFrame:
        """Pair views with the lines of their case, itself too, that some account of theirs counts."""
        pairs = self._accounts(views.select("v", "i", "line", "thing", "shape")).filter(pl.col("accounts") != "")
        near = views.join(pairs.select("i").unique(), on="i", how="semi")
        parts = near.group_by("i", "line").agg(pl.col("thing").sort(), *(pl.col(name).first() for name in _GIVEN))
        parts = parts.with_columns(pl.col("thing").list.eval(pl.element().cast(pl.String)).list.join(" ").alias("all"))
        parts = self._classes(parts).select("i", "services", *_GIVEN, other="line")
        pairs = self._mine(pairs).join(parts, on="i")
        own = pl.col("line") == pl.col("other")
        pairs = pairs.with_columns(services=pl.when(own).then("mine").otherwise("services")).drop("mine")
        return self._counts(pairs).filter("counts")

    def priors(self, uses: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
        """List what other lines and the authorised part of each line use up."""
        given = ["v", "services", "unit", "strength_mg", "duration_weeks"]
        authorised = uses.filter(pl.col("authorised") > 0).select(*given, sure="authorised", maybe=pl.lit(0.0))
        earlier = uses.filter(pl.col("other") < pl.col("line")).join(
            lines.select("i", "result", other="line"), on=["i", "other"]
        )
        earlier = self._outcome(earlier)
        undocumented = pl.col("verdict") == "undocumented"
        known = earlier.filter(pl.col("amount").is_not_null()).with_columns(
            maybe=pl.when(undocumented).then(pl.col("quantity").fill_null(0) - pl.col("amount")).otherwise(0.0)
        )
        known = known.filter((pl.col("amount") != 0) | (pl.col("maybe") != 0)).select(*given, "maybe", sure="amount")
        hidden = earlier.filter(
            pl.col("amount").is_null() & ~pl.col("verdict").is_in(["not_supported", "no_guideline"])
        )
        hidden = hidden.select(*given, sure=pl.lit(0.0), maybe=pl.lit(None, pl.Float64))
        columns = [*given, "sure", "maybe"]
        return pl.concat([authorised.select(columns), known.select(columns), hidden.select(columns)])


def turns(views: pl.DataFrame, uses: pl.DataFrame) -> pl.DataFrame:
    """Give the `turn` of each view `v`, from 0: a line comes after each earlier line that it counts."""
    waits = uses.filter(pl.col("other") < pl.col("line")).select("i", "line", "other").unique()
    level = views.select("i", "line").unique().with_columns(level=pl.lit(0, pl.Int32))
    for _ in range(MOST_LINES):
        before = waits.join(level.rename({"line": "other"}), on=["i", "other"])
        after = before.group_by("i", "line").agg(after=pl.col("level").max() + 1)
        new = level.join(after, on=["i", "line"], how="left").select(
            "i", "line", level=pl.max_horizontal("level", pl.col("after").fill_null(0)).cast(pl.Int32)
        )
        if new["level"].sum() == level["level"].sum():
            break
        level = new
    return views.select("v", "i", "line").join(level, on=["i", "line"]).select("v", turn="level")
