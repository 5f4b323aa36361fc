"""Read dates in prose: "10-13-16", "10/13/2016", "October 13, 2016"."""

import calendar
import datetime as dt
import re

_CENTURY = 2000
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_WORDED = rf"(?:{'|'.join(_MONTHS)})\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}"
_DATE = rf"(?:\d{{1,2}}[-/]\d{{1,2}}[-/](?:\d{{4}}|\d{{2}})|{_WORDED})"
_SPAN = re.compile(rf"\b(?:from|between)\s+({_DATE})\s*(?:to|through|until|and|-)\s*({_DATE})", re.I)
_ON = re.compile(
    rf"\s*(?:,?\s*(?:that\s+was|which\s+was|done|performed|dated|on|of|was|were|taken|obtained|completed|given)\b\s*)*\(?\s*({_DATE})",
    re.I,
)
_SINCE = re.compile(rf"[^.,;]{{0,40}}?\bsince\s+(?:at\s+least\s+)?({_DATE})?", re.I)
_PARTS = re.compile(r"(\w+?)[-/\s]+(\d+)\D+(\d+)")


def date_of(words: str) -> dt.date | None:
    """Read one date, month first.

    >>> date_of("10-13-16"), date_of("November 9, 2016"), date_of("02/30/2016")
    (datetime.date(2016, 10, 13), datetime.date(2016, 11, 9), None)
    """
    found = _PARTS.match(words)
    if found is None:
        return None
    month = _MONTHS.get(found[1].lower()) or (int(found[1]) if found[1].isdigit() else 0)
    year = int(found[3])
    try:
        return dt.date(year if year > 99 else year + _CENTURY, month, int(found[2]))
    except ValueError:
        return None


def span_of(rest: str, near: str) -> tuple[dt.date | None, dt.date | None]:
    """Read when a thing began and ended: "from … to …" in the rest of its sentence, or one day told right after it.

    >>> span_of(" given from 09/02/2013 to 10/11/2013", "")
    (datetime.date(2013, 9, 2), datetime.date(2013, 10, 11))
    >>> span_of("", " performed on 01/18/2017 showed")
    (datetime.date(2017, 1, 18), None)
    """
    span = _SPAN.search(rest)
    if span:
        return date_of(span[1]), date_of(span[2])
    on = _ON.match(near)
    return (date_of(on[1]), None) if on else (None, None)


def since(near: str) -> tuple[bool, dt.date | None]:
    """Tell whether a thing goes on since some time, and since which day if that is told.

    >>> since(" 50 mg since at least 11-8-16"), since(" since the injury"), since(" for two weeks")
    ((True, datetime.date(2016, 11, 8)), (True, None), (False, None))
    """
    found = _SINCE.match(near)
    return found is not None, date_of(found[1]) if found and found[1] else None


def without_dates(words: str) -> str:
    """Blank every date, so that no count is read from one.

    >>> without_dates("6 visits by May 2, 2016")
    '6 visits by            '
    """
    return re.sub(_DATE, lambda found: " " * len(found[0]), words, flags=re.I)
