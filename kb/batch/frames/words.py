"""Hold what is known of words as columns to join with; what is asked of few things is asked once and remembered."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import polars as pl

from kb.knowledge.base import Knowledge
from kb.terms import CONCEPT, FORM, PHASE, UNIT, short

_NAMED = {"unit": UNIT, "phase": PHASE, "form": FORM}


class Words:
    """Answer in columns what the knowledge says of the words of cases."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Take the knowledge."""
        self.knowledge = knowledge
        self.whats = Numbered()  # what requests ask for, apart from where

    @cached_property
    def above(self) -> pl.DataFrame:
        """Pair each concept with itself and each above it."""
        pairs = [(n, short(w)) for n in sorted(self.knowledge.concepts) for w in self.knowledge.above(CONCEPT + n)]
        return pl.DataFrame(pairs, {"concept": pl.String, "wide": pl.String}, orient="row")

    @cached_property
    def opposites(self) -> pl.DataFrame:
        """Pair each concept with its opposites."""
        stated = self.knowledge.stated
        pairs = [(n, short(o)) for n in sorted(self.knowledge.concepts) for o in stated(CONCEPT + n, "opposite")]
        return pl.DataFrame(pairs, {"concept": pl.String, "opposite": pl.String}, orient="row")

    @cached_property
    def telling(self) -> list[str]:
        """List the findings that can tell of an outcome."""
        known = self.knowledge
        return sorted(n for n in known.concepts if CONCEPT + n in known.outcomes_shown({CONCEPT + n}))

    def fitting(self, what: str) -> list[str]:
        """List the words that a case may have in some place."""
        if what in _NAMED:
            return list(self.knowledge.names(_NAMED[what]))
        return [name for name in sorted(self.knowledge.concepts) if self.knowledge.fits(name, what)]

    @cached_property
    def allowed(self) -> dict[str, list[str]]:
        """Map each kind of word to those that fit."""
        kinds = ("service", "medication", "diagnosis", "finding", "document", "site", "setting", "ingredient")
        return {what: self.fitting(what) for what in (*kinds, *_NAMED)}


class Numbered:
    """Number things as they come, the same thing with the same number."""

    def __init__(self) -> None:
        """Begin with none."""
        self.numbers: dict[Any, int] = {}
        self.things: list[Any] = []

    def number(self, thing: Any) -> int:
        """Give the number of a thing."""
        found = self.numbers.get(thing)
        if found is None:
            found = self.numbers[thing] = len(self.things)
            self.things.append(thing)
        return found


_MOST = 500_000  # combinations that are remembered


class Each:
    """Add columns that a function gives for each combination of some columns, asked once for each and remembered."""

    def __init__(
        self, keys: Iterable[str], work: Callable[..., Any], **columns: pl.DataType | type[pl.DataType]
    ) -> None:
        """Take the columns, the function of their values, and the type of each column that it gives."""
        self._keys = list(keys)
        self._work = work
        self._columns = columns
        self._known: pl.DataFrame | None = None

    def __call__(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Give a frame with the columns added."""
        new = frame.select(self._keys).unique()
        if self._known is not None and len(self._known) < _MOST:
            new = new.join(self._known, on=self._keys, how="anti", nulls_equal=True)
        else:
            self._known = None
        found = [self._work(*row) for row in new.iter_rows()]
        new = new.with_columns(
            pl.Series(name, [row[place] for row in found], kind)
            for place, (name, kind) in enumerate(self._columns.items())
        )
        self._known = new if self._known is None else pl.concat([self._known, new])
        return frame.join(self._known, on=self._keys, how="left", nulls_equal=True)


def iri(column: str, namespace: str = CONCEPT) -> pl.Expr:
    """Spell the IRI of a local name."""
    return pl.lit(namespace) + pl.col(column)
