"""Keep how the leaves of views stand, a table for each shape, and fold the rows of queries into them."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kb.batch.frames.fold import VIEW, fold, located_regions, phase_of, placed_regions
from kb.batch.frames.logic import Bounds, Marks, Patterns, Statuses
from kb.batch.frames.shapes import Shape, Shapes
from kb.batch.frames.words import Numbered
from kb.formula import MET, NOT_MET, UNKNOWN, WORDS
from kb.terms import BASE


@dataclass(slots=True)
class Sheets:
    """Hold the tables of the views of one shape; rows are views, in the order of `v`."""

    shape: Shape
    number: int
    views: pl.DataFrame
    v: NDArray[np.int64]
    statuses: Statuses
    assumed: Marks
    weighed: Marks
    bounds: dict[int, Bounds] = field(default_factory=dict)

    def put(self, rows: NDArray[np.int64], columns: NDArray[np.int64], statuses: NDArray[np.int64]) -> None:
        """Set leaves that a fact decides."""
        self.statuses[rows, columns] = statuses
        self.assumed[rows, columns] = False


class Leaves:
    """Fold rows into leaves, and decide each pattern of leaves once."""

    def __init__(self, shapes: Shapes, briefs: Numbered) -> None:
        """Take the shapes, and where briefs are numbered."""
        self._shapes = shapes
        self._briefs = briefs
        self._known: dict[tuple[Any, ...], int] = {}
        self._names: dict[int, pl.DataFrame] = {}

    def begin(self, views: pl.DataFrame) -> list[Sheets]:
        """Make empty tables."""
        made = []
        for (number,), some in sorted(views.partition_by("shape", as_dict=True).items()):
            shape = self._shapes.all[number]
            some = some.sort("v")
            size = (len(some), len(shape.keys))
            sheets = Sheets(shape, int(number), some, some["v"].to_numpy(), np.zeros(size, np.int8),
                            np.zeros(size, np.bool_), np.zeros(size, np.bool_))  # fmt: skip
            for key, status in shape.service.items():
                sheets.statuses[:, shape.of[key]] = status
            made.append(sheets)
        return made

    def names(self, views: pl.DataFrame) -> pl.DataFrame:
        """Name the leaves of the shapes of views: shape, leaf, recommendation and dimension, or criterion and kind."""
        return pl.concat([self._names_of(number) for number in sorted(views["shape"].unique().to_list())])

    def _names_of(self, number: int) -> pl.DataFrame:
        if number not in self._names:
            shape = self._shapes.all[number]
            rows = []
            for place, key in enumerate(shape.keys):
                node = shape.criteria.get(key) if place >= shape.first else None
                name, dimension = (None, None) if node else key.rsplit(".", 1)
                rows.append((number, place, BASE + name if name else None, dimension, key if node else None,
                             str(node.kind) if node else None))  # fmt: skip
            self._names[number] = pl.DataFrame(
                rows, {"shape": pl.Int64, "leaf": pl.Int32, "recommendation": pl.String, "dimension": pl.String,
                       "criterion": pl.String, "kind": pl.String}, orient="row",
            )  # fmt: skip
        return self._names[number]

    def dimensions(
        self,
        sheets: list[Sheets],
        diagnoses: pl.DataFrame,
        placed: pl.DataFrame,
        located: pl.DataFrame,
        phases: pl.DataFrame,
    ) -> None:
        """Set the dimensions from the rows of their queries, and from silence."""
        told = pl.concat(
            [
                fold(diagnoses.with_columns(v=VIEW), ["v", "recommendation"]).select(
                    "v", "recommendation", "status", dimension=pl.lit("diagnosis")
                ),
                placed_regions(placed),
            ]
        )
        complete = pl.concat([s.views.select("v", "record_complete") for s in sheets])
        told = pl.concat([told, located_regions(located.join(complete, on="v"))])
        self._put(sheets, told, "recommendation", "dimension")
        phase = phase_of(phases)
        for s in sheets:
            self._silent_diagnoses(s, told)
            _set_phases(s, phase)
            _set_injured(s)

    def _silent_diagnoses(self, s: Sheets, told: pl.DataFrame) -> None:
        closed = (s.views["record_complete"] & s.views["diagnoses_complete"]).to_numpy()
        columns = [s.shape.of[f"{r.id}.diagnosis"] for r in s.shape.recommendations if r.conditions]
        for column in columns:
            silent = ~s.weighed[:, column]  # until criteria are weighed it marks what a row told of
            s.statuses[:, column] = np.where(silent, np.where(closed, NOT_MET, UNKNOWN), s.statuses[:, column])
            s.assumed[:, column] = silent & closed

    def _put(self, sheets: list[Sheets], told: pl.DataFrame, *by: str) -> None:
        for s, rows, columns, some in self._placed(sheets, told, *by):
            s.put(rows, columns, some["status"].to_numpy())
            s.weighed[rows, columns] = True

    def _placed(
        self, sheets: list[Sheets], told: pl.DataFrame, *by: str
    ) -> Iterator[tuple[Sheets, NDArray[np.int64], NDArray[np.int64], pl.DataFrame]]:
        """Find the row and column of what is told of views."""
        if told.is_empty() or not sheets:
            return
        shape_of = pl.concat([s.views.select("v", "shape") for s in sheets])
        names = pl.concat([self._names_of(s.number) for s in sheets])
        found = told.join(shape_of, on="v").join(names.select("shape", "leaf", *by), on=["shape", *by])
        parts = {key[0]: part for key, part in found.partition_by("shape", as_dict=True).items()}
        for s in sheets:
            part = parts.get(s.number)
            if part is not None:
                yield s, np.searchsorted(s.v, part["v"].to_numpy()), part["leaf"].to_numpy(), part

    def weighed(self, sheets: list[Sheets], candidates: pl.DataFrame) -> pl.DataFrame:
        """Mark the criteria of what may apply; list those that some fact or account can decide."""
        parts = {key[0]: part for key, part in candidates.partition_by("shape", as_dict=True).items()}
        listed = []
        for s in sheets:
            s.weighed[:] = False
            for dimensions, criteria in s.shape.weighing:
                s.weighed[:, criteria] |= (s.statuses[:, dimensions].min(axis=1) != NOT_MET)[:, None]
            some = np.zeros_like(s.weighed)
            part = parts.get(s.number)
            if part is not None:
                some[np.searchsorted(s.v, part["v"].to_numpy()), part["leaf"].to_numpy()] = True
            some[:, self._reckoning(s.shape)] = True
            rows, columns = np.nonzero(some & s.weighed)
            listed.append(pl.DataFrame({"v": s.v[rows], "shape": s.number, "leaf": columns.astype(np.int32)}))
        names = pl.concat([self._names_of(s.number) for s in sheets]).select("shape", "leaf", "criterion", "kind")
        schema = {"v": pl.Int64, "shape": pl.Int64, "leaf": pl.Int32}
        return pl.concat([frame.cast(schema) for frame in listed]).join(names, on=["shape", "leaf"])  # type: ignore[arg-type]

    def _reckoning(self, shape: Shape) -> list[int]:
        concerns = self._shapes.concerns
        kinds = concerns.direct.union(concerns.accounts)
        return [shape.of[name] for name, node in shape.criteria.items() if str(node.kind) in kinds]

    def settle(self, sheets: list[Sheets], found: pl.DataFrame) -> None:
        """Set the criteria from the rows found, the others from silence."""
        for s in sheets:
            complete = s.views["record_complete"].to_numpy()
            for closed in (False, True):
                silent = np.array(s.shape.silent(closed), np.int8).reshape(-1, 2)
                rows = np.flatnonzero(complete == closed)
                if len(rows):
                    s.statuses[rows, s.shape.first :] = silent[:, 0]
                    s.assumed[rows, s.shape.first :] = silent[:, 1] != 0
            open_ = ~s.weighed[:, s.shape.first :]
            s.statuses[:, s.shape.first :][open_] = UNKNOWN
            s.assumed[:, s.shape.first :][open_] = False
        for s, rows, columns, some in self._placed(sheets, found, "criterion"):
            s.put(rows, columns, some["status"].to_numpy())
            counting = some["metUpTo"].is_not_null().to_numpy() & some["notMetAbove"].is_not_null().to_numpy()
            limits = some.select("metUpTo", "notMetAbove").to_numpy()
            for at in np.flatnonzero(counting):
                s.bounds.setdefault(int(rows[at]), {})[int(columns[at])] = (float(limits[at, 0]), float(limits[at, 1]))

    def decided(self, sheets: list[Sheets]) -> pl.DataFrame:
        """Decide each view: equal leaves and quantities once, then all of a kind at once."""
        frames = []
        for s in sheets:
            numbers = self._results(s)
            frames.append(pl.DataFrame({"v": s.v, "result": numbers}, {"v": pl.Int64, "result": pl.Int64}))
        return pl.concat(frames)

    def _results(self, s: Sheets) -> list[int]:
        quantities = s.views["quantity"].to_list()
        keys = [
            (s.number, s.statuses[row].tobytes(), s.assumed[row].tobytes(), quantity,
             tuple(sorted(s.bounds[row].items())) if row in s.bounds else ())
            for row, quantity in enumerate(quantities)
        ]  # fmt: skip
        new = {key: row for row, key in enumerate(keys) if key not in self._known}
        if new:
            rows = list(new.values())
            patterns = Patterns(s.statuses[rows], s.assumed[rows], [s.bounds.get(row, {}) for row in rows],
                                [quantities[row] for row in rows])  # fmt: skip
            for key, brief in zip(new, s.shape.logic.decide(patterns), strict=True):
                self._known[key] = self._briefs.number(brief)
        return [self._known[key] for key in keys]

    def told(self, sheets: list[Sheets], found: pl.DataFrame) -> pl.DataFrame:
        """List how each criterion of each recommendation stands for each view."""
        numbers = found.select("v", "criterion", "found", "required")
        listed = [self._told_of(s) for s in sheets]
        return pl.concat(listed).join(numbers, on=["v", "criterion"], how="left")

    def _told_of(self, s: Sheets) -> pl.DataFrame:
        frames = []
        for r in s.shape.recommendations:
            columns = [s.shape.of[name] for name in dict.fromkeys(c.id for c in r.criteria())]
            rows, places = np.nonzero(s.weighed[:, columns])
            leaf = np.array(columns, np.int32)[places] if len(columns) else np.zeros(0, np.int32)
            frames.append(
                pl.DataFrame({"v": s.v[rows], "leaf": leaf, "status": s.statuses[rows, leaf]}).with_columns(
                    recommendation=pl.lit(r.id)
                )
            )
        empty = pl.DataFrame(schema={"v": pl.Int64, "leaf": pl.Int32, "status": pl.Int8, "recommendation": pl.String})
        names = self._names_of(s.number).select("leaf", "criterion")
        return (
            pl.concat([empty, *frames])
            .join(names, on="leaf")
            .drop("leaf")
            .with_columns(pl.col("status").replace_strict(WORDS, return_dtype=pl.String))
        )


def _set_phases(s: Sheets, phases: pl.DataFrame) -> None:
    by_phases: dict[tuple[str, ...], list[int]] = {}
    for r in s.shape.recommendations:
        if r.phases:
            by_phases.setdefault(r.phases, []).append(s.shape.of[f"{r.id}.phase"])
    if not by_phases:
        return
    phase = s.views.select("v").join(phases, on="v", how="left", maintain_order="left")["phase"]
    unknown = phase.is_null().to_numpy()
    for names, columns in by_phases.items():
        fits = phase.is_in(list(names)).fill_null(False).to_numpy()
        s.statuses[:, columns] = np.where(unknown, UNKNOWN, np.where(fits, MET, NOT_MET))[:, None]


def _set_injured(s: Sheets) -> None:
    for r in s.shape.recommendations:
        if r.injured_from:
            day: dt.date = r.injured_from
            later = s.views["injured"] >= day
            status = np.where(
                later.is_null().to_numpy(), UNKNOWN, np.where(later.fill_null(False).to_numpy(), MET, NOT_MET)
            )
            s.statuses[:, s.shape.of[f"{r.id}.injured"]] = status
