"""Take a case the whole way: case, evaluation, decision, explanation, answer."""

from collections.abc import Iterable, Iterator
from typing import Any

from kb.answer import case_answer, facts_answer, line_answer
from kb.case import Case, read_case
from kb.errors import KbError
from kb.knowledge import Knowledge
from kb.lines import decide_lines
from kb.prepare import prepare

Json = dict[str, Any]


def determine(case: Json | Case, knowledge: Knowledge, text: str | None = None) -> Json:
    """Decide every request of a case and explain each decision.

    The answer has the keys case, text, facts and requests. Raises CaseError or UnknownConceptError when
    the case itself cannot be understood.
    """
    read = case if isinstance(case, Case) else read_case(case)
    prepared = prepare(read, knowledge)
    lines = decide_lines(prepared, knowledge)
    phases = {part.decision.evaluation.phase for line in lines for part in line.parts}
    phase = phases.pop() if len(phases) == 1 else None
    return {
        "case": case_answer(prepared, phase),
        "text": text,
        "facts": facts_answer(prepared),
        "requests": [line_answer(line, knowledge) for line in lines],
    }


def determine_many(cases: Iterable[Json], knowledge: Knowledge) -> Iterator[Json]:
    """Decide cases in order; a bad case yields an object with `error` and does not end the rest."""
    for case in cases:
        try:
            yield determine(case, knowledge)
        except KbError as error:
            yield {"error": {"code": error.code, "message": str(error)}}
