"""Decide which facts of a case stand on a day: the latest count, contradictions are marked."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kb.case.fact import Diagnosis, Document, Fact, Medication, Treatment
from kb.case.model import Case

Below = Callable[[str, str], bool]
Opposites = Callable[[str], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Observation:
    """Hold a diagnosis, finding or document that stands; `conflicts` are the facts that contradict it."""

    fact: Diagnosis | Document
    conflicts: tuple[str, ...] = ()

    @property
    def site(self) -> str | None:
        """Name the body region the fact is about, if it says one."""
        return self.fact.site if isinstance(self.fact, Diagnosis) else None


def observations(case: Case) -> list[Diagnosis | Document]:
    """List the facts that are matched by concept."""
    return [*case.diagnoses, *case.findings, *case.documents]


def all_facts(case: Case) -> list[Fact]:
    """List every fact of a case."""
    return [*case.diagnoses, *case.findings, *case.treatments, *case.medications, *case.documents]


def standing(case: Case, day: dt.date, is_below: Below, opposites: Opposites) -> list[Observation]:
    """Keep the observations that stand on a day.

    A present fact denies the opposites of its concept. Of contradicting facts with differing dates (undated
    counts as oldest) the later stands; with the same date both stand and each is marked with the other.
    """
    known = [fact for fact in observations(case) if fact.date is None or fact.date <= day]
    pairs = _contradictions(known, is_below, opposites)
    dropped = {p if _age(known[p]) < _age(known[a]) else a for p, a in pairs if known[p].date != known[a].date}
    conflicts: dict[int, set[str]] = {}
    for present, absent in pairs:
        if not dropped & {present, absent}:
            conflicts.setdefault(present, set()).add(str(known[absent].id))
            conflicts.setdefault(absent, set()).add(str(known[present].id))
    return [Observation(fact, tuple(sorted(conflicts.get(i, ())))) for i, fact in enumerate(known) if i not in dropped]


def _contradictions(
    known: Sequence[Diagnosis | Document], is_below: Below, opposites: Opposites
) -> list[tuple[int, int]]:
    present: dict[str | None, list[int]] = {}
    denied = [(i, fact.concept) for i, fact in enumerate(known) if fact.status == "absent"]
    for i, fact in enumerate(known):
        if fact.status == "present":
            present.setdefault(_site(fact), []).append(i)
            denied.extend((i, opposite) for opposite in opposites(fact.concept))
    return [
        (p, a)
        for a, concept in denied
        for p in present.get(_site(known[a]), ())
        if p != a and is_below(known[p].concept, concept)
    ]


def _site(fact: Diagnosis | Document) -> str | None:
    return fact.site if isinstance(fact, Diagnosis) else None


def _age(fact: Diagnosis | Document) -> dt.date:
    return fact.date or dt.date.min


def care(case: Case, day: dt.date) -> list[Treatment | Medication]:
    """Keep the treatments and medications that had begun by a day, and those planned."""
    found: list[Treatment | Medication] = [*case.treatments, *case.medications]
    return [c for c in found if c.status == "planned" or c.start is None or c.start <= day]
