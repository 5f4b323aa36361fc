"""Letters of the other printed forms: the notice of 2013, "documents reviewed", "medical professional review"."""

import re
from datetime import date

import pytest
from invented import NAMES, assert_spans, cut, invented, words_of

from kb.errors import LetterFormatError
from kb.facts.reading import read_case_from_letter
from kb.letter.form import FORMS
from kb.letter.reader import read_letter

FORMATS = {
    "documents_reviewed_2013.txt": "documents_reviewed",
    "massage_2014.txt": "case_number_2014",
    "notice_2013.txt": "notice_2013",
    "professional_review_2013.txt": "professional_review",
    "two_requests_2016.txt": "case_number_2015",
}


def test_every_invented_letter_is_told_by_its_form() -> None:
    assert {name: invented(name).format for name in NAMES} == FORMATS
    assert len(set(FORMATS.values())) == len(FORMS) + 1  # one form has two shapes


@pytest.mark.parametrize("name", NAMES)
def test_spans_point_at_their_words(name: str) -> None:
    text = words_of(name)
    assert_spans(text, read_letter(text))


def test_reads_the_notice_of_2013() -> None:
    found = invented("notice_2013.txt")
    assert (found.number, found.specialty) == ("CM13-0990003", ["Family Practice"])
    assert (found.injured, found.ur_decided) == (date(2012, 4, 2), date(2013, 9, 6))
    assert (found.decided, found.assigned, found.received) == (date(2013, 10, 21), date(2013, 9, 30), date(2013, 9, 17))
    assert (found.age, found.sex) == (52, "male")
    assert found.summary.startswith("The patient is a 52 year-old")
    assert found.summary.endswith("as a preventive.")
    assert [(r.line, r.text, r.outcome) for r in found.requests] == [
        (1, "12 sessions of acupuncture for the low back", "upheld"),
        (2, "a lumbar brace", "overturned"),
    ]
    assert found.requests[0].imr_citation == "the same section to fit."
    assert found.requests[1].ur_citation == "the chapter on the low back."


def test_the_notice_needs_neither_header_nor_reasons() -> None:
    text = words_of("notice_2013.txt")
    first, rest = text.split("Employee:")[0], text[text.index("INDEPENDENT MEDICAL REVIEW DECISION") :]
    bare = first + rest[: rest.index("Documents Reviewed")]
    found = read_letter(bare)
    assert (found.number, found.injured, found.ur_decided) == (None, None, date(2013, 9, 6))
    assert [r.outcome for r in found.requests] == ["upheld", "overturned"]
    assert {(r.ur_citation, r.imr_citation, cut(bare, r.rationale)) for r in found.requests} == {("", "", "")}
    told = bare.replace("a 52 year-old male roofer", "a 52 year-old male with a date of Injury of 4/2/2012")
    assert read_letter(told).injured == date(2012, 4, 2)


def test_what_ur_decided_is_no_fact_of_the_notice(knowledge) -> None:
    text = words_of("notice_2013.txt")
    found = read_letter(text)
    assert [cut(text, span).split()[0] for span in found.withheld] == ["The", "A"]
    assert all("denied" in cut(text, s) or "guideline" in cut(text, s) for s in found.withheld)
    told = read_case_from_letter(found, text, knowledge)
    assert [(t.service, t.quantity) for t in told.treatments] == [("physical_therapy", 6)]
    assert [d.concept for d in told.diagnoses] == ["low_back_pain"]


def test_the_end_of_a_quoted_summary_must_be_plain() -> None:
    text = words_of("notice_2013.txt").replace("as a preventive.”", "as a preventive.")
    assert read_letter(text).summary.endswith("as a preventive.")
    with pytest.raises(LetterFormatError, match="the end of the case summary was not found"):
        read_letter(text.replace("Documents Reviewed for Determination:", "Papers:"))


def test_reads_the_form_with_documents_reviewed() -> None:
    found = invented("documents_reviewed_2013.txt")
    assert (found.number, found.priority) == ("CM13-0990004", "STANDARD")
    assert (found.injured, found.ur_decided) == (date(2012, 11, 5), date(2013, 10, 9))
    assert found.received == date(2013, 10, 28)
    assert found.summary.startswith("The patient is a 38-year-old female packer")
    assert [(r.line, r.text, r.outcome) for r in found.requests] == [
        (1, "Occupational therapy 2 times a week for 4 weeks, left wrist", "upheld"),
        (2, "MRI of the left wrist", "overturned"),
    ]
    assert found.requests[1].imr_citation == "no guideline."


def test_the_labels_of_the_later_form_serve_too() -> None:
    text = words_of("documents_reviewed_2013.txt")
    for label, later in (
        ("The Claims Administrator based its decision on", "Claims Administrator guideline:"),
        ("The Physician Reviewer based his/her decision on", "MAXIMUS guideline:"),
        ("The Physician Reviewer's decision rationale:", "Decision rationale:"),
    ):
        assert text.count(label) == 2
        text = text.replace(label, later)
    text = text.replace(" is medically necessary and appropriate.", ": Overturned")
    assert [(r.text, r.outcome) for r in read_letter(text).requests][1] == ("MRI of the left wrist", "overturned")


def test_reads_the_medical_professional_review() -> None:
    found = invented("professional_review_2013.txt")
    assert (found.number, found.ur_decided, found.injured) == ("CM13-0990005", date(2013, 3, 22), date(2013, 1, 14))
    assert found.specialty == ["Physical Medicine and Rehabilitation"]
    assert (found.age, found.sex) == (45, "male")
    assert [r.text for r in found.requests] == [
        "physical therapy 3 times a week for 4 weeks for the right shoulder",
        "an MR arthrogram of the right shoulder",
    ]
    assert {r.outcome for r in found.requests} == {"upheld"}


@pytest.mark.parametrize(
    ("issues", "expected"),
    [
        ("Physical therapy x 12", ["Physical therapy x 12"]),
        ("Whether the request for Norco 10/325 #60 is medically necessary and appropriate.", ["Norco 10/325 #60"]),
        ("Physical therapy x 12\n\nMRI of the neck", ["Physical therapy x 12", "MRI of the neck"]),
        ("Physical therapy x 12\nMRI of the neck", ["Physical therapy x 12", "MRI of the neck"]),
        ("Physical therapy of the\nright shoulder", ["Physical therapy of the", "right shoulder"]),
        ("• Physical therapy x 12\n• MRI of the\nneck", ["Physical therapy x 12", "MRI of the neck"]),
        ("Are 6 visits of massage medically necessary?", ["6 visits of massage"]),
    ],
)
def test_issues_may_be_listed_in_several_ways(issues: str, expected: list[str]) -> None:
    text = words_of("professional_review_2013.txt")
    listed = text[text.index("1. Whether") : text.index("CASE SUMMARY:")]
    if issues.endswith("\nright shoulder"):  # a line that begins small goes on
        expected = [" ".join(expected)]
    assert [r.text for r in read_letter(text.replace(listed, issues + "\n\n")).requests] == expected


# --- what is missing is named, and what was read is kept


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("notice_2013.txt", "INDEPENDENT MEDICAL REVIEW DECISION AND RATIONALE"),
        ("notice_2013.txt", "Medical Qualifications of the Expert Reviewer:"),
        ("notice_2013.txt", "Case Summary:"),
        ("documents_reviewed_2013.txt", "DOCUMENTS REVIEWED"),
        ("documents_reviewed_2013.txt", "CLINICAL CASE SUMMARY"),
        ("documents_reviewed_2013.txt", "IMR DECISION(S) AND RATIONALE(S)"),
        ("professional_review_2013.txt", "ISSUE AT DISPUTE:"),
        ("professional_review_2013.txt", "CASE SUMMARY:"),
        ("professional_review_2013.txt", "DOCUMENTS REVIEWED FOR DETERMINATION:"),
    ],
)
def test_names_the_heading_that_is_missing(name: str, heading: str) -> None:
    text = words_of(name)
    assert heading in text
    with pytest.raises(LetterFormatError, match=re.escape(f"heading `{heading}` was not found, though")) as error:
        read_letter(text.replace(heading, "Something else"))
    assert error.value.read["ur_decided"] == invented(name).ur_decided
    assert error.value.read["number"] == invented(name).number


def test_keeps_what_was_read() -> None:
    text = words_of("two_requests_2016.txt")
    with pytest.raises(LetterFormatError, match=re.escape("what was read: case number `CM16-0990002`")) as error:
        read_letter(text.replace("MAXIMUS guideline:", "Guideline:", 1))
    assert error.value.read["injured"] == date(2016, 10, 4)
    assert error.value.read["summary"] == read_letter(text).summary
    with pytest.raises(LetterFormatError, match="date of injury `13/45/2016`") as error:
        read_letter(text.replace("10/04/2016", "13/45/2016"))
    assert "injured" not in error.value.read
    assert error.value.read["ur_decided"] == date(2016, 11, 21)
    assert len(error.value.read["requests"]) == 3


def test_a_notice_without_findings_says_so() -> None:
    text = words_of("notice_2013.txt").replace("has determined the request", "has looked at the request")
    with pytest.raises(LetterFormatError, match="no finding `1\\) MAXIMUS"):
        read_letter(text)
    text = words_of("professional_review_2013.txt")
    listed = text[text.index("1. Whether") : text.index("CASE SUMMARY:")]
    with pytest.raises(LetterFormatError, match="nothing stands below `ISSUE AT DISPUTE:`"):
        read_letter(text.replace(listed, ""))
