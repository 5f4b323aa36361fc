"""Hold one request: what was read, decided and published, and why they differ."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kb.knowledge.base import Knowledge
from kb.measure.causes import Cause
from kb.measure.labels import Key, Label
from kb.measure.reasons import Compared, Comparer

Json = dict[str, Any]

ABSTAINED = ("undocumented", "no_guideline")


@dataclass(slots=True)
class Row:
    """Hold one request; `deciding` are the criteria that decided it, or that it lacks, the decisive first."""

    case: str
    line: int
    worker: str
    service: str | None
    verdict: str | None = None
    imr: str | None = None
    published: str | None = None
    covered: bool = False
    deciding: list[str] = field(default_factory=list)
    recommendation: str | None = None
    right: dict[str, bool] = field(default_factory=dict)
    reasons: list[Compared] = field(default_factory=list)
    cause: Cause | None = None

    @property
    def key(self) -> Key:
        """Name the request by its case and line."""
        return self.case, self.line

    @property
    def guideline(self) -> str | None:
        """Name the guideline of the recommendation that decided."""
        return self.recommendation.split("/")[0] if self.recommendation else None

    @property
    def depends(self) -> bool:
        """Tell whether the verdict follows from another line of the case."""
        return any(name.startswith("line:") for name in self.deciding)

    @property
    def compared(self) -> bool:
        """Tell whether there are a verdict and an outcome to compare."""
        return self.verdict is not None and self.published in ("upheld", "overturned")

    @property
    def abstained(self) -> bool:
        """Tell whether the verdict takes no side on the merits."""
        return self.verdict in ABSTAINED

    @property
    def overturns(self) -> bool:
        """Tell whether the proposal is to overturn."""
        return self.imr == "overturned"

    @property
    def overturned(self) -> bool:
        """Tell whether the published outcome is to overturn."""
        return self.published == "overturned"

    @property
    def disagrees(self) -> bool:
        """Tell whether the proposed outcome, as it stands in the IMR column, is not the published one."""
        return self.compared and self.overturns != self.overturned

    def as_json(self) -> Json:
        """Write it for programs."""
        keys = ("case", "line", "worker", "service", "verdict", "published", "deciding", "recommendation")
        found: Json = {key: getattr(self, key) for key in keys}
        cause = self.cause
        found["cause"] = {"name": cause.name, "why": cause.why, "judged": cause.judged} if cause else None
        return found


def rows(answer: Json, labels: dict[Key, Label], workers: dict[str, str], comparer: Comparer,
         knowledge: Knowledge) -> Iterator[Row]:  # fmt: skip
    """Make the rows of one letter from its answer and the labels."""
    case = answer["case"]["number"] or ""
    for request in answer["requests"]:
        found = request["determination"] or {}
        label = labels.get((case, request["line"]))
        published = (request.get("published") or {}).get("outcome")
        yield Row(
            case=case,
            line=request["line"],
            worker=workers.get(case, case),
            service=request["service"],
            verdict=found.get("verdict"),
            imr=found.get("imr"),
            published=published or (label.outcome if label else None),
            covered=any(r["applies"] != "not_met" for r in found.get("recommendations", ())),
            deciding=_deciding(found),
            recommendation=_recommendation(found),
            right=_right(request, label, published, knowledge) if label else {},
            reasons=list(comparer.compare(request, label.reasons)) if label else [],
        )


def _spoken(found: Json) -> list[Json]:
    """List what speaks of the request: what certainly applies first, statutes last."""
    ranked = sorted(found.get("recommendations", ()), key=lambda r: (r["live"] != "met", r["live"] == "not_met"))
    return [*ranked, *found.get("statutes", ())]


def _holders(found: Json) -> dict[str, str]:
    """Map each node to the first recommendation that has it."""
    return {node: r["id"] for r in reversed(_spoken(found)) for node in _ids(r["tree"], r["id"])}


def _deciding(found: Json) -> list[str]:
    if found.get("because"):
        return list(found["because"])
    order = list(dict.fromkeys(r["id"] for r in _spoken(found)))
    holders, missing = _holders(found), [item["id"] for item in found.get("missing", ()) if item["decisive"]]
    return sorted(missing, key=lambda name: order.index(holders[name]) if name in holders else len(order))


def _recommendation(found: Json) -> str | None:
    """Name the recommendation that decided: of the first deciding criterion, else the first that is live."""
    holders = _holders(found)
    decided = (holders[name] for name in _deciding(found) if name in holders)
    live = (r["id"] for state in ("met", "unknown") for r in _spoken(found) if r.get("live", r["applies"]) == state)
    return next(decided, None) or (next(live, None) if found.get("verdict") != "no_guideline" else None)


def _ids(tree: Json, recommendation: str) -> Iterator[str]:
    yield from (f"{recommendation}.{dimension}" for dimension in ("service", "diagnosis", "region", "phase"))
    todo = [tree] if tree else []
    while todo:
        node = todo.pop()
        yield node["id"]
        todo.extend(node["children"])


def _right(request: Json, label: Label, published: str | None, knowledge: Knowledge) -> dict[str, bool]:
    """Compare what was read with a label; quantity, unit and outcome only where the label has one."""
    name = label.service
    wanted = [name] if name in knowledge.concepts else knowledge.vocabulary.find(name)
    right = {"service": request["service"] in wanted}
    if label.quantity is not None:
        right["quantity"] = request["quantity"] == label.quantity
        right["unit"] = request["unit"] == label.unit
    if label.outcome is not None:
        right["outcome"] = published == label.outcome
    return right
