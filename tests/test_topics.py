"""Run the cases beside every topic."""

from pathlib import Path

import pytest
import yaml

from kb import load_knowledge
from kb.check.topic_cases import case_files, outcomes_of, read_case_file
from kb.settings import data_folder

CASES = [case for file in case_files(data_folder("ontology")) for case in read_case_file(file)]


@pytest.fixture(scope="module")
def knowledge():
    return load_knowledge()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.topic}: {case.name}")
def test_case(case, knowledge):
    (outcome,) = outcomes_of([case], knowledge)
    assert outcome.unexpected == []


def test_every_written_case_is_run():
    files = Path(data_folder("ontology")).rglob("*.yaml")
    written = sum(len(yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files)
    assert len(CASES) == written > 0
    assert len({(case.file, case.name) for case in CASES}) == written, "two cases of a topic have one name"
