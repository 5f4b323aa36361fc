"""Test the criteria of requests by SPARQL: which recommendations apply, and how each leaf stands.

One request or a hundred thousand go the same way: every query runs once, over all that are in the graph.
The result is one table of leaves for each; everything after it is logic and words.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from pyoxigraph import NamedNode

from kb.errors import KnowledgeError
from kb.evaluate.leaves import Evaluation, Sheet
from kb.evaluate.ledger import Ledger
from kb.evaluate.relevance import Relevance, relevance
from kb.evaluate.view import View, ViewWriter
from kb.knowledge.base import Knowledge
from kb.knowledge.ontology import Triple
from kb.knowledge.queries import Query, queries
from kb.knowledge.tree import Node
from kb.store.embedded import Row, Store, Triples
from kb.terms import BASE, SCHEMA, kb, weighs

_RULES = (("counted", SCHEMA + "usedFor"), ("denied", SCHEMA + "absentFor"))  # each with what it starts from


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
    evaluator.test_dimensions()
    evaluator.test_criteria()
    return [sheet.result for sheet in evaluator.sheets.values()]


class _Evaluator:
    """Run each query once and deal its rows out to the requests; `sheets` are keyed by request.

    What is known of the requests goes into the graph when the first query that reads it is run: what no query reads
    stays out.
    """

    def __init__(self, knowledge: Knowledge, graph: Graph, views: Sequence[View]) -> None:
        self._knowledge = knowledge
        self._graph = graph
        self._writers = {view.request.value: ViewWriter(view, knowledge) for view in views}
        self._known: dict[str, list[Triple]] = defaultdict(list)  # what is not yet in the graph, by predicate
        self._seen: set[str] = set()
        self.sheets = {view.request.value: Sheet(view.case, knowledge) for view in views}
        for writer in self._writers.values():
            self._learn(writer.request())

    def _learn(self, triples: Iterable[Triple]) -> None:
        for triple in triples:
            self._known[triple[1].value].append(triple)
        self._seen.update(self._known)

    def _relevance(self, sheet: Sheet) -> Relevance:
        return relevance(sheet.result.recommendations, self._knowledge)

    def _tell(self, asked: Iterable[Query]) -> None:
        """Add what some queries read."""
        names = sorted(_read(asked) & self._known.keys())
        self._graph.add([triple for name in names for triple in self._known.pop(name)])

    def _rows(self, query: Query) -> dict[str, list[Row]]:
        grouped: dict[str, list[Row]] = defaultdict(list)
        for row in self._graph.select(query.text):
            grouped[row["request"].value].append(row)
        return grouped

    def test_dimensions(self) -> None:
        """Find the recommendations that are about each request, and how each of their dimensions fits."""
        dimensions = queries("applies")
        self._tell([dimensions["service"]])
        rows = self._rows(dimensions["service"])
        for name, sheet in self.sheets.items():
            request, considers = NamedNode(name), kb("considers")
            self._learn((request, considers, NamedNode(iri)) for iri in sheet.consider(rows[name]))
            self._learn(self._writers[name].facts(self._relevance(sheet)))
        considered = [r for sheet in self.sheets.values() for r in sheet.result.recommendations]
        self._graph.need({topic for r in considered for topic in self._knowledge.topics_of[r.iri]})
        wanted = {"diagnosis": any(r.conditions for r in considered), "region": any(r.regions for r in considered)}
        asked = [name for name in ("diagnosis", "region", "phase") if wanted.get(name, True)]
        self._tell(dimensions[name] for name in asked)
        found = {name: self._rows(dimensions[name]) for name in asked}
        for name, sheet in self.sheets.items():
            sheet.diagnosis(found.get("diagnosis", {}).get(name, ()))
            sheet.region(found.get("region", {}).get(name, ()))
            sheet.phase(found["phase"].get(name, ()))
            sheet.injury()

    def test_criteria(self) -> None:
        """Test the criteria of the recommendations that may apply, kind by kind."""
        weighed = {name: sheet.weigh() for name, sheet in self.sheets.items()}
        asked = _queries({str(criterion.kind) for found in weighed.values() for criterion in found.values()})
        accounts = {query.header["account"] for query in asked if "account" in query.header}
        for name, sheet in self.sheets.items():
            view = self._writers[name].view
            self._learn(_links(view.request, weighed[name]))
            self._learn(Ledger(view, self._knowledge).triples(accounts, self._relevance(sheet)))
        rules = [queries("rules")[name] for name, start in _RULES if start in self._seen and asked]
        self._tell([*rules, *asked])
        for rule in rules:
            self._graph.add(self._graph.construct(rule.text))
        rows: dict[str, list[Row]] = defaultdict(list)
        for query in asked:
            for name, found in self._rows(query).items():
                rows[name].extend(found)
        for name, sheet in self.sheets.items():
            sheet.settle(weighed[name], rows[name])


def _links(request: NamedNode, found: dict[str, Node]) -> Iterator[Triple]:
    """Link a request to its criteria, also by kind: the query of a kind reads no other criteria."""
    for key in sorted(found):
        criterion = NamedNode(BASE + key)
        yield request, kb("weighs"), criterion
        yield request, kb(weighs(str(found[key].kind))), criterion


def _read(asked: Iterable[Query]) -> frozenset[str]:
    return frozenset[str]().union(*(query.reads for query in asked))


def _queries(kinds: Iterable[str]) -> list[Query]:
    """Find the query of each kind of criterion."""
    known = queries("criteria")
    for kind in sorted(kinds):
        if kind not in known:
            raise KnowledgeError(f"criterion kind `{kind}` has no query; add queries/criteria/{kind}.rq")
    return [known[kind] for kind in sorted(kinds)]
