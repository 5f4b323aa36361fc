"""Load what is sound of a folder, so that one broken recommendation does not keep the others from being tried."""

import re

import pyoxigraph as ox

from kb.check.defect import Defect, sentence
from kb.check.reading import Reading
from kb.errors import KnowledgeError
from kb.knowledge.base import Knowledge
from kb.knowledge.guideline import GuidelineReader, is_nameless
from kb.knowledge.ontology import Ontology, Triple
from kb.store.embedded import EmbeddedStore
from kb.terms import BASE, SCHEMA, TYPE, short

_STATEMENTS = (ox.NamedNode(SCHEMA + "Recommendation"), ox.NamedNode(SCHEMA + "Statute"))
_SOLUTION = "Until then the topic is tried without this recommendation."


def sound_knowledge(reading: Reading) -> tuple[Knowledge, list[Defect]]:
    """Leave out the recommendations that cannot be read; each is a defect."""
    reader = GuidelineReader(Ontology(reading.triples))
    unread: dict[str, str] = {}
    for iri in reader.names():
        try:
            reader.read(iri)
        except KnowledgeError as error:
            unread[iri] = str(error)
    triples = [t for t in reading.triples if not is_nameless(t) and not _makes(t, unread)]
    ontology = Ontology(triples, reading.place)
    return Knowledge(ontology, EmbeddedStore(), reading.folder), [_defect(reading, *item) for item in unread.items()]


def _makes(triple: Triple, unread: dict[str, str]) -> bool:
    subject, predicate, found = triple
    return predicate == TYPE and found in _STATEMENTS and subject.value in unread


def _defect(reading: Reading, iri: str, message: str) -> Defect:
    """Point at what the message names first, after the recommendation itself."""
    culprit = next((n for n in re.findall(r"`([^`]+)`", message)[1:] if BASE + n in reading.place), short(iri))
    line = reading.line(BASE + culprit)
    return Defect("error", "knowledge", short(iri), sentence(message), _SOLUTION, reading.place.get(iri), line)
