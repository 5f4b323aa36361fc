"""Decide the lines of a case in their order: what one line gets, the next counts as used."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from kb.case import Case, Item, Request
from kb.decide import Decision, Outcome
from kb.errors import LineError, UnknownConceptError
from kb.evaluate import evaluate
from kb.explain import Explanation, explain
from kb.knowledge import Knowledge
from kb.ledger import Prior
from kb.terms import CONCEPT
from kb.view import View

_WEAKEST_FIRST = ("not_supported", "no_guideline", "undocumented", "supported_in_part", "supported")


@dataclass(slots=True)
class Part:
    """Hold the decision of one item: a whole line, or one part of it."""

    item: Item
    classes: tuple[str, ...]
    decision: Decision
    explanation: Explanation
    outcome: Outcome


@dataclass(slots=True)
class Line:
    """Hold one request line and what was decided of it.

    `ahead` is the identifier that `because` names first: the primary a dependent hangs on.
    """

    request: Request
    parts: list[Part] = field(default_factory=list)
    outcome: Outcome | None = None
    ahead: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class _Day:
    date: dt.date
    by_ur_date: bool


def decide_lines(case: Case, knowledge: Knowledge) -> list[Line]:
    """Decide every line; a line that cannot be decided carries its error and the others are decided."""
    lines = {_number(request): Line(request) for request in case.requests}
    decided: list[Line] = []
    for number in _order(lines):
        line = lines[number]
        if line.error is None:
            try:
                _decide(line, lines, decided, case, knowledge)
            except (LineError, UnknownConceptError) as error:
                line.error, line.parts, line.outcome = str(error), [], None
        decided.append(line)
    return [lines[number] for number in sorted(lines)]


def _number(request: Request) -> int:
    return request.line or 0


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


def _decide(line: Line, lines: dict[int, Line], decided: list[Line], case: Case, knowledge: Knowledge) -> None:
    request = line.request
    if request.error:
        raise LineError(request.error)
    day = _selecting_day(case, request)
    _settle_quantities(request)
    prior = [use for earlier in decided for use in _uses(earlier)]
    items = list(_items(request))
    for item in items:
        classes = _classes(item, request, knowledge)
        own = _authorised(request, item, classes)
        view = View(item, case, day.date, classes, _ingredients(item, knowledge), [*own, *prior])
        decision = Decision(evaluate(view, knowledge), knowledge, item.quantity)
        explanation = explain(decision, day.by_ur_date, knowledge.epoch(day.date))
        line.parts.append(Part(item, classes, decision, explanation, decision.outcome()))
    line.outcome = _weakest([part.outcome for part in line.parts])
    _hang_on_primary(line, lines, case, knowledge)


def _selecting_day(case: Case, request: Request) -> _Day:
    if request.retrospective and request.date_of_service:
        return _Day(request.date_of_service, False)
    if case.requested:
        return _Day(case.requested, False)
    if case.ur_decided:
        return _Day(case.ur_decided, True)
    raise LineError("no date selects the edition; give `requested`, `ur_decided` or a `date_of_service`")


def _settle_quantities(request: Request) -> None:
    """Derive the missing one of asked, authorised and quantity: what remains is decided."""
    asked, authorised, quantity = request.asked, request.authorised, request.quantity
    if asked is not None and authorised is not None:
        remains = asked - authorised
        if quantity is not None and quantity != remains:
            raise LineError(
                f"quantity `{quantity:g}` is not asked `{asked:g}` less authorised `{authorised:g}`; mend one of them"
            )
        quantity = remains
    elif asked is not None and quantity is not None:
        authorised = asked - quantity
    elif quantity is not None:
        authorised = authorised or 0
        asked = quantity + authorised
    elif asked is not None:
        quantity, authorised = asked, 0
    if quantity is not None and (quantity < 0 or (authorised or 0) < 0):
        raise LineError(f"more is authorised than asked (`{asked:g}`); mend `asked` or `authorised`")
    request.asked, request.authorised, request.quantity = asked, authorised, quantity


def _items(request: Request) -> Iterator[Item]:
    """Split a line with several services, sites or ingredients into parts; all share its quantity."""
    if request.parts:
        for part in request.parts:
            yield _inherit(part, request)
        return
    sites = request.site if isinstance(request.site, list) else [request.site]
    for site in sites or [None]:
        at = [site] if site else []
        if len(request.ingredients) > 1:
            for ingredient in request.ingredients:
                yield _inherit(Item(site=at, ingredients=[ingredient]), request)
        yield _inherit(Item(site=at, ingredients=request.ingredients), request)


def _inherit(part: Item, line: Request) -> Item:
    """Let a part take from its line what it does not say itself."""
    return Item(
        text=part.text or line.text,
        service=part.service or line.service,
        quantity=part.quantity if part.quantity is not None else line.quantity,
        unit=part.unit or line.unit,
        site=part.site or line.site,
        side=part.side or line.side,
        strength_mg=part.strength_mg if part.strength_mg is not None else line.strength_mg,
        ingredients=part.ingredients,
        setting=part.setting or line.setting,
        duration_weeks=part.duration_weeks if part.duration_weeks is not None else line.duration_weeks,
    )


def _classes(item: Item, request: Request, knowledge: Knowledge) -> tuple[str, ...]:
    if item.service is None:
        raise LineError(f"no service was understood in `{item.text or request.text or ''}`; name a `service`")
    service = knowledge.require(item.service, "service")
    for site in [item.site] if isinstance(item.site, str) else item.site:
        knowledge.require(site, "site")
    if item.setting:
        knowledge.require(item.setting, "setting")
    return knowledge.classify(service, _ingredients(item, knowledge))


def _ingredients(item: Item, knowledge: Knowledge) -> tuple[str, ...]:
    return tuple(knowledge.require(name, "ingredient") for name in item.ingredients)


def _authorised(request: Request, item: Item, classes: tuple[str, ...]) -> list[Prior]:
    """Count as used what utilization review authorised of the line."""
    return [_prior(request, item, classes, request.authorised)] if request.authorised else []


def _uses(line: Line) -> Iterator[Prior]:
    """Count of an earlier line its amount for certain and, where undocumented, anything up to its quantity."""
    if line.outcome is None:
        return
    request, outcome, item = line.request, line.outcome, line.parts[0].item
    classes = tuple(sorted({name for part in line.parts for name in part.classes}))
    yield from _authorised(request, item, classes)
    if outcome.amount is None:
        if outcome.verdict not in ("not_supported", "no_guideline"):
            yield _prior(request, item, classes, 0, None)
        return
    maybe = (request.quantity or 0) - outcome.amount if outcome.verdict == "undocumented" else 0
    if outcome.amount or maybe:
        yield _prior(request, item, classes, outcome.amount, maybe)


def _prior(request: Request, item: Item, classes: tuple[str, ...], sure: float, maybe: float | None = 0) -> Prior:
    evidence = f"line:{request.line}"
    return Prior(classes, request.unit, sure, maybe, evidence, item.strength_mg, item.duration_weeks)


def _weakest(outcomes: list[Outcome]) -> Outcome:
    verdict = min((o.verdict for o in outcomes), key=_WEAKEST_FIRST.index)
    amounts = [o.amount for o in outcomes]
    known = [amount for amount in amounts if amount is not None]
    return Outcome(verdict, min(known) if len(known) == len(amounts) else None)


def _hang_on_primary(line: Line, lines: dict[int, Line], case: Case, knowledge: Knowledge) -> None:
    """Let a dependent fall with its primary, and be no surer than it."""
    primary, outcome = line.request.depends_on, line.outcome
    if primary is None or outcome is None:
        return
    verdict = _primary_verdict(primary, lines, case, knowledge)
    if isinstance(primary, int):
        line.ahead = f"line:{primary}"
    if verdict in ("not_supported", "no_guideline"):
        none = None if line.request.quantity is None else 0
        line.outcome = Outcome("not_supported", none)
    elif verdict != "supported" and _WEAKEST_FIRST.index(outcome.verdict) > _WEAKEST_FIRST.index("undocumented"):
        line.outcome = Outcome("undocumented", None if outcome.amount is None else 0)


def _primary_verdict(primary: int | str, lines: dict[int, Line], case: Case, knowledge: Knowledge) -> str:
    if isinstance(primary, str):
        wanted = knowledge.require(primary, "service")
        held = any(knowledge.is_below(CONCEPT + t.service, wanted) for t in case.treatments)
        return "supported" if held else "undocumented"
    if primary not in lines:
        raise LineError(f"depends_on names line `{primary}`, which the case does not have")
    found = lines[primary].outcome
    return found.verdict if found else "undocumented"
