"""Hold an answer as people read it, for terminal and page alike."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """Hold a sentence, and what it is about: the identifier of a criterion, recommendation or topic, if of one."""

    text: str
    about: str | None = None
    mark: str | None = None
    decisive: bool = False


@dataclass(slots=True)
class Branch:
    """Hold one criterion or combination; `mark` is met, not_met, unknown, advice, or None where nothing is to tick.

    `decides` tells that the verdict rests on it.
    """

    id: str
    mark: str | None
    text: str
    notes: list[str] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    verification: str | None = None
    decides: bool = False
    children: list["Branch"] = field(default_factory=list)


@dataclass(slots=True)
class Voice:
    """Hold what one recommendation or statute says of the request, and whether that supports it."""

    id: str
    mark: str
    text: str
    topic: str
    where: str
    applies: str
    branch: Branch | None


@dataclass(slots=True)
class Shown:
    """Hold one request, or one part of it, as people read it."""

    title: str
    error: str | None
    verdict: str = ""
    said: str = ""
    meaning: str = ""
    amount: str = ""
    remaining: str = ""
    imr: str = "none"
    published: str | None = None
    corrected: str = ""
    reasons: list[Said] = field(default_factory=list)
    voices: list[Voice] = field(default_factory=list)
    silent: list[Voice] = field(default_factory=list)
    lacking: list[Said] = field(default_factory=list)
    contraindications: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    cited: list[Said] = field(default_factory=list)
    readings: str = ""
    changed: list[str] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    deciding: list[str] = field(default_factory=list)
    parts: list["Shown"] = field(default_factory=list)

    @property
    def because(self) -> list[str]:
        """List the reasons in words."""
        return [said.text for said in self.reasons]

    @property
    def missing(self) -> list[str]:
        """List what is missing in words."""
        return [("decisive: " if said.decisive else "") + said.text for said in self.lacking]

    @property
    def citations(self) -> list[str]:
        """List the citations in words."""
        return [said.text for said in self.cited]


@dataclass(slots=True)
class Told:
    """Hold a fact in words, with the sentence of the letter in which it was read, and how surely."""

    id: str
    text: str
    kind: str
    quote: str | None
    decided: bool
    confidence: float | None = None


@dataclass(slots=True)
class Sheet:
    """Hold a whole answer as people read it."""

    title: str
    header: str
    requests: list[Shown]
    facts: list[Told]
    answer: Json
    removed: list[Told] = field(default_factory=list)
    corrected: list[str] = field(default_factory=list)
