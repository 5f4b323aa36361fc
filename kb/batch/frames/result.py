"""Write what was decided in data frames as the rows that `kb.batch.rows` writes."""

import numpy as np
import polars as pl

from kb.answer.writer import imr_of
from kb.batch.frames.deciding import Frames
from kb.batch.frames.logic import Brief
from kb.batch.frames.words import Numbered
from kb.batch.rows import Tables
from kb.batch.schema import CRITERIA, ROWS
from kb.knowledge.base import Knowledge

_BRIEF = pl.Schema({"result": pl.Int64(), **{name: ROWS[name] for name in
                    ("verdict", "imr", "amount", "because", "missing", "citations")}})  # fmt: skip


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
        self._items = {name: Numbered() for name in ("because", "missing", "citations")}

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
        numbers = range(len(self._briefs), len(briefs))
        if numbers:
            found = [briefs[number] for number in numbers]
            self._briefs = pl.concat([self._briefs, _rows(numbers, found, self._items)])


def _rows(numbers: range, briefs: list[Brief], items: dict[str, Numbered]) -> pl.DataFrame:
    """Write briefs as rows; what their lists hold is numbered in `items`, since few different things stand in many."""
    found = pl.DataFrame(
        {
            "result": numbers,
            "verdict": [brief.verdict for brief in briefs],
            "imr": [imr_of(brief.verdict) for brief in briefs],
            "amount": [brief.amount for brief in briefs],
        },
        {name: _BRIEF[name] for name in ("result", "verdict", "imr", "amount")},
    )
    for name, held in items.items():
        lists = [getattr(brief, name) for brief in briefs]
        at = pl.Series([held.number(item) for said in lists for item in said], dtype=pl.UInt32)
        result = np.repeat(np.array(numbers), [len(said) for said in lists])
        things = pl.Series(held.things, dtype=_BRIEF[name].inner)  # type: ignore[attr-defined]
        flat = pl.DataFrame({"result": result, name: things.gather(at)}, {"result": pl.Int64, name: things.dtype})
        found = found.join(flat.group_by("result", maintain_order=True).agg(name), on="result", how="left")
    return found.select(pl.col(name).fill_null([]) if name in items else name for name in _BRIEF)
