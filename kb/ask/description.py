"""Describe the SPARQL service and its dataset, in the vocabularies SPARQL Service Description and VoID."""

from typing import Any

import pyoxigraph as ox

from kb.ask.formats import TRIPLES, Wanted
from kb.ask.sandbox import Sandbox
from kb.knowledge.queries import Query, queries
from kb.terms import BASE, PREFIXES

_PREFIXES = {
    "format": "http://www.w3.org/ns/formats/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "void": "http://rdfs.org/ns/void#",
    **{name: PREFIXES[name] for name in ("dct", "kb", "owl", "xsd")},
}


def description(endpoint: str, version: str, sandbox: Sandbox, media_type: str) -> str:
    """Describe the service at an address; every count is asked of what it queries.

    Raises what Sandbox.run does.
    """
    known = {"endpoint": ox.NamedNode(endpoint), "version": ox.Literal(version)}
    triples = {triple for query in queries("describe").values() for triple in _found(query, known, sandbox)}
    written: Any = ox.serialize(
        sorted(triples, key=str), format=ox.RdfFormat.from_media_type(media_type), prefixes=_PREFIXES
    )
    return str(written, "utf-8")


def _found(query: Query, known: dict[str, Any], sandbox: Sandbox) -> list[ox.Triple]:
    text = query.bind(**{name: term for name, term in known.items() if name in query.parameters})
    found = sandbox.run(text, Wanted(None, TRIPLES["ntriples"])).body
    return [quad.triple for quad in ox.parse(found, format=ox.RdfFormat.N_TRIPLES, base_iri=BASE)]
