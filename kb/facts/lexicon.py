"""Find the concepts that a text names, by the ontology's own labels and synonyms, the longest first."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from kb.knowledge.base import Knowledge
from kb.terms import CONCEPT, SKOS

WORD = re.compile(r"[A-Za-z0-9]+(?:[.,]\d+)*(?:['’]s\b)?")
_GAP = re.compile(r"(?:[\s\-–/(),&%#]|(?<=[Nn]o)\.)*")  # what may stand between the words of one name
_LABELS = ("prefLabel", "altLabel", "hiddenLabel")
_FOREIGN = 2  # words that may stand inside a torn name
_ACRONYM = range(2, 6)
_SAFE_ACRONYM = 3  # shorter ones are words in small letters ("pt", "ot", "or")


@dataclass(frozen=True, slots=True)
class Mention:
    """Hold one named thing: where it stands and which concepts may be meant."""

    start: int
    end: int
    names: tuple[str, ...]


@lru_cache(maxsize=50_000)
def singular(word: str) -> str:
    """Cut the plural ending of an English word in small letters.

    >>> singular("extremities"), singular("sessions"), singular("brace"), singular("sprain's"), singular("pelvis")
    ('extremity', 'session', 'brace', 'sprain', 'pelvis')
    """
    word = re.sub(r"['’]s$", "", word)
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


class Lexicon:
    """Hold every name of every concept; build it once per knowledge."""

    def __init__(self, knowledge: Knowledge, among: frozenset[str] | None = None) -> None:
        """Collect the labels of all concepts, or of those among some."""
        labels = [(label, name) for label, name in _labels(knowledge) if among is None or name in among]
        self._acronyms = frozenset(
            word for label, _ in labels for word in WORD.findall(label) if word.isupper() and len(word) in _ACRONYM
        )
        found: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        for label, name in labels:
            for keys in self._spellings(label):
                found[keys].add(name)
        self.forms = {keys: tuple(sorted(names)) for keys, names in sorted(found.items())}
        self._names: dict[str, tuple[frozenset[str], ...]] = {}
        for keys, names in self.forms.items():
            for name in names:
                self._names[name] = (*self._names.get(name, ()), frozenset(keys))
        self._by_first: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
        for keys in sorted(self.forms, key=lambda keys: (-len(keys), keys)):
            self._by_first[keys[0]].append(keys)

    def key(self, word: str) -> str:
        """Spell a word the way names are compared: an acronym as it is, another word small and singular.

        An acronym in small letters is no plural: "tens" is not "ten".
        """
        if word in self._acronyms:
            return word
        return word.lower() if word.upper() in self._acronyms else singular(word.lower())

    def keys(self, text: str) -> frozenset[str]:
        """List the words of a text the way names are compared."""
        return frozenset(self.key(word) for word in WORD.findall(text))

    def names_of(self, concept: str) -> tuple[frozenset[str], ...]:
        """List the names of a concept as sets of words."""
        return self._names.get(concept, ())

    def mentions(self, text: str) -> list[Mention]:
        """Find what a text names, longest names first from the left, without overlap."""
        words = list(WORD.finditer(text))
        keys = [self.key(word[0]) for word in words]
        found, at = [], 0
        while at < len(words):
            form = self._longest(text, words, keys, at)
            if form:
                end = at + len(form)
                found.append(Mention(words[at].start(), words[end - 1].end(), self.forms[form]))
                at = end
            else:
                at += 1
        return found

    def scattered(self, text: str) -> list[str]:
        """List what a text names with foreign words inside the name: several words in their order, near together.

        Only the longest of the names found counts; a word of the text belongs to no name when a comma parts it.
        """
        words = list(WORD.finditer(text))
        keys = [self.key(word[0]) for word in words]
        found: list[tuple[int, tuple[str, ...]]] = []
        for at, first in enumerate(keys):
            for form in self._by_first.get(first, ()):
                if len(form) > 1 and _stands(form, text, words, keys, at):
                    found.append((len(form), self.forms[form]))
        longest = max((size for size, _ in found), default=0)
        return sorted({names[0] for size, names in found if size == longest and len(names) == 1})

    def _longest(self, text: str, words: list[re.Match[str]], keys: list[str], at: int) -> tuple[str, ...] | None:
        for form in self._by_first.get(keys[at], ()):
            end = at + len(form)
            if tuple(keys[at:end]) == form and all(
                _GAP.fullmatch(text, words[i].end(), words[i + 1].start()) for i in range(at, end - 1)
            ):
                return form
        return None

    def _spellings(self, label: str) -> Iterator[tuple[str, ...]]:
        words = WORD.findall(label)
        if not words:
            return
        yield tuple(self.key(word) for word in words)
        if all(word not in self._acronyms or len(word) >= _SAFE_ACRONYM for word in words):
            yield tuple(word.lower() if word in self._acronyms else singular(word.lower()) for word in words)


def _stands(form: tuple[str, ...], text: str, words: list[re.Match[str]], keys: list[str], at: int) -> bool:
    """Tell whether the words of a name stand in order from a place on, each at most a few words after the other."""
    for key in form[1:]:
        near = keys[at + 1 : at + 2 + _FOREIGN]
        if key not in near:
            return False
        after = at + 1 + near.index(key)
        if re.search(r"[,;:.]", text[words[at].end() : words[after].start()]):
            return False
        at = after
    return True


def _labels(knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    for name in sorted(knowledge.concepts):
        for label in _LABELS:
            for literal in knowledge.ontology.objects(CONCEPT + name, SKOS + label):
                yield literal.value, name


def inside(mention: Mention, others: Iterable[Mention]) -> bool:
    """Tell whether a mention stands within one of others."""
    return any(other.start <= mention.start and mention.end <= other.end for other in others)
