"""What people read: marks that tell support, units, advice apart, words explained."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from kb import determine
from kb.answer.sheet import Branch, Sheet, Shown
from kb.answer.shown import arrange, legend
from kb.browse.answers import page

ROOT = Path(__file__).parents[1]
EVERY = 40  # of all cases beside the topics


@pytest.fixture(scope="module")
def sheets(knowledge) -> list[Sheet]:
    files = sorted((ROOT / "ontology" / "guidelines").rglob("*.cases.yaml"))
    cases = [entry["case"] for file in files for entry in yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)]
    plain = json.loads(json.dumps(cases[::EVERY], default=str))
    return [arrange(determine(case, knowledge), knowledge) for case in plain]


def _shown(sheets: list[Sheet]) -> Iterator[Shown]:
    for sheet in sheets:
        for request in sheet.requests:
            yield from (request, *request.parts)


def _branches(branch: Branch | None) -> Iterator[Branch]:
    if branch:
        yield branch
        for child in branch.children:
            yield from _branches(child)


def test_a_mark_tells_whether_a_recommendation_supports_the_request(sheets):
    seen = set()
    for voice in (voice for shown in _shown(sheets) for voice in shown.voices):
        if voice.applies != "met":
            assert voice.mark == "unknown", voice.id
        if voice.text.startswith("advises against") and voice.mark == "met":
            assert "its exception holds" in voice.text, voice.id
        seen.add((voice.mark, voice.text))
    assert any(mark == "not_met" and text.startswith("advises against") for mark, text in seen)
    assert any(mark == "met" for mark, _ in seen)


def test_advice_is_never_ticked_and_one_child_needs_no_all_of(sheets, knowledge):
    advice = 0
    for branch in (b for shown in _shown(sheets) for voice in shown.voices for b in _branches(voice.branch)):
        criterion = knowledge.criteria.get(branch.id)
        if not branch.children and criterion and criterion.strength == "advisory":
            advice += 1
            assert branch.mark == "advice"
            assert "advisory" in branch.notes
        if branch.text in ("all of", "any one of"):
            assert len(branch.children) > 1
            assert any(child.mark != "advice" for child in branch.children)
    assert advice


def test_what_was_found_has_the_unit_of_its_criterion(sheets, knowledge):
    notes = [
        note
        for shown in _shown(sheets)
        for voice in shown.voices
        for branch in _branches(voice.branch)
        for note in branch.notes
        if note.startswith("found") and "unit" in knowledge.criteria[branch.id].slots
    ]
    assert any(note.endswith("days") for note in notes)
    for note in notes:
        assert any(letter.isalpha() for letter in note.removeprefix("found")), note


def test_no_identifier_stands_in_what_people_read(sheets):
    for shown in _shown(sheets):
        for text in (*shown.because, *shown.missing, *shown.changed, *shown.citations, *shown.assumptions):
            assert "#" not in text, text
            assert "_" not in text, text


def test_ids_on_a_page_of_several_letters_are_its_own(knowledge):
    from kb.review import review

    answer = review(ROOT / "tests" / "letters" / "massage_2014.txt", "massage_2014.txt", knowledge)
    text = page([answer, answer], knowledge)
    assert 'id="a1-f1"' in text
    assert 'id="a2-f1"' in text
    assert 'href="#a1-f' in text


def test_only_words_that_stand_there_are_explained():
    assert [word for word, _ in legend("✔ a (recalled)")] == ["✔", "recalled"]
    assert legend("she recalled nothing") == []
