"""Run the cases beside every topic."""

from pathlib import Path

import pytest
import yaml

from kb import load_knowledge
from kb.check.topic_cases import failures, read_cases
from kb.settings import data_folder

CASES = list(read_cases(data_folder("ontology")))


@pytest.fixture(scope="module")
def knowledge():
    return load_knowledge()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.topic}: {case.name}")
def test_case(case, knowledge):
    assert failures(case, knowledge) == []


def test_every_written_case_is_run():
    files = Path(data_folder("ontology")).rglob("*.yaml")
    written = sum(len(yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files)
    assert len(CASES) == written > 0
    assert len({(case.file, case.name) for case in CASES}) == written, "two cases of a topic have one name"
