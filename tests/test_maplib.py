"""Decide a hundred cases at once over data frames: the same queries, the same leaves as one by one."""

import random
from dataclasses import replace

import pytest
from kinds import decide, kind_cases, tiny_knowledge

import kb.decide.lines
from kb.evaluate.engine import evaluate, evaluate_all

pytest.importorskip("maplib", reason="maplib is not installed; it comes with the extra `test`")
from engines import FrameGraph

HOW_MANY = 100
LISTS = ("diagnoses", "findings", "treatments", "medications", "documents")


def mixed_cases():
    """Give the request of one case the facts of two others too."""
    chance, cases = random.Random(8), kind_cases()
    for main in chance.sample(cases, HOW_MANY):
        parts = [main, *chance.sample(cases, 2)]
        facts = {name: [fact for part in parts for fact in part.case.get(name, ())] for name in LISTS}
        yield replace(main, case={"injured": "2019-09-01", **main.case, **facts})


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory):
    return tiny_knowledge(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def one_by_one(knowledge):
    """Decide the cases in the embedded store; keep what each request saw and how its leaves stood."""
    seen = []

    def spy(view, of):
        result = evaluate(view, of)
        seen.append((view, result))
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kb.decide.lines, "evaluate", spy)
        for case in mixed_cases():
            decide(case, knowledge)
    return seen


@pytest.fixture(scope="module")
def together(knowledge, one_by_one):
    graph = FrameGraph(knowledge.triples())
    return evaluate_all([view for view, _ in one_by_one], knowledge, graph)


def seen(leaf):
    """Show a leaf; engines round the last digits of a decimal differently."""
    numbers = (leaf.found, leaf.required, leaf.met_up_to, leaf.not_met_above)
    rounded = tuple(None if n is None else round(n, 2) for n in numbers)
    return leaf.status, leaf.assumed, leaf.assumptions, leaf.conflict, leaf.facts, rounded


def test_a_hundred_cases_at_once_have_the_leaves_of_each_alone(one_by_one, together):
    assert len(together) == len(one_by_one) >= HOW_MANY
    for (_, alone), batch in zip(one_by_one, together, strict=True):
        assert {key: seen(leaf) for key, leaf in batch.leaves.items()} == {
            key: seen(leaf) for key, leaf in alone.leaves.items()
        }
        assert batch.phase == alone.phase


def test_the_cases_are_varied(knowledge, one_by_one):
    found = [(knowledge.criteria[key].kind, leaf) for _, e in one_by_one for key, leaf in e.leaves.items()
             if key in knowledge.criteria]  # fmt: skip
    assert {kind for kind, _ in found} == {criterion.kind for criterion in knowledge.criteria.values()}
    assert {leaf.status for _, leaf in found} == {1, 0, -1}
    assert any(leaf.conflict for _, leaf in found)
