"""Say what is wrong with one subject, where it stands, and what to do."""

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
        line = f" line {self.line}" if self.line else ""
        place = f" ({self.file}{line})" if self.file else ""
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
