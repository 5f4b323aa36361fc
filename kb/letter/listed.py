"""Read the issues of the earliest form: a list of what is in dispute, the reasons for all of it in one place."""

import re

from kb.errors import LetterFormatError
from kb.letter.blocks import wraps
from kb.letter.lines import Request, outcome_in, parted_at_verdict, request_of
from kb.letter.spans import Span, joined, stripped

_ITEM = re.compile(r"(?m)^[ \t]*(?:\(?\d{1,2}[.)]|[•*-])[ \t]+")
_PARAGRAPH = re.compile(r"\S.*?(?=\n[ \t]*\n|\Z)", re.S)
_WHETHER = re.compile(r"(?:whether|is|are|was|were)\s+(?:the\s+)?(?:requests?\s+for\s+)?", re.I)
_ENDING = re.compile(r"\s+(?:medically\s+necessary\s*(?:and\s+appropriate)?)?\s*[?.]*\s*\Z", re.I)


def read_listed(
    text: str, issues: tuple[int, int], guideline: tuple[int, int], reasons: tuple[int, int]
) -> list[Request]:
    """Return the issues in dispute; guideline and reasons are those of the whole letter.

    Raises LetterFormatError when no issue is named.
    """
    spans = [_unasked(text, span) for span in _items(text, *issues)]
    spans = [span for span in spans if span.start < span.end]
    if not spans:
        raise LetterFormatError("nothing stands below `ISSUE AT DISPUTE:`; name there what was requested")
    outcome = outcome_in(text[reasons[0] : reasons[1]])
    cited, why = joined(text[guideline[0] : guideline[1]]), stripped(text, *reasons)
    return [request_of(text, number, span, outcome, ("", cited), why) for number, span in enumerate(spans, start=1)]


def _items(text: str, start: int, end: int) -> list[Span]:
    """Cut a list at its numbers or bullets, else at its paragraphs, a single one of these at its lines."""
    marks = list(_ITEM.finditer(text, start, end))
    if marks:
        stops = [*(mark.start() for mark in marks), end][1:]
        return [stripped(text, mark.end(), stop) for mark, stop in zip(marks, stops, strict=True)]
    paragraphs = [Span(*found.span()) for found in _PARAGRAPH.finditer(text, start, end)]
    return paragraphs if len(paragraphs) > 1 else [line for p in paragraphs for line in _lines(text, p)]


def _lines(text: str, paragraph: Span) -> list[Span]:
    found: list[Span] = []
    at = paragraph.start
    for line in text[paragraph.start : paragraph.end].split("\n"):
        if found and wraps(text[found[-1].start : found[-1].end].split("\n")[-1], line):
            found[-1] = Span(found[-1].start, at + len(line))
        else:
            found.append(Span(at, at + len(line)))
        at += len(line) + 1
    return [stripped(text, span.start, span.end) for span in found]


def _unasked(text: str, span: Span) -> Span:
    """Leave out the words that make a question of a request ("Whether … is medically necessary?")."""
    asked = _WHETHER.match(text, span.start, span.end)
    begin = asked.end() if asked else span.start
    whole, _ = parted_at_verdict(text, Span(begin, span.end))
    ending = _ENDING.search(text[whole.start : whole.end])
    return stripped(text, whole.start, whole.start + ending.start()) if ending else whole
