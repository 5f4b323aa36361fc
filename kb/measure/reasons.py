"""Compare the status of criteria with the reasons that a reviewer gave, where both speak of one concept."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from kb.facts.reading import readers
from kb.facts.services import Vocabulary
from kb.knowledge.base import Knowledge
from kb.measure.labels import Reason
from kb.terms import CONCEPT, short

Json = dict[str, Any]

SAME = {"met": "met", "not_met": "not_met", "undocumented": "unknown"}
_EQUAL, _NARROWER, _WIDER = 3, 2, 1


@dataclass(frozen=True, slots=True)
class Compared:
    """Hold one reason; `criterion` is the one that speaks of the same, with its status, None where none does."""

    reason: Reason
    criterion: str | None = None
    status: str | None = None
    recorded: bool = False

    @property
    def agrees(self) -> bool:
        """Tell whether criterion and reviewer say the same."""
        return self.status == SAME[self.reason.status]

    @property
    def contradicts(self) -> bool:
        """Tell whether facts on record show the contrary of what the reviewer says."""
        opposite = {"met": "not_met", "not_met": "met"}.get(self.reason.status)
        return self.recorded and self.status == opposite


class Comparer:
    """Find the criterion that a reason speaks of."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Take a knowledge, whose own labels tell what a reason names."""
        self._knowledge = knowledge
        self._vocabulary: Vocabulary = readers(knowledge).vocabulary

    def compare(self, request: Json, reasons: Iterable[Reason]) -> Iterator[Compared]:
        """Compare every reason but notes with the criteria that were tested for a request."""
        found = request["determination"] or {}
        tested = list(leaves(found))
        first = [*found.get("because", ()), *(item["id"] for item in found.get("missing", ()) if item["decisive"])]
        for reason in reasons:
            if reason.status in SAME:
                yield self._best(reason, request["service"], tested, first)

    def _best(self, reason: Reason, service: str | None, tested: list[Json], first: list[str]) -> Compared:
        names = [name for name in self._names(reason.fact) if not (service and self._vocabulary.related(name, service))]
        ranked = [
            (-self._nearness(leaf["id"], names), leaf["id"] not in first, leaf["id"], place)
            for place, leaf in enumerate(tested)
        ]
        if not ranked or min(ranked)[0] == 0:
            return Compared(reason)
        leaf = tested[min(ranked)[-1]]
        return Compared(reason, leaf["id"], leaf["status"], bool(leaf["facts"]))

    def _names(self, text: str) -> list[str]:
        return [n for mention in self._vocabulary.lexicon.mentions(text) for n in mention.names if self._says_much(n)]

    def _says_much(self, name: str) -> bool:
        """Leave out what stands in most criteria: body regions and whole branches."""
        return not self._vocabulary.is_a(name, "body_region") and not self._vocabulary.is_general(name)

    def _nearness(self, criterion: str, names: list[str]) -> int:
        return max((self._near(own, name) for own in self._concepts(criterion) for name in names), default=0)

    def _near(self, own: str, name: str) -> int:
        if own == name:
            return _EQUAL
        if self._vocabulary.is_a(name, own):
            return _NARROWER
        return _WIDER if self._vocabulary.is_a(own, name) else 0

    def _concepts(self, criterion: str) -> list[str]:
        node = self._knowledge.criteria.get(criterion)
        terms = {str(getattr(t, "value", "")) for found in node.slots.values() for t in found} if node else set()
        return sorted(n for n in (short(t) for t in terms if t.startswith(CONCEPT)) if self._says_much(n))


def leaves(determination: Json) -> Iterator[Json]:
    """List the criteria tested in a determination, of what applies or may."""
    for spoken in (*determination.get("recommendations", ()), *determination.get("statutes", ())):
        if spoken["applies"] != "not_met":
            yield from _leaves(spoken["tree"])


def _leaves(node: Json) -> Iterator[Json]:
    if node and node["op"] == "criterion":
        yield node
    for child in node.get("children", ()):
        yield from _leaves(child)
