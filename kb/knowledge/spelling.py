"""Say which known word an unknown one was probably meant to be."""

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Offer the nearest known word, else say something else; both begin with a semicolon.

    >>> did_you_mean("strenght", ["strength", "stance"])
    '; did you mean `strength`?'
    >>> did_you_mean("xyz", ["strength"]), did_you_mean("xyz", ["strength"], "leave it out")
    ('', '; leave it out')
    """
    near = difflib.get_close_matches(word, list(known), 1, 0.7)
    return f"; did you mean `{near[0]}`?" if near else f"; {otherwise}" if otherwise else ""
