"""Read where a phrase says a thing is: body regions and sides."""

import re
from collections.abc import Iterable

from kb.facts.lexicon import Mention, inside, singular
from kb.facts.services import Vocabulary, most_specific


def sites_in(vocabulary: Vocabulary, text: str, within: Iterable[Mention] = ()) -> list[str]:
    """List the body regions a phrase names, also inside longer names, in their order.

    A region named beside a narrower one of itself ("wrist" beside "hand and wrist") is left out.
    """
    others = list(within)
    names: list[str] = []
    for mention in vocabulary.regions.mentions(text):
        if others and not inside(mention, others):
            continue
        name = vocabulary.named(mention, "body_region")
        if name:
            names.append(name)
    return most_specific(vocabulary, names)


def names_several(vocabulary: Vocabulary, text: str) -> bool:
    """Tell whether a phrase names a body region in the plural ("lower extremities")."""
    regions = [text[m.start : m.end].split()[-1].lower() for m in vocabulary.regions.mentions(text)]
    return any(singular(word) != word for word in regions)


_SIDES = (
    (
        "bilateral",
        re.compile(
            r"\bbilateral(?:ly)?\b|\bbilat\b|\bboth\b|\bb(?=[ul]e\b)|\bleft\s+(?:and|&)\s+right\b|\bright\s+(?:and|&)\s+left\b"
        ),
    ),
    ("left", re.compile(r"\bleft\b|\blt\b|\(l\)|\bl(?=[ul]e\b)")),
    ("right", re.compile(r"\bright\b|\brt\b|\(r\)|\br(?=[ul]e\b)")),
)


def side_in(text: str) -> str | None:
    """Read the side of the body a phrase names, if it is one.

    >>> side_in("MRI of the Left knee"), side_in("both knees"), side_in("left hip, right knee"), side_in("NCS RUE")
    ('left', 'bilateral', None, 'right')
    """
    found = [side for side, words in _SIDES if words.search(text.lower())]
    if "bilateral" in found:
        return "bilateral"
    return found[0] if len(found) == 1 else None
