"""Write what the ontology states of the things on one page, for machines."""

from collections.abc import Iterable, Iterator
from typing import Any

import pyoxigraph as ox

from kb.browse.register import Register
from kb.knowledge.ontology import Triple
from kb.terms import PREFIXES

FORMATS = {"text/turtle": ox.RdfFormat.TURTLE, "application/ld+json": ox.RdfFormat.JSON_LD}


def serialise(subjects: Iterable[str], media_type: str, register: Register) -> str:
    """Write the statements on some subjects as Turtle or JSON-LD, nameless parts included.

    Of something that is only pointed to, as a published decision is, write what points to it.
    """
    found = [triple for iri in subjects for triple in told(iri, register)]
    data: Any = ox.serialize(dict.fromkeys(found), format=FORMATS[media_type], prefixes=PREFIXES)
    return str(data.decode())


def told(iri: str, register: Register) -> list[ox.Triple]:
    """List the statements on a subject, or those that point to it where there are none."""
    return [ox.Triple(*triple) for triple in _told(ox.NamedNode(iri), register)]


def _told(subject: ox.NamedNode, register: Register) -> Iterator[Triple]:
    if subject in register.statements:
        return _about(subject, register)
    return (triple for triple in register.knowledge.ontology.triples if triple[2] == subject)


def _about(subject: object, register: Register) -> Iterator[Triple]:
    for triple in register.statements.get(subject, ()):
        yield triple
        if isinstance(triple[2], ox.BlankNode):
            yield from _about(triple[2], register)
