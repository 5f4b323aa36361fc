"""Find concepts by the words, codes and names that people use for them."""

import difflib
import re
from collections import defaultdict
from typing import Any

from kb.knowledge.base import Knowledge
from kb.terms import CONCEPT, RDFS, SCHEMA, SKOS

Json = dict[str, Any]

_DISEASE = re.compile(r"[A-TV-Z]\d[0-9A-Z]{2,5}")  # ICD-10-CM, longer than the three signs of a category
_LABELS = (SKOS + "prefLabel", SKOS + "altLabel", SKOS + "hiddenLabel")


class Vocabulary:
    """Index the labels and codes of all concepts."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Read every label, code and superclass once."""
        self._knowledge = knowledge
        self._by_label: dict[str, list[str]] = defaultdict(list)
        self._by_code: dict[str, list[str]] = defaultdict(list)
        self._children: dict[str, list[str]] = defaultdict(list)
        read = knowledge.ontology
        for name in sorted(knowledge.concepts):
            labels = [name, *(o.value for p in _LABELS for o in read.objects(CONCEPT + name, p))]
            for label in labels:
                self._by_label[fold(label)].append(name)
            for code in read.objects(CONCEPT + name, SKOS + "notation"):
                self._by_code[_bare(code.value)].append(name)
            for parent in read.objects(CONCEPT + name, RDFS + "subClassOf"):
                self._children[parent.value].append(name)

    def find(self, words: str, root: str = "treatment") -> list[str]:
        """List concepts at or below a root by name, label or code, the best first.

        An exact label comes before one that has all the words, and that before one spelled nearly so.
        """
        found = [*self._by_label.get(fold(words), ()), *self.coded(words)]
        wanted = set(fold(words).split())
        if not found and wanted:
            holding = [label for label in self._by_label if wanted <= set(label.split())]
            near = difflib.get_close_matches(fold(words), self._by_label, 5, 0.75)
            ranked = [*sorted(holding, key=lambda label: (len(label), label)), *near]
            found = [name for label in ranked for name in self._by_label[label]]
        top = CONCEPT + root
        return list(dict.fromkeys(name for name in found if self._knowledge.is_below(CONCEPT + name, top)))

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


def _bare(code: str) -> str:
    """Write a code without its dot, for people leave it out."""
    return code.strip().upper().replace(".", "")


def _local(term: Any) -> str | None:
    return term.value[len(CONCEPT) :] if term.value.startswith(CONCEPT) else None
