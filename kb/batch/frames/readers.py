"""Tell what the query of a question reads of a request, by the terms it names; nothing else changes its answer."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cache

from kb.evaluate.ledger import account_of
from kb.knowledge.queries import queries
from kb.terms import SCHEMA

DIAGNOSIS = "diagnosis"  # the question whether a recommendation is for a diagnosis of the case
_ALWAYS = frozenset({"*"})

# column: the terms that say what stands in it
_PRESENT = {
    "kind": _ALWAYS,
    "concept": _ALWAYS,
    "outcomes": _ALWAYS,
    "torn": {"says"},
    "days": {"startedBefore", "endedBefore", "measuredBefore"},
    "value": {"measuredFor"},
    "unit": {"measuredFor"},
}
_ABSENT = {"concept": _ALWAYS}
_CARE = {
    "service": _ALWAYS,
    "status": _ALWAYS,
    "drug": {"usedFor", "doseFor", "runsFor"},
    "outcome": {"outcome"},
    "functional_improvement": {"outcome"},
    "started": {"startedBefore"},
    "ended": {"endedBefore"},
    "lasted": {"lastedDays"},
    "quantity": {"quantity", "usedFor"},
    "unit": {"quantity", "usedFor"},
    "relief_percent": {"reliefPercent"},
    "relief_weeks": {"reliefWeeks"},
    "besides": {"besides"},
    "strength_mg": {"doseFor"},
    "per_day": {"doseFor"},
}
_USED = dict.fromkeys(("given", "services", "unit", "sure", "maybe", "strength_mg", "duration_weeks"), _ALWAYS)
_ASKED = {
    "what": {"contains", "hasIngredient", "asksFor", "usedFor", "doseFor", "runsFor"},
    "setting": {"setting"},
    "unit": {"usedFor", "asksFor"},
    "quantity": {"asked", "doseFor"},
    "strength_mg": {"doseFor"},
    "duration_weeks": {"durationDays", "doseFor"},
    "record_complete": {"recordComplete", "usedFor", "runsFor", "doseFor"},
}
# terms of what is always read, or of what comes with a link
CARRIED = {"above", "aboveMost", "anyUnit", "bandOf", "concept", "each", "evidence", "injury", "maybe", "mostUnits",
           "service", "shares", "status", "sure", "unit", "units", "value"}  # fmt: skip
# sort of card: the columns of its table, and the terms that link it to a request
SORTS: dict[str, tuple[Mapping[str, Set[str]], Set[str]]] = {
    "present": (_PRESENT, {"bearsOn", "evidenceFor", "measuredFor"}),
    "absent": (_ABSENT, {"absentFor"}),
    "care": (_CARE, {"careOf", "besides", "evidenceFor", "usedFor", "doseFor", "runsFor"}),
    "used": (_USED, {"usedFor", "doseFor"}),
    "asked": (_ASKED, _ALWAYS),
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Hold the columns that are read of each sort of card; a sort that is not read is not there.

    `alone` tells that what is asked for can decide without any fact, `account` which account of the ledger is read.
    """

    columns: tuple[tuple[str, tuple[str, ...]], ...]
    alone: bool
    account: str | None

    def of(self, sort: str) -> tuple[str, ...] | None:
        """List the columns read of a sort of card; None where it is not read."""
        return dict(self.columns).get(sort)


@cache
def reader_of(kind: str) -> Reader:
    """Read the query of a kind of criterion, or that of the diagnoses of recommendations.

    >>> reader_of("required_finding").of("care") is None
    True
    >>> "days" in reader_of("monitoring_required").of("present")
    True
    """
    query = queries("applies")[kind] if kind == DIAGNOSIS else queries("criteria").get(kind)
    if query is None:
        return Reader((), False, None)
    terms = _ALWAYS.union(iri.removeprefix(SCHEMA) for iri in query.reads)
    columns = [
        (sort, tuple(name for name, said_by in table.items() if terms & said_by))
        for sort, (table, links) in SORTS.items()
        if terms & links
    ]
    account = account_of(query)
    return Reader(tuple(columns), account is not None or bool(terms & {"contains", "setting"}), account)
