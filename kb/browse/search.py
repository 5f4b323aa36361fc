"""Find pages by words: one list of entries, asked by the service here and by a few lines of script on a disk."""

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from kb.browse.links import path_of
from kb.browse.register import Register
from kb.browse.wording import Wording
from kb.knowledge.vocabulary import fold
from kb.terms import CONCEPT, SCHEMA, SKOS

LIMIT = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold one page to find: what it is called, of what kind it is, and other words for it, folded."""

    label: str
    path: str
    kind: str
    words: str


class Finder:
    """Find pages by the words of their labels, synonyms and codes."""

    def __init__(self, register: Register, wording: Wording) -> None:
        """Take the register and its wording."""
        self._register = register
        self._wording = wording

    @cached_property
    def entries(self) -> list[Entry]:
        """List concepts, topics, guidelines and decisions, in this order."""
        found = [self._concept(name) for name in sorted(self._register.knowledge.concepts)]
        for guideline in self._register.guidelines:
            said = self._wording.words(guideline)
            found.append(self._entry(said, guideline, "guideline", ()))
            for topic in self._register.topics.get(guideline, ()):
                section = self._register.knowledge.ontology.text(topic, SCHEMA + "section") or ""
                found.append(self._entry(self._wording.words(topic), topic, f"topic, {said}", (section,)))
        for decision in sorted(self._register.attested):
            found.append(self._entry(self._wording.words(decision), decision, "published decision", ()))
        return found

    def find(self, words: str) -> list[Entry]:
        """List the pages that have every word, or the beginning of it, best first: see `rank`."""
        wanted = fold(words).split()
        ranked = [(place, entry) for entry in self.entries if wanted and (place := rank(wanted, entry)) is not None]
        ranked.sort(key=lambda item: (item[0], len(item[1].label)))
        return [entry for _, entry in ranked]

    def near(self, words: str) -> list[Entry]:
        """List pages whose label is spelled nearly so."""
        labels: dict[str, Entry] = {}
        for entry in self.entries:
            labels.setdefault(fold(entry.label), entry)
        close = difflib.get_close_matches(fold(words), labels, 5, 0.6)
        return [labels[label] for label in close]

    def near_path(self, path: str) -> list[Entry]:
        """List pages whose own name is spelled nearly like the last part of a path."""
        named = {entry.path.rpartition("/")[2]: entry for entry in reversed(self.entries)}
        close = difflib.get_close_matches(path.rpartition("/")[2], named, 5, 0.6)
        return [named[name] for name in close]

    def as_script(self) -> str:
        """Write the entries as a script: a page read from a disk may load one, and no JSON."""
        rows = [[entry.label, entry.path, entry.kind, entry.words] for entry in self.entries]
        return f"window.pages = {json.dumps(rows, ensure_ascii=True, separators=(',', ':'))};\n"

    def _concept(self, name: str) -> Entry:
        iri = CONCEPT + name
        labels = (SKOS + "altLabel", SKOS + "hiddenLabel", SKOS + "notation")
        more = [name, *(word for label in labels for word in self._wording.texts(iri, label))]
        return self._entry(self._wording.words(iri), iri, self._wording.branch(iri), more)

    def _entry(self, label: str, iri: str, kind: str, more: Iterable[str]) -> Entry:
        words = " | ".join(dict.fromkeys(fold(word) for word in more if fold(word) != fold(label)))
        return Entry(label, path_of(iri), kind, words)


def rank(wanted: list[str], entry: Entry) -> int | None:
    """Rank an entry for the words looked for, None where it lacks one; assets/search.js ranks alike.

    0 the label, 1 a synonym or code, 2 the label begins so, 3 the label has all the words, 4 label and synonyms have.

    >>> rank(["ice"], Entry("Ice pack", "concept/ice", "treatment", "cold pack"))
    2
    >>> rank(["cold", "pa"], Entry("Ice pack", "concept/ice", "treatment", "cold pack")), rank(
    ...     ["hot"], Entry("Ice pack", "concept/ice", "treatment", "cold pack"))
    (4, None)
    """
    label, phrase = fold(entry.label), " ".join(wanted)
    others = entry.words.split(" | ")
    if label == phrase:
        return 0
    if phrase in others:
        return 1
    if label.startswith(phrase):
        return 2
    if _has(wanted, label):
        return 3
    return 4 if _has(wanted, f"{label} {entry.words}") else None


def _has(wanted: list[str], text: str) -> bool:
    padded = f" {text}"
    return all(f" {word}" in padded for word in wanted)
