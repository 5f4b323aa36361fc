"""Find in prose the concepts it names, sentence by sentence, and whether each is denied (spaCy and negspacy).

spaCy is imported when the first text is read, not before: loading the package costs more than deciding a case.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

from kb.facts.cues import (
    DENIAL,
    DENIAL_AFTER,
    END_OF_NEGATION,
    NEGATIVE_AFTER,
    NEGATIVE_BEFORE,
    NO_DENIAL,
    NOT_NEGATIVE,
    ONLY_NEW,
    REACH,
    SHORT_REACH,
    VERB_DENIED,
)
from kb.facts.services import Vocabulary

_TOKEN = re.compile(r"#?[A-Za-z0-9]+(?:[.,]\d+)*(?:['’]s\b)?[-/]?|\S")
_SENTENCE = re.compile(
    r"(?<=[.!?])(?<!\bDr\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bvs\.)(?<!\bNo\.)[\"”')]*\s+(?=[\"“'(]*[A-Z0-9])"
    r"|(?<=[a-z0-9)]\.)(?=[A-Z][a-z]*\s)"  # a blank is missing: "... restrictions.The report ..."
)
_PIECE = 4000


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

    @property
    def end(self) -> int:
        """Return where the sentence ends, in the text."""
        return self.start + len(self.text)

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
        return [s for a, b in _pieces(text) for s in self._sentences(text[a:b], offset + a)]

    def _sentences(self, text: str, offset: int) -> Iterator[Sentence]:
        doc = self._pipeline(text)
        starts, ends = doc.user_data["starts"], doc.user_data["ends"]
        for sentence in doc.sents:
            first = starts[sentence.start]
            last = starts[sentence.end] if sentence.end < len(doc) else len(text)
            named = []
            for entity in sentence.ents:
                start, end = starts[entity.start], ends[entity.end - 1]
                denied = _denied(entity, text[first:start], text[end:last])
                if denied and ONLY_NEW.search(text[first:start]):
                    continue
                named.append(Named(offset + start, offset + end, tuple(entity.ent_id_.split()), denied))
            yield Sentence(offset + first, text[first:last], tuple(named))

    @cached_property
    def _pipeline(self) -> Any:
        nlp = library().blank("en")
        nlp.tokenizer = _Tokenizer(nlp.vocab, self._lexicon.key)
        ruler = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "NORM"})
        patterns = [
            {"label": "NAMED", "pattern": " ".join(keys), "id": " ".join(names)}
            for keys, names in self._lexicon.forms.items()
        ]
        ruler.add_patterns(patterns)
        nlp.add_pipe("negex", config={"neg_termset": _negations()})
        return nlp


def library() -> Any:
    """Import spaCy, with the component that finds denials; the first time takes a second."""
    import negspacy.negation  # noqa: F401  (registers the component)
    import spacy

    return spacy


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Cut a text at sentences into pieces that are read one by one: reading time grows with the square of a piece."""
    start = 0
    while start < len(text):
        piece = text[start : start + _PIECE]
        cuts = [found.end() for found in _SENTENCE.finditer(piece)] if start + _PIECE < len(text) else []
        space = piece.rfind(" ") + 1 if start + _PIECE < len(text) else 0
        end = start + ((cuts[-1] if cuts else 0) or space or len(piece))
        if text[start:end].strip():
            yield start, end
        start = end


def _denied(entity: Any, before: str, after: str) -> bool:
    """Tell whether a thing is denied; a name that begins with the denial ("not safe at home") holds it already."""
    if not entity._.negex or entity[0].lower_ in ("no", "not", "without", "unable", "lack", "never"):
        return False
    denials = list(DENIAL.finditer(before))
    gap = before[denials[-1].end() :] if denials else ""
    verb = before[: denials[-1].end()].split()[-2:] if denials else []
    of_verb = VERB_DENIED.match(" ".join([*verb, gap])) is not None
    near = bool(denials) and len(gap) <= (SHORT_REACH if of_verb else REACH) and not re.search(r"\d", gap)
    return near or DENIAL_AFTER.match(after) is not None


def _negations() -> dict[str, list[str]]:
    from negspacy.termsets import termset

    english: Any = termset
    terms = english("en_clinical").get_patterns()
    before = [t for t in terms["preceding_negations"] if not t.startswith(NOT_NEGATIVE) or t in NEGATIVE_BEFORE]
    after = [t for t in terms["following_negations"] if not t.startswith(("free", "declined", "was not", "were not"))]
    return {
        "pseudo_negations": [*terms["pseudo_negations"], *NO_DENIAL],
        "preceding_negations": [*before, *NEGATIVE_BEFORE],
        "following_negations": [*after, *NEGATIVE_AFTER],
        "termination": [*terms["termination"], *END_OF_NEGATION, ";", ":"],
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
        begins = {0, *(found.end() for found in _SENTENCE.finditer(text))}
        for token, match in zip(doc, found, strict=True):
            token.norm_ = self._key(token.text.strip("-/#") or token.text)
            token.is_sent_start = token.i == 0 or match.start() in begins
        doc.user_data["starts"] = [m.start() for m in found]
        doc.user_data["ends"] = [m.start() + len(m[0].rstrip("-/") or m[0]) for m in found]
        return doc

    def pipe(self, texts: Any, batch_size: int = 1000) -> Any:
        """Cut several texts, as spaCy asks of a tokenizer."""
        return map(self, texts)
