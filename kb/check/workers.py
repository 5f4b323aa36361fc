"""Decide many cases in several processes, while this one checks the rest; each loads the knowledge for itself."""

import gc
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from types import TracebackType

from kb.check.reading import Reading
from kb.check.sound import sound_knowledge
from kb.check.topic_cases import Outcome, TopicCase, outcomes_of
from kb.knowledge.base import Knowledge

_WORTH_IT = 500  # cases; to load the knowledge once more takes as long as two hundred
_AT_ONCE = 100  # cases handed to a process, as many as are decided together
_loaded: list[Knowledge] = []  # in a process of the pool: its knowledge


class Workers:
    """Begin to decide cases, and give the outcomes when they are asked for; few cases wait for this process."""

    def __init__(self, cases: list[TopicCase], folder: Path) -> None:
        """Hand the cases out."""
        self._cases = cases
        self._pool: ProcessPoolExecutor | None = None
        self._shares: list[Future[list[Outcome]]] = []
        processes = min(os.cpu_count() or 1, 8)
        if processes > 1 and len(cases) >= _WORTH_IT:
            context = multiprocessing.get_context("spawn")  # a copy of this process would share its store's threads
            self._pool = ProcessPoolExecutor(processes, context, _load, (folder,))
            starts = range(0, len(cases), _AT_ONCE)
            self._shares = [self._pool.submit(_decide, cases[start : start + _AT_ONCE]) for start in starts]

    def outcomes(self, knowledge: Knowledge) -> Iterator[Outcome]:
        """Give the outcome of each case in order."""
        if self._pool is None:
            yield from outcomes_of(self._cases, knowledge)
        for share in self._shares:
            yield from share.result()

    def __enter__(self) -> "Workers":
        """Do nothing more."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        """Stop the processes; what they have not begun is dropped."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)


def _load(folder: Path) -> None:
    _loaded[:] = [sound_knowledge(Reading(folder))[0]]
    gc.freeze()  # the knowledge stays, so the collector need not walk it again and again: an eighth of the time


def _decide(cases: list[TopicCase]) -> list[Outcome]:
    return list(outcomes_of(cases, _loaded[0]))
