"""Every collected guideline statement is accounted for: by a criterion, a recommendation, a period or a note."""

import csv
from pathlib import Path

import pytest

from kb.knowledge.ontology import read_ontology
from kb.settings import data_folder
from kb.terms import SCHEMA

COLLECTED = Path(__file__).parents[2] / "shared" / "knowledge"
TABLES = {"chronic_pain_2009.csv": "fact_id", "acoem_odg.csv": "fact_id", "attested.csv": "attested_id"}

pytestmark = pytest.mark.skipif(not COLLECTED.is_dir(), reason="the collected statements are not beside the checkout")


@pytest.fixture(scope="module")
def encoded() -> dict[str, list[str]]:
    ontology = read_ontology(data_folder("ontology"))
    found: dict[str, list[str]] = {}
    for subject in ontology.index:
        for number in ontology.objects(subject, SCHEMA + "encodes"):
            found.setdefault(number.value, []).append(subject)
    return found


@pytest.fixture(scope="module")
def collected() -> set[str]:
    found: set[str] = set()
    for name, column in TABLES.items():
        with (COLLECTED / name).open(encoding="utf-8", newline="") as rows:
            found.update(row[column] for row in csv.DictReader(rows))
    return found


def test_every_statement_is_accounted_for(encoded, collected):
    missing = sorted(collected - set(encoded))
    print(f"accounted {len(collected) - len(missing)}/{len(collected)}")
    assert missing == []


def test_no_number_is_invented(encoded, collected):
    assert sorted(set(encoded) - collected) == []
