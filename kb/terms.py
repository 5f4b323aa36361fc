"""Spell the IRIs of the schema in one place."""

from functools import cache

from pyoxigraph import Literal, NamedNode

BASE = "https://w3id.org/mtus-kb/"
SCHEMA = BASE + "schema#"
CONCEPT = BASE + "concept/"
UNIT = BASE + "unit/"
PHASE = BASE + "phase/"
FORM = BASE + "form/"
CASE = BASE + "case/"
DECISION = BASE + "decision/"

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
DCT = "http://purl.org/dc/terms/"
PROV = "http://www.w3.org/ns/prov#"
XSD = "http://www.w3.org/2001/XMLSchema#"

PREFIXES = {  # as people write them
    "c": CONCEPT, "dct": DCT, "decision": DECISION, "form": FORM, "kb": SCHEMA, "owl": OWL, "phase": PHASE,
    "prov": PROV, "rdf": RDF, "rdfs": RDFS, "skos": SKOS, "unit": UNIT, "xsd": XSD,
}  # fmt: skip

INFERRED = BASE + "inferred"  # the ontology that the reasoner writes
KNOWLEDGE_GRAPH = NamedNode(BASE + "graph/knowledge")
TYPE = NamedNode(RDF + "type")
SUBCLASS = NamedNode(RDFS + "subClassOf")
SUBSUMED_BY = NamedNode(SCHEMA + "subsumedBy")
NOTHING = NamedNode(OWL + "Nothing")
TRUE = Literal(True)
_OURS = (CONCEPT, UNIT, PHASE, FORM, SCHEMA)


@cache
def weighs(kind: str) -> str:
    """Name the property that links a request to its criteria of a kind.

    >>> weighs("visit_limit")
    'weighsVisitLimit'
    """
    return "weighs" + "".join(map(str.capitalize, kind.split("_")))


@cache
def kb(name: str) -> NamedNode:
    """Name a term of the schema.

    >>> kb("limit").value
    'https://w3id.org/mtus-kb/schema#limit'
    """
    return NamedNode(SCHEMA + name)


@cache
def concept(name: str) -> NamedNode:
    """Name a concept by its local name."""
    return NamedNode(CONCEPT + name)


@cache
def unit(name: str) -> NamedNode:
    """Name a unit by its local name."""
    return NamedNode(UNIT + name)


def short(iri: str) -> str:
    """Cut an IRI of ours to the identifier that answers show.

    >>> short("https://w3id.org/mtus-kb/concept/massage_therapy")
    'massage_therapy'
    >>> short("https://w3id.org/mtus-kb/mtus-chronic-pain-2009/massage_therapy#visit_limit")
    'mtus-chronic-pain-2009/massage_therapy#visit_limit'
    """
    for prefix in _OURS if iri.startswith(_OURS) else ():
        if iri.startswith(prefix):
            return iri[len(prefix) :]
    return iri.removeprefix(BASE)
