"""Keep triples and answer SPARQL, in this process."""

import threading
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import pyoxigraph as ox

from kb.errors import QueryError
from kb.terms import KNOWLEDGE_GRAPH

_RENEW_AFTER = 40_000  # triples of cases, some 180 of them: removed ones go on costing time, renewing costs 50 ms

Triples = Sequence[tuple[Any, Any, Any]]
Row = dict[str, Any]


class Store(Protocol):
    """Stand for any SPARQL store that holds the knowledge graph and one graph per case in flight."""

    def add(self, graph: ox.NamedNode, triples: Triples) -> None:
        """Add triples to a named graph."""

    def drop(self, graph: ox.NamedNode) -> None:
        """Remove a named graph."""

    def select(self, query: str, graph: ox.NamedNode | None = None) -> list[Row]:
        """Run a SELECT over the knowledge and, if named, one case graph; unbound variables are absent."""

    def construct(self, query: str, graph: ox.NamedNode | None = None) -> Triples:
        """Run a CONSTRUCT over the knowledge and, if named, one case graph."""


class EmbeddedStore:
    """Hold everything in an in-memory Oxigraph.

    >>> store = EmbeddedStore()
    >>> node = ox.NamedNode("urn:x")
    >>> store.add(node, [(node, node, ox.Literal(1))])
    >>> store.select("SELECT ?o { ?s ?p ?o }", node)[0]["o"].value
    '1'
    >>> store.select("SELECT ?o { ?s ?p ?o }")
    []
    """

    def __init__(self) -> None:
        """Start empty."""
        self._store = ox.Store()
        self._homes: dict[ox.NamedNode, ox.Store] = {}
        self._spent = 0
        self._renewing = False
        self._lock = threading.Lock()

    def add(self, graph: ox.NamedNode, triples: Iterable[tuple[Any, Any, Any]]) -> None:
        """Add triples to a named graph; the knowledge is added before any case."""
        quads = [ox.Quad(s, p, o, graph) for s, p, o in triples]
        if graph == KNOWLEDGE_GRAPH:
            self._store.extend(quads)
        else:
            self._home(graph).extend(quads)
            self._spent += len(quads)

    def _home(self, graph: ox.NamedNode) -> ox.Store:
        """Find the store of a case: the one in use when it came."""
        with self._lock:
            if self._spent >= _RENEW_AFTER and not self._renewing:
                self._renewing = True
                threading.Thread(target=self._renew, daemon=True).start()
            return self._homes.setdefault(graph, self._store)

    def _renew(self) -> None:
        """Copy the knowledge into a new store, beside the work: a graph once removed still costs time."""
        fresh = ox.Store()
        knowledge = self._store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=KNOWLEDGE_GRAPH)
        fresh.bulk_load(knowledge, format=ox.RdfFormat.N_TRIPLES, to_graph=KNOWLEDGE_GRAPH)
        with self._lock:
            self._store, self._spent, self._renewing = fresh, 0, False

    def drop(self, graph: ox.NamedNode) -> None:
        """Remove a named graph."""
        home = self._homes.pop(graph, None)
        if home is not None:
            home.remove_graph(graph)

    def select(self, query: str, graph: ox.NamedNode | None = None) -> list[Row]:
        """Run a SELECT over the knowledge and, if named, one case graph; unbound variables are absent."""
        solutions: Any = self._of(graph).query(query, default_graph=_graphs(graph))
        names = [variable.value for variable in solutions.variables]
        return [
            {name: value for name, value in zip(names, solution, strict=True) if value is not None}
            for solution in solutions
        ]

    def construct(self, query: str, graph: ox.NamedNode | None = None) -> Triples:
        """Run a CONSTRUCT over the knowledge and, if named, one case graph."""
        triples: Any = self._of(graph).query(query, default_graph=_graphs(graph))
        return [(t.subject, t.predicate, t.object) for t in triples]

    def _of(self, graph: ox.NamedNode | None) -> ox.Store:
        return self._store if graph is None else self._homes.get(graph, self._store)

    def serialise(self, query: str, media_type: str, rows: int) -> str:
        """Run any query over the knowledge and write what it finds.

        Raises QueryError when it finds more than so many rows or triples.
        """
        found: Any = self._store.query(query, default_graph=_graphs(None))
        if isinstance(found, ox.QueryBoolean):
            return _text(found.serialize(format=ox.QueryResultsFormat.from_media_type(media_type)))
        for number, _ in enumerate(found, 1):
            if number > rows:
                raise QueryError(f"the query finds more than {rows:,} rows; add a LIMIT")
        again: Any = self._store.query(query, default_graph=_graphs(None))
        if isinstance(again, ox.QueryTriples):
            return _text(again.serialize(format=ox.RdfFormat.from_media_type(media_type)))
        return _text(again.serialize(format=ox.QueryResultsFormat.from_media_type(media_type)))


def _text(data: bytes | None) -> str:
    return (data or b"").decode()


def _graphs(graph: ox.NamedNode | None) -> list[Any]:
    return [KNOWLEDGE_GRAPH] if graph is None else [KNOWLEDGE_GRAPH, graph]
