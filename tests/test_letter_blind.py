"""Outcome, citations and rationale decide nothing."""

import re
from collections.abc import Callable
from functools import cache

import pytest
from invented import facts, words_of

from kb import determine
from kb.facts.reading import read_case_from_letter
from kb.knowledge.base import Knowledge
from kb.letter.lines import Request
from kb.letter.reader import Letter, read_letter

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


@pytest.mark.parametrize("way", REPLACEMENTS)
@pytest.mark.parametrize("name", ["massage_2014.txt", "two_requests_2016.txt"])
def test_reviewers_words_decide_nothing(name: str, way: str) -> None:
    text = words_of(name)
    assert_unmoved(text, way)


as_it_is = cache(read_letter)


def assert_unmoved(text: str, way: str) -> None:
    found = as_it_is(text)
    again = read_letter(veiled(text, found, REPLACEMENTS[way]))
    assert facts(again) == facts(found)
    if way == SPACES:
        assert [request.outcome for request in again.requests] == [None] * len(found.requests)
        assert [request.span for request in again.requests] == [request.span for request in found.requests]


# --- the other printed forms: what each of them says of outcome, guidelines and reasons

OF_REVIEWERS = {
    "notice_2013.txt": [
        r"(?:for the low back|lumbar brace)(\s+is\s+(?:not)?medically\s+necessary\s+and\s+appropriate)\.",
        r"necessary and appropriate\.(?=\n\nMedical)|Documents Reviewed for Determination:(.*)\Z",
        r"(The guideline speaks.*?preventive\.)”",
    ],
    "documents_reviewed_2013.txt": [
        r"(?:left wrist)(\s+is\s+(?:not\s+)?medically\s+necessary\s+and\s+appropriate)\.",
        r"Administrator based its decision on(.*?)The Physician Reviewer based",
        r"Reviewer based his/her decision on(.*?)The Physician Reviewer's decision",
        r"decision rationale:(.*?)(?=2\. MRI|\Z)",
    ],
    "professional_review_2013.txt": [
        r"REVIEWER AND WHY:(.*?)RATIONALE FOR",
        r"MEDICALLY NECESSARY:(.*?)MEDICAL REVIEWER",
    ],
}
OTHER_WORDS = {
    "spaces": lambda words: " " * len(words),
    "spaces, lines kept": lambda words: re.sub(r"[^\n]", " ", words),
    "other words": lambda words: " is medically necessary" if "necessary" in words[:80] else "\n\nOf no matter.\n\n",
}


@pytest.mark.parametrize("way", OTHER_WORDS)
@pytest.mark.parametrize("name", OF_REVIEWERS)
def test_reviewers_words_decide_nothing_in_other_forms(name: str, way: str, knowledge: Knowledge) -> None:
    text = words_of(name)
    places = [(*found.span(1),) for said in OF_REVIEWERS[name] for found in re.finditer(said, text, re.S) if found[1]]
    assert len(places) >= len(OF_REVIEWERS[name])
    other = text
    for start, end in sorted(places, reverse=True):
        other = other[:start] + OTHER_WORDS[way](text[start:end]) + other[end:]
    assert other != text
    assert decided(other, knowledge) == decided(text, knowledge)


def decided(text: str, knowledge: Knowledge) -> list[object]:
    """List what may influence a determination, and the determination; a summary without what UR decided."""
    letter = read_letter(text)
    answer = determine(read_case_from_letter(letter, text, knowledge), knowledge, text)
    told = [{k: v for k, v in fact.items() if k != "quote"} for fact in answer["facts"]]
    said = facts(letter)
    said.remove(letter.summary)
    return [said, told, [(r["service"], r["quantity"], r["determination"]) for r in answer["requests"]]]
