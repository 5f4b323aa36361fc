"""Run the queries unchanged in other engines: the rows are those of the embedded store."""

from collections import defaultdict
from decimal import Decimal, InvalidOperation

import pyoxigraph as ox
import pytest
from engines import FrameGraph, rdflib_graph
from kinds import decide, kind_cases, tiny_knowledge

import kb.decide.lines
from kb import determine, determine_many
from kb.evaluate.engine import CaseGraph, evaluate, evaluate_all
from kb.knowledge.queries import queries


class Recorder:
    """Remember the rows of each query."""

    def __init__(self, graph):
        self._graph = graph
        self.rows = defaultdict(list)
        self.add, self.need, self.construct = graph.add, graph.need, graph.construct

    def select(self, query):
        rows = self._graph.select(query)
        self.rows[query] = sorted(sorted((name, plain(value)) for name, value in row.items()) for row in rows)
        return rows


def plain(term):
    """Show a value; engines write and round decimals differently."""
    try:
        return f"{round(Decimal(term.value), 2):f}"
    except InvalidOperation:
        return term.value


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory):
    return tiny_knowledge(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def views(knowledge):
    """List what each request of the cases sees."""
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kb.decide.lines, "evaluate", lambda view, of: (found.append(view), evaluate(view, of))[1])
        for case in kind_cases():
            decide(case, knowledge)
    return found


def rows(views, knowledge, graph):
    recorder = Recorder(graph)
    evaluate_all(views, knowledge, recorder)
    return recorder.rows


@pytest.fixture(scope="module")
def embedded(views, knowledge):
    with CaseGraph(knowledge.store, ox.NamedNode("urn:all")) as graph:
        return rows(views, knowledge, graph)


@pytest.mark.parametrize("engine", [rdflib_graph, FrameGraph])
def test_rows_are_the_same(engine, views, knowledge, embedded):
    if engine is FrameGraph:
        pytest.importorskip("maplib", reason="maplib is not installed; it comes with the extra `test`")
    other = rows(views, knowledge, engine(knowledge.triples()))
    assert set(other) == set(embedded)
    for query, found in embedded.items():
        assert other[query] == found, query.splitlines()[0]


def test_every_criterion_query_has_rows_to_compare(embedded):
    assert all(embedded[query.text] for query in queries("criteria").values())


def test_many_cases_are_determined_as_each_alone(knowledge):
    cases = [case.full(knowledge) for case in kind_cases()]
    cases.insert(3, {"requests": []})
    many = list(determine_many(cases, knowledge))
    assert many.pop(3)["error"]["code"] == "invalid-case"
    assert many == [determine(case, knowledge) for case in cases if case["requests"]]
