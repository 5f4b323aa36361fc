"""Settle what each request line asks: on which day, how much, of what, in which parts."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from kb.case.model import Case, Item, Request
from kb.errors import LineError
from kb.knowledge.base import Knowledge


@dataclass(frozen=True, slots=True)
class Part:
    """Hold one thing asked for: the classes it is of, and the ingredients it names."""

    item: Item
    classes: tuple[str, ...]
    ingredients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """Hold a line that can be decided; `day` selects the edition."""

    request: Request
    day: dt.date
    by_ur_date: bool
    parts: tuple[Part, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """List the classes of all parts."""
        return tuple(sorted({name for part in self.parts for name in part.classes}))


def settle(case: Case, request: Request, knowledge: Knowledge) -> Ask:
    """Settle one line; the quantities that it leaves out are filled in.

    Raises LineError or UnknownConceptError when it cannot be decided.
    """
    if request.error:
        raise LineError(request.error)
    lines = {other.line for other in case.requests}
    if isinstance(request.depends_on, int) and request.depends_on not in lines:
        raise LineError(f"depends_on names line `{request.depends_on}`, which the case does not have")
    day, by_ur_date = _selecting_day(case, request)
    _settle_quantities(request)
    parts = tuple(_part(item, request, knowledge) for item in _items(request, knowledge))
    return Ask(request, day, by_ur_date, parts)


def _selecting_day(case: Case, request: Request) -> tuple[dt.date, bool]:
    if request.retrospective and request.date_of_service:
        return request.date_of_service, False
    if case.requested:
        return case.requested, False
    if case.ur_decided:
        return case.ur_decided, True
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


def _items(request: Request, knowledge: Knowledge) -> Iterator[Item]:
    """Split a line with several services, sites or ingredients into parts; all share its quantity."""
    if request.parts:
        for part in request.parts:
            yield _inherit(part, request)
        return
    sites = request.site if isinstance(request.site, list) else [request.site]
    for service in knowledge.combined(request.service) or (request.service,):
        for at in [[site] for site in sites] or [[]]:
            if len(request.ingredients) > 1:
                for ingredient in request.ingredients:
                    yield _inherit(Item(service=service, site=at, ingredients=[ingredient]), request)
            yield _inherit(Item(service=service, site=at, ingredients=request.ingredients), request)


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
        ingredients=part.ingredients or line.ingredients,
        setting=part.setting or line.setting,
        duration_weeks=part.duration_weeks if part.duration_weeks is not None else line.duration_weeks,
        levels=part.levels or line.levels,
        form=part.form or line.form,
        course=part.course or line.course,
    )


def _part(item: Item, request: Request, knowledge: Knowledge) -> Part:
    if item.service is None:
        raise LineError(f"no service was understood in `{item.text or request.text or ''}`; name a `service`")
    service = knowledge.require(item.service, "service")
    for site in [item.site] if isinstance(item.site, str) else item.site:
        knowledge.require(site, "site")
    if item.setting:
        knowledge.require(item.setting, "setting")
    ingredients = tuple(knowledge.require(name, "ingredient") for name in item.ingredients)
    return Part(item, knowledge.classify(service, ingredients), ingredients)
