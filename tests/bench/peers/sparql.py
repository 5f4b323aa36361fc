"""Decide cases with rdflib's own SPARQL engine: the queries of this product, unchanged, over all of its knowledge."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pyoxigraph as ox
import rdflib
from rdflib.plugins.sparql import prepareQuery

from kb import load_knowledge
from kb.case.model import read_case
from kb.case.prepare import prepare
from kb.decide.lines import decide_steps
from kb.evaluate.engine import evaluate_all
from tests.engines import n_triples, plain

Json = dict[str, Any]
_prepared = cache(prepareQuery)  # reading a query takes longer than answering it


class _Held:
    """Hold the knowledge, and of one case at a time what is added."""

    def __init__(self, triples: Any) -> None:
        self._graph = rdflib.Graph()
        self._graph.parse(data=n_triples([ox.Triple(*triple) for triple in triples]), format="nt")
        self._case = rdflib.Graph()

    def need(self, topics: Any) -> None:
        """Do nothing: the graph holds every topic."""

    def add(self, triples: Any) -> None:
        made = rdflib.Graph().parse(data=n_triples([ox.Triple(*triple) for triple in triples]), format="nt")
        for triple in made:
            if triple not in self._graph:
                self._case.add(triple)
                self._graph.add(triple)

    def clear(self) -> None:
        for triple in self._case:
            self._graph.remove(triple)
        self._case = rdflib.Graph()

    def select(self, query: str) -> list[Any]:
        found = self._graph.query(_prepared(query))
        return [{str(name): plain(value) for name, value in row.asdict().items()} for row in found]

    def construct(self, query: str) -> list[Any]:
        return [tuple(map(plain, triple)) for triple in self._graph.query(_prepared(query))]


def start() -> Callable[[Json], tuple[str, float | None]]:
    """Load the knowledge into rdflib once."""
    knowledge = load_knowledge()
    graph = _Held(knowledge.triples())

    def decide(case: Json) -> tuple[str, float | None]:
        steps = decide_steps(prepare(read_case(case), knowledge), knowledge)
        try:
            view = next(steps)
            while True:
                found = evaluate_all([view], knowledge, graph)[0]
                graph.clear()
                view = steps.send(found)
        except StopIteration as done:
            outcome = done.value[0].outcome
            return outcome.verdict, outcome.amount

    return decide
