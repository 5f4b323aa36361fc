"""Choose the engine that answers new requests, and keep what it holds while that costs less than beginning anew."""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial

import pyoxigraph as ox

from kb.batch.frames.embedded import StoreRequests
from kb.batch.frames.requests import Requests
from kb.knowledge.base import Knowledge
from kb.knowledge.derived import sort_by_topic

_AGAIN = 1_000  # requests that a model answers anew with those written to it later
_MANY = 500  # new requests that maplib answers sooner than Oxigraph: counting grows with the square there


def knowledge_text(knowledge: Knowledge) -> str:
    """Write what the queries can read of the knowledge as N-Triples, once for all models."""
    common, topics = sort_by_topic(knowledge.triples(), knowledge.recommendations.values())
    said = dict.fromkeys(ox.Triple(*t) for t in [*common, *(t for found in topics.values() for t in found)])
    return (ox.serialize(said, format=ox.RdfFormat.N_TRIPLES) or b"").decode()


def makers(knowledge: Knowledge, maplib: bool) -> list[tuple[int, Callable[[], Requests]]]:
    """Give what makes models, and from how many new requests on: Oxigraph starts at once, maplib scales."""
    text = knowledge_text(knowledge)
    small = [(0, partial(StoreRequests, text))]
    if not maplib:
        return [*small]
    from kb.batch.frames.model import FrameRequests, seed  # it comes with an extra

    return [*small, (_MANY, partial(FrameRequests, text + seed(knowledge)))]


class Models:
    """Hand out a model to write requests into: the same again while what it holds costs less than a new one."""

    def __init__(self, makers: Iterable[tuple[int, Callable[[], Requests]]], begin: Callable[[Requests], None]) -> None:
        """Take what makes models that hold the knowledge, and what is written into each first."""
        self._makers = sorted(makers, key=lambda pair: pair[0])
        self._begin = begin
        self._turn = 0
        self._models: dict[int, Requests] = {}
        self._held: Counter[int] = Counter()

    def renew(self, most: int = _AGAIN) -> None:
        """Let go of models that hold more requests than that: they answer all of them again."""
        for least in [least for least, held in self._held.items() if held > most]:
            del self._models[least], self._held[least]

    def take(self, count: int) -> tuple[Requests, int]:
        """Give a model to write so many requests into, and a number that is given once."""
        least, make = [pair for pair in self._makers if pair[0] <= count][-1]
        if least not in self._models:
            self._models[least] = make()
            self._begin(self._models[least])
        self._held[least] += count
        self._turn += 1
        return self._models[least], self._turn
