"""Other engines behind the same face as a graph of the embedded store; terms come out as that gives them."""

import re
from functools import cache

import pyoxigraph as ox
import rdflib
from rdflib.plugins.sparql import prepareQuery

from kb.evaluate.engine import CaseGraph


class FrameGraph:
    """Answer the queries from data frames, with maplib."""

    def __init__(self, triples):
        import maplib

        self._model = maplib.Model()
        self.add(triples)

    def need(self, topics):
        """Do nothing: the model holds every topic."""

    def add(self, triples):
        statements = [ox.Triple(*triple) for triple in triples]
        if statements:
            self._model.reads(n_triples(statements), format="ntriples")

    def select(self, query):
        frame = self._model.query(query)
        return [
            {name: term(value) for name, value in row.items() if value is not None}
            for row in frame.iter_rows(named=True)
        ]

    def construct(self, query):
        frames = self._model.query(query)
        return [tuple(map(term, row)) for frame in frames for row in frame.iter_rows()]


class RdflibStore:
    """Answer the queries with rdflib's own SPARQL engine, from one graph of the knowledge and the cases in flight."""

    def __init__(self):
        self._graph = rdflib.Graph()
        self._cases = {}

    def load(self, common, topics):
        for triples in (common, *topics.values()):
            self._graph += read(triples)

    def need(self, graph, topics):
        """Do nothing: every topic is in the graph."""

    def add(self, graph, triples):
        new = read(triples) - self._graph
        self._cases.setdefault(graph, []).extend(new)
        self._graph += new

    def drop(self, graph):
        for triple in self._cases.pop(graph, ()):
            self._graph.remove(triple)

    def select(self, query, graph=None):
        found = self._graph.query(prepared(query))
        return [{str(name): plain(value) for name, value in row.asdict().items()} for row in found]

    def construct(self, query, graph=None):
        return [tuple(map(plain, triple)) for triple in self._graph.query(prepared(query))]


def rdflib_graph(triples):
    """Give a graph of requests beside these triples in rdflib."""
    store = RdflibStore()
    store.load(triples, {})
    return CaseGraph(store, ox.NamedNode("urn:all"))


prepared = cache(prepareQuery)  # reading a query takes longer than answering it


def read(triples):
    return rdflib.Graph().parse(data=n_triples([ox.Triple(*triple) for triple in triples]), format="nt")


def n_triples(triples):
    return ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES).decode()


def plain(node):
    return ox.NamedNode(str(node)) if isinstance(node, rdflib.URIRef) else ox.Literal(str(node))


def term(value):
    """Read a cell: an IRI stands in angle brackets, a literal in quotes or as a plain value."""
    if isinstance(value, str):
        if value.startswith("<"):
            return ox.NamedNode(value[1:-1])
        quoted = re.match(r'"(.*)"(?:\^\^<.*>|@.*)?$', value, re.S)
        return ox.Literal(quoted[1] if quoted else value)
    return ox.Literal(value)
