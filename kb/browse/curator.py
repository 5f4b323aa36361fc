"""Gather what still needs a curator's eye: what is only recalled, what is no criterion and why, what was changed."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from kb.browse.register import Register
from kb.browse.view import Page, Ref
from kb.browse.wording import Wording
from kb.explain.sentence import sentence
from kb.knowledge.queries import queries
from kb.knowledge.tree import Node
from kb.terms import BASE

RECALLED = "recalled"
_LEAST_FIRST = ("low", "medium", "high", None)
_NO_REASON = "no reason stated"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Hold one statement to look at: its words, where it stands, and a remark on it."""

    ref: Ref
    topic: Ref
    remark: str = ""


Groups = list[tuple[str, list[Doubt]]]


class CuratorPage:
    """Gather the page for curators."""

    def __init__(self, register: Register, wording: Wording) -> None:
        """Take the register and its wording."""
        self._knowledge = register.knowledge
        self._wording = wording

    def page(self) -> Page:
        """Gather it."""
        data = {"recalled": self._recalled(), "notes": self._notes(), "changes": self._changes()}
        return Page("to-verify", "to_verify.html", "What still needs a curator's eye", [], data)

    def _recalled(self) -> list[tuple[str, Groups]]:
        """Group the recalled criteria by confidence, the lowest first, and within that by guideline."""
        found: dict[str | None, list[Node]] = defaultdict(list)
        for criterion in self._knowledge.criteria.values():
            if criterion.source and criterion.source.verification == RECALLED:
                found[criterion.source.confidence].append(criterion)
        order = [c for c in _LEAST_FIRST if c in found] + [c for c in found if c not in _LEAST_FIRST]
        return [(confidence or "not stated", self._by_guideline(found[confidence])) for confidence in order]

    def _by_guideline(self, criteria: list[Node]) -> Groups:
        groups: dict[str, list[Doubt]] = defaultdict(list)
        for criterion in criteria:
            ref = Ref(sentence(criterion, self._knowledge), BASE + criterion.id)
            guideline = criterion.source.guideline if criterion.source else ""
            groups[guideline].append(self._doubt(ref))
        return [(self._wording.words(BASE + name), groups[name]) for name in sorted(groups)]

    def _notes(self) -> Groups:
        groups: dict[str, dict[str, Doubt]] = defaultdict(dict)
        for row in self._rows("notes"):
            note = row["note"].value
            remark = row["remark"].value if "remark" in row else ""
            groups[self._reason(row)].setdefault(note, self._doubt(Ref(row["text"].value, note), remark))
        return [(reason, list(found.values())) for reason, found in sorted(groups.items(), key=lambda g: -len(g[1]))]

    def _reason(self, row: dict[str, Any]) -> str:
        """Say why a note decides nothing; a verification that no criterion can have is a reason too."""
        if "reason" in row:
            return self._wording.words(row["reason"].value)
        how = row["verification"].value if "verification" in row else ""
        known = {c.source.verification for c in self._knowledge.criteria.values() if c.source}
        return self._wording.words(how) if how and how.rpartition("#")[2] not in known else _NO_REASON

    def _changes(self) -> list[Doubt]:
        return [
            self._doubt(self._wording.ref(row["statement"].value), row["reason"].value) for row in self._rows("changes")
        ]

    def _doubt(self, ref: Ref, remark: str = "") -> Doubt:
        topic = (ref.target or "").partition("#")[0]
        return Doubt(ref, self._wording.ref(topic), remark)

    def _rows(self, name: str) -> list[dict[str, Any]]:
        return self._knowledge.library.select(queries("browse")[name].text)
