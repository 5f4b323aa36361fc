"""Say what is wrong with one subject, where it stands, and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass

LEVELS = ("error", "warning", "info")
_CAUSES_FIRST = ("turtle", "topic-twice", "topic-elsewhere", "blank-node", "unknown-term", "shape", "knowledge")
_CONSEQUENCES = ("recommendation-without-case", "topic-case")


@dataclass(frozen=True, slots=True)
class Defect:
    """Tell what is wrong with one subject, and what to do; `file` is below the folder checked."""

    level: str
    name: str
    subject: str
    message: str
    solution: str
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        """Say it in one line.

        >>> print(Defect("error", "unknown-concept", "t#x", "no concept `c`.", "Spell it right.", "t.ttl", 12))
        error unknown-concept t#x (t.ttl line 12): no concept `c`. Spell it right.
        """
        where = [self.file if self.file != self.subject else None, f"line {self.line}" if self.line else None]
        place = f" ({' '.join(filter(None, where))})" if any(where) else ""
        return f"{self.level} {self.name} {self.subject}{place}: {self.message} {self.solution}"

    @property
    def order(self) -> tuple[int, int, str, str, int, str, str]:
        """Sort by level, causes before what follows from them, then by check and place.

        >>> case, cause = Defect("error", "topic-case", "t", "", ""), Defect("error", "turtle", "t", "", "")
        >>> cause.order < Defect("error", "shape", "t", "", "").order < case.order
        True
        """
        stage = len(_CAUSES_FIRST)
        if self.name in _CAUSES_FIRST:
            stage = _CAUSES_FIRST.index(self.name)
        elif self.name in _CONSEQUENCES:
            stage += 1 + _CONSEQUENCES.index(self.name)
        return LEVELS.index(self.level), stage, self.name, self.file or "", self.line or 0, self.subject, self.message


def sentence(words: str) -> str:
    """End a sentence, if it is not ended.

    >>> sentence("no concept `c`"), sentence("did you mean `d`?")
    ('no concept `c`.', 'did you mean `d`?')
    """
    return words if words.endswith((".", "?", "!")) else f"{words}."


def causes(defects: Iterable[Defect]) -> list[Defect]:
    """Sort defects, and leave out what a later check of the same form says of the same place.

    >>> shape, unread = (Defect("error", name, "t#x", "", "", "t.ttl", 3) for name in ("shape", "knowledge"))
    >>> [defect.name for defect in causes([unread, shape])]
    ['shape']
    """
    first: dict[tuple[str | None, int], str] = {}
    kept = []
    for defect in sorted(defects, key=lambda defect: defect.order):
        placed = defect.line if defect.name in _CAUSES_FIRST else None
        if placed is None or first.setdefault((defect.file, placed), defect.name) == defect.name:
            kept.append(defect)
    return kept
