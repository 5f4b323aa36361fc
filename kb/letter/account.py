"""Find the account of the case in a letter, and read in it whom it tells of."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Literal

from kb.errors import LetterFormatError
from kb.letter.form import TOLD_BY_UR
from kb.letter.header import read_day
from kb.letter.spans import Span, stripped

Sex = Literal["male", "female"]

_INTRODUCTION = re.compile(r"[^.:]{20,300}:[ \t]*\n")


def account_span(text: str, start: int, end: int) -> Span:
    """Find the account without the form's own sentence before it, which ends in a colon."""
    span = stripped(text, start, end)
    introduction = _INTRODUCTION.match(text, span.start, span.end)
    return stripped(text, introduction.end(), span.end) if introduction else span


# --- an account taken from utilization review ---------------------------------------------------------------

_OPENING, _CLOSING = re.compile(r"[“\"]"), re.compile(r"[”\"](?=\s*\n\s*\n|\s*\Z)")
_LONGEST_DISCLAIMER = 400
_SENTENCE = re.compile(r"\S[^.!?]*(?:[.!?](?!\s|\Z)[^.!?]*)*(?:[.!?]|\Z)")
_OF_DECISION = re.compile("|".join(map(re.escape, TOLD_BY_UR)), re.I)


def quoted_account_span(text: str, start: int, end: int, *, ends: bool) -> Span:
    """Find the account that is quoted from utilization review; `ends` says that a heading follows it.

    Raises LetterFormatError when neither a closing quotation mark nor a heading tells where it ends: what the
    reviewer said afterwards must not be taken for the account.
    """
    opening = _OPENING.search(text, start, min(end, start + _LONGEST_DISCLAIMER))
    begin = opening.end() if opening else start
    closing = _CLOSING.search(text, begin, end)
    if closing is None and not ends:
        raise LetterFormatError(
            "the end of the case summary was not found; close its quotation, or write "
            "`Documents Reviewed for Determination:` below it"
        )
    return account_span(text, begin, closing.start() if closing else end)


def told_by_ur(text: str, span: Span) -> list[Span]:
    """List the sentences that say what utilization review decided or relied on; they are no facts of the case.

    >>> told_by_ur("He fell. The request is denied. His knee hurts.", Span(0, 47))
    [Span(start=9, end=31)]
    """
    return [sentence for sentence in _sentences(text, span) if _OF_DECISION.search(text[sentence.start : sentence.end])]


def _sentences(text: str, span: Span) -> Iterator[Span]:
    for found in _SENTENCE.finditer(text, span.start, span.end):
        yield Span(found.start(), found.end())


# --- whom it tells of ---------------------------------------------------------------------------------------

_AGE = re.compile(
    r"\b(?P<before>\d{1,3})[\s-]*(?:years?|yrs?|y)\b[\s./-]*(?:old|o\b|of\s+age|(?:fe)?male|(?:wo)?man)"
    r"|\b(?:(?:wo)?man|(?:fe)?male|worker|applicant|patient)\s+(?:of|aged)\s+(?P<of>\d{1,3})\b"
    r"|\bage[d:]?\s+(?:of\s+)?(?P<aged>\d{1,3})\b",
    re.I,
)
_NOUN = re.compile(r"\b(?:(male|man|gentleman)|(female|woman|lady))\b", re.I)
_PRONOUN = re.compile(r"\b(?:(he|his|him)|(she|her|hers))\b", re.I)
_INJURED = re.compile(r"\b(?:date\s+of\s+injury|DOI)\s*(?:of|is|was|on|:)?\s*(\d{1,2}/\d{1,2}/\d{4})\b", re.I)
_OLDEST = 120


def age_in(account: str) -> int | None:
    """Return the first age that is told, which is the worker's; one that nobody reaches is a slip.

    >>> age_in("A woman of 63 who fell."), age_in("The worker is a 48 year old."), age_in("In pain for 3 years.")
    (63, 48, None)
    """
    found = _AGE.search(account)
    age = int(found["before"] or found["of"] or found["aged"]) if found else None
    return age if age is not None and age <= _OLDEST else None


def sex_in(account: str) -> Sex | None:
    """Return the sex that the first noun tells, else the first pronoun.

    >>> sex_in("A 40 year old woman."), sex_in("The worker hurt his back."), sex_in("A nurse of 50.")
    ('female', 'male', None)
    """
    found = _NOUN.search(account) or _PRONOUN.search(account)
    if found is None:
        return None
    return "male" if found[1] else "female"


def injured_in(account: str) -> date | None:
    """Return the day of the injury if the account names it.

    >>> injured_in("She has a date of injury of 8/28/2001."), injured_in("DOI: 02/30/2001")
    (datetime.date(2001, 8, 28), None)
    """
    found = _INJURED.search(account)
    return read_day(found[1]) if found else None
