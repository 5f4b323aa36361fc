"""Test a case at each number of the guidelines, one below and one above: its criterion stands as the slots say."""

import itertools
import re
from collections import defaultdict

import pytest
from boundaries import boundaries
from pyoxigraph import NamedNode

from kb.case.model import read_case
from kb.case.prepare import prepare
from kb.decide.lines import decide_steps
from kb.evaluate.engine import CaseGraph, evaluate_all
from kb.formula import WORDS
from kb.settings import data_folder
from kb.terms import BASE, SCHEMA, short

SENTENCE = SCHEMA + "sentence"
_SHARES = 8  # for the processes that share the tests
_AT_ONCE = 50  # more at once take longer: each query sees all of them
_NUMBER = re.compile(r"\bkb:(limit|minimum|minimumWeeks)\s+[\d.]+\b")


@pytest.fixture(scope="module")
def made(knowledge):
    return list(boundaries(knowledge))


def stands(made, knowledge):
    """Test only the criteria; verdicts and explanations would take three times as long."""
    source = iter(made)
    while batch := list(itertools.islice(source, _AT_ONCE)):
        views = [next(decide_steps(prepare(read_case(b.case), knowledge), knowledge)) for b in batch]
        with CaseGraph(knowledge.store, NamedNode(f"{views[0].graph.value}/together")) as graph:
            evaluations = evaluate_all(views, knowledge, graph)
        for boundary, evaluation in zip(batch, evaluations, strict=True):
            leaf = evaluation.leaves.get(boundary.criterion)
            yield boundary, WORDS[leaf.status] if leaf else "not tested"


@pytest.mark.parametrize("share", range(_SHARES))
def test_each_number_divides_met_from_not_met(share, made, knowledge):
    found = list(stands(made[share::_SHARES], knowledge))
    wrong = [f"{b.criterion} {b.slot} {b.value}: {status}, expected {b.expected}, {b.case}"
             for b, status in found if status != b.expected]  # fmt: skip
    assert wrong == []
    assert len(found) == len(made[share::_SHARES]) > 0


def kind(block):
    """Read the class of what a block of Turtle describes."""
    found = re.search(r"\ba (kb:\w+)", block)
    return found[1] if found else ""


def test_every_number_of_the_guidelines_is_tried(made, knowledge):
    tried = {(b.criterion, b.slot) for b in made}
    kinds = {f"kb:{short(iri)}" for iri in knowledge.ontology.index if knowledge.ontology.objects(iri, SENTENCE)}
    written = set()
    for file in (data_folder("ontology") / "guidelines").rglob("*.ttl"):
        text = file.read_text(encoding="utf-8")
        base = re.search(r"@base <(.+?)>", text)
        for block in re.split(r"(?m)^(?=<#)", text)[1:]:
            name = f"{base[1].removeprefix(BASE)}{block[1 : block.index('>')]}"
            written |= {(name, slot) for slot in _NUMBER.findall(block) if kind(block) in kinds}
    assert tried == written
    sides = defaultdict(set)
    for b in made:
        sides[b.criterion, b.slot].add(b.expected)
    one_sided = [key for key, found in sides.items() if len(found) < 2]
    assert one_sided == []
