"""Cut a citation into words that are compared without regard to case, plural, marks and the form around them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

NONE_CITED = re.compile(r"\bdid not cite any\b")
NON_MTUS = re.compile(
    r"(?:The [A-Z]\w+ [A-Z]\w+ based their decision on recommendation\(s\) outside of the MTUS Guidelines\.\s*)?"
    r"Decision based on Non-\s?MTUS(?: Citation)?"
)
_FORM = "decision based on mtus section page pg the and of guideline chapter see"


@dataclass(frozen=True, slots=True)
class Word:
    """Hold a word as it is compared, and where it stands with the marks behind it."""

    token: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """Cut a text into words; what has no letter or digit is no word.

    >>> [word.token for word in words("NSAIDs, GI symptoms & risk (MRI's)")]
    ['nsaid', 'gi', 'symptom', 'and', 'risk', 'mri']
    """
    found = []
    for piece in re.finditer(r"&|(?:\d+(?:\.\d+)+|[A-Za-z0-9]+(?:['’]s\b)?)[^A-Za-z0-9&\s]*", text):
        token = _token(piece[0])
        if token:
            found.append(Word(token, *piece.span()))
    return found


def _token(piece: str) -> str:
    if piece == "&":
        return "and"
    numbered = re.match(r"\d+(?:\.\d+)+", piece)
    if numbered:
        return numbered[0]
    bare = re.sub(r"['’]s\b|[^a-z0-9]", "", piece.lower())
    return bare[:-1] if len(bare) > 3 and bare.endswith("s") and not bare.endswith("ss") else bare


def starts_with(said: Sequence[Word], place: int, name: Sequence[str]) -> bool:
    """Tell whether words begin at a place with a name."""
    if not name or place + len(name) > len(said) or said[place].token != name[0]:
        return False
    return all(said[place + i].token == token for i, token in enumerate(name))


@cache
def _filler() -> frozenset[str]:
    return frozenset(_token(word) for word in _FORM.split())


def is_filler(token: str) -> bool:
    """Tell whether a word belongs to the form or is a bare number: it names nothing.

    >>> is_filler("section"), is_filler("2016"), is_filler("massage")
    (True, True, False)
    """
    return token in _filler() or len(token) < 2 or token.replace(".", "").isdigit()
