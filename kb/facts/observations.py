"""Read diagnoses, findings and documents from sentences."""

import re
from collections.abc import Iterator

import msgspec

from kb.case.fact import Diagnosis, Document, Finding, Quote, Status
from kb.facts.cues import NAMES_TEST
from kb.facts.places import sites_in
from kb.facts.prose import Named
from kb.facts.sense import Place, Reading
from kb.facts.services import Vocabulary
from kb.facts.tested import Examination

_NOT_OF_PATIENT = ("family", "supposed")
_LEVEL = 3  # characters that hold a level's number
_SURE, _LIKELY, _TOLD = 0.9, 0.7, 0.4
_NUMBER = re.compile(r"[^\d.;]{0,30}?(\d+(?:\.\d+)?)(?:\s*(?:-|to)\s*(\d+(?:\.\d+)?))?(?![\d/-]*[-/]\d{2,4}\b)")


def diagnoses(reading: Reading, vocabulary: Vocabulary) -> Iterator[Diagnosis]:
    """Read the diagnoses of a sentence; a complaint with a site is one of its own."""
    for named, concept in _named(reading, vocabulary, "diagnosis"):
        if reading.sense(named) in _NOT_OF_PATIENT or NAMES_TEST.match(reading.rest(named)):
            continue
        places = reading.places(named)
        for place in places or (None,):
            yield from _diagnosis(reading, vocabulary, named, concept, place)
        complaint = vocabulary.complaint_in(concept, reading.words(named))
        if complaint and complaint != concept:
            for place in reading.chained(named):
                for found in _diagnosis(reading, vocabulary, named, complaint, place):
                    yield msgspec.structs.replace(found, quote=Quote(place.start, named.end))


def _diagnosis(
    reading: Reading, vocabulary: Vocabulary, named: Named, concept: str, place: Place | None
) -> Iterator[Diagnosis]:
    found = _placed(reading, vocabulary, named, concept, place)
    if found:
        name, site = found
        side = reading.side(named, place, site)
        sure = _SURE if name == concept else _LIKELY
        status = _status(named)
        yield Diagnosis(concept=name, status=status, site=site, side=side, quote=quote(named), confidence=sure)


def findings(reading: Reading, vocabulary: Vocabulary, examination: Examination) -> Iterator[Finding]:
    """Read the findings of a sentence, present or denied."""
    for said, told in _named(reading, vocabulary, "finding"):
        if reading.sense(said) in (*_NOT_OF_PATIENT, "planned"):
            continue
        found = _examined(reading, said, told, examination)
        if found is None:
            continue
        named, concept, sure = found
        value = _value(reading, named)
        if vocabulary.needs_value(concept) and value is None:
            continue
        within = reading.within(named) if named.start < said.start else []
        places = within or reading.places(named) or reading.places(said)
        if not places and examination.has_place(concept):
            places = reading.only_place(named)
        for place in places or (None,):
            name, site = _placed(reading, vocabulary, named, concept, place) or (concept, None)
            words = reading.sentence.between(place.start, place.start + _LEVEL) if place else ""
            shown, at = examination.shown_at(name, site, words)
            yield Finding(
                concept=shown,
                status=_status(named),
                site=at,
                side=reading.side(named, place, site),
                value=value if vocabulary.needs_value(concept) else None,
                quote=quote(named),
                confidence=sure or (_SURE if site else _LIKELY),
            )


def _examined(
    reading: Reading, named: Named, concept: str, examination: Examination
) -> tuple[Named, str, float | None] | None:
    """Name the finding that words make: a tested function by its result, a complaint as what it is."""
    if examination.is_tested(concept):
        result = examination.result(reading, named, concept)
        return (*result, None) if result else None
    if examination.is_told(concept):
        seen = examination.examined(reading, named, concept)
        return (named, examination.narrowed(reading, named, seen), None) if seen else (named, concept, _TOLD)
    return named, examination.narrowed(reading, named, concept), None


def documents(reading: Reading, vocabulary: Vocabulary) -> Iterator[Document]:
    """Read which documents a sentence says are there, or not there."""
    for named, concept in _named(reading, vocabulary, "document"):
        if reading.sense(named) not in _NOT_OF_PATIENT and not reading.is_heading_of_plan(named):
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


def _value(reading: Reading, named: Named) -> float | None:
    """Read the number told right after a measured thing, of a range the upper."""
    found = _NUMBER.match(reading.sentence.between(named.end, named.end + 40))
    return float(found[2] or found[1]) if found else None


def _placed(
    reading: Reading, vocabulary: Vocabulary, named: Named, concept: str, place: Place | None
) -> tuple[str, str | None] | None:
    """Name the concept at its place; a bare complaint without a diagnosis for its place says nothing."""
    name = concept
    if place and not (named.denied and vocabulary.complaint(concept) is None):  # denied is what is said, not less
        name = vocabulary.said_at(concept, reading.words(named), place.site)
    if vocabulary.needs_site(name):
        return None
    own = sorted(vocabulary.regions_of(name))
    if place and (not own or any(vocabulary.is_a(place.site, region) for region in own)):
        return name, place.site
    inner = sites_in(vocabulary, reading.words(named))
    if len(inner) == 1 and any(vocabulary.is_a(inner[0], region) for region in own):
        return name, inner[0]
    return name, own[0] if len(own) == 1 else None
