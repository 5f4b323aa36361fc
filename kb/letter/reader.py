"""Read one IMR letter, a PDF or a text, into its header, its clinical summary and its request lines.

Nothing here knows a service, a drug or a guideline. Every offset counts code points of the text that
`read_text` returns. What the reviewers found (outcome, citations, rationale) is kept apart and decides
nothing: with other words in its place the header, the summary and the requests are read the same.
"""

from datetime import date
from typing import Any, Literal

import msgspec

from kb.errors import LetterFormatError
from kb.letter.account import Sex, account_span, age_in, injured_in, quoted_account_span, sex_in, told_by_ur
from kb.letter.blocks import read_blocks
from kb.letter.findings import read_findings
from kb.letter.form import FormName
from kb.letter.header import has_credentials, header_of, readable_header, specialty_of
from kb.letter.layout import Layout, layout_of
from kb.letter.lines import Request
from kb.letter.listed import read_listed
from kb.letter.spans import Span
from kb.letter.text import read_text as read_text

Format = Literal["notice_2013", "documents_reviewed", "professional_review", "case_number_2014", "case_number_2015"]


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what one letter says, word for word; `None` is what it leaves out.

    `withheld` are the sentences of the summary that are no facts of the case: where the summary is taken from
    utilization review, what that decided and on what it relied.
    """

    format: Format
    number: str | None
    assigned: date | None
    injured: date | None
    decided: date | None
    ur_decided: date | None
    received: date | None
    priority: str | None
    specialty: list[str]
    age: int | None
    sex: Sex | None
    summary: str
    summary_span: Span
    withheld: list[Span]
    requests: list[Request]


def read_letter(text: str) -> Letter:
    """Return what a letter says, read from the text that `read_text` gives.

    A heading or label that is not found is a LetterFormatError, an impossible date in the header a
    BadDateError; its attribute `read` keeps what was read all the same.

    >>> read_letter("Dear Sir or Madam")
    Traceback (most recent call last):
    kb.errors.LetterFormatError: heading `HOW THE IMR FINAL DETERMINATION WAS MADE` was not found; \
hand in an IMR final determination letter of one of the printed forms
    """
    layout = layout_of(text)
    try:
        layout.check()
        return _letter(text, layout)
    except LetterFormatError as error:
        error.keep(_readable(text, layout))
        raise


def _letter(text: str, layout: Layout) -> Letter:
    form = layout.form
    header = header_of(_header(text, layout), number_required=form.number_required)
    reviewer = _words(text, layout.part("reviewer"))
    span = _account(text, layout)
    account = text[span.start : span.end]
    return Letter(
        format=_format(form.name, reviewer),
        **{**header, "injured": header["injured"] or injured_in(account)},
        specialty=specialty_of(reviewer),
        age=age_in(account),
        sex=sex_in(account),
        summary=account,
        summary_span=span,
        withheld=told_by_ur(text, span) if form.summary_by_ur else [],
        requests=_requests(text, layout),
    )


def _words(text: str, part: tuple[int, int]) -> str:
    return text[part[0] : part[1]]


def _header(text: str, layout: Layout) -> str:
    return text[: layout.parts.get(layout.form.header_until, (len(text), 0))[0]]


def _format(form: FormName, reviewer: str) -> Format:
    if form == "case_number":
        return "case_number_2015" if has_credentials(reviewer) else "case_number_2014"
    return form


def _account(text: str, layout: Layout) -> Span:
    start, end = layout.part("summary")
    if layout.form.summary_by_ur:
        return quoted_account_span(text, start, end, ends=end < len(text))
    return account_span(text, start, end)


def _requests(text: str, layout: Layout) -> list[Request]:
    part, form = layout.part, layout.form
    if form.requests == "labelled":
        return read_blocks(text, part("requests")[0], form)
    if form.requests == "finding":
        return read_findings(text, part("requests"), (part("summary")[1], len(text)), form)
    return read_listed(text, part("requests"), part("guideline"), part("reasons"))


def _readable(text: str, layout: Layout) -> dict[str, Any]:
    """Return what can be read of a letter in which something is wrong: its header, its summary, its requests."""
    found = readable_header(_header(text, layout))
    try:
        if "summary" in layout.parts and layout.missing is None:
            span = _account(text, layout)
            found["summary"] = text[span.start : span.end]
        if "requests" in layout.parts:
            found["requests"] = [request.text for request in _requests(text, layout)]
    except LetterFormatError:
        return found
    return found
