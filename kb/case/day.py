"""Read a day as people write it."""

import datetime as dt
import re

from kb.errors import CaseError


def read_day(text: str) -> dt.date:
    """Read a day of the calendar, written in one way only.

    >>> read_day("2013-W42-5")
    Traceback (most recent call last):
        ...
    kb.errors.CaseError: `2013-W42-5` is no day of the calendar; write it as 2013-10-18
    """
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise CaseError(f"`{text}` is no day of the calendar; write it as 2013-10-18")
