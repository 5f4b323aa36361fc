"""Read a request line: what service, how much of it, where, and what of it utilization review authorised.

A line in which no service is recognised has `error` set and nothing guessed; the others are read all the same.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator

import msgspec

from kb.case.fact import Side
from kb.case.model import Item, Request
from kb.facts.asked import Sayings
from kb.facts.choice import Chooser
from kb.facts.doses import supply_weeks
from kb.facts.lexicon import Mention
from kb.facts.places import names_several, side_in, sites_in
from kb.facts.quantity import Quantities, Quantity, numerals, strength
from kb.facts.services import Vocabulary, most_specific
from kb.letter import lines as blocks

_ASSOCIATED = re.compile(r"\s*associated\s+surgical\s+(?:service|item)s?\s*[:,-]\s*", re.I)
_RETROSPECTIVE = re.compile(r"\s*retrospective(?:ly)?\b\s*(?:request\s+for\s+)?[:,-]?\s*", re.I)
_SERVED = re.compile(r"\b(?:DOS|dates?\s+of\s+service)\b[:\s]*(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})\b", re.I)
# "an evaluation and six visits" asks for the evaluation and the treatment that the visits are.
_VISITS_AFTER = re.compile(r"\b(eval(?:uation)?)\s+(?:and|with|plus|&)\s+(?=\w+\s+(?:visits?|sessions?)\b)", re.I)
_CENTURY = 2000
_LONGEST = 2000  # characters of a line that are read


class RequestReader:
    """Read request lines with the names of one knowledge."""

    def __init__(self, vocabulary: Vocabulary, quantities: Quantities) -> None:
        """Take the names and the units."""
        self._vocabulary = vocabulary
        self._quantities = quantities
        self._chooser = Chooser(vocabulary)
        self._sayings = Sayings(vocabulary)

    def read(self, block: blocks.Request) -> Request:
        """Read the request of a letter's block."""
        whole = block.remaining_text or block.text
        request = self.line(whole, block.line)
        request.text = block.text
        request.retrospective = _RETROSPECTIVE.match(block.text) is not None
        request.date_of_service = _served(block.text)
        if block.original_text and request.error is None:
            self._share(request, block, whole)
        return request

    def line(self, text: str, number: int | None = None) -> Request:
        """Read a request line that stands alone."""
        said, text = text, self._vocabulary.typos.mended(text[:_LONGEST])
        words = _RETROSPECTIVE.sub("", _ASSOCIATED.sub("", text, count=1), count=1)
        items, unknown = self._items(_VISITS_AFTER.sub(r"\1 and treatment, ", words), text)
        request = Request(**msgspec.structs.asdict(items[0]), line=number)
        request.parts = items if len(items) > 1 else []
        request.text = said[:_LONGEST]
        request.retrospective = _RETROSPECTIVE.match(text) is not None
        request.date_of_service = _served(text)
        request.error = _unread(request, unknown)
        return request

    # --- one item ---------------------------------------------------------------------------------------------

    def _items(self, words: str, whole: str) -> tuple[list[Item], str | None]:
        """Read what a line asks for, one item for each service joined in it, and what of a mixture is unknown."""
        found = self._read(words)
        sites = sites_in(self._vocabulary, words)
        choice = self._chooser.choose(words, whole, sites, found.unit)
        items: list[Item] = []
        for service, at in self._apart(choice.services, sites):
            item = Item(site=at, side=_side(words), ingredients=list(choice.ingredients), service=service)
            item.strength_mg = strength(words, drug=self._vocabulary.is_a(service, "drug"))
            self._count(item, found, words)
            self._sayings.add(item, words)
            items.append(item)
        return items or [Item(site=sites, side=_side(words))], choice.unknown

    def _apart(self, services: tuple[str, ...], sites: list[str]) -> Iterator[tuple[str, list[str]]]:
        """Take one service at several sites apart when the ontology has one of its own for each site."""
        for service in services:
            placed = [self._vocabulary.beside(service, site) for site in sites]
            joined = service in self._vocabulary.combinations.values()
            if len(set(placed)) > 1 and not joined and not self._is_wide(placed):
                yield from ((name, [site]) for name, site in zip(placed, sites, strict=True))
            else:
                yield service, list(sites)

    def _is_wide(self, names: list[str]) -> bool:
        """Tell whether one of the services for single sites stands above another."""
        return len(most_specific(self._vocabulary, names)) < len(set(names))

    # --- how much ---------------------------------------------------------------------------------------------

    def _count(self, item: Item, found: Quantity, words: str) -> None:
        """Set number and unit; a number of levels counts only for what is counted in levels."""
        assert item.service is not None
        unit = self._vocabulary.unit_of(item.service)
        stated = found.number if found.unit != "level" or unit == "level" else None
        item.unit = found.unit if stated is not None and found.unit else unit
        item.quantity = stated if stated is not None else self._silent(item, words)
        item.duration_weeks = found.weeks
        if item.quantity is None:
            item.unit = None
        elif item.unit and found.weeks is None and self._quantities.is_per(item.unit, "takenWhole"):
            item.duration_weeks = supply_weeks(words, item.quantity)

    def _silent(self, item: Item, words: str) -> float | None:
        """Tell how many a line means that names no number: one, or one for each site or side it names."""
        assert item.service is not None
        one = self._vocabulary.count_of(item.service)
        if one is None or item.unit is None:
            return one
        if self._quantities.is_per(item.unit, "perSite"):
            two = [site for site in item.site if item.side == "bilateral" and self._vocabulary.is_paired(site)]
            return one * max(1, len(item.site) + len(two))
        both = item.side == "bilateral" or (item.side is None and names_several(self._vocabulary, words))
        return one * 2 if both and self._quantities.is_per(item.unit, "perSide") else one

    def _read(self, words: str) -> Quantity:
        return self._quantities.read(_without_leading_numbers(words, self._chooser.mentions(words), self._quantities))

    def _share(self, request: Request, block: blocks.Request, whole: str) -> None:
        """Set what was asked and authorised where the remainder is the difference of the two."""
        asked, authorised = self._read(block.original_text or ""), self._read(block.authorised_text or "")
        if asked.number is None or authorised.number is None or request.quantity is None:
            return
        if asked.number - authorised.number == request.quantity and authorised.unit == asked.unit:
            request.asked, request.authorised = asked.number, authorised.number


def _unread(request: Request, unknown: str | None) -> str | None:
    """Say why a line cannot be decided: no service, or an ingredient that nobody knows."""
    if request.service is None:
        return f"no service is recognised in `{request.text}`; name one that `mtus lookup` finds"
    if unknown:
        return f"ingredient `{unknown}` of `{request.text}` is not recognised; name one that `mtus lookup` finds"
    return None


def _without_leading_numbers(words: str, mentions: Iterable[Mention], quantities: Quantities) -> str:
    """Blank a number that is part of a name ("three phase …", "… #3"), not a count ("14 days …")."""
    for mention in mentions:
        name = words[mention.start : mention.end]
        first = re.match(r"(\d+|[a-z]+)[\s-]+([a-z]+)", numerals(name))
        if "#" in name or (first and first[1].isdigit() and not quantities.is_unit(first[2])):
            words = words[: mention.start] + re.sub(r"\S", "_", name) + words[mention.end :]
    return words


def _served(text: str) -> dt.date | None:
    """Read the date of service.

    >>> _served("CT of the head (DOS 11/18/16)"), _served("DOS: 02/30/2016")
    (datetime.date(2016, 11, 18), None)
    """
    found = _SERVED.search(text)
    if found is None:
        return None
    year = int(found[3])
    try:
        return dt.date(year if year > 99 else year + _CENTURY, int(found[1]), int(found[2]))
    except ValueError:
        return None


def _side(words: str) -> Side | None:
    return side_in(words)  # type: ignore[return-value]


def set_dependence(requests: list[Request], lines: list[str], vocabulary: Vocabulary) -> None:
    """Hang each line that only accompanies another on that one.

    An associated surgical service hangs on the last line before it that is none; a service that by its nature
    stands beside another (an assistant beside an operation) on the nearest line for such a one.
    """
    primary: int | None = None
    for request, text in zip(requests, lines, strict=True):
        beside = vocabulary.accompanied(request.service) if request.service else None
        if _ASSOCIATED.match(text):
            request.depends_on = primary
        elif beside:
            near = [r for r in requests if r.service and vocabulary.is_a(r.service, beside) and r is not request]
            request.depends_on = (
                min(near, key=lambda r: abs((r.line or 0) - (request.line or 0))).line if near else None
            )
        if request.depends_on is None:
            primary = request.line
