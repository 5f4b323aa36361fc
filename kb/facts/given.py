"""Tell whether care that a sentence names was given, goes on or is to come; what is unclear is none of these.

A course authorized and not attended, an operation weighed, refused or not done, is no care. Only a word of having
had it, a count, a date or a result makes care of the past.
"""

import re
from typing import Literal

from kb.case.fact import CareStatus
from kb.facts.cues import (
    GIVEN_AFTER,
    GOES_ON_AFTER,
    NO_LONGER,
    NOT_GIVEN_AFTER,
    NOT_GIVEN_BEFORE,
    OPEN,
    OPEN_AFTER,
    SMALL_WORDS,
    STOPPED_AFTER,
    UNCLEAR,
    UNHAD_AFTER,
)
from kb.facts.prose import Named
from kb.facts.sense import Reading

Standing = CareStatus | Literal["not_had"]

_STATUS: dict[str | None, CareStatus] = {
    "past": "past",
    "current": "current",
    "planned": "planned",
    "taken": "current",
    "prescribed": "current",
}
_CLAUSE = re.compile(r"[;:]|\b(?:but|however|although|though)\b", re.I)


def standing(reading: Reading, named: Named, *, told: bool) -> Standing | None:
    """Tell how care stands, None where it is unclear; `told` says that its count, its date or its result is told."""
    before = _CLAUSE.split(reading.sentence.between(reading.sentence.start, named.start))[-1]
    after = reading.sentence.between(named.end, reading.sentence.end)
    if _is_unhad(reading, named, before, after):
        return "not_had"
    sense = reading.sense_of_care(named)
    if _is_open(before, after, sense):
        return None
    return _STATUS.get(sense) or ("past" if told or GIVEN_AFTER.match(after) else None)


def drug_standing(reading: Reading, named: Named) -> CareStatus | None:
    """Tell how a drug stands: a stopped one is past, one that is denied is none, any other is taken."""
    after = reading.sentence.between(named.end, reading.sentence.end)
    if GOES_ON_AFTER.match(after):
        return "current"
    if STOPPED_AFTER.match(after) or NO_LONGER.search(reading.sentence.between(reading.sentence.start, named.start)):
        return "past"
    return None if named.denied else _STATUS.get(reading.sense(named), "current")


def _is_unhad(reading: Reading, named: Named, before: str, after: str) -> bool:
    if UNHAD_AFTER.match(after):
        return True
    said = list(NOT_GIVEN_BEFORE.finditer(before))
    if not said:
        return False
    gap_start = named.start - len(before) + said[-1].end()
    return SMALL_WORDS.fullmatch(_without_things(reading, gap_start, named.start)) is not None


def _is_open(before: str, after: str, sense: str | None) -> bool:
    """Tell whether care is only spoken of: weighed, allowed, refused."""
    if NOT_GIVEN_AFTER.match(after) or OPEN_AFTER.match(after) or UNCLEAR.search(before):
        return True
    weighed = list(OPEN.finditer(before))
    if not weighed:
        return False
    return sense is None or (sense == "past" and not _HAD.search(before[weighed[-1].end() :]))


_HAD = re.compile(
    r"\b(?:had|received|completed|underwent|undergone|attended|tried|given|since|after|following)\b", re.I
)


def _without_things(reading: Reading, start: int, end: int) -> str:
    """Return the words between two offsets that name nothing."""
    words = reading.sentence.between(start, end)
    for named in reversed(reading.sentence.named):
        if start <= named.start and named.end <= end:
            words = words[: named.start - start] + words[named.end - start :]
    return words
