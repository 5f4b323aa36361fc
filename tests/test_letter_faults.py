"""What is not a good letter: damaged files, missing headings, impossible dates, hostile text, bad print."""

import contextlib
import re
import time
from pathlib import Path

import pytest
from invented import LETTERS, block, facts, minimal
from pages import drawn

from kb.errors import BadDateError, KbError, LetterFormatError, UnreadableFileError
from kb.letter import text as text_module
from kb.letter.reader import read_letter, read_text


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
    monkeypatch.setattr(text_module, "MAX_CHARS", 20)
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


# --- bad print


def as_printed(text: str) -> str:
    return read_text(text.encode(), "x.txt")


GOOD = minimal(
    "Date Assigned: 12/05/2016 Date of Injury: 10/04/2016\nDecision Date: 01/09/2017 UR Denial Date: 11/21/2016",
    requests=block("Physical therapy of the left shoulder, 6 visits: Upheld") + block("MRI of the neck: Overturned"),
)
PRINTS = {
    "lines of Windows": lambda text: text.replace("\n", "\r\n"),
    "lines of old Macs": lambda text: text.replace("\n", "\r"),
    "double spaces": lambda text: re.sub(r"(?<=\S) (?=\S)", "  ", text),
    "spaces before colons": lambda text: text.replace(":", " :"),
    "hard spaces": lambda text: text.replace(" ", "\xa0"),
    "thin spaces": lambda text: text.replace(" ", "\u2009"),
    "spaces at the ends of lines": lambda text: text.replace("\n", "   \n"),
    "indented": lambda text: re.sub(r"(?m)^", "      ", text),
    "soft hyphens": lambda text: text.replace("therapy", "ther\xadapy").replace("Administrator", "Admini\xadstrator"),
    "marks of byte order": lambda text: "\ufeff" + text,
    "foot of a page inside": lambda text: text.replace(
        "\n\nMRI", "\n\nPage 2 of 4\n\fFinal Determination Letter for IMR Case Number CM16-1 3\n\nMRI"
    ),
    "number of a page inside": lambda text: text.replace("\n\nMRI", "\n\n                 2\n\f\nMRI"),
}


@pytest.mark.parametrize("print_of", PRINTS)
def test_reads_bad_print(print_of: str) -> None:
    printed_badly = PRINTS[print_of](GOOD)
    assert printed_badly != GOOD
    found = read_letter(as_printed(printed_badly))
    assert without_blanks(facts(found)) == without_blanks(facts(read_letter(GOOD)))
    assert [request.outcome for request in found.requests] == ["upheld", "overturned"]


def without_blanks(said: list[object]) -> list[object]:
    return [" ".join(words.split()) if isinstance(words, str) else words for words in said]


def test_a_page_that_breaks_a_request_leaves_no_trace() -> None:
    torn = "Physical therapy of the\n\nPage 3 of 5\n\f\nleft shoulder, 6 visits: Upheld"
    text = GOOD.replace("Physical therapy of the left shoulder, 6 visits: Upheld", torn)
    assert read_letter(as_printed(text)).requests[0].text == "Physical therapy of the left shoulder, 6 visits"


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("Non- MTUS", "Non-MTUS"),
        ("electro-\ndiagnostic", "electro-diagnostic"),
        ("L4- \nL5", "L4-L5"),
        ("pain -\nworse", "pain -\nworse"),
        ("“no” and it’s", "“no” and it’s"),
    ],
)
def test_hyphens_at_the_ends_of_lines(broken: str, whole: str) -> None:
    assert as_printed(broken) == whole


def test_a_case_number_has_a_figure() -> None:
    assert read_letter(GOOD).number == "CM16-1"
    with pytest.raises(LetterFormatError, match="label `Case Number:` with a number"):
        read_letter(GOOD.replace("CM16-1", "withheld"))


def test_an_age_that_nobody_reaches_is_a_slip() -> None:
    assert read_letter(minimal(summary="The worker is a 480 year old male.")).age is None
