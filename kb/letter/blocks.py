"""Cut the last part of a letter into its request blocks: request line, two citations, rationale.

The three labels of the form are the fixed points; the rationale between them is any text. The next
request line is the last paragraph before its label, so what a rationale says, however long, never becomes
part of a request.
"""

import re
from typing import Literal

import msgspec

from kb.errors import LetterFormatError
from kb.letter.form import IMR_GUIDELINE, LABELS, RATIONALE, UR_GUIDELINE

Outcome = Literal["upheld", "overturned"]


class Span(msgspec.Struct, frozen=True):
    """Mark a stretch of the letter's text by code points, the end excluded."""

    start: int
    end: int


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


def read_requests(text: str, start: int) -> list[Request]:
    """Return the request blocks in the part of a letter that begins at `start`."""
    blocks = _labelled(text, start)
    zones = [start, *(rationale for _, _, rationale in blocks)]
    labels = [ur - len(UR_GUIDELINE) for ur, _, _ in blocks]
    lines = [_request_span(text, zone, label) for zone, label in zip(zones, labels, strict=False)]
    ends = [*(span.start for span in lines[1:]), len(text)]
    numbers = range(1, len(blocks) + 1)
    return [_request(text, *block) for block in zip(numbers, lines, blocks, ends, strict=True)]


_ANY_LABEL = "|".join(map(re.escape, LABELS))
_LABEL = re.compile(rf"{_ANY_LABEL}|(?im:^[ \t]*(?:{_ANY_LABEL}))")  # in other letters only where a line begins


def _labelled(text: str, start: int) -> list[tuple[int, int, int]]:
    """Find where the three fields of each block begin; the labels come in their order, none is left out."""
    found = list(_LABEL.finditer(text, start))
    for number, label in enumerate(found):
        expected = LABELS[number % len(LABELS)]
        if label[0].strip().lower() != expected.lower():
            raise _missing(expected, number // len(LABELS) + 1)
    if not found or len(found) % len(LABELS):
        raise _missing(LABELS[len(found) % len(LABELS)], len(found) // len(LABELS) + 1)
    ends = iter([label.end() for label in found])
    return list(zip(ends, ends, ends, strict=True))


def _missing(label: str, line: int) -> LetterFormatError:
    return LetterFormatError(f"label `{label}` of request {line} was not found; write it before the next label")


def _request(text: str, number: int, line: Span, fields: tuple[int, int, int], end: int) -> Request:
    ur, imr, rationale = fields
    span, outcome = _parted(text, line)
    words = _joined(text[span.start : span.end])
    original, authorised, remaining = _shares(words)
    return Request(
        line=number,
        text=words,
        span=span,
        original_text=original,
        authorised_text=authorised,
        remaining_text=remaining,
        outcome=outcome,
        ur_citation=_joined(text[ur : imr - len(IMR_GUIDELINE)]),
        imr_citation=_joined(text[imr : rationale - len(RATIONALE)]),
        rationale=stripped(text, rationale, end),
    )


def stripped(text: str, start: int, end: int) -> Span:
    """Return the stretch without the blanks around it.

    >>> stripped("of: x ", 3, 6), stripped("of:   ", 3, 6)
    (Span(start=4, end=5), Span(start=6, end=6))
    """
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    return Span(start=start, end=start + len(words.strip()))


def _joined(words: str) -> str:
    return " ".join(words.split())


# --- where the request line stands --------------------------------------------------------------------------

_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_FULL_LINE = 55  # characters from which a printed line counts as filled to its margin
_SENTENCE_END = (".", "!", "?", ":", ";")


def _request_span(text: str, start: int, end: int) -> Span:
    """Find the request line between a rationale (or the form's introduction) and the label that follows it.

    Where a blank line stands before the label, paragraphs stand apart and the request is the last of them.
    Otherwise (text copied from a PDF) it is the last printed line with those above that wrap into it.
    """
    before_label = text[start:end]
    zone = before_label.rstrip()
    apart = before_label.count("\n", len(zone)) > 1
    breaks = [found.end() for found in _BLANK_LINE.finditer(zone)]
    begin = breaks[-1] if breaks else 0
    if not (apart and breaks):
        begin += _wrapped_tail(zone[begin:])
    return stripped(text, start + begin, start + len(zone))


def _wrapped_tail(paragraph: str) -> int:
    """Find where the last line of a paragraph begins, with the lines that wrap into it.

    >>> _wrapped_tail("It is not needed.\\nMRI of the \\nleft knee"), _wrapped_tail("MRI of the knee")
    (18, 0)
    """
    lines = paragraph.split("\n")
    first = len(lines) - 1
    while first and _wraps(lines[first - 1], " ".join(lines[first:])):
        first -= 1
    return sum(len(line) + 1 for line in lines[:first])


def _wraps(upper: str, lower: str) -> bool:
    if not upper.strip():
        return False
    if _is_torn(lower) or (upper.endswith(":") and ":" not in lower):  # the outcome word alone on its line
        return True
    if upper.rstrip().endswith(_SENTENCE_END):
        return upper.endswith(" ") and len(upper) >= _FULL_LINE
    return upper.endswith(" ") or len(upper) >= _FULL_LINE or lower[:1].islower()


def _is_torn(words: str) -> bool:
    """Tell whether the form's sentence on what UR authorised has lost its beginning."""
    return "imr eligible" in words.lower() and not _ORIGINAL.search(words)


# --- what the request line says -----------------------------------------------------------------------------

_LEAD = re.compile(r"The\s+request\s+for\s+", re.I)
_TRAILING_IS = re.compile(r"(?<!\s)\s+is\Z", re.I)
_OUTCOMES: dict[str, Outcome] = {"upheld": "upheld", "overturned": "overturned"}


def _parted(text: str, line: Span) -> tuple[Span, Outcome | None]:
    """Part a request line at its last colon; what follows is the outcome word, blank or any other word."""
    words = text[line.start : line.end]
    head, colon, tail = words.rpartition(":")
    if not colon:
        head = words
    lead = _LEAD.match(head)
    outcome = _OUTCOMES.get(tail.strip(" .\n").lower())
    span = stripped(text, line.start + (lead.end() if lead else 0), line.start + len(head))
    printed = _TRAILING_IS.search(text[span.start : span.end])
    return (Span(start=span.start, end=span.start + printed.start()) if printed else span), outcome


_ORIGINAL = re.compile(r"\s+was\s+the\s+original\s+request\.\s*", re.I)
_QUANTITY = re.compile(r" (?:was|were) authori[sz]ed by the Claims Administrator\. ", re.I)
_REMAINING = re.compile(r"The remaining IMR eligible portion of the original request, ", re.I)
_OTHER = re.compile(r", leaving the original request IMR eligible\. ?", re.I)
_WHOLE = re.compile(r"The original request, ", re.I)
_AUTHORISED = re.compile(r"The Claims Administrator authori[sz]ed ", re.I)


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
