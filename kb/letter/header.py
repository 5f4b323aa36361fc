"""Read what stands above the account of a case: its number, its days, its priority, who reviewed it."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from kb.errors import BadDateError, LetterFormatError
from kb.letter.form import FIELDS, spelled

DAYS = ("assigned", "injured", "decided", "ur_decided", "received")


def header_of(header: str, *, number_required: bool) -> dict[str, Any]:
    """Return number, days and priority.

    Raises BadDateError for a day that is none, LetterFormatError when a number must be there and is not.
    """
    number = _number(header)
    if number is None and number_required:
        raise LetterFormatError("label `Case Number:` with a number was not found; write it above the first heading")
    return {"number": number, "priority": _priority(header), **{name: day_of(header, name) for name in DAYS}}


def readable_header(header: str) -> dict[str, Any]:
    """Return what can be read of a header in which something is wrong."""
    found: dict[str, Any] = {"number": _number(header)}
    for name in DAYS:
        try:
            found[name] = day_of(header, name)
        except BadDateError:
            continue
    return {name: value for name, value in found.items() if value is not None}


def day_of(header: str, field: str) -> date | None:
    """Return a day of the header; a word without a digit ("unknown", the next label) is no day.

    >>> day_of("Date of Injury: 03/17/2012", "injured")
    datetime.date(2012, 3, 17)
    >>> day_of("Date of Injury: 02/30/2013", "injured")
    Traceback (most recent call last):
    kb.errors.BadDateError: date of injury `02/30/2013` is not a date; write month/day/year, as in 03/17/2012
    """
    said = next((words for words in _told(header, field) if re.search(r"\d", words)), None)
    if said is None:
        return None
    day = read_day(said)
    if day is None:
        name = FIELDS[field][0].rstrip(":").lower().replace("ur ", "UR ")
        raise BadDateError(f"{name} `{said}` is not a date; write month/day/year, as in 03/17/2012")
    return day


def read_day(words: str) -> date | None:
    """Read a day, month first or with the month's name; what is no day of the calendar is None.

    >>> read_day("9/6/2013"), read_day("August 30, 2013"), read_day("02/30/2013")
    (datetime.date(2013, 9, 6), datetime.date(2013, 8, 30), None)
    """
    parts = re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})[.,;]?", words)
    try:
        if parts:
            return date(int(parts[3]), int(parts[1]), int(parts[2]))
        return datetime.strptime(words.rstrip(".;"), "%B %d, %Y").date()
    except ValueError:
        return None


_VALUE = (
    r"((?:January|February|March|April|May|June|July|August|September|October|November|December) \d{1,2}, \d{4}|\S+)"
)
# In the printed table "Received:" stands below "Application", with the day between them.
_TORN = {"Application Received:": r"\b(?:Application|APPLICATION)\s+(?:(?i:Received)\s?:\s*)?"}


def _told(header: str, field: str) -> Iterator[str]:
    """Yield the words after each label of a field, those of the surest label first."""
    for label in FIELDS[field]:
        before = _TORN.get(label, rf"(?i:(?<![A-Za-z]){spelled(label)})\s*")
        for found in re.finditer(before + _VALUE, header):
            yield found[1]


def _number(header: str) -> str | None:
    return next((words for words in _told(header, "number") if re.search(r"\d", words)), None)


def _priority(header: str) -> str | None:
    found = re.search(r"Priority\s?:[ \t]*([A-Za-z]+)", header, re.I)
    return found[1] if found else None


_CERTIFIED_2015 = re.compile(r"Certification\(s\)/Specialty\s?:\s*((?:\S.*\n?)*)", re.I)
_CERTIFIED_2014 = re.compile(r"board[\s-]+certified\s+in\s+([^.]+?)(?=\s+and\s+(?:is|has|holds)\s|\.)", re.I)


def has_credentials(reviewer: str) -> bool:
    """Tell whether the reviewer's credentials are set in a block, as from 2015 on."""
    return _CERTIFIED_2015.search(reviewer) is not None


def specialty_of(reviewer: str) -> list[str]:
    """Return the reviewer's specialties: the list of the 2015 form, or those named in a sentence.

    >>> specialty_of("Certification(s)/Specialty: Orthopedic Surgery, Sports\\nMedicine\\n")
    ['Orthopedic Surgery', 'Sports Medicine']
    >>> specialty_of("A reviewer who is Board Certified in Family Practice and is licensed here.")
    ['Family Practice']
    >>> specialty_of("A physician reviewer.")
    []
    """
    found = _CERTIFIED_2015.search(reviewer) or _CERTIFIED_2014.search(reviewer)
    if found is None:
        return []
    words = re.sub(r",?\s+(?:and\s+)?has\s+a\s+subspecialty\s+in\s+", ", ", found[1])
    return [name for part in words.split(",") if (name := " ".join(part.split()))]
