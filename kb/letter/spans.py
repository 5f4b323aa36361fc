"""Mark stretches of a letter's text."""

import msgspec


class Span(msgspec.Struct, frozen=True):
    """Mark a stretch of the letter's text by code points, the end excluded."""

    start: int
    end: int


def stripped(text: str, start: int, end: int) -> Span:
    """Return the stretch without the blanks around it.

    >>> stripped("of: x ", 3, 6), stripped("of:   ", 3, 6)
    (Span(start=4, end=5), Span(start=6, end=6))
    """
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    return Span(start=start, end=start + len(words.strip()))


def joined(words: str) -> str:
    """Write words on one line with one blank between them."""
    return " ".join(words.split())


def veiled(text: str, spans: list[Span]) -> str:
    """Put blanks in the place of stretches that are in order, so that all else keeps its place.

    >>> veiled("a b c", [Span(2, 3)])
    'a   c'
    """
    pieces, at = [], 0
    for span in spans:
        pieces += [text[at : span.start], " " * (span.end - span.start)]
        at = span.end
    return "".join([*pieces, text[at:]])
