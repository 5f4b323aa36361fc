"""Find in prose the concepts it names, sentence by sentence, and whether each is denied (spaCy and negspacy).

spaCy is imported when the first text is read, not before: loading the package costs more than deciding a case.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

from kb.cues import END_OF_NEGATION, NEGATIVE_AFTER, NEGATIVE_BEFORE, NOT_NEGATIVE
from kb.services import Vocabulary

_TOKEN = re.compile(r"[A-Za-z0-9]+(?:[.,]\d+)*(?:['’]s\b)?[-/]?|\S")
_SENTENCE = re.compile(
    r"(?<=[.!?])(?<!\bDr\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bvs\.)(?<!\bNo\.)[\"”')]*\s+(?=[\"“'(]*[A-Z0-9])"
)


@dataclass(frozen=True, slots=True)
class Named:
    """Hold one named thing of a sentence; offsets count from the beginning of the text."""

    start: int
    end: int
    names: tuple[str, ...]
    denied: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """Hold one sentence and what it names, in order."""

    start: int
    text: str
    named: tuple[Named, ...] = field(default=())

    def between(self, start: int, end: int) -> str:
        """Return the words between two offsets of the text."""
        return self.text[max(0, start - self.start) : max(0, end - self.start)]


class Prose:
    """Read prose with the names of one knowledge; the pipeline is built once, at the first text."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Take the names."""
        self._lexicon = vocabulary.lexicon

    def sentences(self, text: str, offset: int = 0) -> list[Sentence]:
        """Cut a text into sentences and find what each names; offsets count from `offset` before the text."""
        cuts = [0, *(found.end() for found in _SENTENCE.finditer(text)), len(text)]
        spans = [(a, b) for a, b in zip(cuts, cuts[1:], strict=False) if text[a:b].strip()]
        docs = self._pipeline.pipe(text[a:b] for a, b in spans)
        return [self._sentence(text[a:b], offset + a, doc) for (a, b), doc in zip(spans, docs, strict=True)]

    def _sentence(self, text: str, start: int, doc: Any) -> Sentence:
        starts, ends = doc.user_data["starts"], doc.user_data["ends"]
        named = tuple(
            Named(start + starts[e.start], start + ends[e.end - 1], tuple(e.ent_id_.split()), e._.negex)
            for e in doc.ents
        )
        return Sentence(start, text, named)

    @cached_property
    def _pipeline(self) -> Any:
        import negspacy.negation  # noqa: F401  (registers the component)
        import spacy

        nlp = spacy.blank("en")
        nlp.tokenizer = _Tokenizer(nlp.vocab, self._lexicon.key)
        ruler = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "NORM"})
        patterns = [
            {"label": "NAMED", "pattern": " ".join(keys), "id": " ".join(names)}
            for keys, names in self._lexicon.forms.items()
        ]
        ruler.add_patterns(patterns)  # type: ignore[attr-defined]
        nlp.add_pipe("negex", config={"neg_termset": _negations()})
        return nlp


def _negations() -> dict[str, list[str]]:
    from negspacy.termsets import termset

    terms = termset("en_clinical").get_patterns()
    before = [t for t in terms["preceding_negations"] if not t.startswith(NOT_NEGATIVE) or t in NEGATIVE_BEFORE]
    after = [t for t in terms["following_negations"] if not t.startswith(("free", "declined", "was not", "were not"))]
    return {
        "pseudo_negations": terms["pseudo_negations"],
        "preceding_negations": [*before, *NEGATIVE_BEFORE],
        "following_negations": [*after, *NEGATIVE_AFTER],
        "termination": [*terms["termination"], *END_OF_NEGATION],
    }


class _Tokenizer:
    """Cut a text as the names are cut, each word spelled the way names are compared."""

    def __init__(self, vocab: Any, key: Any) -> None:
        self._vocab = vocab
        self._key = key

    def __call__(self, text: str) -> Any:
        from spacy.tokens import Doc

        found = list(_TOKEN.finditer(text))
        spaces = [a.end() < b.start() for a, b in pairwise(found)]
        doc = Doc(self._vocab, words=[m[0] for m in found], spaces=[*spaces, False][: len(found)])
        for token in doc:
            token.norm_ = self._key(token.text.rstrip("-/") or token.text)
            token.is_sent_start = token.i == 0
        doc.user_data["starts"] = [m.start() for m in found]
        doc.user_data["ends"] = [m.start() + len(m[0].rstrip("-/") or m[0]) for m in found]
        return doc

    def pipe(self, texts: Any, batch_size: int = 1000) -> Any:
        """Cut several texts."""
        for text in texts:
            yield self(text)
