"""Name what decided a request: the criteria, and the recommendation they stand in."""

from collections.abc import Iterator
from typing import Any

from kb.knowledge.base import Knowledge
from kb.terms import BASE

Json = dict[str, Any]

_DIMENSIONS = ("service", "diagnosis", "region", "phase")


class Deciding:
    """Find in a determination what decided it."""

    def __init__(self, found: Json, knowledge: Knowledge) -> None:
        """Take a determination, {} where there is none."""
        self._found = found
        self._knowledge = knowledge
        self._spoken = [*sorted(found.get("recommendations", ()), key=self._rank), *found.get("statutes", ())]
        self._holders = {node: r["id"] for r in reversed(self._spoken) for node in _ids(r["tree"], r["id"])}

    def _rank(self, recommendation: Json) -> tuple[bool, bool, bool]:
        """Put what certainly applies first, and what is said of any treatment last."""
        live = recommendation["live"]
        return self._is_general(recommendation), live != "met", live == "not_met"

    def _is_general(self, recommendation: Json) -> bool:
        known = self._knowledge.recommendations.get(BASE + recommendation["id"])
        return bool(known and known.general)

    def covers(self) -> bool:
        """Tell whether a recommendation applies or may, other than what is said of any treatment."""
        return any(
            r["applies"] != "not_met" and not self._is_general(r) for r in self._found.get("recommendations", ())
        )

    def criteria(self) -> list[str]:
        """List what decided; of what is undocumented, what it hangs on: of a recommendation first, of statutes last."""
        because = list(self._found.get("because", ()))
        if self._found.get("verdict") != "undocumented":
            return because
        missing = [item["id"] for item in self._found["missing"] if item["decisive"]]
        order = [r["id"] for r in self._spoken]
        primary = [name for name in because if name.startswith("line:")]
        hangs_on = sorted(missing or because, key=lambda n: order.index(self._holders[n]) if n in self._holders else -1)
        return list(dict.fromkeys([*primary, *hangs_on]))

    def recommendation(self) -> str | None:
        """Name the recommendation of the first deciding criterion, else the first that is live."""
        if self._found.get("verdict") in (None, "no_guideline"):
            return None
        criteria = self.criteria()
        if any(name.startswith("line:") for name in criteria):
            return None
        decided = (self._holders[name] for name in criteria if name in self._holders)
        live = (r["id"] for state in ("met", "unknown") for r in self._spoken if _live(r) == state)
        return next(decided, None) or next(live, None)


def _live(spoken: Json) -> str:
    return str(spoken.get("live", spoken["applies"]))


def _ids(tree: Json, recommendation: str) -> Iterator[str]:
    yield from (f"{recommendation}.{dimension}" for dimension in _DIMENSIONS)
    todo = [tree] if tree else []
    while todo:
        node = todo.pop()
        yield node["id"]
        todo.extend(node["children"])
