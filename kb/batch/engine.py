"""Decide a portion of cases: in data frames where they can be, else in the embedded store."""

from collections.abc import Iterable
from importlib.util import find_spec

from kb.batch.rows import Clerk, Tables
from kb.batch.source import Portion, Read, cases_of
from kb.knowledge.base import Knowledge


class Engine:
    """Decide portions one after the other with what was loaded once."""

    def __init__(self, knowledge: Knowledge, criteria: bool, frames: bool | None = None) -> None:
        """Take data frames where maplib is installed, unless told."""
        self._knowledge = knowledge
        self._clerk = Clerk(knowledge, criteria)
        self.frames = find_spec("maplib") is not None if frames is None else frames

    def tables(self, portion: Portion) -> Tables:
        """Decide a portion."""
        return self.decided(enumerate(cases_of(portion, self._knowledge), portion.first))

    def decided(self, cases: Iterable[tuple[int, Read]]) -> Tables:
        """Decide numbered cases."""
        return self._clerk.tables(cases)
