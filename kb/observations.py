"""Read diagnoses, findings and documents from sentences."""

from collections.abc import Iterator

from kb.case import Diagnosis, Document, Finding, Quote, Status
from kb.prose import Named
from kb.sense import Place, Reading
from kb.services import Vocabulary

_NOT_OF_PATIENT = ("family", "supposed")
_SURE, _LIKELY = 0.9, 0.7


def diagnoses(reading: Reading, vocabulary: Vocabulary) -> Iterator[Diagnosis]:
    """Read the diagnoses of a sentence; a complaint with a site is one of its own."""
    for named, concept in _named(reading, vocabulary, "diagnosis"):
        if reading.sense(named) in _NOT_OF_PATIENT:
            continue
        for place in reading.places(named) or [None]:
            found = _placed(vocabulary, concept, place)
            if found is None:
                continue
            name, site = found
            yield Diagnosis(
                concept=name,
                status=_status(named),
                site=site,
                side=place.side if place else None,
                quote=quote(named),
                confidence=_SURE if name == concept else _LIKELY,
            )


def findings(reading: Reading, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Read the findings of a sentence, present or denied."""
    for named, concept in _named(reading, vocabulary, "finding"):
        if reading.sense(named) in (*_NOT_OF_PATIENT, "planned"):
            continue
        for place in reading.places(named) or [None]:
            name, site = _placed(vocabulary, concept, place) or (concept, None)
            yield Finding(
                concept=name,
                status=_status(named),
                site=site,
                side=place.side if place else None,
                quote=quote(named),
                confidence=_SURE if site else _LIKELY,
            )


def documents(reading: Reading, vocabulary: Vocabulary) -> Iterator[Document]:
    """Read which documents a sentence says are there, or not there."""
    for named, concept in _named(reading, vocabulary, "document"):
        if reading.sense(named) not in _NOT_OF_PATIENT:
            yield Document(concept=concept, status=_status(named), quote=quote(named), confidence=_LIKELY)


def quote(named: Named) -> Quote:
    """Point at the words."""
    return Quote(named.start, named.end)


def _status(named: Named) -> Status:
    return "absent" if named.denied else "present"


def _named(reading: Reading, vocabulary: Vocabulary, root: str) -> Iterator[tuple[Named, str]]:
    for named in reading.sentence.named:
        concept = vocabulary.one_of(named.names, root)
        if concept:
            yield named, concept


def _placed(vocabulary: Vocabulary, concept: str, place: Place | None) -> tuple[str, str | None] | None:
    """Name the concept at its place; a bare complaint without a diagnosis for its place says nothing."""
    own = sorted(vocabulary.regions_of(concept))
    name = vocabulary.at(concept, [place.site]) if place else concept
    if vocabulary.needs_site(name):
        return None
    if place and (not own or any(vocabulary.is_a(place.site, region) for region in own)):
        return name, place.site
    return name, own[0] if len(own) == 1 else None
