"""Hold an answer as people read it, for terminal and page alike."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True)
class Branch:
    """Hold one criterion or combination; `mark` is met, not_met, unknown, advice, or None where nothing is to tick."""

    id: str
    mark: str | None
    text: str
    notes: list[str] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    verification: str | None = None
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
    because: list[str] = field(default_factory=list)
    voices: list[Voice] = field(default_factory=list)
    silent: list[Voice] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    contraindications: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    citations: list[str] = field(default_factory=list)
    readings: str = ""
    changed: list[str] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    deciding: list[str] = field(default_factory=list)
    parts: list["Shown"] = field(default_factory=list)


@dataclass(slots=True)
class Told:
    """Hold a fact in words, with the sentence of the letter in which it was read."""

    id: str
    text: str
    kind: str
    quote: str | None
    decided: bool


@dataclass(slots=True)
class Sheet:
    """Hold a whole answer as people read it."""

    title: str
    header: str
    requests: list[Shown]
    facts: list[Told]
    answer: Json
