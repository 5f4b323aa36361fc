"""Read invented letters of the form with a case number, from `tests/letters` and written here."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from invented import assert_spans, block, facts, invented, minimal, words_of

from kb.letter.form import HEADINGS, LABELS
from kb.letter.reader import read_letter, read_text


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
    text = words_of("massage_2014.txt")
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
    text = words_of(name)
    assert_spans(text, read_letter(text))


# --- other wordings and layouts


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
    text = words_of("two_requests_2016.txt")
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
