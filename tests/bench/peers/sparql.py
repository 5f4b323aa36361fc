"""Decide cases with rdflib's own SPARQL engine: the queries of this product, unchanged, over all of its knowledge."""

from collections.abc import Callable
from typing import Any

from kb import load_knowledge
from kb.case.model import read_case
from kb.case.prepare import prepare
from kb.decide.lines import decide_lines
from tests.engines import RdflibStore

Json = dict[str, Any]


def start() -> Callable[[Json], tuple[str, float | None]]:
    """Load the knowledge into rdflib once."""
    knowledge = load_knowledge(store=RdflibStore())

    def decide(case: Json) -> tuple[str, float | None]:
        outcome = decide_lines(prepare(read_case(case), knowledge), knowledge)[0].outcome
        return outcome.verdict, outcome.amount

    return decide
