"""Mend slips of the pen in a request line: one letter wrong, missing, doubled or changed with its neighbour.

Only a word that no name of the ontology has is mended, and only when one word alone lies that near and begins with
the same letter. What two words might have been stays as it is.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from kb.facts.lexicon import singular

_WORD = re.compile(r"[A-Za-z]+(?:\d+[A-Za-z]+)?")
_LONG_ENOUGH = 7  # letters from which one wrong letter still leaves no doubt
_TO_TURN = 6  # letters from which two changed ones do


class Typos:
    """Mend with the words of one vocabulary."""

    def __init__(self, known: Iterable[str], meant: Iterable[str]) -> None:
        """Take the words that are right, and those that a wrong one may have been meant to be."""
        self._known = frozenset(map(str.lower, known))
        self._meant: defaultdict[str, set[str]] = defaultdict(set)
        for word in map(str.lower, meant):
            if word.isalpha():
                self._meant[word[0]].add(word)
        self._near = cache(self._nearest)

    def mended(self, text: str) -> str:
        """Write a text with its slips mended.

        >>> typos = Typos([], ["physical", "therapy", "lumbar", "low", "cervical", "cervicals"])
        >>> typos.mended("Phyiscal thearpy, lumabr, lo9w back"), typos.mended("cervicalz"), typos.mended("lumber")
        ('physical therapy, lumbar, low back', 'cervicalz', 'lumber')
        """
        return _WORD.sub(lambda found: self._near(found[0]), text)

    def _nearest(self, word: str) -> str:
        small = word.lower()
        if small in self._known or singular(small) in self._known:
            return word
        if not small.isalpha():
            letters = re.sub(r"\d", "", small)
            return letters if letters in self._meant[small[0]] else word
        if len(small) < _TO_TURN:
            return word
        near = [other for other in self._meant[small[0]] if is_near(small, other) or is_near(singular(small), other)]
        turned = [other for other in near if sorted(other) == sorted(small)]
        found = turned or (near if len(small) >= _LONG_ENOUGH else [])
        return found[0] if len(found) == 1 else word


def is_near(one: str, other: str) -> bool:
    """Tell whether two words differ by one letter or by two neighbours that changed places.

    >>> [is_near("spine", word) for word in ("spin", "spime", "sipne", "spinal", "pines")]
    [True, True, True, False, False]
    """
    if abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, others = one[start:], other[start:]
    if len(one) == len(other):
        return rest[1:] == others[1:] or (rest[:2] == others[:2][::-1] and rest[2:] == others[2:])
    longer, shorter = (rest, others) if len(rest) > len(others) else (others, rest)
    return longer[1:] == shorter
