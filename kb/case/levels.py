"""Know the levels of the spine as people write them ("L4-5", "L3-S1"), by the vertebrae that the ontology counts."""

import re
from functools import cached_property, lru_cache

from kb.knowledge.base import Knowledge
from kb.terms import CONCEPT, SCHEMA

_WRITTEN = re.compile(r"\b([ctls])(\d{1,2})(?:\s*(?:-|/|to|through)\s*([ctls])?(\d{1,2}))?\b", re.I)

Written = tuple[str, str, str, str]


class Spine:
    """Hold the stretches of the spine: of each letter the body region, and how many vertebrae stand above it."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Read the letters of body regions."""
        read = knowledge.ontology
        self.regions: dict[str, str] = {}
        self._above: dict[str, int] = {}
        for name in knowledge.below("body_region"):
            letter = read.text(CONCEPT + name, SCHEMA + "vertebraLetter")
            if letter:
                self.regions[letter.upper()] = name
                self._above[letter.upper()] = int(read.text(CONCEPT + name, SCHEMA + "vertebraeAbove") or 0)

    @cached_property
    def pattern(self) -> str:
        """Give the pattern of a level as a case writes it: a vertebra, or two with a dash between."""
        vertebra = rf"[{''.join(sorted(self._above))}]\d{{1,2}}" if self._above else r"\b\B"
        return rf"^{vertebra}(-{vertebra})?$"

    def count(self, words: str) -> int:
        """Count the levels that words name ("L3-S1" are three, "L4-5, L5-S1" two)."""
        return sum(self._count(found) for found in _written(words))

    def without(self, words: str) -> str:
        """Blank the levels in words."""
        return _WRITTEN.sub(" ", words)

    def named(self, words: str) -> list[str]:
        """List the levels that words name, each alone ("L3-S1" are L3-L4, L4-L5 and L5-S1)."""
        found = [level for written in _written(words) for level in self._levels(written)]
        return list(dict.fromkeys(found))

    def regions_of(self, level: str) -> set[str]:
        """Name the body regions of the vertebrae of a level."""
        return {self.regions[vertebra[0]] for vertebra in level.split("-") if vertebra[0] in self.regions}

    def _count(self, written: Written) -> int:
        letter, number, to_letter, to_number = written
        first, last = self._above.get(letter), self._above.get(to_letter or letter)
        if not to_number or first is None or last is None:
            return 1
        return max(1, last + int(to_number) - first - int(number))

    def _levels(self, written: Written) -> list[str]:
        letter, number, to_letter, to_number = written
        first = self._place(letter, number)
        last = self._place(to_letter or letter, to_number) if to_number else first
        if first is None or last is None:
            return []
        if not to_number:
            return [self._vertebra(first)]
        return [f"{self._vertebra(at)}-{self._vertebra(at + 1)}" for at in range(first, last)]

    def _place(self, letter: str, number: str) -> int | None:
        """Count a vertebra from above; None where the stretch has no such one."""
        above = self._above.get(letter)
        if above is None or not int(number):
            return None
        below = min((n for n in self._above.values() if n > above), default=None)
        place = above + int(number)
        return None if below is not None and place > below else place

    def _vertebra(self, place: int) -> str:
        letter = max((n, letter) for letter, n in self._above.items() if n < place)[1]
        return f"{letter}{place - self._above[letter]}"


def _written(words: str) -> list[Written]:
    return list(dict.fromkeys((a.upper(), b, c.upper(), d) for a, b, c, d in _WRITTEN.findall(words)))


@lru_cache(maxsize=2)
def spine_of(knowledge: Knowledge) -> Spine:
    """Read the spine of a knowledge once."""
    return Spine(knowledge)
