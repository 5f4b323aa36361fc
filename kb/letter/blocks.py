"""Cut the last part of a letter into its request blocks: request line, two citations, rationale.

The three labels of the form are the fixed points; the rationale between them is any text. The next
request line is the last paragraph before its label, so what a rationale says, however long, never becomes
part of a request.
"""

import re

from kb.errors import LetterFormatError
from kb.letter.form import CASE_NUMBER, Form, placed
from kb.letter.lines import Outcome, Request, is_torn, parted_at_colon, parted_at_verdict, request_of
from kb.letter.spans import Span, joined, stripped

Block = tuple[re.Match[str], re.Match[str], re.Match[str]]  # the labels before the three fields


def read_blocks(text: str, start: int, form: Form) -> list[Request]:
    """Return the request blocks in the part of a letter that begins at `start`.

    Raises LetterFormatError when a label is missing.
    """
    blocks = _labelled(text, start, form)
    zones = [start, *(rationale.end() for _, _, rationale in blocks)]
    lines = [_request_span(text, zone, ur.start()) for zone, (ur, _, _) in zip(zones, blocks, strict=False)]
    ends = [*(span.start for span in lines[1:]), len(text)]
    return [
        _request(text, number, form, *block)
        for number, block in enumerate(zip(lines, blocks, ends, strict=True), start=1)
    ]


def labels_of(form: Form) -> re.Pattern[str]:
    """Return a pattern for the labels of a form, one group for each of its fields."""
    fields = ("|".join(placed(words, anywhere=True) for words in field) for field in form.labels)
    return re.compile("|".join(f"({field})" for field in fields))


def _labelled(text: str, start: int, form: Form) -> list[Block]:
    """Find the labels of each block; they come in their order, none is left out."""
    found = list(labels_of(form).finditer(text, start))
    fields = len(form.labels)
    for number, label in enumerate(found):
        if label.lastindex != number % fields + 1:
            raise _missing(form, number)
    if not found or len(found) % fields:
        raise _missing(form, len(found))
    labels = iter(found)
    return list(zip(labels, labels, labels, strict=True))


def _missing(form: Form, found: int) -> LetterFormatError:
    label, line = form.labels[found % len(form.labels)][0], found // len(form.labels) + 1
    return LetterFormatError(f"label `{label}` of request {line} was not found; write it before the next label")


def _request(text: str, number: int, form: Form, line: Span, block: Block, end: int) -> Request:
    ur, imr, rationale = block
    span, outcome = _parted(text, line, form)
    citations = joined(text[ur.end() : imr.start()]), joined(text[imr.end() : rationale.start()])
    return request_of(text, number, span, outcome, citations, stripped(text, rationale.end(), end))


def _parted(text: str, line: Span, form: Form) -> tuple[Span, Outcome | None]:
    if form is CASE_NUMBER:
        return parted_at_colon(text, line)
    span, outcome = parted_at_colon(text, line, always=False)
    return (span, outcome) if outcome else parted_at_verdict(text, line)


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
    while first and wraps(lines[first - 1], " ".join(lines[first:])):
        first -= 1
    return sum(len(line) + 1 for line in lines[:first])


def wraps(upper: str, lower: str) -> bool:
    """Tell whether one printed line goes on in the next."""
    if not upper.strip():
        return False
    if is_torn(lower) or (upper.endswith(":") and ":" not in lower):  # the outcome word alone on its line
        return True
    if upper.rstrip().endswith(_SENTENCE_END):
        return upper.endswith(" ") and len(upper) >= _FULL_LINE
    return upper.endswith(" ") or len(upper) >= _FULL_LINE or lower[:1].islower()
