"""Write what was decided in data frames as the rows that `kb.batch.rows` writes."""

import polars as pl

from kb.answer.writer import imr_of
from kb.batch.frames.deciding import Frames
from kb.batch.frames.logic import Brief
from kb.batch.rows import Row, Tables
from kb.batch.schema import CRITERIA, ROWS
from kb.knowledge.base import Knowledge

_BRIEF = pl.Schema({"result": pl.Int64(), **{name: ROWS[name] for name in
                    ("verdict", "imr", "amount", "because", "missing", "citations")}})  # fmt: skip
_CITED = ("guideline", "edition", "section", "pages", "verification")


class FrameClerk:
    """Decide cases in data frames and write their rows."""

    def __init__(self, knowledge: Knowledge, criteria: bool, maplib: bool) -> None:
        """Say whether the criteria are wanted too, and whether maplib or Oxigraph is asked."""
        self._frames = Frames(knowledge, criteria, maplib)
        self._units = pl.DataFrame(
            [(name, next((u.value.rsplit("/", 1)[-1] for u in node.slots.get("unit", ())), None))
             for name, node in knowledge.criteria.items()],
            {"criterion": pl.String, "unit": pl.String}, orient="row",
        )  # fmt: skip
        self._briefs = pl.DataFrame(schema=_BRIEF)

    def tables(self, frame: pl.DataFrame) -> tuple[Tables, pl.DataFrame]:
        """Decide cases, rows with their number `i`; give back those that only the single path can decide."""
        decided = self._frames.decide(frame)
        self._learn()
        lines = decided.lines.sort("i", "line").join(self._briefs, on="result", how="left", maintain_order="left")
        error = pl.lit(None, pl.String)
        rows = lines.select(row="i", case="number", line="line", service="service", **dict.fromkeys(()), error=error)
        rows = pl.concat([rows, lines.select(list(_BRIEF)[1:])], how="horizontal").select(list(ROWS))
        return Tables(rows, self._criteria(decided.criteria)), decided.odd

    def _criteria(self, found: pl.DataFrame) -> pl.DataFrame:
        if found.is_empty():
            return pl.DataFrame(schema=CRITERIA)
        told = found.join(self._units, on="criterion", how="left").rename({"i": "row", "number": "case"})
        by = ["row", "line", "part", "recommendation", "criterion"]
        return told.select(pl.col(name).cast(kind) for name, kind in CRITERIA.items()).sort(by)

    def _learn(self) -> None:
        """Write the briefs that are new as rows to join with."""
        briefs = self._frames.briefs.things
        new = [_row(number, briefs[number]) for number in range(len(self._briefs), len(briefs))]
        if new:
            self._briefs = pl.concat([self._briefs, pl.DataFrame(new, _BRIEF)])


def _row(number: int, brief: Brief) -> Row:
    return {
        "result": number,
        "verdict": brief.verdict,
        "imr": imr_of(brief.verdict),
        "amount": brief.amount,
        "because": list(brief.because),
        "missing": [{"id": name, "decisive": decisive} for name, decisive in brief.missing],
        "citations": [dict(zip(_CITED, cited, strict=True)) for cited in brief.citations],
    }
