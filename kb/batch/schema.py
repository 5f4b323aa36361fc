"""Say what columns come in and go out; a row that comes in is a case, spelled as in JSON."""

import datetime as dt
from typing import Any

import polars as pl

_TEXT, _NUMBER, _DAY, _YES = pl.String(), pl.Float64(), pl.Date(), pl.Boolean()
_OBSERVED: dict[str, pl.DataType] = {"concept": _TEXT, "status": _TEXT, "site": _TEXT, "side": _TEXT, "date": _DAY}
_ITEM: dict[str, pl.DataType] = {
    "text": _TEXT,
    "service": _TEXT,
    "quantity": _NUMBER,
    "unit": _TEXT,
    "site": pl.List(_TEXT),
    "side": _TEXT,
    "strength_mg": _NUMBER,
    "ingredients": pl.List(_TEXT),
    "setting": _TEXT,
    "duration_weeks": _NUMBER,
    "levels": pl.List(_TEXT),
    "form": _TEXT,
    "course": _TEXT,
}
LISTS: dict[str, dict[str, pl.DataType]] = {
    "diagnoses": _OBSERVED,
    "findings": {**_OBSERVED, "value": _NUMBER, "unit": _TEXT},
    "treatments": {
        "service": _TEXT,
        "status": _TEXT,
        "quantity": _NUMBER,
        "unit": _TEXT,
        "from": _DAY,
        "to": _DAY,
        "outcome": _TEXT,
        "functional_improvement": _YES,
        "relief_percent": _NUMBER,
        "relief_weeks": _NUMBER,
    },
    "medications": {
        "concept": _TEXT,
        "strength_mg": _NUMBER,
        "per_day": _NUMBER,
        "status": _TEXT,
        "from": _DAY,
        "outcome": _TEXT,
    },
    "documents": {"concept": _TEXT, "status": _TEXT, "date": _DAY},
    "requests": {
        "line": pl.Int64(),
        **_ITEM,
        "asked": _NUMBER,
        "authorised": _NUMBER,
        "retrospective": _YES,
        "date_of_service": _DAY,
        "depends_on": _TEXT,
        "parts": pl.List(pl.Struct(_ITEM)),
        "error": _TEXT,
    },
}
HEADER: dict[str, pl.DataType] = {
    "number": _TEXT,
    **dict.fromkeys(("injured", "ur_decided", "requested", "decided", "assigned", "received"), _DAY),
    "priority": _TEXT,
    "specialty": pl.List(_TEXT),
    "age": pl.Int64(),
    "sex": _TEXT,
    "phase": _TEXT,
    "record_complete": _YES,
    "diagnoses_complete": _YES,
}
CASES = pl.Schema(HEADER | {name: pl.List(pl.Struct(fields)) for name, fields in LISTS.items()})

_CITED = dict.fromkeys(("guideline", "edition", "section", "pages", "verification"), _TEXT)
ROWS = pl.Schema(
    {
        "row": pl.Int64(),
        "case": _TEXT,
        "line": pl.Int64(),
        "service": _TEXT,
        "verdict": _TEXT,
        "imr": _TEXT,
        "amount": _NUMBER,
        "because": pl.List(_TEXT),
        "missing": pl.List(pl.Struct({"id": _TEXT, "decisive": _YES})),
        "citations": pl.List(pl.Struct(_CITED)),
        "error": _TEXT,
    }
)
CRITERIA = pl.Schema(
    {
        "row": pl.Int64(),
        "case": _TEXT,
        "line": pl.Int64(),
        "part": pl.Int64(),
        "recommendation": _TEXT,
        "criterion": _TEXT,
        "status": _TEXT,
        "found": _NUMBER,
        "required": _NUMBER,
        "unit": _TEXT,
    }
)


def plain_case(row: dict[str, Any]) -> dict[str, Any]:
    """Turn a row into the mapping that `read_case` takes: what is null was not said.

    >>> plain_case({"age": None, "requests": [{"service": "x", "depends_on": "2", "date_of_service": None}]})
    {'requests': [{'service': 'x', 'depends_on': 2}]}
    """
    case: dict[str, Any] = _said(row)
    for request in case.get("requests", ()):
        on = request.get("depends_on")
        if on and on.isascii() and on.isdigit():
            request["depends_on"] = int(on)
    return case


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _said(found) for name, found in value.items() if found is not None}
    if isinstance(value, list):
        return [_said(found) for found in value]
    return value.isoformat() if isinstance(value, dt.date) else value
