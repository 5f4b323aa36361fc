"""Test the criteria of requests by SPARQL: which recommendations apply, and how each leaf stands.

One request or a hundred thousand go the same way: every query runs once, over all that are in the graph.
The result is one table of leaves for each; everything after it is logic and words.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol

from pyoxigraph import NamedNode

from kb.errors import KnowledgeError
from kb.evaluate.leaves import Evaluation, Sheet
from kb.evaluate.view import View, ViewWriter
from kb.knowledge.base import Knowledge
from kb.knowledge.queries import queries
from kb.store.embedded import Row, Store, Triples
from kb.terms import BASE, kb


class Graph(Protocol):
    """Stand for a graph of requests beside the knowledge, in any engine that answers SPARQL."""

    def need(self, topics: Iterable[str]) -> None:
        """See to it that the queries see what some topics say."""

    def add(self, triples: Triples) -> None:
        """Add triples about the requests."""

    def select(self, query: str) -> list[Row]:
        """Run a SELECT over the knowledge and the requests; unbound variables are absent."""

    def construct(self, query: str) -> Triples:
        """Run a CONSTRUCT over the knowledge and the requests."""


class CaseGraph:
    """Keep one request in its own graph of a store, and take it out again."""

    def __init__(self, store: Store, name: NamedNode) -> None:
        """Name the graph."""
        self._store = store
        self._name = name

    def __enter__(self) -> "CaseGraph":
        """Start using the graph."""
        return self

    def __exit__(self, *_: object) -> None:
        """Drop the graph."""
        self._store.drop(self._name)

    def need(self, topics: Iterable[str]) -> None:
        """See to it that the queries see what some topics say."""
        self._store.need(self._name, topics)

    def add(self, triples: Triples) -> None:
        """Add triples about the request."""
        self._store.add(self._name, triples)

    def select(self, query: str) -> list[Row]:
        """Run a SELECT over the knowledge and the request."""
        return self._store.select(query, self._name)

    def construct(self, query: str) -> Triples:
        """Run a CONSTRUCT over the knowledge and the request."""
        return self._store.construct(query, self._name)


def evaluate(view: View, knowledge: Knowledge) -> Evaluation:
    """Test one request in the store of the knowledge."""
    with CaseGraph(knowledge.store, view.graph) as graph:
        return evaluate_all([view], knowledge, graph)[0]


def evaluate_all(views: Sequence[View], knowledge: Knowledge, graph: Graph) -> list[Evaluation]:
    """Test many requests in one graph that holds, or sees, the knowledge; results are in their order."""
    evaluator = _Evaluator(knowledge, graph, {view.request.value: Sheet(view.case, knowledge) for view in views})
    graph.add([triple for view in views for triple in ViewWriter(view, knowledge).triples()])
    evaluator.test_dimensions()
    evaluator.test_criteria()
    return [sheet.result for sheet in evaluator.sheets.values()]


class _Evaluator:
    """Run each query once and deal its rows out to the requests; `sheets` are keyed by request."""

    def __init__(self, knowledge: Knowledge, graph: Graph, sheets: dict[str, Sheet]) -> None:
        self._knowledge = knowledge
        self._graph = graph
        self.sheets = sheets

    def _ask(self, folder: str, name: str) -> dict[str, list[Row]]:
        grouped: dict[str, list[Row]] = defaultdict(list)
        for row in self._graph.select(queries(folder)[name].text):
            grouped[row["request"].value].append(row)
        return grouped

    def _add(self, term: str, named: Iterable[tuple[str, Iterable[str]]]) -> None:
        """Link requests to recommendations or criteria."""
        predicate = kb(term)
        self._graph.add([(NamedNode(request), predicate, NamedNode(iri)) for request, iris in named for iri in iris])

    def test_dimensions(self) -> None:
        """Find the recommendations that are about each request, and how each of their dimensions fits."""
        rows = self._ask("applies", "service")
        self._add("considers", [(name, sheet.consider(rows[name])) for name, sheet in self.sheets.items()])
        considered = [r for sheet in self.sheets.values() for r in sheet.result.recommendations]
        self._graph.need({topic for r in considered for topic in self._knowledge.topics_of[r.iri]})
        diagnoses = self._ask("applies", "diagnosis") if any(r.conditions for r in considered) else {}
        regions = self._ask("applies", "region") if any(r.regions for r in considered) else {}
        phases = self._ask("applies", "phase")
        for name, sheet in self.sheets.items():
            sheet.diagnosis(diagnoses.get(name, ()))
            sheet.region(regions.get(name, ()))
            sheet.phase(phases.get(name, ()))
            sheet.injury()

    def test_criteria(self) -> None:
        """Test the criteria of the recommendations that may apply, kind by kind."""
        weighed = {name: sheet.weigh() for name, sheet in self.sheets.items()}
        self._add("weighs", [(name, [BASE + key for key in sorted(found)]) for name, found in weighed.items()])
        criteria = [criterion for found in weighed.values() for criterion in found.values()]
        rules = ["denied"] if criteria else []
        if any("scope" in criterion.slots for criterion in criteria):
            rules.append("counted")
        for rule in rules:
            self._graph.add(self._graph.construct(queries("rules")[rule].text))
        rows: dict[str, list[Row]] = defaultdict(list)
        for kind in sorted({str(criterion.kind) for criterion in criteria}):
            if kind not in queries("criteria"):
                raise KnowledgeError(f"criterion kind `{kind}` has no query; add queries/criteria/{kind}.rq")
            for name, found in self._ask("criteria", kind).items():
                rows[name].extend(found)
        for name, sheet in self.sheets.items():
            sheet.settle(weighed[name], rows[name])
