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
from kb.evaluate.ledger import Ledger
from kb.evaluate.view import View, ViewWriter
from kb.knowledge.base import Knowledge
from kb.knowledge.queries import Query, queries
from kb.knowledge.tree import Node
from kb.store.embedded import Row, Store, Triples
from kb.terms import BASE, kb, weighs


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
    evaluator = _Evaluator(knowledge, graph, views)
    graph.add([triple for view in views for triple in ViewWriter(view, knowledge).triples()])
    evaluator.test_dimensions()
    evaluator.test_criteria()
    return [sheet.result for sheet in evaluator.sheets.values()]


class _Evaluator:
    """Run each query once and deal its rows out to the requests; `sheets` are keyed by request."""

    def __init__(self, knowledge: Knowledge, graph: Graph, views: Sequence[View]) -> None:
        self._knowledge = knowledge
        self._graph = graph
        self._views = views
        self.sheets = {view.request.value: Sheet(view.case, knowledge) for view in views}

    def _rows(self, query: Query) -> dict[str, list[Row]]:
        grouped: dict[str, list[Row]] = defaultdict(list)
        for row in self._graph.select(query.text):
            grouped[row["request"].value].append(row)
        return grouped

    def _apply(self, rule: str) -> None:
        self._graph.add(self._graph.construct(queries("rules")[rule].text))

    def _keep_accounts(self, asked: Iterable[Query]) -> None:
        """Enter in the ledger of each request what some queries read there."""
        accounts = {query.header["account"] for query in asked if "account" in query.header}
        if accounts:
            self._graph.add([t for view in self._views for t in Ledger(view, self._knowledge).triples(accounts)])

    def _add(self, term: str, named: Iterable[tuple[str, Iterable[str]]]) -> None:
        """Link requests to recommendations or criteria."""
        predicate = kb(term)
        self._graph.add([(NamedNode(request), predicate, NamedNode(iri)) for request, iris in named for iri in iris])

    def test_dimensions(self) -> None:
        """Find the recommendations that are about each request, and how each of their dimensions fits."""
        dimensions = queries("applies")
        rows = self._rows(dimensions["service"])
        self._add("considers", [(name, sheet.consider(rows[name])) for name, sheet in self.sheets.items()])
        considered = [r for sheet in self.sheets.values() for r in sheet.result.recommendations]
        self._graph.need({topic for r in considered for topic in self._knowledge.topics_of[r.iri]})
        diagnoses = self._rows(dimensions["diagnosis"]) if any(r.conditions for r in considered) else {}
        regions = self._rows(dimensions["region"]) if any(r.regions for r in considered) else {}
        phases = self._rows(dimensions["phase"])
        for name, sheet in self.sheets.items():
            sheet.diagnosis(diagnoses.get(name, ()))
            sheet.region(regions.get(name, ()))
            sheet.phase(phases.get(name, ()))
            sheet.injury()

    def _link_criteria(self, weighed: dict[str, dict[str, Node]]) -> None:
        """Link each request to its criteria, also by kind: the query of a kind reads no other criteria."""
        triples = []
        for name, found in weighed.items():
            request = NamedNode(name)
            for key in sorted(found):
                criterion = NamedNode(BASE + key)
                triples.append((request, kb("weighs"), criterion))
                triples.append((request, kb(weighs(str(found[key].kind))), criterion))
        self._graph.add(triples)

    def test_criteria(self) -> None:
        """Test the criteria of the recommendations that may apply, kind by kind."""
        weighed = {name: sheet.weigh() for name, sheet in self.sheets.items()}
        self._link_criteria(weighed)
        criteria = [criterion for found in weighed.values() for criterion in found.values()]
        asked = _queries({str(criterion.kind) for criterion in criteria})
        self._keep_accounts(asked)
        if criteria:
            self._apply("denied")
        if any("scope" in criterion.slots for criterion in criteria):
            self._apply("counted")
        rows: dict[str, list[Row]] = defaultdict(list)
        for query in asked:
            for name, found in self._rows(query).items():
                rows[name].extend(found)
        for name, sheet in self.sheets.items():
            sheet.settle(weighed[name], rows[name])


def _queries(kinds: Iterable[str]) -> list[Query]:
    """Find the query of each kind of criterion."""
    known = queries("criteria")
    for kind in sorted(kinds):
        if kind not in known:
            raise KnowledgeError(f"criterion kind `{kind}` has no query; add queries/criteria/{kind}.rq")
    return [known[kind] for kind in sorted(kinds)]
