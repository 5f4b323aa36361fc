"""Resolve a published citation to our guideline editions and topics, by the names that the ontology gives them.

What the ontology does not name is kept as text: it is no error, and it can be counted.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kb.archive.wording import NON_MTUS, NONE_CITED, Word, is_filler, starts_with, words
from kb.knowledge.ontology import Ontology
from kb.terms import DCT, SCHEMA, SKOS

Tokens = tuple[str, ...]
_NUMBERED = re.compile(r"\d+(?:\.\d+)* ")  # as sections of the opioid guideline are


@dataclass(slots=True)
class Cited:
    """Hold what a citation names: editions, topics, sections with their guideline, and what names nothing of ours.

    `nothing` tells that it says of itself that nothing was cited.
    """

    guidelines: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    unresolved: list[str] = field(default_factory=list)
    nothing: bool = False


@dataclass(slots=True)
class Edition:
    """Hold one guideline edition: its names, its days and the topics of each of its sections."""

    iri: str
    title: str
    edition: str
    start: str
    end: str
    sections: dict[Tokens, set[str]] = field(default_factory=lambda: defaultdict(set))
    spelled: dict[Tokens, str] = field(default_factory=dict)
    chapters: dict[str, set[Tokens]] = field(default_factory=lambda: defaultdict(set))

    def speaks(self, day: dt.date | None) -> bool:
        """Tell whether a day lies in its days of force."""
        return day is not None and self.start <= day.isoformat() <= self.end


class Library:
    """Know the guidelines of an ontology by their names."""

    def __init__(self, ontology: Ontology) -> None:
        """Index titles, other labels, sections and topics."""
        self._ontology = ontology
        self._editions: dict[Tokens, list[Edition]] = defaultdict(list)
        by_iri: dict[str, Edition] = {}
        for iri in ontology.instances("Guideline"):
            edition = by_iri[iri] = self._edition(iri)
            for name in {_named(label) for label in self._labels(iri, DCT + "title")}:
                self._editions[name].append(edition)
        self._services = _services(ontology)
        for topic in ontology.instances("Topic"):
            place = by_iri.get(ontology.text(topic, DCT + "isPartOf") or "")
            if place:
                self._shelve(topic, place)

    def resolve(self, text: str, day: dt.date | None) -> Cited:
        """Resolve one citation as published; where it names no year the edition of the day counts.

        A guideline that is not ours, and a section that no topic encodes, stay in `unresolved`.
        """
        found = Cited(nothing=bool(NONE_CITED.search(text)))
        if found.nothing:
            return found
        inside, *outside = NON_MTUS.split(text)
        self._read(inside, day, found, free=False)
        for part in outside:
            self._read(part, day, found, free=True)
        return found

    def _edition(self, iri: str) -> Edition:
        read = self._ontology.text
        return Edition(
            iri,
            read(iri, DCT + "title") or "",
            read(iri, SCHEMA + "edition") or "",
            read(iri, SCHEMA + "validFrom") or "0000",
            read(iri, SCHEMA + "validUntil") or "9999",
        )

    def _labels(self, iri: str, main: str) -> list[str]:
        return [o.value for term in (main, SKOS + "altLabel") for o in self._ontology.objects(iri, term)]

    def _shelve(self, topic: str, place: Edition) -> None:
        titles = self._labels(topic, DCT + "title")
        for section in [o.value for o in self._ontology.objects(topic, SCHEMA + "section")]:
            for chapter, heading in _headings(section):
                titles.append(heading)
                if chapter:
                    place.chapters[topic].add(_tokens(chapter))
        if place.chapters.get(topic):
            titles += [name for service in self._services[topic] for name in self._labels(service, SKOS + "prefLabel")]
        for title in titles:
            for name in {_tokens(title), _tokens(title)[:1] if "." in _tokens(title)[0] else _tokens(title)}:
                place.sections[name].add(topic)
                place.spelled.setdefault(name, title)

    def _read(self, text: str, day: dt.date | None, found: Cited, *, free: bool) -> None:
        said = words(text)
        hits = list(self._guidelines(said, free=free))
        _keep(found, text, said[: hits[0][0]] if hits else said)
        if not hits:
            return
        ends = [start for start, _, _ in hits[1:]] + [len(said)]
        for (_, after, editions), end in zip(hits, ends, strict=True):
            year = next(
                (w.token for w in said[after : end if free else after + 2] if re.fullmatch(r"20\d\d", w.token)), ""
            )
            edition = _chosen(editions, year, day)
            _add(found.guidelines, [edition.iri])
            (_in_free_text if free else _in_sections)(edition, text, said[after:end], found)

    def _guidelines(self, said: list[Word], *, free: bool) -> Iterator[tuple[int, int, list[Edition]]]:
        """Find the names of guidelines; inside the MTUS one counts that has a year behind it, or is the first."""
        place, seen = 0, False
        names = sorted(self._editions, key=len, reverse=True)
        while place < len(said):
            name = next((n for n in names if starts_with(said, place, n)), None)
            after = place + len(name or ())
            if name and (free or not seen or any(w.token.startswith("20") for w in said[after : after + 2])):
                seen = True
                yield place, after, self._editions[name]
                place = after
            else:
                place += 1


def _services(ontology: Ontology) -> dict[str, list[str]]:
    """Map topics to the services that they speak of."""
    found: dict[str, list[str]] = defaultdict(list)
    for iri in ontology.index:
        topic, mark, _ = iri.partition("#")
        if mark:
            found[topic].extend(ontology.iris(iri, "service"))
    return found


def _in_sections(edition: Edition, text: str, said: list[Word], found: Cited) -> None:
    """Take the sections of a citation in the form: the longest name that fits at each place."""
    names = sorted(edition.sections, key=len, reverse=True)
    place, open_from = 0, 0
    while place < len(said):
        name = next((n for n in names if starts_with(said, place, n)), None)
        if name is None:
            place += 1
            continue
        _keep(found, text, said[open_from:place])
        _cite(edition, name, edition.sections[name], found)
        place += len(name)
        while "." in name[0] and place < len(said) and text[said[place - 1].end - 1] != ",":
            place += 1  # a section with a number is known by it: the words behind it are its title
        open_from = place
    _keep(found, text, said[open_from:])


def _in_free_text(edition: Edition, text: str, said: list[Word], found: Cited) -> None:
    """Take the headings that a free text names, of topics whose chapter it names too, where they have one."""
    cited = False
    for name, topics in edition.sections.items():
        if not any(starts_with(said, place, name) for place in range(len(said))):
            continue
        fitting = {t for t in topics if not (chapters := edition.chapters.get(t)) or _names_any(said, chapters)}
        if fitting:
            cited = True
            _cite(edition, name, fitting, found)
    if not cited:
        _keep(found, text, said)


def _names_any(said: list[Word], names: Iterable[Tokens]) -> bool:
    return any(starts_with(said, place, name) for name in names for place in range(len(said)))


def _cite(edition: Edition, name: Tokens, topics: set[str], found: Cited) -> None:
    _add(found.topics, sorted(topics))
    _add(found.sections, [f"{edition.title} {edition.edition}: {edition.spelled[name]}"])


def _keep(found: Cited, text: str, said: list[Word]) -> None:
    """Keep as text, from comma to comma, what is no word of the form."""
    part: list[Word] = []
    for word in said:
        part.append(word)
        if word is said[-1] or text[word.end - 1] in ",;":
            kept = [not is_filler(w.token) for w in part]
            if any(kept):
                _add(
                    found.unresolved, [" ".join(text[part[kept.index(True)].start : word.end].split()).strip(" ,;:./-")]
                )
            part = []


def _chosen(editions: list[Edition], year: str, day: dt.date | None) -> Edition:
    """Choose the edition of the year named, else the one in force on the day, else the last before it."""
    named = [e for e in editions if year and (year in e.edition or e.start[:4] <= year <= e.end[:4])]
    exact = [e for e in named if year in e.edition]
    rest = exact or named or editions
    speaking = [e for e in rest if e.speaks(day)]
    before = [e for e in rest if day and e.start <= day.isoformat()]
    return max(speaking or before or rest, key=lambda e: e.start)


def _headings(section: str) -> Iterator[tuple[str | None, str]]:
    """Cut a section as it stands in a topic into chapter and heading.

    >>> list(_headings("Low Back; Neck: Massage; Knee: MRI; CT"))
    [('Low Back', 'Massage'), ('Neck', 'Massage'), ('Knee', 'MRI'), ('Knee', 'CT')]
    >>> list(_headings("Special Studies; Summary"))
    [(None, 'Special Studies'), (None, 'Summary')]
    """
    parts = [part.strip() for part in section.split(";")]
    if _NUMBERED.match(section):
        yield from ((None, part) for part in parts)
        return
    chapters: list[str] = []
    for place, part in enumerate(parts):
        chapter, colon, heading = (word.strip() for word in part.partition(":"))
        follows = any(":" in later for later in parts[place:])
        if colon:
            chapters.append(chapter)
            yield from ((name, heading) for name in chapters)
            last, chapters = chapter, []
        elif follows:
            chapters.append(part)
        else:
            yield (last if any(":" in p for p in parts) else None), part


def _named(title: str) -> Tokens:
    """Give the words by which a citation names a guideline: without the MTUS before, the kind of text behind."""
    said = list(_tokens(title))
    while said and is_filler(said[0]):
        said.pop(0)
    while said and said[-1] == "guideline":
        said.pop()
    return tuple(said) or _tokens(title)


def _tokens(text: str) -> Tokens:
    return tuple(word.token for word in words(text))


def _add(found: list[str], new: Iterable[str]) -> None:
    found.extend(item for item in new if item and item not in found)
