"""Criteria in words: every criterion of the ontology makes a whole sentence."""

import re

import pytest
from kinds import TOPIC, tiny_knowledge

from kb.explain.sentence import sentence


def test_every_criterion_is_a_whole_sentence(knowledge):
    assert knowledge.criteria
    for node in knowledge.criteria.values():
        said = sentence(node, knowledge)
        assert said, node.id
        assert not re.search(r"[{}\[\]]|  |\bhttps?:| $", said), f"{node.id}: {said}"


def test_a_bound_that_is_not_stated_is_left_out(knowledge):
    windows = [node for node in knowledge.criteria.values() if node.kind == "time_window"]
    assert windows
    for node in windows:
        said = sentence(node, knowledge)
        assert ("at least" in said or "more than" in said) == ("minimum" in node.slots)
        assert ("at most" in said or "less than" in said) == ("limit" in node.slots)
        assert said.endswith(" ago")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return tiny_knowledge(tmp_path_factory.mktemp("tiny"))


BOUNDS = {
    "time_window": "injury at least 3 months, at most 24 months ago",
    "window_open": "injury more than 3 months, less than 24 months ago",
    "window_from_above": "injury more than 3 months, at most 24 months ago",
    "failed_long_enough": "exercise or nsaid was tried for 6 weeks and did not help or was not tolerated",
    "failed_longer": "exercise or nsaid was tried for more than 6 weeks and did not help or was not tolerated",
    "response_above": "earlier injection gave more than 50 percent relief for 6 weeks",
    "attribute_between": "age more than 50 years, less than 80 years",
    "attribute_limit": "body mass index at most 40",
    "attribute_below": "body mass index less than 40",
    "attribute_alone": "body mass index",
    "duration_limit": "nsaid for no longer than 2 weeks",
    "shorter_course": "for shorter course and nsaid for less than 2 weeks",
}


@pytest.mark.parametrize(("name", "said"), BOUNDS.items())
def test_a_bound_is_said_as_it_is_met(tiny, name, said):
    assert sentence(tiny.criteria[TOPIC + name], tiny) == said
