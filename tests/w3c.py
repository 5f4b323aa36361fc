"""The W3C SPARQL 1.1 test suite: what it tests, on which graphs, and what an answer must be."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyoxigraph as ox
from rdflib import RDF, BNode, Graph, Literal, Namespace, URIRef

SUITE = Path(__file__).parents[2] / "shared" / "w3c" / "sparql11"
BASE = "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/"
EMPTY = f"{BASE}empty"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
RS = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
XSD = "http://www.w3.org/2001/XMLSchema#"
ROWS = {
    ".srx": "application/sparql-results+xml",
    ".srj": "application/sparql-results+json",
    ".tsv": "text/tab-separated-values",
    ".csv": "text/csv",
}
TRIPLES = {".ttl": "text/turtle", ".rdf": "application/rdf+xml", ".nt": "application/n-triples"}


@dataclass(frozen=True, slots=True)
class Test:
    """Hold one test: its IRI, its kind, and where it stands in its manifest."""

    iri: str
    kind: str
    manifest: Graph

    __test__ = False  # it is no test of pytest's

    def one(self, *path: URIRef) -> Any:
        """Follow a path from the test."""
        found: Any = URIRef(self.iri)
        for step in path:
            found = found and self.manifest.value(found, step)
        return found

    def all(self, *path: URIRef) -> list[Any]:
        """Follow a path from the test, and list what its last step leads to."""
        start = self.one(*path[:-1])
        return list(self.manifest.objects(start, path[-1])) if start else []

    @property
    def query(self) -> str:
        """Read the query, with the address of its file as its base."""
        file = self.one(MF.action, QT.query) or self.one(MF.action)
        return f"BASE <{file}>\n{read(file)}"


def read(iri: str) -> str:
    """Read a file of the suite."""
    return file_of(iri).read_text(encoding="utf-8")


def file_of(iri: str) -> Path:
    """Find the file of the suite that an IRI names."""
    return SUITE / unquote(str(iri).removeprefix(BASE))


class Suite:
    """Hold every test of the suite."""

    @cached_property
    def tests(self) -> list[Test]:
        """List the tests by IRI."""
        found = [test for file in SUITE.glob("*/manifest.ttl") for test in _tests(file)]
        return sorted(found, key=lambda test: test.iri)

    def of(self, *kinds: str) -> list[Test]:
        """List the tests of some kinds."""
        return [test for test in self.tests if test.kind in kinds]

    @cached_property
    def graphs(self) -> dict[str, bytes]:
        """Map each graph that a test asks to its triples."""
        found = {EMPTY: b"", "http://kasei.us/2009/09/sparql/data/data0.rdf": b""}
        for test in self.of("QueryEvaluationTest", "CSVResultFormatTest"):
            names = (*test.all(MF.action, QT.data), *test.all(MF.action, QT.graphData), *_from(test))
            found.update({str(name): triples(str(name)) for name in names if str(name) not in found})
        for test in self.of("ProtocolTest"):
            for node in test.all(UT.graphData):
                label = test.manifest.value(node, URIRef("http://www.w3.org/2000/01/rdf-schema#label"))
                found[str(label)] = triples(str(test.manifest.value(node, UT.graph)))
        return found


def _tests(file: Path) -> Iterator[Test]:
    manifest = Graph().parse(file, publicID=f"{BASE}{file.parent.name}/manifest.ttl")
    for entries in manifest.objects(None, MF.entries):
        for node in manifest.items(entries):
            kind = manifest.value(node, RDF.type)
            yield Test(str(node), str(kind).rpartition("#")[2], manifest)


def _from(test: Test) -> list[str]:
    base = str(test.one(MF.action, QT.query)).rpartition("/")[0]
    return [f"{base}/{name}" for name in re.findall(r"FROM\s+(?:NAMED\s+)?<([\w.-]+)>", test.query)]


def triples(iri: str) -> bytes:
    """Read a file of triples as N-Triples."""
    kind = ox.RdfFormat.from_media_type(TRIPLES[Path(iri).suffix])
    data = ox.parse(file_of(iri).read_bytes(), format=kind, base_iri=iri)
    written = ox.serialize([quad.triple for quad in data], format=ox.RdfFormat.N_TRIPLES)
    return written or b""


# --- evaluation -----------------------------------------------------------------------------------------------


def dataset(test: Test) -> list[tuple[str, str]]:
    """Name the graphs of a test as parameters of the protocol; none where its query names them."""
    if _from(test):
        return []
    default = [("default-graph-uri", str(name)) for name in test.all(MF.action, QT.data)]
    named = [("named-graph-uri", str(name)) for name in test.all(MF.action, QT.graphData)]
    return [*(default or [("default-graph-uri", EMPTY)]), *named]


def media_type(test: Test) -> str:
    """Give the media type in which the result is compared: that of the expected one, JSON for rows told as triples."""
    kind = {**ROWS, **TRIPLES}[Path(test.one(MF.result)).suffix]
    return ROWS[".srj"] if kind in TRIPLES.values() and _is_rows(test) else kind


def _is_rows(test: Test) -> bool:
    return str(RS) in read(test.one(MF.result))


def differs(test: Test, body: bytes, kind: str) -> str | None:
    """Tell how an answer differs from what is expected, None where it does not."""
    iri = str(test.one(MF.result))
    expected = file_of(iri).read_bytes()
    if kind == "text/csv":
        ours, theirs = _csv(body), _csv(expected)
    elif kind in ROWS.values():
        form = ox.QueryResultsFormat.from_media_type(kind)
        ours, theirs = _results(body, form), _told(iri) if _is_rows(test) else _results(expected, form)
    else:
        ours, theirs = _graph(body, kind, iri), _graph(expected, kind, iri)
    return None if ours == theirs else "other results"


def _csv(data: bytes) -> list[list[tuple[str, str]]]:
    """Read rows by the names of their columns, which may stand in any order."""
    rows = csv.DictReader(io.StringIO(data.decode()))
    return sorted(sorted((name, _cell(cell)) for name, cell in row.items()) for row in rows)


def _cell(cell: str) -> str:
    if re.fullmatch(r"[+-]?\d*\.?\d+([eE][+-]?\d+)?", cell):
        return str(float(cell))
    return "_:" if cell.startswith("_:") else cell


def _told(iri: str) -> Any:
    """Read rows that are told as triples."""
    graph = Graph().parse(file_of(iri), publicID=iri, format="turtle")
    rows = []
    for solution in graph.objects(None, RS.solution):
        bound = [(graph.value(b, RS.variable), graph.value(b, RS.value)) for b in graph.objects(solution, RS.binding)]
        rows.append([(str(name), _term(value)) for name, value in bound])
    return sorted(str(name) for name in graph.objects(None, RS.resultVariable)), _as_graph(rows)


def _term(value: Any) -> Any:
    if isinstance(value, URIRef):
        return ox.NamedNode(str(value))
    return ox.Literal(str(value), datatype=ox.NamedNode(str(value.datatype or f"{XSD}string")))


def _results(data: bytes, form: Any) -> Any:
    """Read a result so that equal ones are equal: yes or no, or its variables and its rows as a graph."""
    found: Any = ox.parse_query_results(data, form)
    if isinstance(found, ox.QueryBoolean):
        return bool(found)
    names = [variable.value for variable in found.variables]
    rows = [[(name, row[name]) for name in names if row[name] is not None] for row in found]
    return sorted(names), _as_graph(rows)


def _as_graph(rows: list[list[tuple[str, Any]]]) -> ox.Dataset:
    quads = []
    for row in rows:
        node = ox.BlankNode()
        quads.append(ox.Quad(node, ox.NamedNode(str(RS)), ox.Literal("row")))
        quads += [ox.Quad(node, ox.NamedNode(f"{RS}{name}"), _value(term)) for name, term in row]
    return _canonical(quads)


def _graph(data: bytes, kind: str, base: str) -> Any:
    parsed = ox.parse(data, format=ox.RdfFormat.from_media_type(kind), base_iri=base)
    return _canonical(ox.Quad(quad.subject, quad.predicate, _value(quad.object)) for quad in parsed)


def _canonical(quads: Iterable[ox.Quad]) -> ox.Dataset:
    found = ox.Dataset(quads)
    found.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return found


def _value(term: Any) -> Any:
    """Write a number, or a yes and no, as its value: 2.0 and 2.00 are one decimal."""
    kind = term.datatype.value.removeprefix(XSD) if isinstance(term, ox.Literal) else ""
    try:
        if kind == "decimal":
            return ox.Literal(str(Decimal(term.value).normalize()), datatype=term.datatype)
        if kind == "boolean":
            return ox.Literal(term.value in ("true", "1"))
        if kind in ("double", "float"):
            return ox.Literal(repr(float(term.value)), datatype=term.datatype)
    except ArithmeticError:
        pass
    return term


# --- the protocol ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Exchange:
    """Hold a request of a protocol test, and what is expected of its answer."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    status: set[str]
    form: str | None
    boolean: bool | None


def exchanges(test: Test) -> list[Exchange]:
    """List the requests of a protocol test in order."""
    return [_exchange(test.manifest, node) for node in test.manifest.items(test.one(MF.action, HT.requests))]


def _exchange(graph: Graph, node: BNode) -> Exchange:
    def one(*path: URIRef) -> Any:
        found: Any = node
        for step in path:
            found = found and graph.value(found, step)
        return found

    headers = graph.items(one(HT.headers)) if one(HT.headers) else []
    boolean: Literal | None = one(HT.resp, MF.expectedBoolean)
    return Exchange(
        str(one(HT.methodName)),
        str(one(HT.absolutePath)).replace("/sparql/", "/sparql", 1),
        [(str(graph.value(h, HT.fieldName)), str(graph.value(h, HT.fieldValue))) for h in headers],
        str(one(HT.body, CNT.chars) or "").encode(str(one(HT.body, CNT.characterEncoding) or "UTF-8")),
        {str(status)[-3] for status in graph.objects(one(HT.resp), MF.expectedStatus)},
        str(one(HT.resp, MF.expectedFormat)) if one(HT.resp, MF.expectedFormat) else None,
        None if boolean is None else bool(boolean),
    )
