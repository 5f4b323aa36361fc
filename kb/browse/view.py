"""Hold what pages show, in words and in the order in which it is read."""

from dataclasses import dataclass, field
from typing import Any

from kb.terms import BASE

Rows = list[tuple[str, list["Ref"]]]


@dataclass(frozen=True, slots=True)
class Ref:
    """Hold words, and the page they lead to: the IRI or path of one of ours, a web address, or none."""

    words: str
    target: str | None = None

    @property
    def ours(self) -> bool:
        """Tell whether it leads to a page of the site."""
        return self.target is not None and (self.target.startswith(BASE) or ":" not in self.target)

    @property
    def foreign(self) -> bool:
        """Tell whether it leads out of the site, to an address that a browser may open."""
        return bool(self.target and not self.ours and self.target.startswith(("https://", "http://")))


@dataclass(frozen=True, slots=True)
class Known:
    """Hold how a statement is known, where it stands, and the collected statements that it expresses."""

    verification: str
    confidence: str | None
    where: str
    decisions: list[Ref]
    sources: list[Ref]
    encodes: list[str]


@dataclass(slots=True)
class Twig:
    """Hold a criterion, or a combination of criteria, as it is drawn.

    `anchors` are the fragments that lead here, none where it stood before on the page.
    """

    id: str
    anchors: list[str]
    op: str
    words: str
    kind: Ref | None = None
    strength: str = "hard"
    known: Known | None = None
    notes: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    children: list["Twig"] = field(default_factory=list)
    readings: list["Twig"] = field(default_factory=list)
    cases: list[Ref] = field(default_factory=list)


@dataclass(slots=True)
class Advice:
    """Hold what one recommendation or statute says."""

    id: str
    anchor: str
    name: str
    stance: str
    said: str
    dimensions: Rows
    force: str
    known: Known
    general: bool
    retired: Rows
    more: Rows
    notes: list[str]
    changes: list[str]
    tree: Twig | None
    unless: Twig | None
    contraindications: list[Twig]
    replaces: list[Ref]
    replaced: list[Ref]
    cases: list[Ref]


@dataclass(frozen=True, slots=True)
class CaseShown:
    """Hold a case that proves a topic: what it expects, what it names, and the case itself."""

    anchor: str
    name: str
    verdict: str
    expects: str
    tries: list[Ref]
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """Hold statements of one topic."""

    topic: Ref
    guideline: str
    refs: list[Ref]


@dataclass(frozen=True, slots=True)
class Statement:
    """Hold a statement that is no recommendation: a note, a period, a term of the schema."""

    id: str
    anchor: str
    kind: str
    words: str
    known: Known | None
    notes: list[str]
    rows: Rows


@dataclass(frozen=True, slots=True)
class Page:
    """Hold one page: where it stands, what it is called, and what its template shows."""

    path: str
    template: str
    title: str
    trail: list[Ref]
    data: dict[str, Any]
