"""Fold the rows that queries give into one for each view and leaf, as `kb.evaluate.leaves` does."""

import polars as pl

from kb.formula import MET, NOT_MET, UNKNOWN
from kb.terms import BASE, PHASE

_UNKNOWN_NUMBER = 1_000_000_000
FOUND = ("found", "required", "metUpTo", "notMetAbove")
VIEW = pl.col("request").str.slice(2).cast(pl.Int64)  # `v:17` is the view 17


def folded(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Fold the rows of the queries of criteria: one row for each view and criterion."""
    schema = {"request": pl.String, "criterion": pl.String, "status": pl.String, **dict.fromkeys(FOUND, pl.Float64)}
    rows = [
        frame.select(
            (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind, strict=False).alias(name)
            for name, kind in schema.items()
        )
        for frame in frames
    ]
    told = pl.concat([pl.DataFrame(schema=schema), *rows]).with_columns(v=VIEW)
    return fold(told.with_columns(pl.col("criterion").str.strip_prefix(BASE)), ["v", "criterion"], FOUND)


def fold(rows: pl.DataFrame, by: list[str], numbers: tuple[str, ...] = ()) -> pl.DataFrame:
    """Met and not met together are a conflict; a definite row decides over one that found too little."""
    rows = rows.drop_nulls("status")
    met, unmet = pl.col("status") == "met", pl.col("status") == "not_met"
    rows = rows.with_columns(m=met.any().over(by), n=unmet.any().over(by))
    deciding = (pl.col("m") & pl.col("n")) | (pl.col("m") & met) | (~pl.col("m") & pl.col("n") & unmet)
    deciding = deciding | (~pl.col("m") & ~pl.col("n"))
    found = (
        rows.filter(deciding)
        .group_by(by)
        .agg(pl.col("m").first(), pl.col("n").first(), *(pl.col(name).min() for name in numbers))
    )
    status = (
        pl.when(pl.col("m") & pl.col("n")).then(UNKNOWN).when("m").then(MET).when("n").then(NOT_MET).otherwise(UNKNOWN)
    )
    found = found.with_columns(status=status.cast(pl.Int8)).drop("m", "n")
    if "found" in numbers:
        return found.with_columns(found=pl.when(pl.col("found").abs() < _UNKNOWN_NUMBER).then(pl.col("found")))
    return found


def phase_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Take for each request the phase of the lowest order."""
    found = rows.sort("request", "order").unique("request", keep="first")
    return found.select("request", pl.col("phase").str.strip_prefix(PHASE))
