"""Several lines: their order, parts and dependents."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from .asks import Ask, order, read_line
from .explain import Answer, Explanation
from .facts import Entry, read_observations, read_treatments, standing
from .formula import Formula, fitting
from .graph import Fault
from .kleene import TRUE, Leaf, Status, Term, Value, leaf_term
from .readings import Alternative, compare, series
from .rules import Reference, speaking
from .verdict import ORDER, Outcome, imr, outcome_of
from .view import Decided, View


@dataclass
class Session:
    """A case being decided line by line."""

    ref: Reference
    case: Entry
    asks: dict[int, list[Ask]] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)
    decided: dict[int, Decided] = field(default_factory=dict)

    def view(self, ask: Ask) -> View:
        facts = standing(self.ref.ontology, self.case, ask.day)
        others = [tuple(asks) for line, asks in sorted(self.asks.items()) if line != ask.line]
        earlier = tuple(self.decided.values())
        return View(self.ref.ontology, self.case, ask, facts, earlier, tuple(others))

    def formula(self, view: View, alternative: Alternative | None = None) -> Formula:
        _, swap, chosen = alternative or ("", {}, None)
        rules = fitting(view, speaking(self.ref, view.ask.day), chosen)
        return Formula(self.ref, view, rules, swap, self.primary(view))

    # ------------------------------------------------------------ dependents

    def primary(self, view: View) -> Term:
        """The primary of a dependent, as one more leaf beside S and P."""
        on = view.ask.depends_on
        if on is None:
            return TRUE
        line = isinstance(on, int)
        status = self._primary_line(on) if isinstance(on, int) else self._primary_service(view, on)
        return leaf_term(Leaf(f"line:{on}", "line" if line else "undisputed", "", lambda _: status))

    def _primary_line(self, line: int) -> Status:
        """ "`not_supported` when its primary is `not_supported` or `no_guideline`, at most `undocumented` when ..."."""
        if line not in self.decided:  # an error, never a denial
            return Status(None)
        verdict = self.decided[line].verdict
        values: dict[str, Value] = {"supported": True, "not_supported": False, "no_guideline": False}
        return Status(values.get(verdict))

    def _primary_service(self, view: View, service: str) -> Status:
        """ "supported when the case holds it (`treatments`), else at most `undocumented`"."""
        care = view.treatments([view.onto.concept(service)], "past", "current", "planned")
        held = [t for t in care if not t.medication]
        return Status(True if held else None, frozenset(t.id for t in held))


def decide(case: Entry, ref: Reference) -> list[dict[str, Any]]:
    """Decide every line of a case, in the order of `line`."""
    session = Session(ref, case)
    lines, cyclic = order(case["requests"])
    broken = _fault_of_case(session)
    for entry in lines:
        line = entry["line"]
        try:
            if broken or line in cyclic:
                raise Fault(broken or "the lines depend on each other in a circle")
            _check_primary(entry, case)
            session.asks[line] = read_line(ref.ontology, case, entry)
        except Fault as fault:
            session.errors[line] = str(fault)
    answers = []
    for line in (entry["line"] for entry in lines):
        try:
            answers.append(decide_line(session, line) if line in session.asks else _error(line, session.errors[line]))
        except Fault as fault:
            answers.append(_error(line, str(fault)))
    return sorted(answers, key=lambda a: a["line"])


def _fault_of_case(session: Session) -> str:
    """ "a missing term is an error, never a denial"."""
    try:
        list(read_observations(session.ref.ontology, session.case))
        list(read_treatments(session.ref.ontology, session.case))
    except Fault as fault:
        return str(fault)
    return ""


def _check_primary(entry: Entry, case: Entry) -> None:
    on = entry.get("depends_on")
    if isinstance(on, int) and on not in {e["line"] for e in case["requests"]}:
        raise Fault(f"depends on line {on}, which is not there")


def _error(line: int, error: str) -> Answer:
    return {"line": line, "error": error, "verdict": None, "imr": None, "amount": None}


def combine(outcomes: list[Outcome]) -> Outcome:
    """ "the weakest verdict of its parts ..., the smallest amount (null where one is null)"."""
    verdict = max((o.verdict for o in outcomes), key=ORDER.index)
    amounts = [o.amount for o in outcomes]
    return Outcome(verdict, None if None in amounts else min(a for a in amounts if a is not None))


def decide_line(session: Session, line: int) -> Answer:
    views = [session.view(ask) for ask in session.asks[line]]
    formulas = [session.formula(v) for v in views]
    outcomes = [outcome_of(f) for f in formulas]
    main = combine(outcomes)

    def under(alternative: Alternative) -> Outcome:
        found = []
        for view, formula in zip(views, formulas, strict=True):
            chosen = alternative[2]
            unaffected = chosen is not None and chosen not in series(formula)
            found.append(outcome_of(formula if unaffected else session.formula(view, alternative)))
        return combine(found)

    parts = [_part(Explanation(f, o), o) for f, o in zip(formulas, outcomes, strict=True)]
    answer = _merge(line, main, parts)
    answer["readings"] = compare(formulas, main, under)
    quantities = [a.quantity for a in session.asks[line]]
    known = [q for q in quantities if q is not None]
    quantity = max(known) if len(known) == len(quantities) else None
    session.decided[line] = Decided(tuple(session.asks[line]), quantity, main.amount, main.verdict)
    return answer


def _part(told: Explanation, outcome: Outcome) -> Answer:
    return {
        "verdict": outcome.verdict,
        "amount": outcome.told,
        "because": told.because(),
        "applied": told.applied(),
        "facts": sorted(told.facts()),
        "missing": told.missing(),
        "assumptions": told.assumptions(),
        "remarks": told.remarks(),
        "contraindications": told.contraindications(),
        "recommendations": told.recommendations(),
        "leaves": told.leaves(),
    }


def _merge(line: int, main: Outcome, parts: list[Answer]) -> Answer:
    """ "the `because` and `missing` of the parts that have it"."""
    weakest = [p for p in parts if p["verdict"] == main.verdict]
    missing: dict[str, bool] = {}
    for m in chain(*(p["missing"] for p in weakest)):
        missing[m["id"]] = missing.get(m["id"], False) or m["decisive"]
    return {
        "line": line,
        "error": None,
        "verdict": main.verdict,
        "imr": imr(main.verdict),
        "amount": main.told,
        "because": list(dict.fromkeys(chain(*(p["because"] for p in weakest)))),
        "applied": sorted(set(chain(*(p["applied"] for p in weakest)))),
        "facts": sorted(set(chain(*(p["facts"] for p in parts)))),
        "missing": [{"id": i, "decisive": d} for i, d in sorted(missing.items())],
        "assumptions": list(dict.fromkeys(chain(*(p["assumptions"] for p in weakest)))),
        "remarks": sorted(set(chain(*(p["remarks"] for p in weakest)))),
        "contraindications": sorted(set(chain(*(p["contraindications"] for p in weakest)))),
        "recommendations": parts[0]["recommendations"] if len(parts) == 1 else [],
        "leaves": parts[0]["leaves"] if len(parts) == 1 else {},
        "parts": parts if len(parts) > 1 else [],
    }
