"""The published letters agree with their labels, and read the same whatever the reviewers said."""

import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from invented import assert_spans
from test_letter_blind import REPLACEMENTS, assert_unmoved

from kb.letter.reader import Letter, read_letter, read_text

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


def published() -> list[Path]:
    return sorted(PUBLISHED.glob("CM*")) if PUBLISHED.is_dir() else []


@cache
def text_of(path: Path) -> str:
    return read_text(path, path.name)


@cache
def labels() -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    if PUBLISHED.is_dir():
        for line in (PUBLISHED / "labels.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            rows.setdefault(row["case_id"], []).append(row)
    return rows


@needs_published
def test_every_published_letter_has_its_labels() -> None:
    assert {path.stem for path in published()} == set(labels())
    assert sum(map(len, labels().values())) == 278


@needs_published
@pytest.mark.parametrize("path", published(), ids=lambda path: path.stem)
def test_published_letter_agrees_with_its_labels(path: Path) -> None:
    text = text_of(path)
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
        assert_unmoved(text_of(path), way)
