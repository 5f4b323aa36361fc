"""Find concepts by the words, codes and names that people use for them."""

import difflib
import re
from collections import Counter, defaultdict
from functools import cached_property
from typing import Any

from kb.knowledge.base import Knowledge
from kb.terms import CONCEPT, RDFS, SCHEMA, SKOS

Json = dict[str, Any]

_DISEASE = re.compile(r"[A-TV-Z]\d[0-9A-Z]{2,5}")  # ICD-10-CM, longer than the three signs of a category
_LABELS = (SKOS + "prefLabel", SKOS + "altLabel", SKOS + "hiddenLabel")
_SMALL = frozenset(
    ("a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "i", "in", "is", "it", "of", "on", "or", "the",
     "their", "this", "to", "with", "without")
)  # fmt: skip
_SHORTEST = 5  # letters from which likeness of spelling says something: "asdf" is four letters away from nothing


class Vocabulary:
    """Index the labels and codes of all concepts."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Read every label, code and superclass once."""
        self._knowledge = knowledge
        self.labels: dict[str, list[str]] = {}
        self._first: set[str] = set()
        self._by_code: dict[str, list[str]] = defaultdict(list)
        self._children: dict[str, list[str]] = defaultdict(list)
        read = knowledge.ontology
        for name in sorted(knowledge.concepts):
            labels = [name, *(o.value for p in _LABELS for o in read.objects(CONCEPT + name, p))]
            for label in labels:
                self.labels.setdefault(fold(label), []).append(name)
            self._first.update(map(fold, labels[:2]))
            for code in read.objects(CONCEPT + name, SKOS + "notation"):
                self._by_code[_bare(code.value)].append(name)
            for parent in read.objects(CONCEPT + name, RDFS + "subClassOf"):
                self._children[parent.value].append(name)

    def find(self, words: str, root: str = "treatment") -> list[str]:
        """List concepts at or below a root by name, label or code; where no concept is named so, those like it."""
        known = fold(words) in self.labels or self.coded(words)
        return self.named(words, root) if known else self.like(words, root)

    def named(self, words: str, root: str) -> list[str]:
        """List the concepts at or below a root that have these words as name, label or code."""
        return self._below([*self.labels.get(fold(words), ()), *self.coded(words)], root)

    def like(self, words: str, root: str) -> list[str]:
        """List concepts at or below a root of which a label has all the words, then those spelled nearly so.

        Small words ("of", "the") are not looked at; where there are no others, nothing is like them. Of the first
        kind those come first that have all the words in their preferred label, then those most is said of.
        """
        wanted = telling(words)
        if not any(len(word) > 1 for word in wanted):
            return []
        holding = [label for label in self.labels if wanted <= set(label.split())]
        ranked = sorted(holding, key=lambda label: (label not in self._first, -self._said_of(label), len(label), label))
        if sum(map(str.isalpha, words)) >= _SHORTEST:
            ranked += difflib.get_close_matches(fold(words), self.labels, 5, 0.8)
        return self._below([name for label in ranked for name in self.labels[label]], root)

    @cached_property
    def words(self) -> frozenset[str]:
        """Hold the words of all labels, folded."""
        return frozenset(word for label in self.labels for word in label.split())

    def _said_of(self, label: str) -> int:
        return max(self._said[CONCEPT + name] for name in self.labels[label])

    @cached_property
    def _said(self) -> Counter[str]:
        """Count the recommendations that name a concept as theirs."""
        known = self._knowledge.recommendations.values()
        return Counter(iri for r in known for iri in (*r.services, *r.conditions))

    def _below(self, names: list[str], root: str) -> list[str]:
        return list(dict.fromkeys(n for n in names if self._knowledge.is_below(CONCEPT + n, CONCEPT + root)))

    def coded(self, code: str) -> list[str]:
        """List the concepts of a code; those of the nearest wider one where it has none of its own.

        A code of diseases says more with each sign: M54.50 is a kind of M54.5, and may be written M5450.
        """
        bare = _bare(code)
        if bare in self._by_code or not _DISEASE.fullmatch(bare):
            return self._by_code.get(bare, [])
        wider = (bare[:length] for length in range(len(bare) - 1, 2, -1))
        return next((self._by_code[part] for part in wider if part in self._by_code), [])

    def describe(self, name: str) -> Json:
        """Describe a concept: labels, definition, codes by system, what lies directly above and below."""
        read, iri = self._knowledge.ontology, CONCEPT + name
        codes: dict[str, list[str]] = defaultdict(list)
        for code in read.objects(iri, SKOS + "notation"):
            codes[code.datatype.value.removeprefix(SCHEMA)].append(code.value)
        return {
            "id": name,
            "iri": iri,
            "label": read.label(iri),
            "definition": read.text(iri, SKOS + "definition"),
            "synonyms": [o.value for o in read.objects(iri, SKOS + "altLabel")],
            "codes": dict(codes),
            "broader": [_local(o) for o in read.objects(iri, RDFS + "subClassOf") if _local(o)],
            "narrower": list(dict.fromkeys(self._children.get(iri, ()))),
        }


def fold(words: str) -> str:
    """Fold a label so that case, hyphens and underscores do not matter.

    >>> fold("Low-Back  Pain")
    'low back pain'
    """
    return " ".join(re.findall(r"[a-z0-9#.]+", words.lower().replace("_", " ")))


def telling(words: str) -> frozenset[str]:
    """List the words that tell something, folded: all but small ones.

    >>> sorted(telling("MRI of the Low-Back")), sorted(telling("of the"))
    (['back', 'low', 'mri'], [])
    """
    return frozenset(fold(words).split()) - _SMALL


def _bare(code: str) -> str:
    """Write a code without its dot, for people leave it out."""
    return code.strip().upper().replace(".", "")


def _local(term: Any) -> str | None:
    return term.value[len(CONCEPT) :] if term.value.startswith(CONCEPT) else None
