"""Test the query of every kind of criterion on cases at, below and beyond what it asks."""

from collections import Counter

import pytest
import rdflib
import yaml
from kinds import FOLDER, TOPIC, decide, kind_cases, tiny_knowledge

from kb import determine
from kb.evaluate.engine import _Evaluator
from kb.evaluate.ledger import account_of
from kb.formula import WORDS
from kb.knowledge.queries import queries
from kb.settings import data_folder
from kb.terms import BASE

CASES = kind_cases()
KB = rdflib.Namespace(f"{BASE}schema#")
# kinds for which no record can speak both ways
ONE_STATUS = {
    "visit_limit", "count_limit", "trial_then_continue", "duration_limit", "dose_ceiling", "time_window",
    "failed_prior_treatment", "repeat_response_threshold", "minimum_interval", "component_rule",
}  # fmt: skip


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory):
    return tiny_knowledge(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def kinds():
    """Read the names of the kinds without the product."""
    graph = rdflib.Graph().parse(data_folder("ontology") / "core" / "kinds.ttl")
    skos = rdflib.Namespace("http://www.w3.org/2004/02/skos/core#")
    return {str(graph.value(kind, skos.notation)): kind for kind in graph.subjects(KB.sentence)}


def seen(leaf):
    """Show a leaf as the cases write it."""
    plain = {name: getattr(leaf, name) for name in ("assumed", "conflict", "found", "required")}
    return {**plain, "status": WORDS[leaf.status], "facts": list(leaf.facts), "assumptions": list(leaf.assumptions)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.of}: {case.name}")
def test_case(case, knowledge):
    line = decide(case, knowledge)
    found = {**seen(line.parts[0].decision.evaluation.leaves[TOPIC + case.of]), "amount": line.outcome.amount}
    assert {key: found[key] for key in case.expect} == case.expect


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.of}: {case.name}")
def test_answer_shows_the_same(case, knowledge):
    request = next(r for r in determine(case.full(knowledge), knowledge)["requests"] if r["line"] == case.line)
    trees = {r["tree"]["id"]: r["tree"] for r in request["determination"]["recommendations"]}
    if TOPIC + case.of in trees:
        assert trees[TOPIC + case.of]["status"] == case.expect["status"]


def test_every_kind_has_one_query_and_every_query_a_kind(kinds):
    files = {file.stem for file in (data_folder("queries") / "criteria").iterdir()}
    assert set(kinds) == files == set(queries("criteria"))


def test_a_query_reads_one_account_of_the_ledger_at_most():
    accounts = {"kb:usedFor": "uses", "kb:doseFor": "doses", "kb:runsFor": "runs"}
    for query in queries("criteria").values():
        read = {account for term, account in accounts.items() if f"{term} " in query.text}
        assert read == {account for account in [account_of(query)] if account}, query.name


def test_what_no_fact_speaks_of_would_give_no_row(knowledge, monkeypatch):
    def leaves():
        found = {}
        for number, case in enumerate(CASES):
            for part in decide(case, knowledge).parts:
                found.update({(number, key): leaf for key, leaf in part.decision.evaluation.leaves.items()})
        return found

    some, weighed, left_out = leaves(), _Evaluator._spoken_of, []

    def all_of(self, name, found):
        left_out.extend(found.keys() - {c.id for c in weighed(self, name, found)})
        return [found[key] for key in sorted(found)]

    monkeypatch.setattr(_Evaluator, "_spoken_of", all_of)
    assert leaves() == some
    assert {knowledge.criteria[key].kind for key in left_out} >= {"required_finding", "time_window", "component_rule"}


def test_every_kind_is_tested_every_way(knowledge, kinds):
    ways: dict[str, set[str]] = {name: set() for name in kinds}
    for case in CASES:
        ways[knowledge.criteria[TOPIC + case.of].kind].add(case.expect["status"])
        if case.expect.get("conflict"):
            ways[knowledge.criteria[TOPIC + case.of].kind].add("conflict")
    every = {"met", "not_met", "unknown"}
    assert ways == {name: every if name in ONE_STATUS else every | {"conflict"} for name in kinds}


def test_every_written_case_is_run(kinds):
    text = (FOLDER / "cases.yaml").read_text(encoding="utf-8")
    assert len(CASES) == len(yaml.load(text, yaml.CSafeLoader)) == text.count("of: ") - text.count("- {of: none")
    assert max(Counter((case.of, case.name) for case in CASES).values()) == 1
