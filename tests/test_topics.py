"""Run the cases beside every topic."""

import pytest
import yaml

from kb.check.topic_cases import case_files, outcomes_of, read_case_file
from kb.settings import data_folder

FOLDER = data_folder("ontology")
FILES = case_files(FOLDER)


@pytest.fixture(scope="module", params=FILES, ids=lambda file: f"{file.parent.name}/{file.name.partition('.')[0]}")
def decided(request, knowledge):
    """Give the file of a topic and its cases, each with what comes out; decided together, in half the time."""
    cases = read_case_file(request.param)
    return request.param, list(zip(cases, outcomes_of(cases, knowledge), strict=True))


def test_every_case_comes_out_as_it_is_written(decided):
    file, outcomes = decided
    assert {case.name: outcome.unexpected for case, outcome in outcomes if outcome.unexpected} == {}
    written = [entry["name"] for entry in yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)]
    assert [case.name for case, _ in outcomes] == written != []
    assert len(set(written)) == len(written), "two cases have one name"


def test_a_case_decided_alone_comes_out_as_with_the_others_of_its_topic(decided, knowledge):
    _, [(case, outcome), *_] = decided
    assert list(outcomes_of([case], knowledge)) == [outcome]


def test_the_cases_of_every_topic_are_run():
    assert set(FILES) == set(FOLDER.rglob("*.yaml")) != set()
