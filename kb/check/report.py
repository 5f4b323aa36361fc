"""Check a folder of knowledge: its Turtle, its shapes, its defects, and the cases beside the topics."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kb.check.accounts import Account, accounts, total
from kb.check.coverage import Cases
from kb.check.defect import LEVELS, Defect, causes
from kb.check.editions import edition_gaps, never_live
from kb.check.exempt import not_exempt
from kb.check.reading import Reading
from kb.check.sound import sound_knowledge
from kb.check.terms import unknown_terms
from kb.check.topic_cases import Outcome
from kb.check.workers import Workers
from kb.knowledge.ontology import Ontology, Triple
from kb.knowledge.queries import Query, queries
from kb.store.embedded import EmbeddedStore
from kb.terms import SUBSUMED_BY, short

Step = Callable[[int, int], None]


@dataclass(slots=True)
class Report:
    """Hold all defects, and by guideline what is accounted for and how it is known."""

    defects: list[Defect] = field(default_factory=list)
    counts: dict[str, Account] = field(default_factory=dict)
    cases: int = 0

    @property
    def failed(self) -> bool:
        """Tell whether any defect is an error."""
        return any(defect.level == "error" for defect in self.defects)

    def as_json(self) -> dict[str, Any]:
        """Give plain values."""
        counts = {guideline: asdict(account) for guideline, account in self.counts.items()}
        return {"defects": [asdict(d) for d in self.defects], "counts": counts, "cases": self.cases}

    def as_text(self) -> str:
        """Write a line for each defect and each guideline, and two sums."""
        levels = Counter(defect.level for defect in self.defects)
        lines = [str(defect) for defect in self.defects]
        lines += [f"{guideline}: {account}" for guideline, account in self.counts.items()]
        lines.append(f"all guidelines: {total(self.counts.values())}")
        found = ", ".join(f"{levels[level]} {level}{'' if levels[level] == 1 else 's'}" for level in LEVELS[:2])
        lines.append(f"{self.cases} cases run; {found}")
        return "\n".join(lines)


def check(folder: str | Path, step: Step | None = None) -> Report:
    """Check an ontology folder; `step` is told how many of the cases are done.

    Every check runs, whatever the one before found, but for those that need a file of core or concepts that
    cannot be read. Raises KnowledgeError for a folder without Turtle.
    """
    reading = Reading(Path(folder))
    report = Report(defects=list(reading.defects))
    needed = next((name for name in reading.broken if reading.in_core(name)), None)
    if needed:
        message = f"Nothing else was checked and no case was run: every topic needs `{needed}`."
        report.defects.append(Defect("error", "not-checked", "ontology", message, "Mend that file first.", needed))
    else:
        _check(reading, report, step)
    report.defects = causes(not_exempt(report.defects, reading))
    return report


def _check(reading: Reading, report: Report, step: Step | None) -> None:
    from kb.check.shapes import shape_defects  # pySHACL takes half a second

    cases = Cases(reading)
    with Workers(cases.cases, reading.folder) as workers:
        report.defects += [*unknown_terms(reading), *shape_defects(reading), *query_defects(reading)]
        knowledge, unread = sound_knowledge(reading)
        report.counts = accounts(knowledge)
        report.defects += [*unread, *cases.defects, *edition_gaps(knowledge, reading), *never_live(knowledge, reading)]
        mistaken = {defect.file for defect in report.defects if defect.level == "error" and defect.file}
        outcomes: list[Outcome] = []
        for outcome in workers.outcomes(knowledge):
            outcomes.append(outcome)
            if step:
                step(len(outcomes), len(cases.cases))
    report.cases = len(outcomes)
    report.defects += cases.unmatched(knowledge)
    report.defects += [*cases.unexpected(outcomes, mistaken), *cases.untried(knowledge, outcomes)]


def query_defects(reading: Reading) -> Iterator[Defect]:
    """Run the queries of queries/check; a row is a defect."""
    store = store_of(reading.triples)
    for query in queries("check").values():
        for row in store.select(query.text):
            yield defect_of(query, row, reading)


def store_of(triples: list[Triple]) -> EmbeddedStore:
    """Put triples and the closure of their classes into a store."""
    store = EmbeddedStore()
    above = Ontology(triples).above
    closure = [(ox.NamedNode(c), SUBSUMED_BY, ox.NamedNode(wide)) for c, wider in above.items() for wide in wider]
    store.load([*triples, *closure])
    return store


def defect_of(query: Query, row: dict[str, Any], reading: Reading | None = None) -> Defect:
    """Word one row of a check: what is wrong with which value of which property, and what was meant."""
    subject = row["subject"].value
    about = [f"`{short(row[name].value)}`" for name in ("property", "value") if name in row]
    message = f"{query.header['problem']} ({' '.join(about)})" if about else query.header["problem"]
    level, solution = query.header["level"], query.header["solution"]
    if reading is None:
        return Defect(level, query.name, short(subject), message, solution)
    value = row["value"].value if "value" in row else None
    near = reading.nearest(value) if value else ""
    place, line = reading.place.get(subject), reading.line(subject, value)
    return Defect(level, query.name, short(subject), message, f"{near} {solution}".strip(), place, line)
