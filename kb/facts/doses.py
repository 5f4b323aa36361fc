"""Read how a drug is taken: how often a day, how much at a time, and so how long a supply lasts."""

import re

from kb.facts.quantity import numerals, without_strength

_OFTEN = re.compile(
    r"\b(?:(\d)\s*(?:(?:times?|x)\s*(?:a|per|/|each|every)?\s*(?:day|daily)|(?:a|per|/)\s*day|daily)\b"
    r"|(b\.?i\.?d|t\.?i\.?d|q\.?i\.?d|daily|qhs|qd|nightly|(?:at|every|each)\s+(?:bedtime|night)|(?:once\s+)?every\s+day"
    r"|hs)\b"
    r"|(?:every|q\.?)\s*(\d+)(?:\s*(?:-|to)\s*\d+)?\s*h(?:(?:ou)?rs?)?\b)"
)
_A_DAY = {"bid": 2, "tid": 3, "qid": 4}
_HOURS = 24
_AT_A_TIME = re.compile(r"(?<![\w.#/])(?:\d+\s*(?:-|to|or)\s*)?(\d+(?:\.5)?)\s*(?:[a-z]+\s*){0,3}$")
_ABOUT = 30
_UNCLEAR = re.compile(r"\bas\s+needed\b|\bp\.?r\.?n\b|\b\d+\s*-?\s*(?:days?|weeks?|months?)\b(?!\s*(?:a|per|/))")


def per_day(text: str) -> float | None:
    """Read how often a day a drug is taken.

    >>> per_day(" 50 mg twice a day"), per_day(" every six hours"), per_day(" every 6-8 hours"), per_day(" TID")
    (2.0, 4.0, 4.0, 3.0)
    >>> per_day("7 day supply"), per_day("at bedtime")
    (None, 1.0)
    """
    found = _OFTEN.search(numerals(text))
    if found is None:
        return None
    if found[3]:
        return _HOURS / int(found[3]) if int(found[3]) else None
    return float(found[1]) if found[1] else float(_A_DAY.get(found[2].replace(".", ""), 1))


def supply_weeks(text: str, number: float) -> float | None:
    """Tell how many weeks a number of tablets lasts when the line says how they are taken; of a range the upper.

    Taken as needed, or with a length told beside, it stays open.

    >>> supply_weeks("one tablet three times a day #45", 45), supply_weeks("take 1-2 tabs q6h #56", 56)
    (2.14, 1.0)
    >>> supply_weeks("400 mg twice daily #60", 60)
    4.29
    >>> supply_weeks("#60", 60), supply_weeks("twice a day as needed #60", 60)
    (None, None)
    """
    words = without_strength(numerals(text))
    found, often = _OFTEN.search(words), per_day(text)
    if found is None or not often or _UNCLEAR.search(words):
        return None
    dose = _AT_A_TIME.search(words[max(0, found.start() - _ABOUT) : found.start()])
    each = float(dose[1]) if dose and float(dose[1]) else 1.0
    return round(number / (each * often) / 7, 2)
