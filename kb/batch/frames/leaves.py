"""Keep how the leaves of views stand, a table for each shape, and decide each pattern of leaves once."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kb.batch.frames.circuit import Marks, Statuses
from kb.batch.frames.logic import Bounds, Patterns
from kb.batch.frames.shapes import Shape, Shapes
from kb.batch.frames.words import Numbered
from kb.formula import MET, NOT_MET, UNKNOWN, WORDS

Places = NDArray[np.int64]


@dataclass(slots=True)
class Sheets:
    """Hold the tables of the views of one shape: a row for each, a column for each leaf, `at` being the first place."""

    shape: Shape
    number: int
    rows: slice  # of the views of all shapes
    at: int
    statuses: Statuses
    assumed: Marks
    weighed: Marks

    def some(self, rows: Places) -> "Sheets":
        """Take some rows."""
        if len(rows) == len(self.statuses):
            return self
        return replace(self, statuses=self.statuses[rows], assumed=self.assumed[rows], weighed=self.weighed[rows])


class Leaves:
    """Hold the leaves of some views, each at a place of its own: that of its view and the column of the leaf."""

    def __init__(self, shapes: Shapes, views: pl.DataFrame) -> None:
        """Begin with the recommendations that speak of what each view asks."""
        self._shapes = shapes
        self._views = views.sort("shape", "v")
        self.v = self._views["v"].to_numpy()
        self.quantities = self._views["quantity"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        self._complete = self._views["record_complete"].to_numpy()
        numbers, first, counts = np.unique(self._views["shape"].to_numpy(), return_index=True, return_counts=True)
        widths = np.array([len(shapes.all[number].keys) for number in numbers], np.int64)
        ends = np.cumsum(widths * counts)
        size = int(ends[-1]) if len(ends) else 0
        self.statuses: Statuses = np.zeros(size, np.int8)
        self.assumed: Marks = np.zeros(size, np.bool_)
        self.weighed: Marks = np.zeros(size, np.bool_)
        self.sheets = [
            self._begin(*map(int, told)) for told in zip(numbers, first, counts, ends - widths * counts, strict=True)
        ]
        self._layout = np.stack([ends - widths * counts, widths, first])
        starts = np.repeat(self._layout[0], counts)
        starts += np.repeat(widths, counts) * (np.arange(len(self.v)) - np.repeat(first, counts))
        self.places = np.zeros(int(self.v.max(initial=0)) + 1, np.int64)
        self.places[self.v] = starts

    def _begin(self, number: int, first: int, count: int, at: int) -> Sheets:
        shape = self._shapes.all[number]
        width = len(shape.keys)
        here, size = slice(at, at + count * width), (count, width)
        sheets = Sheets(shape, number, slice(first, first + count), at, self.statuses[here].reshape(size),
                        self.assumed[here].reshape(size), self.weighed[here].reshape(size))  # fmt: skip
        for key, status in shape.service.items():
            sheets.statuses[:, shape.of[key]] = status
        return sheets

    def of(self, hands: pl.DataFrame) -> pl.DataFrame:
        """List the leaves that have some card in a hand, with their question `q` and view `v`."""
        return self._viewed(hands.select("at", "q").unique())

    def _viewed(self, leaves: pl.DataFrame) -> pl.DataFrame:
        return leaves.with_columns(pl.Series("v", self.v[self.rows_of(leaves["at"].to_numpy())], pl.Int64))

    def rows_of(self, at: Places) -> Places:
        """Give the rows of views in which leaves are."""
        starts, widths, first = self._layout[:, np.searchsorted(self._layout[0], at, side="right") - 1]
        found: Places = first + (at - starts) // widths
        return found

    def diagnosed(self, told: pl.DataFrame) -> None:
        """Set the diagnoses of recommendations from what is told of leaves (`at`, `status`), and from silence."""
        at = told["at"].to_numpy()
        self.statuses[at] = told["status"].to_numpy()
        self.weighed[at] = True  # until criteria are weighed it marks what was told of
        complete = (self._views["record_complete"] & self._views["diagnoses_complete"]).to_numpy()
        for s in self.sheets:
            closed = complete[s.rows]
            for column in [s.shape.of[f"{r.id}.diagnosis"] for r in s.shape.recommendations if r.conditions]:
                silent = ~s.weighed[:, column]
                s.statuses[:, column] = np.where(silent, np.where(closed, NOT_MET, UNKNOWN), s.statuses[:, column])
                s.assumed[:, column] = silent & closed

    def placed(self, told: pl.DataFrame) -> None:
        """Set the regions from `v`, `leaf` and `status`."""
        self.statuses[self.places[told["v"].to_numpy()] + told["leaf"].to_numpy()] = told["status"].to_numpy()

    def timed(self, phases: pl.DataFrame) -> None:
        """Set the phases from `v` and `phase`, and whether the injury is of the time that a statute is for."""
        phase = self._views.select("v").join(phases, on="v", how="left", maintain_order="left")["phase"]
        names = sorted(phase.drop_nulls().unique())
        codes = phase.replace_strict(names, range(len(names)), default=-1, return_dtype=pl.Int8).to_numpy()
        injured = self._views["injured"].to_numpy()
        for s in self.sheets:
            _set_phases(s, names, codes[s.rows])
            _set_injured(s, injured[s.rows])

    def weigh(self, hands: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Mark the criteria of what may apply; give the hands and leaves of those that something can decide."""
        alone = [np.zeros((0, 2), np.int64)]
        for s in self.sheets:
            s.weighed[:] = False
            if len(s.shape.criteria):
                s.weighed[:, s.shape.weighing.criteria] = s.shape.weighing.weighed(s.statuses)
            rows, places = np.nonzero(s.weighed[:, s.shape.alone[:, 0]])
            columns, questions = s.shape.alone[places].T
            alone.append(np.stack([s.at + rows * len(s.shape.keys) + columns, questions], axis=1))
        at, q = np.concatenate(alone).T
        hands = hands.filter(pl.Series(self.weighed[hands["at"].to_numpy()]))
        asked = pl.DataFrame({"at": at, "q": q.astype(np.int32)})
        return hands, self._viewed(pl.concat([hands.select("at", "q"), asked]).unique("at"))

    def settle(self) -> None:
        """Set the criteria from silence."""
        for s in self.sheets:
            silent = s.shape.silent[self._complete[s.rows].astype(np.int8)]
            open_ = ~s.weighed[:, s.shape.first :]
            s.statuses[:, s.shape.first :] = np.where(open_, UNKNOWN, silent[:, :, 0])
            s.assumed[:, s.shape.first :] = ~open_ & (silent[:, :, 1] != 0)

    def tell(self, told: pl.DataFrame) -> None:
        """Set the criteria of which something is told."""
        at = told["at"].to_numpy()
        self.statuses[at] = told["status"].to_numpy()
        self.assumed[at] = False

    def told(self, found: pl.DataFrame) -> pl.DataFrame:
        """List how each criterion of each recommendation stands for each view."""
        numbers = found.select("at", pl.col("found", "required").fill_nan(None))
        listed = pl.concat([_told_of(s, self.v[s.rows]) for s in self.sheets])
        return listed.join(numbers, on="at", how="left").drop("at")


class Verdicts:
    """Decide views: equal leaves and quantities once, then all of a shape at once."""

    def __init__(self, briefs: Numbered) -> None:
        """Take where briefs are numbered."""
        self._briefs = briefs
        self._known: dict[int, dict[bytes, int]] = {}  # of each shape

    def decided(self, leaves: Leaves, told: pl.DataFrame, views: pl.DataFrame) -> pl.DataFrame:
        """Give `v` and `result`, the number of its brief; `told` holds up to where counting criteria are met."""
        chosen = np.isin(leaves.v, views["v"].to_numpy())
        told = told.filter(pl.col("metUpTo").is_not_nan() & pl.col("notMetAbove").is_not_nan())
        told = told.filter(pl.Series(chosen[leaves.rows_of(told["at"].to_numpy())], dtype=pl.Boolean)).sort("at")
        at, limits = told["at"].to_numpy(), told.select("metUpTo", "notMetAbove").to_numpy()
        results: list[int] = []
        for s in leaves.sheets:
            rows = np.flatnonzero(chosen[s.rows])
            if len(rows):
                first, last = np.searchsorted(at, (s.at, s.at + s.statuses.size))
                places, columns = np.divmod(at[first:last] - s.at, s.statuses.shape[1])
                some = s.some(rows)
                quantities = leaves.quantities[s.rows][rows]
                results += self._results(some, quantities, np.searchsorted(rows, places), columns, limits[first:last])
        return pl.DataFrame({"v": leaves.v[chosen], "result": results}, {"v": pl.Int64, "result": pl.Int64})

    def _results(
        self, s: Sheets, quantities: NDArray[np.float64], rows: Places, columns: Places, limits: NDArray[np.float64]
    ) -> list[int]:
        limits = _within(limits, quantities[rows])
        keys = _patterns(s, quantities, rows, columns, limits)
        known = self._known.setdefault(s.number, {})
        new = {key: row for row, key in enumerate(keys) if key not in known}
        if new:
            chosen = np.array(list(new.values()))
            starts, ends = np.searchsorted(rows, chosen), np.searchsorted(rows, chosen, side="right")
            bounds: list[Bounds] = [
                {column: (low, high) for column, (low, high) in
                 zip(columns[start:end].tolist(), limits[start:end].tolist(), strict=True)}
                for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
            ]  # fmt: skip
            asked = [None if np.isnan(q) else float(q) for q in quantities[chosen]]
            patterns = Patterns(s.statuses[chosen], s.assumed[chosen], bounds, asked)
            for key, brief in zip(new, s.shape.logic.decide(patterns), strict=True):
                known[key] = self._briefs.number(brief)
        return [known[key] for key in keys]


def _within(limits: NDArray[np.float64], quantities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring limits that whole numbers of units up to a quantity cannot tell apart to one."""
    most = np.floor(np.nan_to_num(quantities))[:, None]
    found: NDArray[np.float64] = np.clip(np.floor(limits), 0, np.maximum(most, 0))
    return found


def _patterns(
    s: Sheets, quantities: NDArray[np.float64], rows: Places, columns: Places, limits: NDArray[np.float64]
) -> list[bytes]:
    """Write all that decides each row as bytes."""
    counting = np.array(s.shape.counting, np.int64)
    numbers = np.full((len(quantities), 1 + 2 * len(counting)), -1.0)
    numbers[:, 0] = quantities
    place = 1 + 2 * np.searchsorted(counting, columns)
    numbers[rows, place], numbers[rows, place + 1] = limits[:, 0], limits[:, 1]
    stands = (s.statuses + 2 + 4 * s.assumed.astype(np.int8)).view(np.uint8)
    return [row.tobytes() for row in np.hstack([stands, numbers.view(np.uint8)])]


def _told_of(s: Sheets, v: Places) -> pl.DataFrame:
    frames = []
    for r in s.shape.recommendations:
        columns = np.array([s.shape.of[name] for name in dict.fromkeys(c.id for c in r.criteria())], np.int64)
        rows, places = np.nonzero(s.weighed[:, columns])
        leaf = columns[places]
        said = {"v": v[rows], "leaf": leaf, "at": s.at + rows * len(s.shape.keys) + leaf,
                "status": s.statuses[rows, leaf]}  # fmt: skip
        frames.append(pl.DataFrame(said).with_columns(recommendation=pl.lit(r.id)))
    schema = {"v": pl.Int64, "leaf": pl.Int64, "at": pl.Int64, "status": pl.Int8, "recommendation": pl.String}
    told = pl.concat([pl.DataFrame(schema=schema), *frames])
    names = pl.Series(s.shape.keys, dtype=pl.String)
    return told.with_columns(
        criterion=names.gather(told["leaf"]), status=pl.col("status").replace_strict(WORDS, return_dtype=pl.String)
    ).drop("leaf")


def _set_phases(s: Sheets, names: list[str], codes: NDArray[np.int8]) -> None:
    for r in s.shape.recommendations:
        if r.phases:
            fits = np.isin(codes, [place for place, name in enumerate(names) if name in r.phases])
            status = np.where(codes < 0, UNKNOWN, np.where(fits, MET, NOT_MET))
            s.statuses[:, s.shape.of[f"{r.id}.phase"]] = status


def _set_injured(s: Sheets, injured: NDArray[np.datetime64]) -> None:
    for r in s.shape.recommendations:
        if r.injured_from:
            later = injured >= np.datetime64(r.injured_from)
            status = np.where(np.isnat(injured), UNKNOWN, np.where(later, MET, NOT_MET))
            s.statuses[:, s.shape.of[f"{r.id}.injured"]] = status
