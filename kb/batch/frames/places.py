"""Tell at which region and in which phase a request is, once for each combination of what decides that."""

import polars as pl

from kb.batch.frames.fold import phase_of
from kb.batch.frames.models import Models
from kb.batch.frames.requests import Requests
from kb.batch.frames.shapes import Shapes
from kb.batch.frames.views import Thing
from kb.batch.frames.words import Each, Numbered, Words
from kb.evaluate.leaves import PHASES
from kb.formula import MET, NOT_MET, UNKNOWN
from kb.terms import BASE, CONCEPT

_FITS = pl.Schema({"shape": pl.Int64(), "where": pl.Int64(), "leaf": pl.Int32(), "fits": pl.Boolean(),
                   "wider": pl.Boolean(), "other": pl.Boolean()})  # fmt: skip
_PAIR = ["region", "recommendation"]
_DAY = ["i", "day"]
_RESTS_ON = ["since", "stated", "operations"]
_TOLD = pl.Schema({"v": pl.Int64(), "leaf": pl.Int32(), "status": pl.Int8()})


class Regions:
    """Match regions with those of recommendations: those of a request itself, else the sites of its diagnoses."""

    def __init__(self, models: Models, words: Words, shapes: Shapes, things: list[Thing]) -> None:
        """Begin with no combination known."""
        self._models = models
        self._words = words
        self._shapes = shapes
        self._own = Each(["thing"], lambda t: (self._set(things[t].regions),), where=pl.Int64)
        self._at = Each(["concept", "at"], self._sites_of, sites=pl.List(pl.String))
        self._together = Each(["sites"], lambda s: (self._sets.number(tuple(s.split())),), where=pl.Int64)
        self._sets = Numbered()  # of regions, as sorted IRIs
        self._known: set[tuple[int, int]] = set()
        self._fits = _FITS.to_frame()
        self._lie = pl.DataFrame(schema=dict.fromkeys((*_PAIR, "fit"), pl.String))

    def told(self, views: pl.DataFrame, stands: pl.DataFrame) -> pl.DataFrame:
        """Give `v`, `leaf` and `status` of each region that something tells of; `stands` are observations by day."""
        some = views.filter(pl.col("shape").is_in(pl.Series(self._shapes.placed, dtype=pl.Int64).implode()))
        some = self._own(some.select("v", "i", "day", "thing", "shape", "record_complete"))
        there = some.drop_nulls("where")
        nowhere = some.filter(pl.col("where").is_null()).drop("where")
        nowhere = nowhere.join(self._sites(stands.join(nowhere, on=_DAY, how="semi")), on=_DAY)
        self._learn(pl.concat([frame.select("shape", "where") for frame in (there, nowhere)]).unique())
        placed = pl.when("fits").then(MET).when("wider").then(UNKNOWN).otherwise(NOT_MET)
        mixed = pl.col("fits") & (pl.col("wider") | pl.col("other"))
        located = pl.when(~pl.col("record_complete") | mixed).then(UNKNOWN).when("fits").then(MET).otherwise(NOT_MET)
        found = [
            frame.join(self._fits, on=["shape", "where"]).select("v", "leaf", status=status.cast(pl.Int8))
            for frame, status in ((there, placed), (nowhere, located))
        ]
        return pl.concat([_TOLD.to_frame(), *found])

    def _set(self, regions: frozenset[str]) -> int | None:
        return self._sets.number(tuple(sorted(regions))) if regions else None

    def _sites(self, stands: pl.DataFrame) -> pl.DataFrame:
        """Number, for each day of a case, the sites of all its present diagnoses together."""
        told = stands.filter((pl.col("status") == "present") & (pl.col("kind") == "diagnosis"))
        told = self._at(told.select(*_DAY, "concept", "at"))
        told = told.explode("sites").drop_nulls("sites").group_by(_DAY).agg(pl.col("sites").unique().sort())
        told = told.with_columns(pl.col("sites").list.join(" "))
        return self._together(told).drop("sites")

    def _sites_of(self, concept: str, at: str) -> tuple[list[str]]:
        return ([CONCEPT + at] if at else sorted(self._words.knowledge.regions_of(CONCEPT + concept)),)

    def _learn(self, pairs: pl.DataFrame) -> None:
        new = [pair for pair in pairs.sort("shape", "where").iter_rows() if pair not in self._known]
        if not new:
            return
        self._known.update(new)
        named = pl.DataFrame(new, {"shape": pl.Int64, "where": pl.Int64}, orient="row")
        leaves = pl.DataFrame(
            [(s, name, leaf) for s in named["shape"].unique() for name, leaf in self._shapes.all[s].regions],
            {"shape": pl.Int64, "recommendation": pl.String, "leaf": pl.Int32}, orient="row",
        )  # fmt: skip
        regions = Each(["where"], lambda w: (list(self._sets.things[w]),), region=pl.List(pl.String))(named)
        asked = regions.explode("region").join(leaves, on="shape")
        self._ask(asked.select(_PAIR).unique().join(self._lie, on=_PAIR, how="anti"))
        rows = (
            asked.join(self._lie, on=_PAIR)
            .group_by("shape", "where", "leaf")
            .agg((pl.col("fit") == word).any().alias(word) for word in ("fits", "wider", "other"))
        )
        self._fits = pl.concat([self._fits, rows.select(_FITS.names())])

    def _ask(self, pairs: pl.DataFrame) -> None:
        """Ask how regions lie to those of recommendations: each pair once, for all sets in which the region is."""
        if pairs.is_empty():
            return
        requests, turn = self._models.take(len(pairs))
        asked = pairs.with_columns(request=pl.format(f"r:{turn}-{{}}", pl.col("region").rank("dense")))
        requests.say("region", asked.unique("request"), "request", "region")
        requests.say("considers", asked, "request", pl.lit(BASE) + pl.col("recommendation"))
        rows = requests.ask("applies", "region")
        rows = rows.select("request", "fit", pl.col("recommendation").str.strip_prefix(BASE))
        rows = asked.join(rows, on=["request", "recommendation"])
        self._lie = pl.concat([self._lie, rows.select(*_PAIR, "fit").unique()])


class Phases:
    """Tell the phase of care."""

    def __init__(self, models: Models, shapes: Shapes) -> None:
        """Begin with no combination known."""
        self._models = models
        self._shapes = shapes
        self._known: dict[tuple[int | None, str | None, str], str | None] = {}
        self._phase = Each(_RESTS_ON, lambda *key: (self._known[key],), phase=pl.String)

    def told(self, views: pl.DataFrame, care: pl.DataFrame) -> pl.DataFrame:
        """Give `v` and `phase` of views some recommendation of which names a phase; null where it is not known."""
        some = views.filter(pl.col("shape").is_in(pl.Series(self._shapes.phased, dtype=pl.Int64).implode()))
        since = pl.when(pl.col("injured") <= pl.col("day")).then((pl.col("day") - pl.col("injured")).dt.total_days())
        near = care.filter(pl.col("near") & (pl.col("status") == "past") & pl.col("ended").is_not_null())
        near = near.filter(pl.col("service").is_in(sorted(self._shapes.concerns.operations)))
        done = pl.format("{}={}", "service", "ended").unique().sort().str.join(" ")
        near = near.group_by("v").agg(operations=done)
        some = some.select("v", "phase", since=since).join(near, on="v", how="left")
        some = some.rename({"phase": "stated"}).with_columns(pl.col("operations").fill_null(""))
        self._learn([row for row in some.select(_RESTS_ON).unique().iter_rows() if row not in self._known])
        return self._phase(some).select("v", "phase")

    def _learn(self, new: list[tuple[int | None, str | None, str]]) -> None:
        if not new:
            return
        requests, turn = self._models.take(len(new))
        schema = {"since": pl.Int64, "stated": pl.String, "operations": pl.String}
        told = pl.DataFrame(new, schema, orient="row").with_row_index("n")
        request = pl.format(f"w:{turn}-{{}}", "n").alias("request")
        told = told.with_columns(request, node=pl.format(f"o{turn}:{{}}", "n"))
        _say_phase(requests, told)
        asked = (requests.ask("applies", name).select("request", "phase", "order") for name in PHASES)
        rows = phase_of(pl.concat(asked, how="vertical_relaxed"))
        found = dict(told.join(rows, on="request").select("n", "phase").iter_rows())
        self._known.update({key: found.get(n) for n, key in enumerate(new)})


def _say_phase(requests: Requests, told: pl.DataFrame) -> None:
    requests.say("daysSinceInjury", told, "request", "since", "integer")
    requests.say("statedPhase", told, "request", "stated", "string")
    done = told.filter(pl.col("operations") != "").with_columns(pl.col("operations").str.split(" "))
    done = done.explode("operations").with_columns(place=pl.int_range(pl.len()).over("n"))
    part = pl.col("operations").str.split_exact("=", 1).struct
    done = done.with_columns(node=pl.format("{}-{}", "node", "place"), service=part.field("field_0"),
                             ended=part.field("field_1").cast(pl.Int64))  # fmt: skip
    requests.say("service", done, "node", pl.lit(CONCEPT) + pl.col("service"))
    requests.say("status", done, "node", pl.lit("past"), "string")
    requests.say("endedBefore", done, "node", "ended", "integer")
    requests.say("near", done, "node", "request")
