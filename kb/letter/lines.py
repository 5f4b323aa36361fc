"""Read what a request line of a letter says: the request, the outcome after it, what UR authorised of it."""

import re
from typing import Literal

import msgspec

from kb.letter.spans import Span, joined, stripped

Outcome = Literal["upheld", "overturned"]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one block: the request line as printed, and apart from it what UR and the reviewer said.

    `original_text`, `authorised_text` and `remaining_text` are given where UR authorised something:
    `remaining_text` is what the review decides, the rest of a quantity or once more the original request.
    """

    line: int
    text: str
    span: Span
    original_text: str | None = None
    authorised_text: str | None = None
    remaining_text: str | None = None
    outcome: Outcome | None
    ur_citation: str
    imr_citation: str
    rationale: Span


def request_of(
    text: str, number: int, span: Span, outcome: Outcome | None, citations: tuple[str, str], rationale: Span
) -> Request:
    """Make the request of a line from where it stands."""
    words = joined(text[span.start : span.end])
    original, authorised, remaining = _shares(words)
    return Request(
        line=number,
        text=words,
        span=span,
        original_text=original,
        authorised_text=authorised,
        remaining_text=remaining,
        outcome=outcome,
        ur_citation=citations[0],
        imr_citation=citations[1],
        rationale=rationale,
    )


# --- the outcome --------------------------------------------------------------------------------------------

_LEAD = re.compile(r"(?:\d{1,2}[.)]\s*)?(?:(?:the\s+)?request\s+(?:for|of)\s+)?", re.I)
_TRAILING_IS = re.compile(r"(?<!\s)\s+(?:is|are|was|were)\Z", re.I)
_VERDICTS: dict[str, Outcome] = {"": "overturned", "not": "upheld"}
_OUTCOMES: dict[str, Outcome] = {"upheld": "upheld", "overturned": "overturned"}
_NECESSARY = re.compile(
    r"\b(?:is|are|was|were)\s+(?:(\w{1,12}?)\s*)?medically\s+necessary\b(?:\s+and\s+appropriate\b)?", re.I
)


def parted_at_colon(text: str, line: Span, *, always: bool = True) -> tuple[Span, Outcome | None]:
    """Part a request line at its last colon; what follows is the outcome word, blank or any other word.

    Where the form sets no colon (not `always`), only at one before an outcome word.
    """
    words = text[line.start : line.end]
    head, colon, tail = words.rpartition(":")
    outcome = _OUTCOMES.get(tail.strip(" .\n").lower())
    if not colon or not (always or outcome):
        head = words
    return _unframed(text, line.start, line.start + len(head)), outcome


def parted_at_verdict(text: str, line: Span) -> tuple[Span, Outcome | None]:
    """Part a request line before "is (not) medically necessary", else before its full stop.

    The words are one in print at times: "notmedically".
    """
    found = _NECESSARY.search(text, line.start, line.end)
    if found is None:
        return _unframed(text, line.start, line.start + len(text[line.start : line.end].rstrip(" .\n"))), None
    return _unframed(text, line.start, found.start()), _VERDICTS.get((found[1] or "").lower())


def outcome_in(words: str) -> Outcome | None:
    """Return the outcome that all verdicts of a text share.

    >>> outcome_in("It is not medically necessary."), outcome_in("It was medically necessary."), outcome_in("No.")
    ('upheld', 'overturned', None)
    """
    found = {bool(verdict[1]) for verdict in _NECESSARY.finditer(words)}
    if len(found) != 1:
        return None
    return "upheld" if found.pop() else "overturned"


def _unframed(text: str, start: int, end: int) -> Span:
    """Leave out the words of the form around a request: its number, "The request for", a last "is"."""
    lead = _LEAD.match(text, start, end)
    span = stripped(text, lead.end() if lead else start, end)
    printed = _TRAILING_IS.search(text[span.start : span.end])
    return Span(start=span.start, end=span.start + printed.start()) if printed else span


# --- what UR authorised -------------------------------------------------------------------------------------

_ORIGINAL = re.compile(r"\s+(?:was|were)\s+the\s+original\s+request\.\s*", re.I)
_QUANTITY = re.compile(r" (?:was|were) authori[sz]ed by the Claims Administrator\. ", re.I)
_REMAINING = re.compile(r"The remaining IMR eligible portion of the original request, ", re.I)
_OTHER = re.compile(r", leaving the original request IMR eligible\. ?", re.I)
_WHOLE = re.compile(r"The original request, ", re.I)
_AUTHORISED = re.compile(r"The Claims Administrator authori[sz]ed ", re.I)


def is_torn(words: str) -> bool:
    """Tell whether the form's sentence on what UR authorised has lost its beginning."""
    return "imr eligible" in words.lower() and not _ORIGINAL.search(words)


def _shares(words: str) -> tuple[str | None, str | None, str | None]:
    """Return what was asked, what UR authorised and what is left to review, if UR authorised anything.

    >>> _shares("Visits x 9 was the original request. Visits x 6 was authorized by the Claims Administrator. "
    ...         "The remaining IMR eligible portion of the original request, Visits x 3")
    ('Visits x 9', 'Visits x 6', 'Visits x 3')
    >>> _shares("A wheelchair was the original request. The Claims Administrator authorized a cane, "
    ...         "leaving the original request IMR eligible. The original request, a wheelchair")
    ('A wheelchair', 'a cane', 'a wheelchair')
    >>> _shares("MRI of the left knee")
    (None, None, None)
    """
    original, asked, rest = _partition(_ORIGINAL, words)
    authorised, split, remaining = _partition(_QUANTITY, rest)
    if asked and split:
        return original, authorised, _REMAINING.sub("", remaining, count=1)
    authorised, other, remaining = _partition(_OTHER, rest)
    if asked and other:
        whole = _WHOLE.sub("", remaining, count=1)
        return original, _AUTHORISED.sub("", authorised, count=1), whole or original
    return None, None, None


def _partition(mark: re.Pattern[str], words: str) -> tuple[str, bool, str]:
    found = mark.search(words)
    return (words[: found.start()], True, words[found.end() :]) if found else (words, False, "")
