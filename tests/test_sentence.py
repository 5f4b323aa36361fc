"""Criteria in words: every criterion of the ontology makes a whole sentence."""

import re

from kb import load_knowledge
from kb.explain.sentence import sentence


def test_every_criterion_is_a_whole_sentence():
    knowledge = load_knowledge()
    assert knowledge.criteria
    for node in knowledge.criteria.values():
        said = sentence(node, knowledge)
        assert said, node.id
        assert not re.search(r"[{}\[\]]|  |\bhttps?:| $", said), f"{node.id}: {said}"


def test_a_bound_that_is_not_stated_is_left_out():
    knowledge = load_knowledge()
    windows = [node for node in knowledge.criteria.values() if node.kind == "time_window"]
    assert windows
    for node in windows:
        said = sentence(node, knowledge)
        assert ("at least" in said) == ("minimum" in node.slots)
        assert ("at most" in said) == ("limit" in node.slots)
        assert said.endswith(" ago")
