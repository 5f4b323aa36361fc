"""Run the cases beside every topic."""

from functools import cache
from pathlib import Path

import pytest
import yaml

from kb.check.topic_cases import case_files, outcomes_of, read_case_file
from kb.settings import data_folder

FILES = {file: read_case_file(file) for file in case_files(data_folder("ontology"))}
CASES = [case for cases in FILES.values() for case in cases]


@pytest.fixture(scope="module")
def outcomes(knowledge):
    """Give the outcomes of the cases of a file by their names; they are decided together, in half the time."""

    @cache
    def found(file):
        cases = FILES[file]
        return {case.name: outcome for case, outcome in zip(cases, outcomes_of(cases, knowledge), strict=True)}

    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.topic}: {case.name}")
def test_case(case, outcomes):
    assert outcomes(case.file)[case.name].unexpected == []


@pytest.mark.parametrize("share", range(4))
def test_a_case_decided_alone_comes_out_as_with_the_others_of_its_topic(share, outcomes, knowledge):
    firsts = [cases[0] for cases in FILES.values()][share::4]
    assert firsts
    for case in firsts:
        assert list(outcomes_of([case], knowledge)) == [outcomes(case.file)[case.name]], case


def test_every_written_case_is_run():
    files = Path(data_folder("ontology")).rglob("*.yaml")
    written = sum(len(yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)) for file in files)
    assert len(CASES) == written > 0
    assert len({(case.file, case.name) for case in CASES}) == written, "two cases of a topic have one name"
