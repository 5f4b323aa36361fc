"""The stored questions: each answers what was counted by hand on small invented data."""

from pathlib import Path
from types import SimpleNamespace

import pyoxigraph as ox
import pytest
import yaml

from kb import ParameterError, QueryError
from kb.ask.stored import ask, described, questions
from kb.store.embedded import EmbeddedStore

HERE = Path(__file__).parent / "asked"
ANSWERS = yaml.load((HERE / "answers.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
CASES = [(name, place) for name, answers in ANSWERS.items() for place in range(len(answers))]


class _Concepts(SimpleNamespace):
    def require(self, name: str, what: str) -> str:
        assert what == "concept"
        return name


@pytest.fixture(scope="module")
def kept():
    store = EmbeddedStore()
    files = (HERE / "knowledge.ttl", HERE / "decisions.ttl")
    store.load([(t.subject, t.predicate, t.object) for file in files for t in ox.parse(path=str(file))])
    return store


def test_every_question_has_an_answer_counted_by_hand():
    assert set(ANSWERS) == {question.name for question in questions()}
    assert len(ANSWERS) >= 15


@pytest.mark.parametrize(("name", "place"), CASES)
def test_a_question_answers_what_was_counted_by_hand(name, place, kept):
    told = ANSWERS[name][place]
    found = ask(name, told.get("params", {}), _Concepts(library=kept), kept)
    assert found.as_csv() == told["answer"]


def test_a_question_of_decisions_needs_a_store(kept):
    with pytest.raises(QueryError, match=r"question `decisions` is about decisions; name the folder .* with --store"):
        ask("decisions", {}, _Concepts(library=kept))


def test_every_parameter_is_explained_and_has_a_default():
    for question in described():
        for name, parameter in question["parameters"].items():
            assert parameter["description"], f"{question['name']} does not say what `{name}` is"
            assert parameter["default"], f"{question['name']} has no default for `{name}`"
            assert parameter["type"] in ("concept", "date", "integer", "text")
            assert name != "format", "which the address uses"


def test_a_header_says_over_what_a_question_is_and_which_chart_suits():
    for question in described():
        assert question["summary"].endswith("."), question["name"]
        assert question["over"] in ("knowledge", "decisions"), question["name"]
        kind = question["chart"].split(";")[0]
        assert kind in ("", "bar", "line", "histogram", "heat map"), question["name"]
    assert sum(question["over"] == "decisions" for question in described()) >= 15


@pytest.mark.parametrize("value", ["many", "-1", "1 } #", "٣"])
def test_a_number_is_a_whole_number(value, kept):
    with pytest.raises(ParameterError, match="is no whole number; parameter `least` is one, as 1"):
        ask("criteria-that-decide", {"least": value}, _Concepts(library=kept), kept)
