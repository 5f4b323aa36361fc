"""Read what else a request line says of a thing asked for: levels of the spine, form of a drug, which course."""

import re
from collections.abc import Iterable, Iterator

from kb.case.levels import spine_of
from kb.case.model import Course, Item
from kb.facts.cues import CONTINUED, MORE
from kb.facts.places import sites_in
from kb.facts.quantity import numerals
from kb.facts.services import Vocabulary
from kb.knowledge.base import Knowledge
from kb.terms import FORM, SKOS

# An initial evaluation, or a first visit, is no first course.
_INITIAL = re.compile(
    r"\binitial\b(?!\s+(?:eval|exam|consult|assess|visit|appointment))|\bfirst\s+(?:course|trial|series)\b", re.I
)


class Sayings:
    """Read levels, forms and courses with the names of one knowledge."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Collect the words for forms."""
        self._vocabulary = vocabulary
        self._spine = spine_of(vocabulary.knowledge)
        self._forms = dict(_form_words(vocabulary.knowledge))
        words = "|".join(re.escape(word) for word in sorted(self._forms, key=lambda w: (-len(w), w)))
        self._form = re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.I)

    def add(self, item: Item, words: str) -> None:
        """Set what a line says of an item whose service and site are known."""
        assert item.service is not None
        plain = numerals(words)
        near = self._vocabulary.regions_of(item.service).union(sites_in(self._vocabulary, self._spine.without(plain)))
        item.levels = [level for level in self._spine.named(plain) if self._is_of(item.service, near, level)]
        if self._vocabulary.is_a(item.service, "drug"):
            item.form = self._one_form(words)
        if self._comes_in_visits(item.service):
            item.course = course(words)

    def _is_of(self, service: str, near: Iterable[str], level: str) -> bool:
        """Tell whether a level is of what is asked for: "T3" of a blood test is none."""
        is_a = self._vocabulary.is_a
        there = any(is_a(a, b) or is_a(b, a) for a in near for b in self._spine.regions_of(level))
        return there or self._vocabulary.unit_of(service) == "level"

    def _one_form(self, words: str) -> str | None:
        found = {self._forms[match[0].lower()] for match in self._form.finditer(words)}
        return found.pop() if len(found) == 1 else None

    def _comes_in_visits(self, service: str) -> bool:
        return self._vocabulary.unit_of(service) == "visit" and self._vocabulary.count_of(service) is None


def course(words: str) -> Course | None:
    """Tell whether visits are a first course or come after earlier ones, where words say so.

    >>> course("six more sessions"), course("initial trial of six"), course("initial evaluation and six visits")
    ('additional', 'initial', None)
    """
    if MORE.search(words) or CONTINUED.search(words):
        return "additional"
    return "initial" if _INITIAL.search(words) else None


def _form_words(knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    read = knowledge.ontology
    for name in knowledge.names(FORM):
        labels = [o.value for p in ("prefLabel", "hiddenLabel") for o in read.objects(FORM + name, SKOS + p)]
        for label in labels:
            yield label.lower(), name
            yield label.lower() + ("es" if label.endswith("ch") else "s"), name
