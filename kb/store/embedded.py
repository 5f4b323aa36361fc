"""Keep triples and answer SPARQL, in this process."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

import pyoxigraph as ox

from kb.store.results import Graphs, holds, rows_of, serialise
from kb.terms import KNOWLEDGE_GRAPH

_RENEW_AFTER = 10_000  # triples of cases, some 110 of them: removed ones go on costing time, renewing costs 30 ms

Triples = Sequence[tuple[Any, Any, Any]]
Row = dict[str, Any]


class Store(Protocol):
    """Stand for any SPARQL store that holds the knowledge graph and one graph per case in flight."""

    def load(self, common: Triples, topics: Mapping[str, Triples]) -> None:
        """Take the knowledge: what may bear on any request, and what each topic says."""

    def need(self, graph: ox.NamedNode, topics: Iterable[str]) -> None:
        """See to it that the queries of a case see what some topics say."""

    def add(self, graph: ox.NamedNode, triples: Triples) -> None:
        """Add triples to the graph of a case."""

    def drop(self, graph: ox.NamedNode) -> None:
        """Remove the graph of a case."""

    def select(self, query: str, graph: ox.NamedNode | None = None) -> list[Row]:
        """Run a SELECT over the knowledge and, if named, one case graph; unbound variables are absent."""

    def construct(self, query: str, graph: ox.NamedNode | None = None) -> Triples:
        """Run a CONSTRUCT over the knowledge and, if named, one case graph."""


class _Shelf:
    """Hold an Oxigraph with the common knowledge and those topics that a case has needed."""

    def __init__(self, common: list[ox.Quad]) -> None:
        self.store = ox.Store()
        self.store.extend(common)
        self.topics: set[str] = set()


class EmbeddedStore:
    """Hold cases and knowledge in an in-memory Oxigraph.

    Every triple in it slows every other, so a topic comes in when the first case needs it: topics that nobody
    asks for cost nothing.

    >>> store = EmbeddedStore()
    >>> node = ox.NamedNode("urn:x")
    >>> store.load([], {"topic": [(node, node, ox.Literal(2))]})
    >>> store.add(node, [(node, node, ox.Literal(1))])
    >>> store.select("SELECT ?o { ?s ?p ?o }", node)[0]["o"].value
    '1'
    >>> store.need(node, ["topic"])
    >>> len(store.select("SELECT ?o { ?s ?p ?o }", node))
    2
    """

    def __init__(self) -> None:
        """Start empty."""
        self._common: list[ox.Quad] = []
        self._topics: Mapping[str, Triples] = {}
        self._needed: dict[str, list[ox.Quad]] = {}  # what the topics say that some case has needed
        self._shelf = _Shelf([])
        self._homes: dict[ox.NamedNode, _Shelf] = {}
        self._spent = 0
        self._renewing = False
        self._lock = threading.Lock()

    def load(self, common: Triples, topics: Mapping[str, Triples] = MappingProxyType({})) -> None:
        """Take the knowledge: what may bear on any request, and what each topic says."""
        self._common, self._topics, self._needed = _quads(common, KNOWLEDGE_GRAPH), topics, {}
        self._shelf = _Shelf(self._common)

    def need(self, graph: ox.NamedNode, topics: Iterable[str]) -> None:
        """See to it that the queries of a case see what some topics say."""
        shelf = self._home(graph)
        if shelf.topics.issuperset(topics):
            return
        with self._lock:
            for topic in set(topics) - shelf.topics:
                if topic not in self._needed:
                    self._needed[topic] = _quads(self._topics[topic], KNOWLEDGE_GRAPH)
                shelf.store.extend(self._needed[topic])
                shelf.topics.add(topic)

    def add(self, graph: ox.NamedNode, triples: Iterable[tuple[Any, Any, Any]]) -> None:
        """Add triples to the graph of a case."""
        quads = _quads(triples, graph)
        self._home(graph).store.extend(quads)
        self._spent += len(quads)

    def _home(self, graph: ox.NamedNode) -> _Shelf:
        """Find the shelf of a case: the one in use when it came."""
        with self._lock:
            if self._spent >= _RENEW_AFTER and not self._renewing:
                self._renewing = True
                threading.Thread(target=self._renew, daemon=True).start()
            return self._homes.setdefault(graph, self._shelf)

    def _renew(self) -> None:
        """Fill a new shelf, beside the work: a graph once removed still costs time."""
        fresh = _Shelf(self._common)
        with self._lock:
            self._shelf, self._spent, self._renewing = fresh, 0, False

    def drop(self, graph: ox.NamedNode) -> None:
        """Remove the graph of a case."""
        home = self._homes.pop(graph, None)
        if home is not None:
            home.store.remove_graph(graph)

    def select(self, query: str, graph: ox.NamedNode | None = None) -> list[Row]:
        """Run a SELECT over the knowledge and, if named, one case graph; unbound variables are absent."""
        solutions: Any = self._of(graph).query(query, default_graph=_graphs(graph))
        return rows_of(solutions)

    def construct(self, query: str, graph: ox.NamedNode | None = None) -> Triples:
        """Run a CONSTRUCT over the knowledge and, if named, one case graph."""
        triples: Any = self._of(graph).query(query, default_graph=_graphs(graph))
        return [(t.subject, t.predicate, t.object) for t in triples]

    def _of(self, graph: ox.NamedNode | None) -> ox.Store:
        return (self._shelf if graph is None else self._homes.get(graph, self._shelf)).store

    def serialise(self, query: str, media_type: str, rows: int, graphs: Graphs | None = None) -> str:
        """Run any query over the graphs named, else the knowledge, and write what it finds.

        Raises QueryError when it finds more than so many rows or triples.
        """
        chosen = graphs.chosen() if graphs else {"default_graph": _graphs(None)}
        return serialise(self._shelf.store, query, media_type, rows, **chosen)

    def holds(self, graph: str) -> bool:
        """Tell whether a graph of this name is held."""
        return holds(self._shelf.store, graph)


def _quads(triples: Iterable[tuple[Any, Any, Any]], graph: ox.NamedNode) -> list[ox.Quad]:
    return [ox.Quad(s, p, o, graph) for s, p, o in triples]


def _graphs(graph: ox.NamedNode | None) -> list[Any]:
    return [KNOWLEDGE_GRAPH] if graph is None else [KNOWLEDGE_GRAPH, graph]
