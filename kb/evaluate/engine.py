"""Test the criteria of requests by SPARQL: which recommendations apply, and how each leaf stands.

One request or a hundred thousand go the same way: every query runs once, over all that are in the graph.
The result is one table of leaves for each; everything after it is logic and words.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from pyoxigraph import NamedNode

from kb.errors import KnowledgeError
from kb.evaluate.leaves import PHASES, Evaluation, Sheet, fits_of
from kb.evaluate.ledger import Ledger, account_of
from kb.evaluate.relevance import Relevance, Told, relevance
from kb.evaluate.view import Thing, View, ViewWriter
from kb.knowledge.base import Knowledge
from kb.knowledge.ontology import Triple
from kb.knowledge.queries import Query, queries
from kb.knowledge.tree import Node
from kb.store.embedded import Row, Store, Triples
from kb.terms import BASE, SCHEMA, kb, short, weighs

_MOST = 10_000  # services of which it is kept what speaks of them
_ABOUT = (SCHEMA + "concept", SCHEMA + "service")  # tell what a fact is of
_OF_REQUEST = {SCHEMA + "contains", SCHEMA + "setting"}  # what a request itself says to a criterion


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
        self._told: dict[str, set[str]] = defaultdict(set)  # of each request, the concepts of what it sees
        self.sheets = {view.request.value: Sheet(view.case, knowledge) for view in views}
        for name, writer in self._writers.items():
            self._learn(name, writer.request())

    def _learn(self, request: str, triples: Iterable[Triple]) -> None:
        for triple in triples:
            predicate = triple[1].value
            self._known[predicate].append(triple)
            if predicate in _ABOUT:
                self._told[request].add(triple[2].value)
        self._seen.update(self._known)

    def _can_answer(self, query: Query) -> bool:
        return query.starts is None or query.starts in self._seen

    def _relevance(self, sheet: Sheet) -> Relevance:
        return relevance(sheet.result.recommendations, self._knowledge)

    def _tell(self, asked: Iterable[Query]) -> None:
        """Add what some queries read."""
        names = sorted(_read(asked) & self._known.keys())
        self._graph.add([triple for name in names for triple in self._known.pop(name)])

    def _apply(self, *names: str) -> None:
        """Add what rules entail."""
        rules = [rule for name in names if self._can_answer(rule := queries("rules")[name])]
        self._tell(rules)
        for rule in rules:
            self._graph.add(self._graph.construct(rule.text))

    def _rows(self, query: Query) -> dict[str, list[Row]]:
        grouped: dict[str, list[Row]] = defaultdict(list)
        for row in self._graph.select(query.text):
            grouped[row["request"].value].append(row)
        return grouped

    def _speaking(self, query: Query) -> dict[Thing, dict[str, int]]:
        """Find what speaks of each thing that is requested; nothing else of a case changes it, so it is asked once."""
        memory, things = self._knowledge.memory, {name: writer.thing for name, writer in self._writers.items()}
        found = {thing: memory.get("speaking", thing) for thing in things.values()}
        if None in found.values():
            self._tell([query])
            rows = self._rows(query)
            for name, thing in things.items():
                found[thing] = fits_of(rows[name])
                memory.put("speaking", thing, found[thing], _MOST)
        return found

    def test_dimensions(self) -> None:
        """Find the recommendations that are about each request, and how each of their dimensions fits."""
        dimensions = queries("applies")
        speaking = self._speaking(dimensions["service"])
        for name, sheet in self.sheets.items():
            writer, considers = self._writers[name], kb("considers")
            sheet.consider(speaking[writer.thing])
            named = (NamedNode(r.iri) for r in sheet.result.recommendations if r.conditions or r.regions)
            self._learn(name, ((writer.view.request, considers, recommendation) for recommendation in named))
            self._learn(name, writer.facts(self._relevance(sheet)))
        considered = [r for sheet in self.sheets.values() for r in sheet.result.recommendations]
        self._graph.need({topic for r in considered for topic in self._knowledge.topics_of[r.iri]})
        wanted = {"diagnosis": any(r.conditions for r in considered), "region": any(r.regions for r in considered)}
        asked = [name for name in ("diagnosis", "region", *PHASES) if wanted.get(name, True)]
        asked = [name for name in asked if self._can_answer(dimensions[name])]
        if "diagnosis" in asked:
            self._apply("excluded")
        self._tell(dimensions[name] for name in asked)
        found = {name: self._rows(dimensions[name]) for name in asked}
        for name, sheet in self.sheets.items():
            sheet.diagnosis(found.get("diagnosis", {}).get(name, ()))
            sheet.region(found.get("region", {}).get(name, ()))
            sheet.phase([row for phases in PHASES for row in found.get(phases, {}).get(name, ())])
            sheet.injury()

    def test_criteria(self) -> None:
        """Test the criteria of the recommendations that may apply, kind by kind."""
        weighed = {name: sheet.weigh() for name, sheet in self.sheets.items()}
        spoken_of = {name: self._spoken_of(name, found) for name, found in weighed.items()}
        asked = [_query(kind) for kind in sorted({str(c.kind) for found in spoken_of.values() for c in found})]
        accounts = {account for query in asked if (account := account_of(query))}
        for name, sheet in self.sheets.items():
            view = self._writers[name].view
            self._learn(name, _links(view.request, spoken_of[name]))
            measures = sorted(_measures(spoken_of[name]))
            self._learn(name, Ledger(view, self._knowledge).triples(accounts, measures, self._relevance(sheet)))
        if asked:
            self._apply("counted", "denied")
        self._tell(asked)
        rows: dict[str, list[Row]] = defaultdict(list)
        for query in asked:
            for name, found in self._rows(query).items():
                rows[name].extend(found)
        for name, sheet in self.sheets.items():
            sheet.settle(weighed[name], rows[name])

    def _spoken_of(self, name: str, weighed: dict[str, Node]) -> list[Node]:
        """List those criteria of which something speaks: a fact on their concepts, the ledger, the request itself."""
        told = Told(self._told[name], self._knowledge)
        alone = {kind for kind in {str(c.kind) for c in weighed.values()} if self._speaks_alone(_query(kind))}
        return [c for _, c in sorted(weighed.items()) if str(c.kind) in alone or told.bear_on(c)]

    def _speaks_alone(self, query: Query) -> bool:
        return account_of(query) is not None or not _OF_REQUEST.isdisjoint(query.reads & self._seen)


def _links(request: NamedNode, found: Iterable[Node]) -> Iterator[Triple]:
    """Link a request to its criteria, also by kind: the query of a kind reads no other criteria."""
    for node in found:
        criterion = NamedNode(BASE + node.id)
        yield request, kb("weighs"), criterion
        yield request, kb(weighs(str(node.kind))), criterion


def _measures(found: Iterable[Node]) -> set[str]:
    """Name the units of the criteria that read doses."""
    ceilings = (node for node in found if account_of(_query(str(node.kind))) == "doses")
    return {short(unit.value) for node in ceilings for unit in node.slots.get("unit", ())}


def _read(asked: Iterable[Query]) -> frozenset[str]:
    return frozenset[str]().union(*(query.reads for query in asked))


def _query(kind: str) -> Query:
    """Find the query of a kind of criterion."""
    known = queries("criteria").get(kind)
    if known is None:
        raise KnowledgeError(f"criterion kind `{kind}` has no query; add queries/criteria/{kind}.rq")
    return known
