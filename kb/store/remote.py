"""Keep triples and answer SPARQL in another process, over the SPARQL 1.1 Protocol."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from http.client import HTTPException
from string import Template
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

import pyoxigraph as ox
from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from kb.errors import StoreError
from kb.settings import data_folder
from kb.store.embedded import Row, Triples
from kb.terms import KNOWLEDGE_GRAPH

_CHUNK = 1_000  # Virtuoso's parser runs out of stack at 5,000


class RemoteStore:
    """Use a SPARQL endpoint as the store of knowledge and cases.

    A query URL that ends in /query has its update URL at /update (as Oxigraph and Fuseki); any other URL
    serves both (as Virtuoso). The knowledge is put into a graph named by its content, once, so that
    several clients share it.
    """

    def __init__(self, endpoint: str, seconds: int = 60) -> None:
        """Name the endpoint and the longest time to wait for an answer."""
        base = endpoint.rstrip("/")
        if not _is_url(base):
            raise StoreError(f"`{endpoint}` is no address of an endpoint; write it as http://localhost:7878/query")
        self._query_url = base
        self._update_url = base.removesuffix("/query") + "/update" if base.endswith("/query") else base
        self._seconds = seconds
        self._knowledge = KNOWLEDGE_GRAPH

    def load(self, common: Triples, topics: Mapping[str, Triples]) -> None:
        """Put the knowledge into its graph, where it is not there yet.

        What is there is never taken out: another client may be filling the same graph, or use it already.
        """
        found = [*common, *(triple for triples in topics.values() for triple in triples)]
        self._knowledge = ox.NamedNode(f"{KNOWLEDGE_GRAPH.value}-{_digest(found)}")
        rows = self._rows((data_folder("queries") / "store" / "size.rq").read_text(), [self._knowledge])
        if int(rows[0]["triples"].value) < len(set(found)):
            self._insert(self._knowledge, found)

    def need(self, graph: ox.NamedNode, topics: Iterable[str]) -> None:
        """Do nothing: every topic is in the graph of the knowledge."""

    def add(self, graph: ox.NamedNode, triples: Iterable[tuple[Any, Any, Any]]) -> None:
        """Add triples to the graph of a case."""
        self._insert(graph, list(triples))

    def drop(self, graph: ox.NamedNode) -> None:
        """Remove a named graph."""
        self._update("drop", graph=str(graph))

    def select(self, query: str, graph: ox.NamedNode | None = None) -> list[Row]:
        """Run a SELECT over the knowledge and, if named, one case graph; unbound variables are absent."""
        return self._rows(query, [self._knowledge] if graph is None else [self._knowledge, graph])

    def construct(self, query: str, graph: ox.NamedNode | None = None) -> Triples:
        """Run a CONSTRUCT over the knowledge and, if named, one case graph."""
        body = self._ask(query, [self._knowledge] if graph is None else [self._knowledge, graph], TURTLE)
        return [(t.subject, t.predicate, t.object) for t in ox.parse(body, format=ox.RdfFormat.TURTLE)]

    def _rows(self, query: str, graphs: list[ox.NamedNode]) -> list[Row]:
        body = self._ask(query, graphs, JSON)
        try:
            found = json.loads(body)
        except ValueError:
            raise StoreError(f"the endpoint `{self._query_url}` gives no SPARQL results; check its address") from None
        return [{name: _term(term) for name, term in row.items()} for row in found["results"]["bindings"]]

    def _ask(self, query: str, graphs: list[ox.NamedNode], returned: str) -> bytes:
        wrapper = self._wrapper(self._query_url, query)
        wrapper.setReturnFormat(returned)
        for graph in graphs:
            wrapper.addDefaultGraph(graph.value)
        return self._send(wrapper)

    def _insert(self, graph: ox.NamedNode, triples: list[tuple[Any, Any, Any]]) -> None:
        for chunk in _chunks(triples):
            lines = " .\n".join(f"{s} {p} {o}" for s, p, o in chunk)
            self._update("insert", graph=str(graph), triples=lines)

    def _update(self, name: str, **terms: str) -> None:
        template = (data_folder("queries") / "store" / f"{name}.ru").read_text(encoding="utf-8")
        self._send(self._wrapper(self._update_url, Template(template).safe_substitute(terms)))

    def _wrapper(self, url: str, text: str) -> Any:
        wrapper = SPARQLWrapper(url)
        wrapper.setMethod(POST)
        wrapper.setTimeout(self._seconds)
        # SPARQLWrapper guesses the kind of a query from its words, those of comments too
        wrapper.setQuery("\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#")))
        return wrapper

    def _send(self, wrapper: Any) -> bytes:
        try:
            body: bytes = wrapper.query().response.read()
        except (URLError, OSError, HTTPException, ValueError, SPARQLWrapperException) as error:
            raise StoreError(
                f"the endpoint `{wrapper.endpoint}` does not answer as it must ({_reason(error)})"
            ) from None
        return body


def _reason(error: Exception) -> str:
    inner = getattr(error, "reason", None) or error
    text = getattr(inner, "strerror", None) or str(inner) or type(inner).__name__
    return " ".join(text.split())[:200].lower()


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _digest(triples: Iterable[tuple[Any, Any, Any]]) -> str:
    lines = sorted(f"{s} {p} {o}" for s, p, o in triples if not _has_blank((s, p, o)))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _has_blank(triple: tuple[Any, Any, Any]) -> bool:
    return isinstance(triple[0], ox.BlankNode) or isinstance(triple[2], ox.BlankNode)


def _chunks(triples: list[tuple[Any, Any, Any]]) -> Iterator[list[tuple[Any, Any, Any]]]:
    """Cut triples into requests; those with blank nodes stay in one, whose labels they share."""
    blank = [triple for triple in triples if _has_blank(triple)]
    named = [triple for triple in triples if not _has_blank(triple)]
    if blank:
        yield blank
    for start in range(0, len(named), _CHUNK):
        yield named[start : start + _CHUNK]


def _term(term: dict[str, str]) -> Any:
    if term["type"] == "uri":
        return ox.NamedNode(term["value"])
    if term["type"] == "bnode":
        return ox.BlankNode(term["value"])
    datatype = term.get("datatype")
    return ox.Literal(term["value"], datatype=ox.NamedNode(datatype) if datatype else None)
