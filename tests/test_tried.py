"""Test that what no case of a topic shows is named: each way of a recommendation, a number, an exception, a count."""

import pytest
from test_check_topics import CASES, GOOD, MORE, RECOMMENDATION, UNSTABLE, world

from kb.check.report import check

FALL = UNSTABLE.replace("#unstable", "#fall").replace("knee_instability", "fall")
TREE = {
    "unless": "    kb:criteria <#all> .\n<#all> a kb:Node ; kb:allOf <#unstable> ; kb:unless <#fall> .\n",
    "exceptWhen": "    kb:criteria <#all> .\n<#all> a kb:Node ; kb:allOf <#unstable> ; kb:exceptWhen <#fall> .\n",
    "atLeast": "    kb:criteria <#all> .\n<#all> a kb:Node ; kb:anyOf <#unstable> , <#fall> ; kb:atLeast 2 .\n",
}


def case(name, findings, expect):
    """Write a case about canes with these findings."""
    return (
        f"- name: {name}\n  case: {{requested: 2020-01-01, findings: [{findings}], requests: [cane]}}\n"
        f"  expect: {{verdict: {expect}}}\n"
    )


def absent(name):
    return f"{{concept: {name}, status: absent}}"


def named(folder, topic, cases):
    """List the checks of a topic with these cases, by name."""
    return sorted(d.name for d in check(world(folder, topic, cases)).defects)


ALL = CASES + MORE
ENTRIES = ["- name:" + entry for entry in ALL.split("- name:")[1:]]
LACKING = {
    ("one",): ["recommendation-without-case-met"],
    ("one too many",): ["number-without-case-beside-it", "recommendation-without-case-not-met"],
    ("nothing is said",): ["recommendation-without-case-unknown"],
    ("one", "nothing is said"): [
        "number-without-case-at-it",
        "recommendation-without-case-met",
        "recommendation-without-case-unknown",
    ],
}


@pytest.mark.parametrize(("without", "lacking"), LACKING.items(), ids=map("+".join, LACKING))
def test_a_way_that_no_case_shows_is_named(tmp_path, without, lacking):
    kept = [entry for entry in ENTRIES if entry.partition("\n")[0].removeprefix("- name: ") not in without]
    assert len(kept) == len(ENTRIES) - len(without)
    assert named(tmp_path, GOOD, "".join(kept)) == lacking


UNSTABLE_ONLY = case("unstable", "knee_instability", "supported")
NONE = case("neither", f"{absent('knee_instability')}, {absent('fall')}", "not_supported")
FELL = case("fell", f"{absent('knee_instability')}, fall", "supported")
SILENT = case("silent", "", "undocumented")
BOTH = case("both", "knee_instability, fall", "not_supported")
EXCEPTIONS = {
    "waives": ("unless", UNSTABLE_ONLY + NONE + SILENT, ["unless-without-case-that-waives"]),
    "stands": ("unless", UNSTABLE_ONLY + FELL + SILENT,
               ["recommendation-without-case-not-met", "unless-without-case-that-stands"]),
    "both": ("unless", UNSTABLE_ONLY + NONE + FELL + SILENT, []),
    "bars": ("exceptWhen", UNSTABLE_ONLY + NONE + SILENT, ["except-when-without-case-that-bars"]),
    "passes": ("exceptWhen", BOTH + NONE + SILENT,
               ["except-when-without-case-that-passes", "recommendation-without-case-met"]),
    "enough": ("atLeast", case("one", f"knee_instability, {absent('fall')}", "not_supported") + SILENT,
               ["at-least-without-case-at-it", "recommendation-without-case-met"]),
    "one short": ("atLeast", BOTH.replace("not_supported", "supported") + NONE + SILENT,
                  ["at-least-without-case-beside-it"]),
}  # fmt: skip


@pytest.mark.parametrize(("tree", "cases", "lacking"), EXCEPTIONS.values(), ids=EXCEPTIONS)
def test_an_exception_is_tried_both_ways_and_a_count_on_both_sides(tmp_path, tree, cases, lacking):
    assert named(tmp_path, RECOMMENDATION + TREE[tree] + UNSTABLE + FALL, cases) == lacking


def test_a_recommendation_may_be_told_apart_from_what_it_is_not(tmp_path):
    """One without criteria is not met where it does not speak, if a case says so."""
    bare = RECOMMENDATION.replace(" ;\n", " .\n")
    tried = "- name: a cane\n  case: {requested: 2020-01-01, requests: [cane]}\n  expect: {verdict: supported}\n"
    apart = (
        "- name: a crutch\n  case: {requested: 2020-01-01, requests: [crutch]}\n"
        "  expect: {applies: {r: not in the formula}}\n"
        "- name: some aid\n  case: {requested: 2020-01-01, requests: [service]}\n  expect: {applies: {r: unknown}}\n"
    )
    assert named(tmp_path / "bare", bare, tried) == [
        "recommendation-without-case-not-met", "recommendation-without-case-unknown",
    ]  # fmt: skip
    assert named(tmp_path / "apart", bare, tried + apart) == []
