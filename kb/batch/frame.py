"""Write cases into the columns of a Parquet file."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec
import polars as pl

from kb.batch.schema import CASES, LISTS
from kb.case.model import Case, read_case

Row = dict[str, Any]


def frame_of_cases(cases: Iterable[Row | Case]) -> pl.DataFrame:
    """Write cases, each a row; what decides nothing (quotes, who corrected what) is left out.

    Raises CaseError when one is none.
    """
    return pl.DataFrame([row_of(case) for case in cases], CASES)


def row_of(case: Row | Case) -> Row:
    """Write a case as a row of plain values."""
    read = case if isinstance(case, Case) else read_case(case)
    said: Row = msgspec.to_builtins(read, builtin_types=(dt.date,))
    row: Row = {name: said.get(name) for name in CASES}
    for name, fields in LISTS.items():
        row[name] = [_fields(found, fields) for found in said[name]]
    return row


def _fields(said: Row, kinds: dict[str, pl.DataType]) -> Row:
    row: Row = {name: said.get(name) for name in kinds}
    for name, kind in kinds.items():
        if row[name] is not None and kind == pl.Float64:
            row[name] = float(row[name])
    if "depends_on" in row and row["depends_on"] is not None:
        row["depends_on"] = str(row["depends_on"])
    if isinstance(row.get("site"), str) and "ingredients" in row:
        row["site"] = [row["site"]]
    return row
