"""Decide a portion of cases: in data frames where they can be, else one by one."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from itertools import islice

import msgspec
import polars as pl

from kb.batch.frame import row_of
from kb.batch.frames.result import FrameClerk
from kb.batch.rows import Clerk, Row, Tables, joined
from kb.batch.schema import CASES, plain_case
from kb.batch.source import Portion, Read, cases_of, frame_of, is_parquet
from kb.errors import KbError
from kb.knowledge.base import Knowledge


class Engine:
    """Decide portions one after the other with what was loaded once; threads may share it."""

    def __init__(self, knowledge: Knowledge, criteria: bool = False, frames: bool | None = None) -> None:
        """Decide in data frames, unless told to take the single path for each case."""
        self._knowledge = knowledge
        self._clerk = Clerk(knowledge, criteria)
        self._one = threading.Lock()  # one portion learns at a time
        self._frames = None if frames is False else FrameClerk(knowledge, criteria, has_maplib())

    def tables(self, portion: Portion) -> Tables:
        """Decide a portion."""
        if self._frames and not portion.letters and is_parquet(portion.file):
            frame = frame_of(portion).with_row_index("i", portion.first).with_columns(pl.col("i").cast(pl.Int64))
            return self._in_frames(self._frames, frame)
        return self.decided(enumerate(cases_of(portion, self._knowledge), portion.first))

    def decided(self, cases: Iterable[tuple[int, Read]]) -> Tables:
        """Decide numbered cases."""
        if self._frames is None:
            return self._clerk.tables(cases)
        rows: list[Row] = []
        rest = list(_rows(cases, rows))
        frame = pl.DataFrame(rows, {"i": pl.Int64(), **CASES})
        return _sorted(joined([self._in_frames(self._frames, frame), self._clerk.tables(rest)]))

    def answers(self, cases: Sequence[Read]) -> Iterator[Row]:
        """Decide cases and give for each what `decide_cases` does."""
        tables = self.decided(enumerate(cases))
        rows = {key[0]: part.to_dicts() for key, part in tables.rows.partition_by("row", as_dict=True).items()}
        failed = {error["row"]: error for error in tables.errors if error["line"] is None}
        for number in range(len(cases)):
            if number in failed:
                yield {"error": {name: failed[number][name] for name in ("code", "message")}}
            else:
                found = [{name: row[name] for name in row if name not in ("row", "case")} for row in rows[number]]
                yield {"case": rows[number][0]["case"], "requests": found}

    def _in_frames(self, clerk: FrameClerk, frame: pl.DataFrame) -> Tables:
        with self._one:
            tables, odd = clerk.tables(frame)
        if odd.is_empty():
            return tables
        left = ((row.pop("i"), plain_case(row)) for row in odd.iter_rows(named=True))
        return _sorted(joined([tables, self._clerk.tables(sorted(left, key=lambda pair: pair[0]))]))


def has_maplib() -> bool:
    """Tell whether maplib is installed, which comes with an extra; without it the frames ask an Oxigraph."""
    return find_spec("maplib") is not None


def decide_cases(cases: Iterable[Read], knowledge: Knowledge, at_once: int = 1_000) -> Iterator[Row]:
    """Decide cases in order: each gives `case` and `requests`, rows as in a file, or `error`.

    An error has `code` and `message`. A bad case does not end the rest. A thousand are held and decided together.
    """
    engine = Engine(knowledge)
    source = iter(cases)
    while some := list(islice(source, at_once)):
        yield from engine.answers(some)


def _rows(cases: Iterable[tuple[int, Read]], rows: list[Row]) -> Iterator[tuple[int, Read]]:
    """Write cases as rows; give those back that are none."""
    for number, case in cases:
        try:
            if isinstance(case, KbError):
                raise case
            row = row_of(case)
            msgspec.json.encode(row)
            rows.append({"i": number, **row})
        except (KbError, UnicodeEncodeError):  # no column holds half a surrogate pair
            yield number, case


def _sorted(tables: Tables) -> Tables:
    by = ["row", "line", "part", "recommendation", "criterion"]
    return Tables(
        tables.rows.sort("row", "line"),
        tables.criteria.sort(by),
        sorted(tables.errors, key=lambda error: (error["row"], error["line"] or 0)),
    )
