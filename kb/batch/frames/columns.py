"""Read cases as columns, and tell those apart that only the single path can decide."""

from dataclasses import dataclass

import polars as pl

from kb.batch.frames.words import Words
from kb.batch.schema import LISTS
from kb.case.levels import spine_of

_STATUS, _CARE = ["present", "absent"], ["past", "current", "planned"]
_OUTCOMES = ["improved", "unchanged", "worse", "not_tolerated", "unknown"]
_KINDS = {"diagnoses": "diagnosis", "findings": "finding", "documents": "document"}
_MOST = 1_000_000_000
_MOST_LEVELS = 100


@dataclass(slots=True)
class Columns:
    """Hold cases (`i` numbers them), their observations, care and requests."""

    cases: pl.DataFrame
    observed: pl.DataFrame
    care: pl.DataFrame
    requests: pl.DataFrame


def columns_of(frame: pl.DataFrame, words: Words) -> tuple[Columns, pl.DataFrame]:
    """Take cases apart; what is unusual or wrong in any way is given back as it came."""
    cases = frame.with_columns(
        record_complete=pl.col("record_complete").fill_null(True),
        diagnoses_complete=pl.coalesce(
            "diagnoses_complete",
            pl.col("diagnoses")
            .list.eval(pl.element().struct.field("status").fill_null("present") == "present")
            .list.any(),
        ).fill_null(False),
    )
    apart = {name: _rows(cases, name) for name in LISTS}
    observed = pl.concat(
        [apart[name].with_columns(kind=pl.lit(kind)) for name, kind in _KINDS.items()], how="diagonal"
    ).with_columns(pl.col("status").fill_null("present"))
    care = _care(apart["treatments"], apart["medications"])
    requests = _numbered(apart["requests"])
    odd = pl.concat(
        [
            _odd_cases(cases, words),
            *(_odd_observed(observed.filter(kind=kind), kind, words) for kind in _KINDS.values()),
            _odd_care(care, words),
            _odd_requests(requests, cases, words),
        ]
    ).unique()
    easy = (cases.drop(list(LISTS)), observed, care, requests)
    if odd.is_empty():
        return Columns(*easy), frame.clear()
    return Columns(*(part.join(odd, on="i", how="anti") for part in easy)), frame.join(odd, on="i", how="semi")


def _rows(cases: pl.DataFrame, name: str) -> pl.DataFrame:
    found = cases.select("i", pl.col(name)).filter(pl.col(name).list.len() > 0).explode(name)
    return found.unnest(name)


def _care(treatments: pl.DataFrame, medications: pl.DataFrame) -> pl.DataFrame:
    drugs = medications.rename({"concept": "service"}).with_columns(drug=pl.lit(True))
    care = pl.concat([treatments.with_columns(drug=pl.lit(False)), drugs], how="diagonal")
    return care.with_columns(
        pl.col("outcome").fill_null("unknown"),
        status=pl.coalesce("status", pl.when("drug").then(pl.lit("current")).otherwise(pl.lit("past"))),
    )


def _numbered(requests: pl.DataFrame) -> pl.DataFrame:
    """Number the lines of cases that number none; those that number only some are odd."""
    place = pl.int_range(1, pl.len() + 1).over("i")
    return requests.with_columns(
        some=(pl.col("line").is_not_null().any() & pl.col("line").is_null().any()).over("i"),
        line=pl.coalesce("line", place),
        retrospective=pl.col("retrospective").fill_null(False),
        sites=pl.col("site").fill_null([]).list.join(" "),
        with_=pl.col("ingredients").fill_null([]).list.join(" "),
    ).drop("site", "ingredients")


def _odd(frame: pl.DataFrame, *conditions: pl.Expr) -> pl.DataFrame:
    return frame.filter(pl.any_horizontal(c.fill_null(False) for c in conditions)).select("i")


def _strange(column: str, known: list[str]) -> pl.Expr:
    return pl.col(column).is_not_null() & ~pl.col(column).is_in(known)


def _outside(column: str, most: float = _MOST) -> pl.Expr:
    return ~pl.col(column).is_between(0, most) | pl.col(column).is_nan()


def _odd_cases(cases: pl.DataFrame, words: Words) -> pl.DataFrame:
    empty = pl.col("requests").is_null() | (pl.col("requests").list.len() == 0) | (pl.col("requests").list.len() > 500)
    return _odd(
        cases,
        empty,
        pl.col("injured") > pl.col("requested"),
        pl.col("injured") > pl.col("ur_decided"),
        ~pl.col("age").is_between(0, 130),
        _strange("sex", ["male", "female"]),
        _strange("phase", words.allowed["phase"]),
        *(pl.col(name).list.eval(pl.element().is_null()).list.any() for name in LISTS),
    )


def _odd_observed(observed: pl.DataFrame, kind: str, words: Words) -> pl.DataFrame:
    return _odd(
        observed,
        pl.col("concept").is_null(),
        _strange("concept", words.allowed[kind]),
        _strange("site", words.allowed["site"]),
        _strange("unit", words.allowed["unit"]),
        _strange("status", _STATUS),
        _strange("side", ["left", "right", "bilateral"]),
        ~pl.col("value").is_finite(),
    )


def _odd_care(care: pl.DataFrame, words: Words) -> pl.DataFrame:
    kinds = ((False, "service"), (True, "medication"))
    return _odd(
        care,
        pl.col("service").is_null(),
        *((pl.col("drug") == drug) & _strange("service", words.allowed[what]) for drug, what in kinds),
        _strange("unit", words.allowed["unit"]),
        _strange("status", _CARE),
        _strange("outcome", _OUTCOMES),
        pl.col("to") < pl.col("from"),
        _outside("relief_percent", 100),
        *(_outside(name) for name in ("quantity", "relief_weeks", "strength_mg", "per_day")),
    )


def _odd_requests(requests: pl.DataFrame, cases: pl.DataFrame, words: Words) -> pl.DataFrame:
    days = cases.select("i", "requested", "ur_decided")
    numbers = ("quantity", "asked", "authorised", "strength_mg", "duration_weeks")
    left = pl.col("asked") - pl.col("authorised")
    return _odd(
        requests.join(days, on="i"),
        pl.col("some"),
        pl.struct("i", "line").is_duplicated(),
        pl.col("error").is_not_null(),
        pl.col("depends_on").is_not_null(),
        pl.col("parts").list.len() > 0,
        pl.col("service").is_null(),
        _strange("service", words.allowed["service"]),
        _strange("unit", words.allowed["unit"]),
        _strange("setting", words.allowed["setting"]),
        _strange("side", ["left", "right", "bilateral"]),
        _strange("form", words.allowed["form"]),
        _strange("course", ["initial", "additional"]),
        ~pl.col("levels").list.eval(pl.element().str.contains(spine_of(words.knowledge).pattern)).list.all(),
        pl.col("levels").list.eval(pl.element().is_null()).list.any(),
        pl.col("levels").list.len() > _MOST_LEVELS,
        pl.col("sites").is_null() | pl.col("with_").is_null(),
        ~pl.col("line").is_between(1, 100_000),
        pl.coalesce("requested", "ur_decided", pl.when("retrospective").then("date_of_service")).is_null(),
        (left != pl.col("quantity")) | (left < 0) | ((pl.col("asked") - pl.col("quantity")) < 0),
        *(_outside(name) for name in numbers),
        *(pl.col(name).str.len_chars() > 200 for name in ("service", "setting", "unit")),
    )
