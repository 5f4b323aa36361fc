"""Tell which printed form a letter has, by its headings, and where each of its parts stands."""

import re
from dataclasses import dataclass

from kb.errors import LetterFormatError
from kb.letter.form import FORMS, Form, Heading, Part, placed


@dataclass(frozen=True, slots=True)
class Layout:
    """Hold the form that fits a letter best, what is missing of it, and where its parts begin and end."""

    form: Form
    parts: dict[Part, tuple[int, int]]
    missing: Heading | None

    def part(self, name: Part) -> tuple[int, int]:
        """Return where a part stands; one that the form need not have and the letter has not is empty."""
        return self.parts.get(name, (0, 0))

    def check(self) -> None:
        """Raise LetterFormatError if a heading is missing."""
        if self.missing:
            raise LetterFormatError(f"heading `{self.missing.words}` was not found{self._where()}")

    def _where(self) -> str:
        found = [heading.words for heading in self.form.headings if heading.part in self.parts]
        if not found:
            return "; hand in an IMR final determination letter of one of the printed forms"
        return f", though `{found[-1]}` was; write it where that part begins"


def layout_of(text: str) -> Layout:
    """Return the layout of a letter: of the known forms the one of whose headings most are found.

    >>> layout_of("Dear Sir or Madam").missing.words
    'HOW THE IMR FINAL DETERMINATION WAS MADE'
    """
    found = [_layout(text, form) for form in FORMS]
    return max(found, key=lambda layout: len(_needed(layout)) / len(_needed(layout, all_of=True)))


def _needed(layout: Layout, *, all_of: bool = False) -> list[Heading]:
    return [h for h in layout.form.headings if not h.optional and (all_of or h.part in layout.parts)]


def _layout(text: str, form: Form) -> Layout:
    spans, missing = _found(text, form)
    ends = [*(start for _, start, _ in spans), len(text)][1:] if spans else []
    parts = {part: (begin, end) for (part, _, begin), end in zip(spans, ends, strict=True)}
    return Layout(form, parts, missing)


def _found(text: str, form: Form) -> tuple[list[tuple[Part, int, int]], Heading | None]:
    """Find the headings in their order, and the first needed one that is not there."""
    spans: list[tuple[Part, int, int]] = []
    missing: Heading | None = None
    position = 0
    for heading in form.headings:
        found = re.compile(placed(heading.words, anywhere=heading.words.isupper())).search(text, position)
        if found:
            spans.append((heading.part, *found.span()))
            position = found.end()
        elif not heading.optional:
            missing = missing or heading
    return spans, missing
