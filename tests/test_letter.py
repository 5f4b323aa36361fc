"""Read invented letters from `tests/letters`, PDFs drawn here, and the published letters where they are."""

import contextlib
import json
import re
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from kb.errors import BadDateError, KbError, LetterFormatError, UnreadableFileError
from kb.letter import reader as letter_module
from kb.letter.blocks import Request, Span
from kb.letter.form import HEADINGS, LABELS
from kb.letter.reader import Letter, read_letter, read_text

LETTERS = Path(__file__).parent / "letters"
PUBLISHED = Path(__file__).parents[1].parent / "shared" / "letters"
needs_published = pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published letters are not at hand")

# Labels that word a request anew: (case, request_index) -> how the letter itself prints it.
REWORDED_LABELS = {
    # The label shortens "physical therapy and occupational therapy" and "for".
    ("CM16-0229336", 0): "Acute inpatient rehabilitation physical therapy and occupational therapy 7-10 days "
    "for left foot fracture",
    # The label drops the leading "Retrospective:".
    (
        "CM17-0015218",
        0,
    ): "Retrospective: Open reduction internal fixation on left distal radius fracture with "
    "open carpal tunnel release DOS 12/13/2016",
}


def invented(name: str) -> Letter:
    return read_letter(read_text(LETTERS / name, name))


def published() -> list[Path]:
    return sorted(PUBLISHED.glob("CM*")) if PUBLISHED.is_dir() else []


def labels() -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    if PUBLISHED.is_dir():
        for line in (PUBLISHED / "labels.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            rows.setdefault(row["case_id"], []).append(row)
    return rows


# --- invented letters


def test_reads_a_letter_of_the_2014_form() -> None:
    found = invented("massage_2014.txt")
    assert found.format == "case_number_2014"
    assert (found.number, found.priority) == ("CM14-0990001", "Standard")
    assert (found.assigned, found.injured) == (date(2013, 12, 27), date(2012, 3, 17))
    assert (found.decided, found.ur_decided) == (date(2014, 3, 7), date(2013, 10, 18))
    assert found.received == date(2013, 11, 13)
    assert found.specialty == ["Physical Medicine and Rehabilitation"]
    assert (found.age, found.sex) == (63, "female")
    assert found.summary.startswith("The worker, a woman of 63")
    assert found.summary.endswith("low back strain.")
    (request,) = found.requests
    assert (request.line, request.text) == (1, "6 additional visits of massage")
    assert request.outcome == "upheld"
    assert request.imr_citation.endswith("Page(s): 60.")


def test_reads_a_letter_of_the_2015_form() -> None:
    found = invented("two_requests_2016.txt")
    assert found.format == "case_number_2015"
    assert found.received == date(2016, 11, 30)
    assert found.specialty == ["Preventive Medicine", "Occupational Medicine"]
    assert (found.age, found.sex) == (41, "male")
    assert [request.line for request in found.requests] == [1, 2, 3]
    assert [request.outcome for request in found.requests] == ["upheld", "overturned", "upheld"]
    assert found.requests[1].text == "MRI of the right knee"
    assert "Non-MTUS Citation" in found.requests[1].imr_citation


@pytest.mark.parametrize("change", [str.upper, str.title], ids=["upper", "title"])
def test_reads_headings_and_labels_in_other_letters(change: Callable[[str], str]) -> None:
    text = read_text(LETTERS / "massage_2014.txt", "massage_2014.txt")
    of_header = ("Case Number:", "Date of Injury:", "UR Denial Date:", "Decision Date:", "Priority:")
    other = text
    for words in (*of_header, *HEADINGS, *LABELS):
        assert words in other
        other = other.replace(words, change(words))
    assert read_letter(other) == read_letter(text)
    whole = read_letter(text.upper())
    assert [r.outcome for r in whole.requests] == ["upheld"]
    assert (whole.injured, whole.age) == (read_letter(text).injured, read_letter(text).age)


def test_splits_what_ur_authorised() -> None:
    quantity, none, other = invented("two_requests_2016.txt").requests
    assert quantity.original_text == "Physical therapy for the right knee, 12 sessions"
    assert quantity.authorised_text == "Physical therapy for the right knee, 6 sessions"
    assert quantity.remaining_text == "physical therapy for the right knee, 6 sessions"
    assert none.original_text is none.authorised_text is none.remaining_text is None
    assert other.original_text == "Purchase of a knee brace"
    assert other.authorised_text == "a knee sleeve"
    assert other.remaining_text == "purchase of a knee brace"


@pytest.mark.parametrize("name", ["massage_2014.txt", "two_requests_2016.txt"])
def test_spans_point_at_their_words(name: str) -> None:
    text = read_text(LETTERS / name, name)
    assert_spans(text, read_letter(text))


def assert_spans(text: str, found: Letter) -> None:
    assert cut(text, found.summary_span) == found.summary
    for request in found.requests:
        assert " ".join(cut(text, request.span).split()) == request.text
        assert cut(text, request.rationale).strip() == cut(text, request.rationale)


def cut(text: str, span: Span) -> str:
    return text[span.start : span.end]


# --- other wordings and layouts


def minimal(header: str = "", summary: str = "A nurse of 40 with neck pain.", requests: str = "") -> str:
    return (
        f"Case Number: CM16-1\n{header}\n\nHOW THE IMR FINAL DETERMINATION WAS MADE\n\nBy reading.\n\n"
        f"CLINICAL CASE SUMMARY\n\n{summary}\n\nIMR ISSUES, DECISIONS AND RATIONALES\n\nAs follows:\n\n"
        + (requests or block("MRI of the neck: Upheld"))
    )


def block(line: str, rationale: str = "No.") -> str:
    return (
        f"{line}\n\nClaims Administrator guideline: A.\n\nMAXIMUS guideline: B.\n\nDecision rationale: {rationale}\n\n"
    )


@pytest.mark.parametrize(
    ("summary", "age", "sex"),
    [
        ("The injured worker is a 48 year old male who fell.", 48, "male"),
        ("This case involves a now 33-year-old female cook.", 33, "female"),
        ("The applicant is a 61-year-old man; his knee hurts.", 61, "male"),
        ("The worker is a(n) 54 year  old female.", 54, "female"),
        ("A 29 year female with wrist pain.", 29, "female"),
        ("The patient is 50 years of age. She fell.", 50, "female"),
        ("A 77 y/o gentleman.", 77, "male"),
        ("The injured worker is a female with 10 visits.", None, "female"),
        ("Back pain for 3 years.", None, None),
    ],
)
def test_reads_age_and_sex(summary: str, age: int | None, sex: str | None) -> None:
    found = read_letter(minimal(summary=summary))
    assert (found.age, found.sex) == (age, sex)


def test_reads_text_copied_from_a_pdf_without_blank_lines() -> None:
    text = read_text(LETTERS / "two_requests_2016.txt", "x.txt")
    dense = re.sub(r"\n{2,}", "\n", text)
    assert facts(read_letter(dense)) == facts(read_letter(text))


def test_joins_a_request_that_a_page_parts() -> None:
    parted = block("Physical therapy of the\n\n\fleft shoulder: Upheld")
    text = read_text(minimal(requests=parted).encode(), "x.txt")
    assert read_letter(text).requests[0].text == "Physical therapy of the left shoulder"


def test_keeps_colons_inside_a_request() -> None:
    found = read_letter(minimal(requests=block("Retrospective: sling, DOS: 12/13/2016: Overturned")))
    assert found.requests[0].text == "Retrospective: sling, DOS: 12/13/2016"
    assert found.requests[0].outcome == "overturned"


def test_leaves_unstated_header_fields_empty() -> None:
    found = read_letter(minimal("Date Assigned: Date of Injury: unknown\nPriority: Expedited"))
    assert (found.assigned, found.injured, found.decided, found.received) == (None, None, None, None)
    assert (found.priority, found.specialty) == ("Expedited", [])


# --- errors


@pytest.mark.parametrize(
    "heading",
    [
        "HOW THE IMR FINAL DETERMINATION WAS MADE",
        "CLINICAL CASE SUMMARY",
        "IMR ISSUES, DECISIONS AND RATIONALES",
        "Case Number:",
        "Claims Administrator guideline:",
        "MAXIMUS guideline:",
        "Decision rationale:",
    ],
)
def test_names_the_heading_that_is_missing(heading: str) -> None:
    with pytest.raises(LetterFormatError, match=re.escape(f"`{heading}`")):
        read_letter(minimal().replace(heading, "Something else"))


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("Date of Injury: 02/30/2013", "date of injury `02/30/2013` is not a date"),
        ("UR Denial Date: 13/01/2016", "UR denial date `13/01/2016` is not a date"),
        ("Decision Date: 2016-01-02", "decision date `2016-01-02` is not a date"),
        ("Priority: Standard Application Received: 1l/03/2016", "application received `1l/03/2016`"),
    ],
)
def test_names_the_date_that_cannot_be(header: str, message: str) -> None:
    with pytest.raises(BadDateError, match=message):
        read_letter(minimal(header))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"Case Number: caf\xe9", "byte 17 cannot be read"),
        (b"  \n\f ", "holds no text"),
        (b"", "holds no text"),
        (b"%PDF-1.7\n1 0 obj", "is not a readable PDF"),
        (LETTERS / "absent.txt", r"no such file or directory"),
        (LETTERS, "is a directory"),
        (LETTERS / "locked_by_password.pdf", "locked by a password"),
        (b"x" * 10_000_000, "more than 2,000,000 characters"),
    ],
)
def test_says_why_a_file_is_unreadable(source: Path | bytes, message: str) -> None:
    with pytest.raises(UnreadableFileError, match=message) as error:
        read_text(source, "my letter")
    assert "`my letter`" in str(error.value)
    assert error.value.code == "unreadable-file"


def test_refuses_a_pdf_with_endless_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letter_module, "MAX_CHARS", 20)
    with pytest.raises(UnreadableFileError, match="more than 20 characters"):
        read_text(drawn([[(72, 700, "F1", "word " * 10)]]), "long.pdf")


def test_reads_hostile_text_in_linear_time() -> None:
    ur, imr, why = "Claims Administrator guideline:", "MAXIMUS guideline:", "Decision rationale:"
    for filler in (" ", "\n", ur, " was the original request. ", ":", "- \n", f"{ur}{imr}{why}"):
        text = minimal(requests=block(filler * (300_000 // len(filler)) + "x: Upheld"))
        started = time.perf_counter()
        with contextlib.suppress(KbError):
            read_letter(read_text(text.encode(), "x.txt"))
        assert time.perf_counter() - started < 5


# --- PDF pages, drawn here


def drawn(pages: list[list[tuple[int, int, str, str]]]) -> bytes:
    """Draw a PDF: for each page its lines as (x, y, F1 regular or F2 bold, words)."""
    font = "<</Type/Font/Subtype/Type1/BaseFont/Times-"
    fonts = f"<</F1{font}Roman>>/F2{font}Bold>>>>".encode()
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode()]
    for number, lines in enumerate(pages):
        shown = "".join(f"BT /{font} 12 Tf {x} {y} Td ({words}) Tj ET\n" for x, y, font, words in lines)
        page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents {4 + 2 * number} 0 R/Resources<</Font "
        objects.append(page.encode() + fonts + b">>>>")
        objects.append(f"<</Length {len(shown)}>>stream\n{shown}endstream".encode())
    body = b"%PDF-1.4\n"
    for number, content in enumerate(objects, start=1):
        body += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    return body + f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\n%%EOF".encode()


def test_joins_wrapped_lines_and_parts_paragraphs_of_a_pdf() -> None:
    page = [
        (72, 700, "F1", "A line that wraps "),
        (72, 686, "F1", "into the next one."),
        (72, 658, "F1", "A new paragraph about electro-"),
        (72, 644, "F1", "therapy and a line that fills the whole of the width of the page x"),
        (72, 630, "F1", "Wrapped."),
    ]
    assert read_text(drawn([page]), "x.pdf") == (
        "A line that wraps into the next one.\n\nA new paragraph about electro-therapy and a line that fills "
        "the whole of the width of the page x Wrapped."
    )


def test_a_page_break_parts_only_what_ends() -> None:
    first = [(72, 100, "F1", "Decision rationale: it goes on ")]
    second = [(72, 700, "F1", "and ends here."), (72, 100, "F1", "One more filling line.")]
    third = [(72, 700, "F2", "MRI of the neck: Upheld")]
    assert read_text(drawn([first, second, third]), "x.pdf") == (
        "Decision rationale: it goes on and ends here.\n\nOne more filling line.\n\nMRI of the neck: Upheld"
    )


# --- outcome, citations and rationale decide nothing

SPACES = "spaces"
REPLACEMENTS: dict[str, Callable[[str, str], str]] = {
    SPACES: lambda kind, words: " " * len(words),
    "spaces, lines kept": lambda kind, words: re.sub(r"[^\n]", " ", words),
    "the other outcome": lambda kind, words: {
        "outcome": "Overturned" if words == "Upheld" else "Upheld",
        "citation": " another source\n\n",
        "rationale": "So be it.",
    }[kind],
    "paragraphs with colons": lambda kind, words: {
        "outcome": "Pending",
        "citation": " one: two\n\nthree: four\n\n",
        "rationale": "First: a.\n\nSecond: b and\nlines\n\nMRI of the toe: Upheld\n\nno full stop: here",
    }[kind],
    "long words": lambda kind, words: {
        "outcome": "",
        "citation": " x ",
        "rationale": "alpha " * 500 + "\n\nBeta was the original request. Gamma:\n\n" + "delta " * 20,
    }[kind],
}


def veiled(text: str, found: Letter, replace: Callable[[str, str], str]) -> str:
    """Replace in a letter all that the reviewers said."""
    places = [(span.start, span.end, "rationale") for span in (request.rationale for request in found.requests)]
    places += [(*outcome_place(text, request), "outcome") for request in found.requests]
    fields = r"Claims Administrator guideline:(.*?)MAXIMUS guideline:(.*?)Decision rationale:"
    for match in re.finditer(fields, text, re.S):
        places += [(*match.span(1), "citation"), (*match.span(2), "citation")]
    for start, end, kind in sorted(places, reverse=True):
        text = text[:start] + replace(kind, text[start:end]) + text[end:]
    return text


def outcome_place(text: str, request: Request) -> tuple[int, int]:
    match = re.compile(r"\s*(?:is)?\s*:\s*(\w+)").match(text, request.span.end)
    assert match, request.text
    return match.span(1)


def facts(found: Letter) -> list[object]:
    """List all that may influence a determination."""
    apart = ("requests", "summary_span")
    said = [getattr(found, name) for name in Letter.__struct_fields__ if name not in apart]
    shares = ("line", "text", "original_text", "authorised_text", "remaining_text")
    return said + [[getattr(request, name) for name in shares] for request in found.requests]


@pytest.mark.parametrize("way", REPLACEMENTS)
@pytest.mark.parametrize("name", ["massage_2014.txt", "two_requests_2016.txt"])
def test_reviewers_words_decide_nothing(name: str, way: str) -> None:
    text = read_text(LETTERS / name, name)
    assert_unmoved(text, way)


def assert_unmoved(text: str, way: str) -> None:
    found = read_letter(text)
    again = read_letter(veiled(text, found, REPLACEMENTS[way]))
    assert facts(again) == facts(found)
    if way == SPACES:
        assert [request.outcome for request in again.requests] == [None] * len(found.requests)
        assert [request.span for request in again.requests] == [request.span for request in found.requests]


# --- published letters


@needs_published
def test_every_published_letter_has_its_labels() -> None:
    assert {path.stem for path in published()} == set(labels())
    assert sum(map(len, labels().values())) == 278


@needs_published
@pytest.mark.parametrize("path", published(), ids=lambda path: path.stem)
def test_published_letter_agrees_with_its_labels(path: Path) -> None:
    text = read_text(path, path.name)
    assert read_text(text.encode(), "again.txt") == text
    found = read_letter(text)
    rows = labels()[path.stem]
    assert [request.line for request in found.requests] == [row["request_index"] + 1 for row in rows]
    assert_spans(text, found)
    for request, row in zip(found.requests, rows, strict=True):
        assert header_of(found) == header_label(row)
        assert request.outcome == row["outcome"]
        assert bool(request.original_text) == bool(row.get("partly_authorised_by_ur"))
        printed = REWORDED_LABELS.get((path.stem, row["request_index"]), row["request_text"])
        assert letters_of(request.original_text or request.text) == letters_of(printed)


def header_of(found: Letter) -> list[object]:
    dates = [found.assigned, found.injured, found.decided, found.ur_decided]
    return [found.number, *dates, found.priority, ", ".join(found.specialty), found.age, found.sex]


def header_label(row: dict[str, Any]) -> list[object]:
    names = ("date_assigned", "date_of_injury", "decision_date", "ur_denial_date")
    dates = [datetime.strptime(row[name], "%m/%d/%Y").date() for name in names]
    sex = {"M": "male", "F": "female", None: None}[row["sex"]]
    return [row["case_id"], *dates, row["priority"], row["reviewer_specialty"], row["age"], sex]


def letters_of(words: str) -> str:
    return re.sub(r"[\W_]+", "", words).lower()


@needs_published
@pytest.mark.parametrize("way", REPLACEMENTS)
def test_published_reviewers_words_decide_nothing(way: str) -> None:
    for path in published():
        assert_unmoved(read_text(path, path.name), way)
