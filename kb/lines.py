"""Decide the lines of a case in their order: what one line gets, the next counts as used."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import cast

from kb.asks import Ask, Part, settle
from kb.case import Case, Request
from kb.decide import Decision, Outcome, Primary
from kb.errors import LineError, UnknownConceptError
from kb.evaluate import evaluate
from kb.explain import Explanation, explain
from kb.formula import MET, NOT_MET, UNKNOWN
from kb.knowledge import Knowledge
from kb.leaves import Evaluation
from kb.ledger import Prior
from kb.terms import CONCEPT
from kb.view import View

_WEAKEST_FIRST = ("not_supported", "no_guideline", "undocumented", "supported_in_part", "supported")
_PRIMARY = {"supported": MET, "not_supported": NOT_MET, "no_guideline": NOT_MET}


Steps = Generator[View, Evaluation, list["Line"]]


@dataclass(frozen=True, slots=True)
class DecidedPart:
    """Hold the decision of one part of a line."""

    part: Part
    decision: Decision
    explanation: Explanation

    @property
    def outcome(self) -> Outcome:
        """Give the verdict at the main reading."""
        return self.decision.main


@dataclass(slots=True)
class Line:
    """Hold one request line and what was decided of it."""

    request: Request
    ask: Ask | None = None
    parts: list[DecidedPart] = field(default_factory=list)
    outcome: Outcome | None = None
    error: str | None = None

    def readings(self) -> dict[str, Outcome]:
        """Decide the line under each alternative reading of any part, the rest at its main reading."""
        names = sorted({name for part in self.parts for name in part.decision.alternatives})
        return {
            name: weakest([part.decision.alternatives.get(name, part.outcome) for part in self.parts]) for name in names
        }


def decide_lines(case: Case, knowledge: Knowledge) -> list[Line]:
    """Decide every line; a line that cannot be decided carries its error and the others are decided."""
    steps = decide_steps(case, knowledge)
    try:
        view = next(steps)
        while True:
            view = steps.send(evaluate(view, knowledge))
    except StopIteration as done:
        return cast(list[Line], done.value)


def decide_steps(case: Case, knowledge: Knowledge) -> Steps:
    """Decide as decide_lines does, but leave testing to the caller: each view that is yielded is one to evaluate."""
    lines = {request.line or 0: Line(request) for request in case.requests}
    order = _order(lines)
    for line in lines.values():
        if line.error is None:
            try:
                line.ask = settle(case, line.request, knowledge)
            except (LineError, UnknownConceptError) as error:
                line.error = str(error)
    decided: list[Line] = []
    for line in (lines[number] for number in order):
        if line.ask:
            yield from _decide(line, line.ask, lines, decided, case, knowledge)
            decided.append(line)
    return [lines[number] for number in sorted(lines)]


def _order(lines: dict[int, Line]) -> list[int]:
    """Put a primary before its dependents, else by number; lines of a cycle carry an error."""
    order: list[int] = []

    def visit(number: int, path: tuple[int, ...]) -> None:
        if number in order:
            return
        primary = lines[number].request.depends_on
        if number in path:
            for member in path[path.index(number) :]:
                chain = " -> ".join(str(n) for n in (*path[path.index(number) :], number))
                lines[member].error = f"lines depend on each other in a circle: {chain}; mend `depends_on`"
            return
        if isinstance(primary, int) and primary in lines:
            visit(primary, (*path, number))
        if number not in order:
            order.append(number)

    for number in sorted(lines):
        visit(number, ())
    return order


def _decide(
    line: Line, ask: Ask, lines: dict[int, Line], decided: list[Line], case: Case, knowledge: Knowledge
) -> Generator[View, Evaluation, None]:
    asks = [other.ask for _, other in sorted(lines.items()) if other.ask and other is not line]
    shared = [*(use for other in asks for use in _authorised(other, other.classes)), *_granted(decided)]
    primary = _primary(ask.request, lines, case, knowledge)
    for part in ask.parts:
        prior = [*_authorised(ask, part.classes), *shared]
        view = View(part.item, case, ask.day, part.classes, part.ingredients, prior)
        decision = Decision((yield view), knowledge, part.item.quantity, primary)
        explanation = explain(decision, ask.by_ur_date, knowledge.epoch(ask.day))
        line.parts.append(DecidedPart(part, decision, explanation))
    line.outcome = weakest([part.outcome for part in line.parts])


def _authorised(ask: Ask, classes: tuple[str, ...]) -> Iterator[Prior]:
    """Count as used what utilization review authorised, of this line and of every other.

    Of every other, later ones too: else the authorised half of a split request would be free.
    """
    if ask.request.authorised:
        yield _prior(ask, classes, ask.request.authorised)


def _granted(decided: list[Line]) -> Iterator[Prior]:
    """Count of an earlier line its amount for certain and, where undocumented, anything up to its quantity."""
    for line in decided:
        ask, outcome = line.ask, line.outcome
        if ask is None or outcome is None:
            continue
        if outcome.amount is None:
            if outcome.verdict not in ("not_supported", "no_guideline"):
                yield _prior(ask, ask.classes, 0, None)
            continue
        maybe = (ask.request.quantity or 0) - outcome.amount if outcome.verdict == "undocumented" else 0
        if outcome.amount or maybe:
            yield _prior(ask, ask.classes, outcome.amount, maybe)


def _prior(ask: Ask, classes: tuple[str, ...], sure: float, maybe: float | None = 0) -> Prior:
    item = ask.parts[0].item
    evidence = f"line:{ask.request.line}"
    return Prior(classes, ask.request.unit, sure, maybe, evidence, item.strength_mg, item.duration_weeks)


def weakest(outcomes: list[Outcome]) -> Outcome:
    """Take the weakest verdict of the parts and their smallest amount, None where one is."""
    verdict = min((o.verdict for o in outcomes), key=_WEAKEST_FIRST.index)
    known = [o.amount for o in outcomes if o.amount is not None]
    return Outcome(verdict, min(known) if len(known) == len(outcomes) else None)


def _primary(request: Request, lines: dict[int, Line], case: Case, knowledge: Knowledge) -> Primary | None:
    """Tell how the primary of a dependent stands; one that is not in dispute is met when the case holds it."""
    on = request.depends_on
    if on is None:
        return None
    if isinstance(on, str):
        wanted = knowledge.require(on, "service")
        held = any(knowledge.is_below(CONCEPT + t.service, wanted) for t in case.treatments)
        return Primary(f"line:{on}", MET if held else UNKNOWN, disputed=False)
    found = lines[on].outcome
    return Primary(f"line:{on}", _PRIMARY.get(found.verdict, UNKNOWN) if found else UNKNOWN)
