"""Know every page of a knowledge: its path, what it shows, and the subjects it stands for."""

from collections import Counter
from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from kb.browse.concepts import ConceptPages
from kb.browse.curator import CuratorPage
from kb.browse.guidelines import VERIFICATIONS, GuidelinePages
from kb.browse.kept import KeptPages
from kb.browse.links import path_of
from kb.browse.register import Register
from kb.browse.search import LIMIT, Entry, Finder
from kb.browse.things import PROBLEM, ThingPages
from kb.browse.topic import TopicPages
from kb.browse.view import Page
from kb.browse.wording import Wording
from kb.errors import KbError
from kb.knowledge.base import Knowledge
from kb.terms import BASE, CONCEPT

if TYPE_CHECKING:
    from kb.browse.review import ReviewPages

START, SEARCH = "", "search"
Gather = Callable[[], Page]


class Site:
    """Hold the pages of a knowledge; each is gathered when it is asked for."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Take a knowledge."""
        self.knowledge = knowledge
        self.register = Register(knowledge)
        self._wording = Wording(self.register)
        self.finder = Finder(self.register, self._wording)
        self._guidelines = GuidelinePages(self.register, self._wording)
        self.kept = KeptPages(self.register, self._wording)

    @cached_property
    def review(self) -> "ReviewPages":
        """Hold the pages on which letters are reviewed; what reads letters is loaded with them."""
        from kb.browse.review import ReviewPages

        return ReviewPages(self.knowledge)

    @cached_property
    def editions(self) -> list[dict[str, Any]]:
        """List the editions of guidelines as programs read them."""
        return [edition.listed() for edition in self._guidelines.editions()]

    @cached_property
    def pages(self) -> dict[str, Gather]:
        """Map the path of every page to what gathers it."""
        register, wording = self.register, self._wording
        concepts, topics, things = (
            ConceptPages(register, wording),
            TopicPages(register, wording),
            ThingPages(register, wording),
        )
        found: dict[str, Gather] = {
            START: self.start,
            "guidelines": self._guidelines.index,
            "concepts": concepts.index,
            "a-z": concepts.alphabet,
            "to-verify": CuratorPage(register, wording).page,
            SEARCH: partial(self.search, ""),
        }
        for series in register.editions:
            found[path_of(series)] = partial(self._guidelines.series, series)
        for iri in register.guidelines:
            found[path_of(iri)] = partial(self._guidelines.page, iri)
        for iri in (*(topic for group in register.topics.values() for topic in group), *register.advice):
            found[path_of(iri)] = partial(topics.page, iri)
        for name in sorted(self.knowledge.concepts):
            found[path_of(CONCEPT + name)] = partial(concepts.page, CONCEPT + name)
        for iri in register.attested:
            found[path_of(iri)] = partial(things.decision, iri)
        for error in _errors():
            found[PROBLEM + error.code] = partial(things.problem, error)
        for path in register.subjects:
            found.setdefault(path, partial(things.page, path, BASE + path))
        return found

    def start(self) -> Page:
        """Gather the first page."""
        editions = self._guidelines.editions()
        known: Counter[str] = Counter()
        for edition in editions:
            known.update(edition.known)
        data = {
            "counts": [
                (len(editions), "guideline editions", "guidelines"),
                (len(self.knowledge.recommendations), "recommendations and statutory limits", "guidelines"),
                (sum(known.values()), "criteria", "to-verify"),
                (len(self.knowledge.concepts), "concepts", "concepts"),
            ],
            "known": [(how, known[how]) for how in VERIFICATIONS],
            "mtus": [edition for edition in editions if edition.rung <= 1],
        }
        return Page(START, "start.html", "Treatment guidelines as a map", [], data)

    def search(self, words: str) -> Page:
        """Gather the page of what is found for some words."""
        found = self.finder.find(words)
        near = self.finder.near(words) if words and not found else []
        data = {"words": words, "found": found[:LIMIT], "all": len(found), "near": near}
        return Page(SEARCH, "search.html", f"Search: {words}" if words else "Search", [], data)

    def missing(self, path: str) -> Page:
        """Gather the page for a path that none is at, with the nearest names."""
        return Page(path, "missing.html", "There is no such page", [], {"near": self.near(path)})

    def near(self, path: str) -> list[Entry]:
        """List the pages whose names are nearest to a path that none is at."""
        return self.finder.near_path(path)

    def is_thing(self, path: str) -> bool:
        """Tell whether a page shows something that has an IRI, and is no index."""
        named = (self.register.attested, self.register.editions)
        return path in self.register.subjects or any(BASE + path in names for names in named)

    def subjects(self, path: str) -> list[str]:
        """List the IRIs that a page shows."""
        return self.register.subjects.get(path, [BASE + path])


def _errors() -> list[type[KbError]]:
    """List every kind of error that a user can cause."""
    found = list(KbError.__subclasses__())
    for error in found:
        found.extend(error.__subclasses__())
    return found
