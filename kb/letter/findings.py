"""Read the numbered findings of the 2013 notice: one fixed sentence for each request, with the outcome in it."""

import re

from kb.errors import LetterFormatError
from kb.letter.blocks import labels_of
from kb.letter.form import Form, spelled
from kb.letter.lines import Request, parted_at_verdict, request_of
from kb.letter.spans import Span, joined, stripped

_NUMBER = r"(?<!\S)(\d{1,3})\s?[.)]\s*"
_END = re.compile(r"\.[ \t]*(?=\n|\Z)|\n[ \t]*\n|\Z")


def read_findings(text: str, findings: tuple[int, int], reasons: tuple[int, int], form: Form) -> list[Request]:
    """Return the requests of the findings, each with the reasons given under its number further below.

    Raises LetterFormatError when there is no finding.
    """
    found = _findings(text, *findings, form) or _findings(text, 0, findings[0], form)
    if not found:
        raise LetterFormatError(f"no finding `1) {form.finding} …` was found; write one for each request")
    given = _reasons(text, *reasons, form)
    return [
        request_of(text, number, *parted_at_verdict(text, span), *_cited(text, given.get(number), form))
        for number, span in found.items()
    ]


def _findings(text: str, start: int, end: int, form: Form) -> dict[int, Span]:
    """Find each finding by its number; a number met again is the same finding repeated."""
    heads = list(re.compile(_NUMBER + spelled(form.finding), re.I).finditer(text, start, end))
    stops = [*(head.start() for head in heads), end][1:]
    found: dict[int, Span] = {}
    for head, stop in zip(heads, stops, strict=True):
        finish = _END.search(text, head.end(), stop)
        found.setdefault(int(head[1]), Span(head.end(), finish.start() if finish else stop))
    return found


def _reasons(text: str, start: int, end: int, form: Form) -> dict[int, Span]:
    heads = list(re.compile(_NUMBER + spelled(form.reasons), re.I).finditer(text, start, end))
    stops = [*(head.start() for head in heads), end][1:]
    return {int(head[1]): Span(head.end(), stop) for head, stop in zip(heads, stops, strict=True)}


def _cited(text: str, reasons: Span | None, form: Form) -> tuple[tuple[str, str], Span]:
    """Return the two citations and the rationale under one number; what has no label is all rationale."""
    if reasons is None:
        return ("", ""), Span(len(text), len(text))
    fields = dict[int, re.Match[str]]()
    for label in labels_of(form).finditer(text, reasons.start, reasons.end):
        fields.setdefault(label.lastindex or 0, label)
    stops = sorted([*(label.start() for label in fields.values()), reasons.end])
    said = {field: Span(at.end(), next(s for s in stops if s >= at.end())) for field, at in fields.items()}
    citations = [joined(text[said[n].start : said[n].end]) if n in said else "" for n in (1, 2)]
    why = said.get(3, reasons)
    return (citations[0], citations[1]), stripped(text, why.start, why.end)
