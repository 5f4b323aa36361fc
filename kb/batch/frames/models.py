"""Choose the engine that answers new requests, and keep what it holds while that costs less than beginning anew."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import pyoxigraph as ox

from kb.batch.frames.embedded import StoreRequests
from kb.batch.frames.requests import Requests
from kb.knowledge.base import Knowledge
from kb.knowledge.derived import sort_by_topic

_MANY = 500  # new requests that maplib answers sooner than Oxigraph


@dataclass(frozen=True, slots=True)
class Maker:
    """Make models for at least so many new requests; one is written to again while it holds at most `held`.

    A model answers anew also what it holds. More than `at_once` are asked of several: counting grows with the square.
    """

    least: int
    held: int
    at_once: int
    make: Callable[[], Requests]


def knowledge_text(knowledge: Knowledge) -> str:
    """Write what the queries can read of the knowledge as N-Triples, once for all models."""
    common, topics = sort_by_topic(knowledge.triples(), knowledge.recommendations.values())
    said = dict.fromkeys(ox.Triple(*t) for t in [*common, *(t for found in topics.values() for t in found)])
    return (ox.serialize(said, format=ox.RdfFormat.N_TRIPLES) or b"").decode()


def makers(knowledge: Knowledge, maplib: bool) -> list[Maker]:
    """Give what makes models, the one for the fewest first: Oxigraph starts at once, maplib scales."""
    text = knowledge_text(knowledge)
    small = Maker(0, 250, 1_000, partial(StoreRequests, text))
    if not maplib:
        return [small]
    from kb.batch.frames.model import FrameRequests, seed  # it comes with an extra

    return [small, Maker(_MANY, 1_000, 1_000_000, partial(FrameRequests, text + seed(knowledge)))]


class Models:
    """Hand out a model to write requests into: the same again while what it holds costs less than a new one."""

    def __init__(self, makers: Iterable[Maker], begin: Callable[[Requests], None]) -> None:
        """Take what makes models that hold the knowledge, and what is written into each first."""
        self._makers = sorted(makers, key=lambda maker: maker.least)
        self._begin = begin
        self._turn = 0
        self._models: dict[Maker, Requests] = {}
        self._held: Counter[Maker] = Counter()

    def _maker(self, count: int) -> Maker:
        return [maker for maker in self._makers if maker.least <= count][-1]

    def at_once(self, count: int) -> int:
        """Tell of how many among so many requests one model should be asked."""
        return self._maker(count).at_once

    def forget(self) -> None:
        """Let go of all models."""
        self._models.clear()
        self._held.clear()

    def take(self, count: int) -> tuple[Requests, int]:
        """Give a model to write so many requests into, and a number that is given once."""
        maker = self._maker(count)
        if self._held[maker] > maker.held:
            del self._models[maker], self._held[maker]
        if maker not in self._models:
            self._models[maker] = maker.make()
            self._begin(self._models[maker])
        self._held[maker] += count
        self._turn += 1
        return self._models[maker], self._turn
