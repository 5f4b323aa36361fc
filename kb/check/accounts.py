"""Count, guideline by guideline, what the knowledge accounts for and how it is known."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from kb.knowledge.base import Knowledge
from kb.knowledge.ontology import Ontology
from kb.terms import DCT, RDF, SCHEMA, short

_NOTE = SCHEMA + "Note"
_REVIEWER_RULE = "reviewer_rule"  # a verification that is the reason, too


@dataclass(slots=True)
class Account:
    """Hold the counts of one guideline: collected rows expressed, criteria by verification, notes by reason."""

    rows: int = 0
    criteria: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """Say it in one line.

        >>> print(Account(3, {"attested": 2}, {"definition": 1}))
        3 rows accounted for; 2 criteria (2 attested); 1 note (1 definition)
        >>> print(Account(1, {"recalled": 1}))
        1 row accounted for; 1 criterion (1 recalled)
        """
        rows = f"{self.rows} {'row' if self.rows == 1 else 'rows'} accounted for"
        counted = [(self.criteria, "criterion", "criteria"), (self.notes, "note", "notes")]
        return "; ".join([rows, *(_counted(counts, one, many) for counts, one, many in counted if counts)])


def accounts(knowledge: Knowledge) -> dict[str, Account]:
    """Count rows, criteria and notes by guideline, in the order of their names."""
    criteria = ((c.source.guideline, c.source.verification) for c in knowledge.criteria.values() if c.source)
    known = _grouped(criteria)
    reasons = _grouped(_notes(knowledge.ontology))
    rows: dict[str, set[str]] = {}
    for subject in knowledge.ontology.index:
        numbers = knowledge.ontology.objects(subject, SCHEMA + "encodes")
        if numbers:
            rows.setdefault(_guideline(knowledge.ontology, subject), set()).update(n.value for n in numbers)
    names = sorted({*known, *reasons, *rows})
    return {name: Account(len(rows.get(name, ())), known.get(name, {}), reasons.get(name, {})) for name in names}


def total(of: Iterable[Account]) -> Account:
    """Add accounts up; a row that two guidelines express counts in both.

    >>> print(total([Account(1, {"recalled": 1}), Account(2, {"recalled": 1, "attested": 1})]))
    3 rows accounted for; 3 criteria (1 attested, 2 recalled)
    """
    each = list(of)
    criteria = sum((Counter(account.criteria) for account in each), Counter[str]())
    notes = sum((Counter(account.notes) for account in each), Counter[str]())
    return Account(sum(account.rows for account in each), dict(criteria), dict(notes))


def _notes(ontology: Ontology) -> Iterable[tuple[str, str]]:
    for subject in ontology.index:
        if any(o.value == _NOTE for o in ontology.objects(subject, RDF + "type")):
            verification = short(ontology.text(subject, SCHEMA + "verification") or "")
            reason = short(ontology.text(subject, SCHEMA + "reason") or "no_reason")
            yield _guideline(ontology, subject), verification if verification == _REVIEWER_RULE else reason


def _guideline(ontology: Ontology, subject: str) -> str:
    topic = subject.split("#")[0]
    return short(ontology.text(topic, DCT + "isPartOf") or topic)


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for guideline, how in pairs:
        counts.setdefault(guideline, Counter())[how] += 1
    return {guideline: dict(sorted(known.items())) for guideline, known in counts.items()}


def _counted(counts: dict[str, int], one: str, many: str) -> str:
    number = sum(counts.values())
    words = ", ".join(f"{n} {how.replace('_', ' ')}" for how, n in sorted(counts.items()))
    return f"{number} {one if number == 1 else many} ({words})"
