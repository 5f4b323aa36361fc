"""Find words of our own namespaces that no file of the ontology declares."""

from collections.abc import Iterator

import pyoxigraph as ox

from kb.check.defect import Defect
from kb.check.reading import Reading
from kb.terms import RDF, SCHEMA, short

_SOLUTION = "Use a term that core/schema.ttl, core/kinds.ttl or core/units.ttl declares."


def unknown_terms(reading: Reading) -> Iterator[Defect]:
    """List every property, class and word of the schema that is used and not declared, once for each subject."""
    typed = {s.value for s, p, _ in reading.triples if p.value == RDF + "type" and isinstance(s, ox.NamedNode)}
    declared = {iri for iri in typed if iri.startswith(SCHEMA)}
    if not declared:  # a folder without core
        return
    seen: set[tuple[str, str]] = set()
    for subject, predicate, found in reading.triples:
        for term in (predicate, found):
            strange = isinstance(term, ox.NamedNode) and term.value.startswith(SCHEMA) and term.value not in declared
            if strange and (subject.value, term.value) not in seen:
                seen.add((subject.value, term.value))
                yield _defect(reading, subject, term.value)


def _defect(reading: Reading, subject: ox.NamedNode | ox.BlankNode, term: str) -> Defect:
    named = isinstance(subject, ox.NamedNode)
    about = short(subject.value) if named else "a nameless node"
    place = reading.place.get(subject.value) if named else None
    message = f"`kb:{short(term)}` is no term of the schema, so nothing ever reads it."
    line = reading.line(subject.value, term) if named else None
    return Defect("error", "unknown-term", about, message, reading.nearest(term) or _SOLUTION, place, line)
