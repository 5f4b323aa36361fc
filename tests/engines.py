"""Other engines behind the same face as a graph of the embedded store; terms come out as that gives them."""

import re

import pyoxigraph as ox
import rdflib


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


class RdflibGraph:
    """Answer the queries with rdflib's own SPARQL engine."""

    def __init__(self, triples):
        self._graph = rdflib.Graph()
        self.add(triples)

    def need(self, topics):
        """Do nothing: the graph holds every topic."""

    def add(self, triples):
        self._graph.parse(data=n_triples([ox.Triple(*triple) for triple in triples]), format="nt")

    def select(self, query):
        found = self._graph.query(query)
        return [{str(n): plain(v) for n, v in row.asdict().items()} for row in found]

    def construct(self, query):
        return [tuple(map(plain, triple)) for triple in self._graph.query(query)]


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
