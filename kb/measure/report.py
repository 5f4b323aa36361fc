"""Count what was measured: reading, coverage, verdicts against outcomes, criteria against reasons, causes."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kb.check.evidence import Evidence
from kb.measure.causes import CAUSES
from kb.measure.labels import Key, Label
from kb.measure.reasons import SAME, Compared
from kb.measure.row import ABSTAINED, Row
from kb.measure.statistics import Agreement, Share, agreement, share

Json = dict[str, Any]

OUTCOMES = ("upheld", "overturned")
VERDICTS = ("supported", "supported_in_part", "not_supported", *ABSTAINED)
READ = ("service", "quantity", "unit", "outcome")
UNJUDGED = "unjudged"


@dataclass(slots=True)
class Group:
    """Hold the requests for one service, or decided by one guideline."""

    name: str
    rows: list[Row]

    def as_json(self) -> Json:
        """Count the requests of the group."""
        verdicts = Counter(str(row.verdict) for row in self.rows)
        return {
            "name": self.name,
            "requests": len(self.rows),
            "workers": len({row.worker for row in self.rows}),
            "covered": sum(row.covered for row in self.rows),
            "overturned": sum(row.overturned for row in self.rows),
            "disagreements": sum(row.disagrees for row in self.rows),
            "verdicts": {verdict: verdicts[verdict] for verdict in VERDICTS},
        }


@dataclass
class Report:
    """Hold the rows of a folder and what is counted over them."""

    labels: dict[Key, Label] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    cases: set[str] = field(default_factory=set)
    unreadable: list[str] = field(default_factory=list)
    unused: list[Key] = field(default_factory=list)
    evidence: Evidence = field(default_factory=lambda: Evidence(0, 0, 0, 0))
    letters: int = 0

    @cached_property
    def compared(self) -> list[Row]:
        """List the decided requests whose outcome was published."""
        return [row for row in self.rows if row.compared]

    @cached_property
    def measures(self) -> dict[str, Share]:
        """Compute every share with its intervals, by name."""
        rows, compared = self.rows, self.compared
        upheld = [row for row in compared if not row.overturned]
        overturned = [row for row in compared if row.overturned]
        read = {row.key for row in rows}
        wanted = [label for label in self.labels.values() if label.case in self.cases]
        workers = {row.case: row.worker for row in rows}
        found = {"requests_read": share((workers.get(la.case, la.case), la.key in read) for la in wanted)}
        for what in READ:
            found[f"{what}_right"] = _share((row for row in rows if what in row.right), _is_right(what))
        found |= {
            "decided": _share(rows, lambda row: row.verdict is not None),
            "coverage": _share(rows, lambda row: row.covered),
            "cited": _share(
                (row for row in compared if row.guideline and row.cited), lambda row: row.guideline in row.cited
            ),
            "undocumented": _share(compared, lambda row: row.verdict == "undocumented"),
            "no_guideline": _share(compared, lambda row: row.verdict == "no_guideline"),
            "recall_on_overturned": _share(overturned, lambda row: row.overturns),
            "false_overturns": _share(upheld, lambda row: row.overturns),
            "upheld_on_the_merits": _share(upheld, lambda row: not row.overturns and not row.abstained),
            "reasons_matched": share((row.worker, c.criterion is not None) for row in rows for c in row.reasons),
            "reasons_agree": share((row.worker, c.agrees) for row in rows for c in row.reasons if c.criterion),
        }
        return found

    def known(self) -> dict[str, Share]:
        """Give the shares of something: without labels there are fewer."""
        return {name: found for name, found in self.measures.items() if found.n}

    @cached_property
    def agreements(self) -> dict[str, Agreement]:
        """Compute agreement on the merits, without abstentions, and as the IMR column has it."""
        return {
            "on_the_merits": _agreement(row for row in self.compared if not row.abstained),
            "imr_column": _agreement(self.compared),
        }

    def confusion(self) -> dict[str, dict[str, int]]:
        """Count verdicts by published outcome."""
        found = Counter((str(row.published), str(row.verdict)) for row in self.compared)
        return {outcome: {verdict: found[outcome, verdict] for verdict in VERDICTS} for outcome in OUTCOMES}

    def reasons(self) -> dict[str, dict[str, int]]:
        """Count the statuses of criteria by what the reviewer said of the same."""
        found = Counter((c.reason.status, c.status) for row in self.rows for c in row.reasons if c.criterion)
        return {said: {ours: found[said, ours] for ours in SAME.values()} for said in SAME}

    def differing(self) -> list[tuple[Row, Compared]]:
        """List the reasons of which the criterion says something else, those that facts contradict first."""
        found = [(row, c) for row in self.rows for c in row.reasons if c.criterion and not c.agrees]
        return sorted(found, key=lambda pair: not pair[1].contradicts)

    def by_service(self) -> list[Group]:
        """Group the requests by service, the most frequent first."""
        return _groups(self.rows, lambda row: row.service or "not read")

    def by_guideline(self) -> list[Group]:
        """Group the requests by the guideline of the recommendation that decided."""
        return _groups(self.rows, lambda row: row.guideline or ("another line" if row.depends else "none"))

    def disagreements(self) -> list[Row]:
        """List the requests whose proposed outcome is not the published one."""
        return [row for row in self.compared if row.disagrees]

    def causes(self) -> dict[str, int]:
        """Count the causes of disagreements."""
        found = Counter(row.cause.name if row.cause else UNJUDGED for row in self.disagreements())
        return {name: found[name] for name in (*CAUSES, UNJUDGED)}

    def figures(self) -> Json:
        """Give every figure by itself, without its interval."""
        found: Json = {
            "letters": self.letters,
            "workers": len({row.worker for row in self.rows}),
            "unreadable": len(self.unreadable),
            "requests": len(self.rows),
            "labelled": len(self.labels),
        }
        found |= {name: measured.share for name, measured in self.measures.items()}
        for name, agreed in self.agreements.items():
            found |= {f"balanced_accuracy_{name}": agreed.balanced_accuracy, f"kappa_{name}": agreed.kappa}
        return found | self.evidence.figures()

    def as_json(self) -> Json:
        """Write everything for programs."""
        return {
            "figures": self.figures(),
            "measures": {name: measured.as_json() for name, measured in self.measures.items()},
            "agreement": {name: agreed.as_json() for name, agreed in self.agreements.items()},
            "confusion": self.confusion(),
            "reasons": self.reasons(),
            "reasons_that_differ": [_differing(row, compared) for row, compared in self.differing()],
            "by_service": [group.as_json() for group in self.by_service()],
            "by_guideline": [group.as_json() for group in self.by_guideline()],
            "causes": self.causes(),
            "disagreements": [row.as_json() for row in self.disagreements()],
            "unused_causes": [list(key) for key in self.unused],
            "unreadable": self.unreadable,
        }


def _differing(row: Row, compared: Compared) -> Json:
    said = {"reviewer": compared.reason.status, "reason": compared.reason.fact}
    ours = {"criterion": compared.criterion, "status": compared.status, "contradicts": compared.contradicts}
    return {"case": row.case, "line": row.line, "service": row.service, **said, **ours}


def _is_right(what: str) -> Callable[[Row], bool]:
    return lambda row: row.right[what]


def _share(rows: Iterable[Row], hit: Callable[[Row], bool]) -> Share:
    return share((row.worker, hit(row)) for row in rows)


def _agreement(rows: Iterable[Row]) -> Agreement:
    return agreement([(row.worker, (row.overturns, row.overturned)) for row in rows])


def _groups(rows: Iterable[Row], name: Callable[[Row], str]) -> list[Group]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(name(row), []).append(row)
    return sorted((Group(*item) for item in found.items()), key=lambda group: (-len(group.rows), group.name))
