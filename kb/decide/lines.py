"""Decide the lines of a case in their order: what one line gets, the next counts as used."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import cast

from kb.case.asks import Ask, Part, settle
from kb.case.fact import Treatment
from kb.case.model import Case, Request
from kb.case.standing import care
from kb.decide.decision import Decision, Outcome, Primary
from kb.errors import LineError, UnknownConceptError
from kb.evaluate.engine import evaluate
from kb.evaluate.leaves import Evaluation
from kb.evaluate.prior import Prior, merged
from kb.evaluate.view import View
from kb.formula import MET, NOT_MET, UNKNOWN
from kb.knowledge.base import Knowledge
from kb.terms import CONCEPT

_WEAKEST_FIRST = ("not_supported", "no_guideline", "undocumented", "supported_in_part", "supported")
_PRIMARY = {"supported": MET, "not_supported": NOT_MET, "no_guideline": NOT_MET}


Steps = Generator[View, Evaluation, list["Line"]]


@dataclass(frozen=True, slots=True)
class DecidedPart:
    """Hold the decision of one part of a line."""

    part: Part
    ask: Ask
    decision: Decision

    @property
    def outcome(self) -> Outcome:
        """Give the verdict at the main reading."""
        return self.decision.main

    def readings(self) -> dict[str, Outcome]:
        """Decide the part under each alternative reading."""
        return _readings([self])


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
        return _readings(self.parts)


def _readings(parts: list[DecidedPart]) -> dict[str, Outcome]:
    """Decide under each alternative; the guidelines of rung 2 are alternatives where they disagree."""
    series = _under([(part.outcome, part.decision.series) for part in parts])
    disagree = len(set(series.values())) > 1
    return _under([(part.outcome, part.decision.alternatives) for part in parts]) | (series if disagree else {})


def _under(parts: list[tuple[Outcome, dict[str, Outcome]]]) -> dict[str, Outcome]:
    names = sorted({name for _, found in parts for name in found})
    return {name: weakest([found.get(name, main) for main, found in parts]) for name in names}


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
    """Take always the lowest line whose primary is decided; lines of a circle carry an error and wait for none."""
    primary = {n: line.request.depends_on for n, line in lines.items()}
    for number in sorted(lines):
        circle = _circle(number, primary)
        if circle:
            chain = " -> ".join(map(str, (*circle, number)))
            lines[number].error = f"lines depend on each other in a circle: {chain}; mend `depends_on`"
    waiting, order = sorted(lines), list[int]()
    while waiting:
        ready = next(n for n in waiting if lines[n].error or primary[n] not in waiting)
        waiting.remove(ready)
        order.append(ready)
    return order


def _circle(start: int, primary: dict[int, int | str | None]) -> list[int]:
    """List the lines from one to its primary and on, if they lead back to it."""
    path, at = [start], primary[start]
    while isinstance(at, int) and at in primary and at not in path:
        path.append(at)
        at = primary[at]
    return path if at == start else []


def _decide(
    line: Line, ask: Ask, lines: dict[int, Line], decided: list[Line], case: Case, knowledge: Knowledge
) -> Generator[View, Evaluation, None]:
    asks = [other.ask for _, other in sorted(lines.items()) if other.ask and other is not line]
    shared = [*(use for other in asks for use in _authorised(other, other.classes)), *_granted(decided)]
    primary = _primary(ask, lines, case, knowledge)
    for part in ask.parts:
        prior = merged([*_authorised(ask, part.classes), *shared])
        view = View(part.item, case, ask.day, part.classes, part.ingredients, prior)
        decision = Decision((yield view), knowledge, part.item.quantity, primary)
        line.parts.append(DecidedPart(part, ask, decision))
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
    evidence = (f"line:{ask.request.line}",)
    return Prior(classes, ask.request.unit, sure, maybe, evidence, item.strength_mg, item.duration_weeks)


def weakest(outcomes: list[Outcome]) -> Outcome:
    """Take the weakest verdict of the parts and their smallest amount, None where one is."""
    verdict = min((o.verdict for o in outcomes), key=_WEAKEST_FIRST.index)
    known = [o.amount for o in outcomes if o.amount is not None]
    return Outcome(verdict, min(known) if len(known) == len(outcomes) else None)


def _primary(ask: Ask, lines: dict[int, Line], case: Case, knowledge: Knowledge) -> Primary | None:
    """Tell how the primary of a dependent stands; one that is not in dispute is met when the case holds it."""
    on = ask.request.depends_on
    if on is None:
        return None
    if isinstance(on, str):
        wanted = knowledge.require(on, "service")
        begun = [found.service for found in care(case, ask.day) if isinstance(found, Treatment)]
        held = any(knowledge.is_below(CONCEPT + service, wanted) for service in begun)
        return Primary(f"line:{on}", MET if held else UNKNOWN, disputed=False)
    found = lines[on].outcome
    return Primary(f"line:{on}", _PRIMARY.get(found.verdict, UNKNOWN) if found else UNKNOWN)
