"""Hold one request: what was read, decided and published, and why they differ."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kb.archive.citation import Cited, Library
from kb.knowledge.base import Knowledge
from kb.measure.causes import Cause
from kb.measure.deciding import Deciding
from kb.measure.labels import Key, Label, workers
from kb.measure.reasons import Compared, Comparer
from kb.terms import short

Json = dict[str, Any]

ABSTAINED = ("undocumented", "no_guideline")


@dataclass(slots=True)
class Row:
    """Hold one request.

    `deciding` are the criteria that decided it, or that it lacks, the decisive first; `cited` the guidelines of ours
    that the reviewer went by, `elsewhere` tells that what the reviewer cites is none of ours.
    """

    case: str
    line: int
    worker: str
    service: str | None
    verdict: str | None = None
    imr: str | None = None
    published: str | None = None
    covered: bool = False
    because: list[str] = field(default_factory=list)
    deciding: list[str] = field(default_factory=list)
    recommendation: str | None = None
    cited: list[str] = field(default_factory=list)
    elsewhere: bool = False
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
        keys = ("case", "line", "worker", "service", "verdict", "published", "deciding", "recommendation", "cited")
        found: Json = {key: getattr(self, key) for key in keys}
        cause = self.cause
        found["cause"] = {"name": cause.name, "why": cause.why, "judged": cause.judged} if cause else None
        return found


class RowMaker:
    """Make the rows of letters from their answers and the labels."""

    def __init__(self, labels: dict[Key, Label], knowledge: Knowledge) -> None:
        """Take the labels of all letters."""
        self._labels = labels
        self._workers = workers(labels.values())
        self._knowledge = knowledge
        self._comparer = Comparer(knowledge)
        self._library = Library(knowledge.ontology)

    def rows(self, answer: Json) -> Iterator[Row]:
        """Make the rows of one letter."""
        case = answer["case"]["number"] or ""
        for request in answer["requests"]:
            found = request["determination"] or {}
            deciding = Deciding(found, self._knowledge)
            label = self._labels.get((case, request["line"]))
            published = request.get("published") or {}
            cited = self._cited(published.get("imr_citation"), answer["case"].get("ur_decided"))
            yield Row(
                case=case,
                line=request["line"],
                worker=self._workers.get(case, case),
                service=request["service"],
                verdict=found.get("verdict"),
                imr=found.get("imr"),
                published=published.get("outcome") or (label.outcome if label else None),
                covered=deciding.covers(),
                because=list(found.get("because", ())),
                deciding=deciding.criteria(),
                recommendation=deciding.recommendation(),
                cited=[short(iri) for iri in cited.guidelines],
                elsewhere=bool(cited.unresolved) and not cited.guidelines,
                right=_right(request, label, published.get("outcome"), self._knowledge) if label else {},
                reasons=list(self._comparer.compare(request, label.reasons)) if label else [],
            )

    def _cited(self, citation: str | None, day: str | None) -> Cited:
        return self._library.resolve(citation or "", dt.date.fromisoformat(day) if day else None)


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
