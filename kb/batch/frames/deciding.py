"""Decide the requests of many cases at once, those that wait for an earlier line in a later round."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from kb.batch.frames.columns import Columns, columns_of
from kb.batch.frames.evidence import Evidence
from kb.batch.frames.facts import Bearing, facts_of, standing
from kb.batch.frames.graph import write_nothing
from kb.batch.frames.leaves import Leaves, Verdicts
from kb.batch.frames.logic import Brief
from kb.batch.frames.models import Models, makers
from kb.batch.frames.places import Phases, Regions
from kb.batch.frames.shapes import Shapes
from kb.batch.frames.trials import Trials
from kb.batch.frames.views import Viewer
from kb.batch.frames.words import Numbered, Words, each
from kb.decide.decision import Outcome
from kb.decide.lines import weakest
from kb.formula import VALUES
from kb.knowledge.base import Knowledge
from kb.terms import SCHEMA, short

_MOST_LINES = 30  # of a case whose lines may count each other; the pairs of lines grow with the square


@dataclass(slots=True)
class Decided:
    """Hold what was decided: `result` numbers the briefs of each line; `odd` are the cases left to the single path."""

    lines: pl.DataFrame
    criteria: pl.DataFrame
    odd: pl.DataFrame


class Frames:
    """Decide cases in data frames; what is learnt of words, shapes and patterns is kept from portion to portion."""

    def __init__(self, knowledge: Knowledge, criteria: bool, maplib: bool) -> None:
        """Take the knowledge, whether the criteria are wanted too, and whether maplib or Oxigraph is asked."""
        self._knowledge = knowledge
        self._wants_criteria = criteria
        self._words = Words(knowledge)
        self._viewer = Viewer(self._words)
        self._shapes = Shapes(knowledge)
        self._shape_of: dict[tuple[int, int], int] = {}
        self.briefs = Numbered()
        self._models = models = Models(makers(knowledge, maplib), write_nothing)
        self._trials = Trials(models, self._words, self._shapes)
        self._regions = Regions(models, self._words, self._shapes)
        self._phases = Phases(models, self._shapes)
        self._verdicts = Verdicts(self.briefs)

    def decide(self, frame: pl.DataFrame) -> Decided:
        """Decide cases, rows with their number `i`."""
        if self._trials.full():
            self._trials.forget()
        columns, odd = columns_of(frame, self._words)
        views, unsettled = self._viewer.views(columns)
        crowded = columns.requests.group_by("i").len().filter(pl.col("len") > _MOST_LINES).select("i")
        left = pl.concat([unsettled, crowded]).unique()
        views = self._shaped(views.join(left, on="i", how="anti"))
        odd = pl.concat([odd, frame.join(left, on="i", how="semi")])
        if views.is_empty():
            return Decided(_LINES.clear(), pl.DataFrame(), odd)
        lines, criteria = self._rounds(views, columns)
        return Decided(lines, criteria, odd)

    def _shaped(self, views: pl.DataFrame) -> pl.DataFrame:
        """Find the shape of what each view asks for, once for each thing and epoch."""
        pairs = list(views.select("thing", "epoch").unique().iter_rows())
        new = [pair for pair in pairs if pair not in self._shape_of]
        if new:
            self._find_shapes(new)
        views = each(views, ["thing", "epoch"], lambda t, e: (self._shape_of[t, e],), shape=pl.Int64)
        return each(views, ["shape"], self._accounts, accounts=pl.String)

    def _accounts(self, shape: int) -> tuple[str]:
        kinds = {str(node.kind) for node in self._shapes.all[shape].criteria.values()}
        return (" ".join(sorted({name for kind, name in self._shapes.concerns.accounts.items() if kind in kinds})),)

    def _find_shapes(self, pairs: list[tuple[int, int]]) -> None:
        requests, turn = self._models.take(len(pairs))
        things = self._viewer.things.things
        frame = pl.DataFrame(
            [(f"s:{turn}-{t}-{e}", e, list(things[t].classes), list(self._excluded(t))) for t, e in pairs],
            {"node": pl.String, "epoch": pl.Int64, "class": pl.List(pl.String), "not": pl.List(pl.String)},
            orient="row",
        )
        requests.say("a", frame, "node", pl.lit(SCHEMA + "Request"))
        requests.say("a", frame.explode("class"), "node", "class")
        requests.say("cannotBe", frame.explode("not"), "node", "not")
        requests.say("epoch", frame, "node", "epoch", "integer")
        found: dict[str, dict[str, int]] = {f"s:{turn}-{t}-{e}": {} for t, e in pairs}
        for node, iri, status in requests.ask("applies", "service").iter_rows():
            if (known := found.get(node)) is not None:  # not of what was asked before
                known[iri] = max(known.get(iri, 0), VALUES[status])
        for t, e in pairs:
            self._shape_of[t, e] = self._shapes.number(tuple(sorted(found[f"s:{turn}-{t}-{e}"].items())))

    def _excluded(self, thing: int) -> tuple[str, ...]:
        asked = self._viewer.things.things[thing]
        return self._knowledge.excluded(asked.classes, asked.ingredients, asked.sites)

    def _rounds(self, views: pl.DataFrame, columns: Columns) -> tuple[pl.DataFrame, pl.DataFrame]:
        things = self._viewer.things.things
        bearing = Bearing(self._words, things)
        seen = bearing.seen(standing(columns.observed, views, self._words), views)
        care = bearing.care(columns.care.with_row_index("f"), views)
        uses = self._uses(views)
        lines = _LINES.clear()
        criteria = []
        for turn in _turns(views, uses):
            some = views.join(turn, on="v", how="semi")
            priors = _priors(uses.join(turn, on="v", how="semi"), lines, self.briefs)
            bearing_on, given = (frame.join(turn, on="v", how="semi") for frame in (seen, care))
            results, told = self._evaluate(some, bearing_on, given, priors)
            if self._wants_criteria:
                criteria.append(told.join(some.select("v", "i", "line", "part", "number"), on="v"))
            lines = pl.concat([lines, self._of_lines(some.join(results, on="v"))])
        return lines, pl.concat(criteria) if criteria else pl.DataFrame()

    def _uses(self, views: pl.DataFrame) -> pl.DataFrame:
        """Pair views with the lines of their case, itself too, that some account of theirs counts."""
        things = self._viewer.things.things
        parts = views.select("i", "line", "thing").group_by("i", "line").agg(pl.col("thing").sort())
        parts = parts.with_columns(pl.col("thing").list.eval(pl.element().cast(pl.String)).list.join(" ").alias("all"))

        def classes(numbers: str) -> tuple[str]:
            return (" ".join(sorted({name for n in numbers.split() for name in things[int(n)].classes})),)

        parts = each(parts, ["all"], classes, services=pl.String).select("i", other="line", services="services")
        given = ["unit", "authorised", "quantity", "strength_mg", "duration_weeks"]
        told = views.unique(["i", "line"]).select("i", *given, other="line")
        pairs = views.filter(pl.col("accounts") != "").select("v", "i", "line", "thing", "shape", "accounts")
        pairs = pairs.join(parts, on="i").join(told, on=["i", "other"])
        own = pl.col("line") == pl.col("other")
        pairs = each(pairs, ["thing"], lambda t: (" ".join(things[t].classes),), mine=pl.String)
        pairs = pairs.with_columns(services=pl.when(own).then("mine").otherwise("services")).drop("mine")

        def counts(shape: int, accounts: str, services: str) -> tuple[bool]:
            reckoned = (self._shapes.reckoning(shape, account) for account in accounts.split())
            return (not frozenset().union(*reckoned).isdisjoint(short(name) for name in services.split()),)

        return each(pairs, ["shape", "accounts", "services"], counts, counts=pl.Boolean).filter("counts")

    def _evaluate(
        self, views: pl.DataFrame, seen: pl.DataFrame, care: pl.DataFrame, priors: pl.DataFrame
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        self._models.renew()
        leaves = Leaves(self._shapes, views)
        facts = {"care": care.with_columns(about="service"), "used": priors.with_columns(given=pl.lit("now"))}
        facts |= facts_of(seen, views, self._words)
        evidence = Evidence(views, facts, self._shapes, leaves.places)
        hands = evidence.hands(diagnoses=True)
        leaves.diagnosed(self._trials.answer(evidence, hands, leaves.of(hands)))
        leaves.placed(self._regions.told(views, seen, self._viewer.things.things))
        leaves.timed(self._phases.told(views, care))
        hands, weighed = leaves.weigh(evidence.hands(diagnoses=False))
        hands = evidence.with_used(hands, weighed)
        told = self._trials.answer(evidence, hands, weighed)
        leaves.settle(told)
        return self._verdicts.decided(leaves, told), leaves.told(told) if self._wants_criteria else pl.DataFrame()

    def _of_lines(self, views: pl.DataFrame) -> pl.DataFrame:
        """Give each line the result of its parts."""
        lines = (
            views.sort("i", "line", "part")
            .group_by("i", "line", maintain_order=True)
            .agg(pl.col("number").first(), pl.col("service").first(), pl.col("result"), pl.col("quantity").first())
        )
        joined = pl.col("result").list.eval(pl.element().cast(pl.String)).list.join(" ")
        lines = each(lines.with_columns(results=joined), ["results"], self._joined, all=pl.Int64)
        return lines.select("i", "line", "number", "service", "quantity", result="all")

    def _joined(self, results: str) -> tuple[int]:
        numbers = [int(n) for n in results.split()]
        if len(numbers) == 1:
            return (numbers[0],)
        return (self.briefs.number(together([self.briefs.things[n] for n in numbers])),)


_LINES = pl.DataFrame(
    schema={"i": pl.Int64, "line": pl.Int64, "number": pl.String, "service": pl.String, "quantity": pl.Float64,
            "result": pl.Int64}
)  # fmt: skip


def together(parts: list[Brief]) -> Brief:
    """Take for a line what its weakest parts say, as `kb.answer.writer` does."""
    outcome = weakest([Outcome(part.verdict, part.amount) for part in parts])
    chosen = [part for part in parts if part.verdict == outcome.verdict]
    missing: dict[str, bool] = {}
    for name, decisive in (item for part in chosen for item in part.missing):
        missing[name] = missing.get(name, False) or decisive

    def union(lists: Any) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(item for items in lists for item in items))

    return Brief(outcome.verdict, outcome.amount, union(p.because for p in chosen), tuple(sorted(missing.items())),
                 union(p.citations for p in chosen))  # fmt: skip


def _turns(views: pl.DataFrame, uses: pl.DataFrame) -> list[pl.DataFrame]:
    """Order views so that a line comes after each earlier line that one of its accounts counts."""
    waits = uses.filter(pl.col("other") < pl.col("line")).select("i", "line", "other").unique()
    level = views.select("i", "line").unique().with_columns(level=pl.lit(0))
    for _ in range(_MOST_LINES):
        before = waits.join(level.rename({"line": "other"}), on=["i", "other"])
        after = before.group_by("i", "line").agg(after=pl.col("level").max() + 1)
        new = level.join(after, on=["i", "line"], how="left").select(
            "i", "line", level=pl.max_horizontal("level", pl.col("after").fill_null(0)).cast(pl.Int32)
        )
        if new["level"].sum() == level["level"].sum():
            break
        level = new
    placed = views.select("v", "i", "line").join(level, on=["i", "line"])
    return [some.select("v") for _, some in sorted(placed.partition_by("level", as_dict=True).items())]


def _priors(uses: pl.DataFrame, lines: pl.DataFrame, briefs: Numbered) -> pl.DataFrame:
    """List what other lines and the authorised part of each line use up."""
    given = ["v", "services", "unit", "strength_mg", "duration_weeks"]
    authorised = uses.filter(pl.col("authorised") > 0).select(*given, sure="authorised", maybe=pl.lit(0.0))
    earlier = uses.filter(pl.col("other") < pl.col("line")).join(
        lines.select("i", "result", other="line"), on=["i", "other"]
    )

    def outcome(result: int) -> tuple[str, float | None]:
        brief = briefs.things[result]
        return brief.verdict, brief.amount

    earlier = each(earlier, ["result"], outcome, verdict=pl.String, amount=pl.Float64)
    undocumented = pl.col("verdict") == "undocumented"
    known = earlier.filter(pl.col("amount").is_not_null()).with_columns(
        maybe=pl.when(undocumented).then(pl.col("quantity").fill_null(0) - pl.col("amount")).otherwise(0.0)
    )
    known = known.filter((pl.col("amount") != 0) | (pl.col("maybe") != 0)).select(*given, "maybe", sure="amount")
    hidden = earlier.filter(pl.col("amount").is_null() & ~pl.col("verdict").is_in(["not_supported", "no_guideline"]))
    hidden = hidden.select(*given, sure=pl.lit(0.0), maybe=pl.lit(None, pl.Float64))
    columns = [*given, "sure", "maybe"]
    return pl.concat([authorised.select(columns), known.select(columns), hidden.select(columns)])
