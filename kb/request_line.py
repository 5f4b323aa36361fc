"""Read a request line: what service, how much of it, where, and what of it utilization review authorised.

A line in which no service is recognised has `error` set and nothing guessed; the others are read all the same.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator

import msgspec

from kb import blocks
from kb.case import Item, Request, Side
from kb.lexicon import Mention
from kb.quantity import Quantities, Quantity, numerals, strength
from kb.services import Vocabulary, most_specific, side_in, sites_in

_ASSOCIATED = re.compile(r"\s*associated\s+surgical\s+(?:service|item)s?\s*[:,-]\s*", re.I)
_RETROSPECTIVE = re.compile(r"\s*retrospective(?:ly)?\b\s*(?:request\s+for\s+)?[:,-]?\s*", re.I)
_SERVED = re.compile(r"\b(?:DOS|dates?\s+of\s+service)\b[:\s]*(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})\b", re.I)
_ASIDE = re.compile(
    r"\b(?:with|followed\s+by|before|after|prior\s+to|to\s+(?:assist|evaluat\w+)|for|following|vs\.?)\b", re.I
)
_CENTURY = 2000


class RequestReader:
    """Read request lines with the names of one knowledge."""

    def __init__(self, vocabulary: Vocabulary, quantities: Quantities) -> None:
        """Take the names and the units."""
        self._vocabulary = vocabulary
        self._quantities = quantities

    def read(self, block: blocks.Request) -> Request:
        """Read the request of a letter's block."""
        whole = block.remaining_text or block.text
        request = self.line(whole, block.line)
        request.text = block.text
        if block.original_text and request.error is None:
            self._share(request, block, whole)
        return request

    def line(self, text: str, number: int | None = None) -> Request:
        """Read a request line that stands alone."""
        words = _RETROSPECTIVE.sub("", _ASSOCIATED.sub("", text, count=1), count=1)
        item = self._item(words)
        request = Request(**msgspec.structs.asdict(item), line=number)
        request.text = text
        request.retrospective = _RETROSPECTIVE.match(text) is not None
        request.date_of_service = _served(text)
        if request.service is None:
            request.error = f"no service is recognised in `{text}`; name one that `mtus lookup` finds"
        return request

    # --- one item ---------------------------------------------------------------------------------------------

    def _item(self, words: str) -> Item:
        mentions = self._services(words)
        head = _head(words, mentions)
        names = most_specific(self._vocabulary, [name for m in head if (name := self._name(m))])
        sites = sites_in(self._vocabulary, words)
        item = Item(site=sites, side=_side(words))  # type: ignore[arg-type]
        if names:
            self._name_service(item, names, words, sites)
        return item

    def _services(self, words: str) -> list[Mention]:
        return [m for m in self._vocabulary.lexicon.mentions(words) if self._name(m)]

    def _name(self, mention: Mention) -> str | None:
        name = self._vocabulary.named(mention, "treatment")
        return None if name in ("service", "treatment") else name

    def _name_service(self, item: Item, names: list[str], words: str, sites: list[str]) -> None:
        vocabulary = self._vocabulary
        item.service = vocabulary.at(names[0], sites)
        item.strength_mg = strength(words)
        self._count(item, words)

    # --- how much ---------------------------------------------------------------------------------------------

    def _count(self, item: Item, words: str) -> None:
        assert item.service is not None
        found = self._quantity(words)
        item.unit = found.unit or self._vocabulary.unit_of(item.service)
        item.quantity = found.number
        item.duration_weeks = found.weeks
        if item.quantity is None:
            item.quantity = self._silent(item, words)
        if item.quantity is None:
            item.unit = None

    def _quantity(self, words: str) -> Quantity:
        return self._quantities.read(_without_leading_numbers(words, self._services(words), self._quantities))

    def _silent(self, item: Item, words: str) -> float | None:
        assert item.service is not None
        one = self._vocabulary.count_of(item.service)
        if one is None:
            return None
        return one

    def _share(self, request: Request, block: blocks.Request, whole: str) -> None:
        """Set what was asked and authorised where the remainder is the difference of the two."""
        asked, authorised = self._quantity(block.original_text or ""), self._quantity(block.authorised_text or "")
        if asked.number is None or authorised.number is None or request.quantity is None:
            return
        if asked.number - authorised.number == request.quantity and authorised.unit == asked.unit:
            request.asked, request.authorised = asked.number, authorised.number


def _head(words: str, mentions: list[Mention]) -> list[Mention]:
    """Keep the services that are asked for: what stands before "with", "for", "before" and the like."""
    if not mentions:
        return []
    aside = _ASIDE.search(words, mentions[0].end)
    return [m for m in mentions if aside is None or m.start < aside.start()]


def _without_leading_numbers(words: str, mentions: Iterable[Mention], quantities: Quantities) -> str:
    """Blank a number that is part of a name ("three phase …"), not a count ("14 days …")."""
    for mention in mentions:
        name = words[mention.start : mention.end]
        first = re.match(r"(\d+|[a-z]+)[\s-]+([a-z]+)", numerals(name))
        if first and first[1].isdigit() and not quantities.is_unit(first[2]):
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


def set_dependence(requests: list[Request], lines: list[str]) -> Iterator[Request]:
    """Hang each associated surgical service on the line it is associated with: the last that is none itself."""
    primary: int | None = None
    for request, text in zip(requests, lines, strict=True):
        if _ASSOCIATED.match(text):
            request.depends_on = primary
        else:
            primary = request.line
        yield request
