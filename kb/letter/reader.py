"""Read one IMR letter, a PDF or a text, into its header, its clinical summary and its request lines.

Nothing here knows a service, a drug or a guideline. Every offset counts code points of the text that
`read_text` returns. What the reviewers found (outcome, citations, rationale) is kept apart and decides
nothing: with other words in its place the header, the summary and the requests are read the same.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal

import msgspec

from kb.errors import BadDateError, LetterFormatError, UnreadableFileError
from kb.letter.blocks import Request, Span, read_requests, stripped
from kb.letter.form import HEADINGS
from kb.letter.pdf import pdf_text

MAX_CHARS = 2_000_000  # a letter has about 10,000; more is a wrong file, not a long letter
MAX_BYTES = 50_000_000

Format = Literal["case_number_2014", "case_number_2015"]
Sex = Literal["male", "female"]


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what one letter says, word for word; `None` is what it leaves out."""

    format: Format
    number: str
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
    requests: list[Request]


def read_text(source: Path | bytes, name: str) -> str:
    r"""Return the text of a PDF or UTF-8 file, cleaned of what printing put in.

    >>> read_text(b"\xef\xbb\xbfCase Number: CM16-1\r\nNon- MTUS", "a.txt")
    'Case Number: CM16-1\nNon-MTUS'
    >>> read_text(b"caf\xe9", "a.txt")
    Traceback (most recent call last):
    kb.errors.UnreadableFileError: `a.txt` is not UTF-8 text (byte 4 cannot be read); save it as UTF-8 or PDF
    """
    data = _bytes(source, name)
    pdf = data[:1024].lstrip().startswith(b"%PDF-") or name.lower().endswith(".pdf")
    text = _clean(pdf_text(data, name, MAX_CHARS) if pdf else _decoded(data, name))
    if len(text) > MAX_CHARS:
        raise UnreadableFileError(f"`{name}` holds more than {MAX_CHARS:,} characters; hand in one letter per file")
    if not text.strip():
        hint = (
            "hand in a PDF with text, not a picture, or a text file"
            if pdf
            else "it is empty; hand in a letter or a case"
        )
        raise UnreadableFileError(f"`{name}` holds no text; {hint}")
    return text


def read_letter(text: str) -> Letter:
    """Return what a letter says, read from the text that `read_text` gives.

    A heading or label that is not found is a LetterFormatError, an impossible date in the header a
    BadDateError.

    >>> read_letter("Dear Sir or Madam")
    Traceback (most recent call last):
    kb.errors.LetterFormatError: heading `HOW THE IMR FINAL DETERMINATION WAS MADE` was not found; \
only letters of the form with `Case Number:` are read
    """
    (head_end, made), (made_end, summary), (summary_end, issues) = _headings(text)
    header = text[:head_end]
    credentials = text[made:made_end]
    span = _summary_span(text, summary, summary_end)
    words = text[span.start : span.end]
    return Letter(
        format="case_number_2015" if _CERTIFIED_2015.search(credentials) else "case_number_2014",
        number=_number(header),
        assigned=_date(header, "Date Assigned"),
        injured=_date(header, "Date of Injury"),
        decided=_date(header, "Decision Date"),
        ur_decided=_date(header, "UR Denial Date"),
        received=_date(header, "Application Received"),
        priority=_priority(header),
        specialty=_specialty(credentials),
        age=_age(words),
        sex=_sex(words),
        summary=words,
        summary_span=span,
        requests=read_requests(text, issues),
    )


# --- the text -----------------------------------------------------------------------------------------------


def _bytes(source: Path | bytes, name: str) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        if source.exists() and not (source.is_file() or source.is_dir()):
            raise UnreadableFileError(f"`{name}` is a pipe or device; name a file with a letter or a case")
        if source.stat().st_size > MAX_BYTES:
            raise UnreadableFileError(f"`{name}` has more than {MAX_BYTES:,} bytes; hand in one letter per file")
        return source.read_bytes()
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise UnreadableFileError(f"`{name}` cannot be read ({reason}); name a letter file") from error


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = f"byte {error.start + 1} cannot be read"
        raise UnreadableFileError(f"`{name}` is not UTF-8 text ({where}); save it as UTF-8 or PDF") from error


_PRINTED = str.maketrans(
    {
        "\r": "\n",
        "\xa0": " ",
        "\xad": None,
        "\ufeff": None,
        "ﬀ": "ff",
        "ﬁ": "fi",
        "ﬂ": "fl",
        "ﬃ": "ffi",
        "ﬄ": "ffl",
    }
    | dict.fromkeys(map(chr, [*range(9), 11, *range(14, 32), 127]), " ")
)
_BROKEN_HYPHEN = re.compile(r"(?<=[^\W_])- ?\n(?=[^\W_])|(?<=\bNon)- (?=[A-Z])")
_PAGE_BREAK = re.compile(r"(?<!\n)\n*\f\s*([a-z(]|The (?:remaining IMR|original request,|Claims Administrator auth))?")


def _clean(text: str) -> str:
    """Undo what printing did: line ends, ligatures, soft hyphens, what a line or a page breaks."""
    text = text.replace("\r\n", "\n").translate(_PRINTED)
    text = _PAGE_BREAK.sub(lambda found: f"\n{found[1]}" if found[1] else "\n\n", text)
    return _BROKEN_HYPHEN.sub("-", text)


# --- the header ---------------------------------------------------------------------------------------------


def _headings(text: str) -> Iterator[tuple[int, int]]:
    """Yield for each heading, in their order, where it begins and where what follows it begins."""
    position = 0
    for heading in HEADINGS:
        words = r"\s+".join(map(re.escape, heading.split()))
        found = re.compile(rf"{words}|(?im:^[ \t]*{words})").search(text, position)
        if found is None:
            raise LetterFormatError(
                f"heading `{heading}` was not found; only letters of the form with `Case Number:` are read"
            )
        yield found.span()
        position = found.end()


def _number(header: str) -> str:
    found = re.search(r"Case Number:[ \t]*(\S+)", header, re.I)
    if found is None:
        raise LetterFormatError("label `Case Number:` with a number was not found; write it above the first heading")
    return found[1]


_RECEIVED = re.compile(r"(?:Application|APPLICATION)\s+(?:(?i:Received):\s*)?(\S+)")


def _date(header: str, field: str) -> date | None:
    """Return a date of the header; a word without a digit ("unknown", the next label) is no date.

    >>> _date("Date of Injury: 03/17/2012", "Date of Injury")
    datetime.date(2012, 3, 17)
    >>> _date("Date of Injury: 02/30/2013", "Date of Injury")
    Traceback (most recent call last):
    kb.errors.BadDateError: date of injury `02/30/2013` is not a date; write month/day/year, as in 03/17/2012
    """
    label = _RECEIVED if field == "Application Received" else re.compile(rf"{field}:\s*(\S+)", re.I)
    found = label.search(header)
    if found is None or not re.search(r"\d", found[1]):
        return None
    parts = re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", found[1])
    try:
        if parts:
            return date(int(parts[3]), int(parts[1]), int(parts[2]))
        raise ValueError(found[1])
    except ValueError as error:
        name = field.lower().replace("ur ", "UR ")
        raise BadDateError(f"{name} `{found[1]}` is not a date; write month/day/year, as in 03/17/2012") from error


def _priority(header: str) -> str | None:
    found = re.search(r"Priority:[ \t]*([A-Za-z]+)", header, re.I)
    return found[1] if found else None


_CERTIFIED_2015 = re.compile(r"Certification\(s\)/Specialty:\s*((?:\S.*\n?)*)", re.I)
_CERTIFIED_2014 = re.compile(r"board[\s-]+certified\s+in\s+([^.]+?)(?=\s+and\s+(?:is|has|holds)\s|\.)", re.I)


def _specialty(credentials: str) -> list[str]:
    """Return the reviewer's specialties: the list of the 2015 form, or those named in the 2014 sentence.

    >>> _specialty("Certification(s)/Specialty: Orthopedic Surgery, Sports\\nMedicine\\n")
    ['Orthopedic Surgery', 'Sports Medicine']
    >>> _specialty("A reviewer who is Board Certified in Family Practice and is licensed here.")
    ['Family Practice']
    >>> _specialty("A physician reviewer.")
    []
    """
    found = _CERTIFIED_2015.search(credentials) or _CERTIFIED_2014.search(credentials)
    if found is None:
        return []
    words = re.sub(r",?\s+(?:and\s+)?has\s+a\s+subspecialty\s+in\s+", ", ", found[1])
    return [name for part in words.split(",") if (name := " ".join(part.split()))]


# --- the clinical summary -----------------------------------------------------------------------------------

_INTRODUCTION = re.compile(r"[^.:]{20,300}:[ \t]*\n")


def _summary_span(text: str, start: int, end: int) -> Span:
    """Find the summary without the form's own sentence before it, which ends in a colon."""
    span = stripped(text, start, end)
    introduction = _INTRODUCTION.match(text, span.start, span.end)
    return stripped(text, introduction.end(), span.end) if introduction else span


_AGE = re.compile(
    r"\b(?P<before>\d{1,3})[\s-]*(?:years?|yrs?|y)\b[\s./-]*(?:old|o\b|of\s+age|(?:fe)?male|(?:wo)?man)"
    r"|\b(?:(?:wo)?man|(?:fe)?male|worker|applicant|patient)\s+(?:of|aged)\s+(?P<of>\d{1,3})\b"
    r"|\bage[d:]?\s+(?:of\s+)?(?P<aged>\d{1,3})\b",
    re.I,
)
_NOUN = re.compile(r"\b(?:(male|man|gentleman)|(female|woman|lady))\b", re.I)
_PRONOUN = re.compile(r"\b(?:(he|his|him)|(she|her|hers))\b", re.I)


def _age(summary: str) -> int | None:
    """Return the first age in the summary, which is the worker's.

    >>> _age("A woman of 63 who fell."), _age("The worker is a 48 year old."), _age("In pain for 3 years.")
    (63, 48, None)
    """
    found = _AGE.search(summary)
    return int(found["before"] or found["of"] or found["aged"]) if found else None


def _sex(summary: str) -> Sex | None:
    """Return the sex that the first noun tells, else the first pronoun.

    >>> _sex("A 40 year old woman."), _sex("The worker hurt his back."), _sex("A nurse of 50.")
    ('female', 'male', None)
    """
    found = _NOUN.search(summary) or _PRONOUN.search(summary)
    if found is None:
        return None
    return "male" if found[1] else "female"
