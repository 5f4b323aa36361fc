"""Decide the requests of many cases at once, those that wait for an earlier line in a later round."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from kb.batch.frames.columns import Columns, columns_of
from kb.batch.frames.evidence import LEAVES, Evidence
from kb.batch.frames.facts import Bearing, facts_of, standing
from kb.batch.frames.graph import write_nothing
from kb.batch.frames.leaves import Leaves, Verdicts
from kb.batch.frames.logic import Brief
from kb.batch.frames.models import Models, makers
from kb.batch.frames.places import Phases, Regions
from kb.batch.frames.shapes import Shapes
from kb.batch.frames.trials import Trials
from kb.batch.frames.uses import MOST_LINES, Uses, turns
from kb.batch.frames.views import Viewer
from kb.batch.frames.words import Each, Numbered, Words
from kb.decide.decision import Outcome
from kb.decide.lines import weakest
from kb.formula import VALUES
from kb.knowledge.base import Knowledge
from kb.terms import SCHEMA

_SERVICE = ("request", "recommendation", "status")  # engines give columns in any order


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
        self._regions = Regions(models, self._words, self._shapes, self._viewer.things.things)
        self._phases = Phases(models, self._shapes)
        self._verdicts = Verdicts(self.briefs)
        things = self._viewer.things.things
        self._bearing = Bearing(self._words, things, self._shapes)
        self._uses = Uses(things, self._shapes, self.briefs)
        self._shape = Each(["thing", "epoch"], lambda t, e: (self._shape_of[t, e],), shape=pl.Int64)
        self._joined = Each(["results"], self._together, all=pl.Int64)

    def decide(self, frame: pl.DataFrame) -> Decided:
        """Decide cases, rows with their number `i`."""
        if self._trials.full():
            self._trials.forget()
        columns, odd = columns_of(frame, self._words)
        views, unsettled = self._viewer.views(columns)
        crowded = columns.requests.group_by("i").len().filter(pl.col("len") > MOST_LINES).select("i")
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
        return self._shape(views)

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
        for node, iri, status in requests.ask("applies", "service").select(*_SERVICE).iter_rows():
            if (known := found.get(node)) is not None:  # not of what was asked before
                known[iri] = max(known.get(iri, 0), VALUES[status])
        for t, e in pairs:
            self._shape_of[t, e] = self._shapes.number(tuple(sorted(found[f"s:{turn}-{t}-{e}"].items())))

    def _excluded(self, thing: int) -> tuple[str, ...]:
        asked = self._viewer.things.things[thing]
        return self._knowledge.excluded(asked.classes, asked.ingredients, asked.sites)

    def _rounds(self, views: pl.DataFrame, columns: Columns) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Lay out what bears on all views, then decide them turn by turn: only the use of other lines comes late."""
        stands = standing(columns.observed, views, self._words)
        seen = self._bearing.seen(stands, views)
        care = self._bearing.care(columns.care, views)
        leaves = Leaves(self._shapes, views)
        facts = {"care": care.with_columns(about="service"), **facts_of(seen, views, self._words)}
        evidence = Evidence(views, facts, self._shapes, leaves.places)
        self._apply(leaves, evidence, views, stands, care)
        hands, weighed = leaves.weigh(evidence.hands(diagnoses=False))
        leaves.settle()
        uses = self._uses.pairs(views)
        order = turns(views, uses)
        due = evidence.due(weighed, order)
        held = hands.join(due.select("at", "due"), on="at").partition_by("due", as_dict=True, include_key=False)
        asked = due.partition_by("due", as_dict=True, include_key=False)
        lines, told = _LINES.clear(), []
        for turn in order["turn"].unique().sort():
            now = order.filter(pl.col("turn") == turn).select("v")
            evidence.use(self._uses.priors(uses.join(now, on="v", how="semi"), lines))
            told.append(self._told(evidence, held.get((turn,), hands.clear()), asked.get((turn,))))
            leaves.tell(told[-1])
            results = self._verdicts.decided(leaves, pl.concat(told), now)
            lines = pl.concat([lines, self._of_lines(views.join(results, on="v"))])
        criteria = pl.DataFrame()
        if self._wants_criteria:
            criteria = leaves.told(pl.concat(told)).join(views.select("v", "i", "line", "part", "number"), on="v")
        return lines, criteria

    def _apply(
        self, leaves: Leaves, evidence: Evidence, views: pl.DataFrame, stands: pl.DataFrame, care: pl.DataFrame
    ) -> None:
        """Find which recommendations apply."""
        hands = evidence.hands(diagnoses=True)
        leaves.diagnosed(self._trials.answer(evidence, hands, leaves.of(hands)))
        leaves.placed(self._regions.told(views, stands))
        leaves.timed(self._phases.told(views, care))

    def _told(self, evidence: Evidence, hands: pl.DataFrame, leaves: pl.DataFrame | None) -> pl.DataFrame:
        if leaves is None:
            leaves = pl.DataFrame(schema=LEAVES)
        return self._trials.answer(evidence, evidence.with_used(hands, leaves), leaves)

    def _of_lines(self, views: pl.DataFrame) -> pl.DataFrame:
        """Give each line the result of its parts."""
        lines = (
            views.sort("i", "line", "part")
            .group_by("i", "line", maintain_order=True)
            .agg(pl.col("number").first(), pl.col("service").first(), pl.col("result"), pl.col("quantity").first())
        )
        joined = pl.col("result").list.eval(pl.element().cast(pl.String)).list.join(" ")
        lines = self._joined(lines.with_columns(results=joined))
        return lines.select("i", "line", "number", "service", "quantity", result="all")

    def _together(self, results: str) -> tuple[int]:
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
