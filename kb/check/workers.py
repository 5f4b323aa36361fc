"""Decide many cases in several processes; each loads the knowledge for itself."""

import gc
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from kb.check.reading import Reading
from kb.check.sound import sound_knowledge
from kb.check.topic_cases import Outcome, TopicCase, outcomes_of
from kb.knowledge.base import Knowledge

_WORTH_IT = 500  # cases; to load the knowledge once more takes as long as two hundred
_AT_ONCE = 100  # cases handed to a process, as many as are decided together
_loaded: list[Knowledge] = []  # in a process of the pool: its knowledge


def decide_all(cases: list[TopicCase], knowledge: Knowledge) -> Iterator[Outcome]:
    """Decide cases in order, in this process when they are few."""
    processes = min(os.cpu_count() or 1, 8)
    if processes == 1 or len(cases) < _WORTH_IT:
        yield from outcomes_of(cases, knowledge)
        return
    shares = [cases[start : start + _AT_ONCE] for start in range(0, len(cases), _AT_ONCE)]
    context = multiprocessing.get_context("spawn")  # a copy of this process would share its store's threads
    with ProcessPoolExecutor(processes, context, _load, (knowledge.folder,)) as pool:
        for found in pool.map(_decide, shares):
            yield from found


def _load(folder: Path) -> None:
    _loaded[:] = [sound_knowledge(Reading(folder))[0]]
    gc.freeze()  # the knowledge stays, so the collector need not walk it again and again: an eighth of the time


def _decide(cases: list[TopicCase]) -> list[Outcome]:
    return list(outcomes_of(cases, _loaded[0]))
