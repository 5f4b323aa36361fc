"""Take a case the whole way: case, evaluation, decision, explanation, answer."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pyoxigraph import NamedNode

from kb.answer.writer import case_answer, facts_answer, line_answer
from kb.case.model import Case, read_case
from kb.case.prepare import prepare
from kb.decide.lines import Line, decide_lines, decide_steps
from kb.errors import KbError
from kb.evaluate.engine import CaseGraph, evaluate_all
from kb.evaluate.leaves import Evaluation
from kb.evaluate.view import View
from kb.knowledge.base import Knowledge

Json = dict[str, Any]
_AT_ONCE = 100


def determine(case: Json | Case, knowledge: Knowledge, text: str | None = None) -> Json:
    """Decide every request of a case and explain each decision.

    The answer has the keys case, text, facts and requests. Raises CaseError or UnknownConceptError when
    the case itself cannot be understood.
    """
    read = case if isinstance(case, Case) else read_case(case)
    prepared = prepare(read, knowledge)
    return _answer(prepared, decide_lines(prepared, knowledge), knowledge, text)


def _answer(prepared: Case, lines: list[Line], knowledge: Knowledge, text: str | None = None) -> Json:
    phases = {part.decision.evaluation.phase for line in lines for part in line.parts}
    phase = phases.pop() if len(phases) == 1 else None
    return {
        "case": case_answer(prepared, phase),
        "text": text,
        "facts": facts_answer(prepared),
        "requests": [line_answer(line, knowledge) for line in lines],
    }


Write = Callable[[Case, list[Line], Knowledge], Json]


@dataclass(frozen=True, slots=True)
class Decided:
    """Hold an answer, with the case as understood and its decided lines; a bad case has neither."""

    answer: Json
    case: Case | None
    lines: tuple[Line, ...] = ()


def determine_many(cases: Iterable[Json | Case | KbError], knowledge: Knowledge) -> Iterator[Json]:
    """Decide cases in order; a bad case yields an object with `error` and does not end the rest.

    A case that could not be read is handed in as the error that says why.
    """
    return (decided.answer for decided in decide_many(cases, knowledge))


def decide_many(
    cases: Iterable[Json | Case | KbError], knowledge: Knowledge, write: Write = _answer
) -> Iterator[Decided]:
    """Decide cases in order, and keep what each decision rests on; `write` makes the answer of it.

    A hundred are tested together, which costs less than half of testing each alone.
    """
    source = iter(cases)
    while batch := [_Pending(case, knowledge, write) for case in itertools.islice(source, _AT_ONCE)]:
        while waiting := [pending for pending in batch if pending.view]:
            views = [pending.view for pending in waiting if pending.view]
            with CaseGraph(knowledge.store, NamedNode(f"{views[0].graph.value}/together")) as graph:
                found = evaluate_all(views, knowledge, graph)
            for pending, evaluation in zip(waiting, found, strict=True):
                pending.take(evaluation)
        yield from (pending.decided for pending in batch)


class _Pending:
    """Hold a case that is being decided: the view it waits for, else how it was decided."""

    def __init__(self, case: Json | Case | KbError, knowledge: Knowledge, write: Write) -> None:
        self.view: View | None = None
        self.decided = Decided({}, None)
        self._knowledge = knowledge
        self._write = write
        try:
            self._case = prepare(_read(case), knowledge)
        except KbError as error:
            self.decided = _failed(error)
            return
        self._steps = decide_steps(self._case, knowledge)
        self._go(lambda: next(self._steps))

    def take(self, evaluation: Evaluation) -> None:
        """Go on to the next view, or to the answer."""
        self._go(lambda: self._steps.send(evaluation))

    def _go(self, step: Callable[[], View]) -> None:
        try:
            self.view = step()
        except StopIteration as done:
            self.view = None
            self.decided = Decided(self._write(self._case, done.value, self._knowledge), self._case, tuple(done.value))
        except KbError as error:
            self.view = None
            self.decided = _failed(error)


def _read(case: Json | Case | KbError) -> Case:
    if isinstance(case, KbError):
        raise case
    return case if isinstance(case, Case) else read_case(case)


def _failed(error: KbError) -> Decided:
    return Decided({"error": {"code": error.code, "message": str(error)}}, None)
