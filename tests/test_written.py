"""Test that each recommendation has its written cases: three at the least, met, not met and unknown among them.

What the tests generate at each number does not count, and nothing here asks the engine: `written` says what counts.
"""

import gc
from pathlib import Path

import pytest
from reference import load
from test_check_topics import CASES, GOOD, MORE, RECOMMENDATION, world
from written import Counter

from kb.settings import data_folder


def counted(folder):
    """Count the cases of an ontology."""
    counter = Counter(load(Path(folder)))
    counter.count(Path(folder) / "guidelines")
    return counter


def test_each_recommendation_of_the_guidelines_has_its_written_cases():
    gc.freeze()  # the knowledge stays, so the collector need not walk it again and again
    counter = counted(data_folder("ontology"))
    assert counter.lacking() == []
    files = (data_folder("ontology") / "guidelines").rglob("*.cases.yaml")
    written = sum(("\n" + file.read_text(encoding="utf-8")).count("\n- name:") for file in files)
    assert sum(counter.cases.values()) == written
    assert counter.shared() == []


ENTRIES = ["- name:" + entry for entry in (CASES + MORE).split("- name:")[1:]]


@pytest.mark.parametrize(
    ("left_out", "lacking"),
    [
        (None, []),
        (0, ["g/cane#r: 2 of 3 cases, none met"]),
        (1, ["g/cane#r: 2 of 3 cases, none not_met"]),
        (2, ["g/cane#r: 2 of 3 cases, none unknown"]),
    ],
)
def test_a_case_that_is_not_written_is_named(tmp_path, left_out, lacking):
    kept = [entry for number, entry in enumerate(ENTRIES) if number != left_out]
    assert counted(world(tmp_path, cases="".join(kept))).lacking() == lacking


CANE = "- name: {}\n  case: {{requested: 2020-01-01, requests: [{}]}}\n  expect: {{{}}}\n"
THREE = "".join(CANE.format(name, "cane", "verdict: supported") for name in ("one", "two", "three"))
OPEN = CANE.format("some aid", "service", "applies: {r: unknown}")
APART = CANE.format("a crutch", "crutch", "applies: {r: not in the formula}")


@pytest.mark.parametrize(
    ("cases", "lacking"),
    [
        (THREE + OPEN + APART, []),
        (THREE + OPEN, ["g/cane#r: none not_met"]),
        (THREE + APART, ["g/cane#r: none unknown"]),
        (OPEN + APART, ["g/cane#r: 0 of 3 cases, none met"]),
    ],
)
def test_without_criteria_cases_show_where_it_applies(tmp_path, cases, lacking):
    topic = RECOMMENDATION.replace(" ;\n", " .\n")
    assert counted(world(tmp_path, topic, cases)).lacking() == lacking


@pytest.mark.parametrize(
    ("treatment", "lacking"),
    [("c:drug", []), ("c:drug , c:fall", []), ("c:fall", ["g/cane#r: none not_met"])],
)
def test_only_what_a_case_can_deny_needs_a_case_that_denies_it(tmp_path, treatment, lacking):
    beside = "<#beside> a kb:AdjunctRequired ; kb:treatment {} ; kb:verification kb:recalled ; kb:encodes 'a/1' .\n"
    drug = "c:drug a owl:Class ; rdfs:subClassOf c:treatment .\n"
    topic = f"{RECOMMENDATION}    kb:criteria <#beside> .\n{beside.format(treatment)}{drug}"
    held = "treatments: [{service: drug, status: current}]" if "drug" in treatment else "findings: [fall]"
    met = CANE.format("met", "cane", "verdict: supported").replace("requests:", f"{held}, requests:")
    assert counted(world(tmp_path, topic, THREE + met)).lacking() == lacking


def test_no_case_stands_for_two_recommendations(tmp_path):
    topic = "".join(RECOMMENDATION.replace(" ;\n", " .\n").replace("#r>", f"#{name}>") for name in ("r", "s"))
    more = THREE.replace("name: ", "name: other ")
    assert counted(world(tmp_path / "three", topic, THREE)).shared() == ["g/cane#s"] * 3
    assert counted(world(tmp_path / "six", topic, THREE + more)).shared() == []


def test_advisory_criteria_are_read_as_if_they_decided(tmp_path):
    topic = GOOD.replace("kb:concept c:knee_instability ;", "kb:concept c:knee_instability ; kb:strength kb:advisory ;")
    topic = topic.replace("kb:scope kb:total ;", "kb:scope kb:total ; kb:strength kb:advisory ;")
    assert counted(world(tmp_path, topic)).lacking() == []
    assert counted(world(tmp_path / "short", topic, "".join(ENTRIES[:2]))).lacking() == [
        "g/cane#r: 2 of 3 cases, none unknown"
    ]
