"""Read values of guidelines so that none is passed over in silence: what is not of its form is an error."""

import datetime as dt
from typing import Any

import pyoxigraph as ox

from kb.errors import KnowledgeError
from kb.knowledge.ontology import Ontology
from kb.knowledge.spelling import did_you_mean
from kb.terms import SCHEMA, short

STANCES = ("recommended", "option", "not_recommended", "no_recommendation")
STRENGTHS = ("hard", "usual", "advisory")


def links(read: Ontology, iri: str, term: str) -> tuple[str, ...]:
    """List the IRIs that a term of the schema gives for a subject, in their order.

    Raises KnowledgeError for a blank node or a text in the place of an IRI.
    """
    found = read.objects(iri, SCHEMA + term)
    return tuple([_iri(value, iri, term) for value in found]) if found else ()


def _iri(value: Any, iri: str, term: str) -> str:
    if isinstance(value, ox.NamedNode):
        return value.value
    found = "a blank node" if isinstance(value, ox.BlankNode) else f"the text `{getattr(value, 'value', value)}`"
    raise KnowledgeError(f"`{short(iri)}` has {found} under kb:{term}; give it a name, as <#{term}>, and write that")


def link(read: Ontology, iri: str, term: str) -> str | None:
    """Read the one IRI that a term gives for a subject.

    Raises KnowledgeError for several.
    """
    found = links(read, iri, term)
    if len(found) > 1:
        raise KnowledgeError(f"`{short(iri)}` has two values of kb:{term}; put them under one node with kb:allOf")
    return found[0] if found else None


def word(read: Ontology, iri: str, term: str, known: tuple[str, ...]) -> str | None:
    """Read one of a few words of the schema.

    Raises KnowledgeError that offers the nearest for any other.
    """
    found = [short(value) for value in links(read, iri, term)]
    strange = next((value for value in found if value not in known), None)
    if strange:
        hint = did_you_mean(strange, known, "it is " + ", ".join(f"kb:{name}" for name in known))
        raise KnowledgeError(f"`{short(iri)}` has an unknown kb:{term} `{strange}`{hint}")
    if len(found) > 1:
        raise KnowledgeError(f"`{short(iri)}` has two values of kb:{term}; keep one")
    return found[0] if found else None


def day(read: Ontology, iri: str, predicate: str) -> dt.date | None:
    """Read a date.

    Raises KnowledgeError for what is no day of the calendar.
    """
    text = read.text(iri, predicate)
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise KnowledgeError(f'`{short(iri)}` has no date in `{text}`; write "2016-07-29"^^xsd:date') from None


def whole(read: Ontology, iri: str, term: str) -> int | None:
    """Read a whole number.

    Raises KnowledgeError for any other value.
    """
    text = read.text(iri, SCHEMA + term)
    try:
        return int(text) if text else None
    except ValueError:
        raise KnowledgeError(f"`{short(iri)}` has kb:{term} `{text}`; write a whole number") from None
