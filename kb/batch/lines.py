"""Decide cases that come in one a line: some of them together, each answered in its place."""

from collections.abc import Iterator
from typing import IO, Any

from kb.batch.engine import Engine
from kb.errors import KbError
from kb.knowledge.base import Knowledge
from kb.review import MAX_LINE, case_of, lines_of

Json = dict[str, Any]
Lines = list[tuple[int, bytes | None]]
AT_ONCE = 1_000  # lines: more cost less each
_BYTES = 4_000_000
_FEW = 20  # cases that are decided sooner one by one
_DECIDED = ("verdict", "imr", "amount", "because", "missing", "citations")


def portions_of(stream: IO[bytes], at_once: int = AT_ONCE, longest: int = MAX_LINE) -> Iterator[Lines]:
    """Cut a stream into portions of so many numbered lines, or fewer where they are long, while it is read."""
    held, size = [], 0
    for number, line in lines_of(stream, longest):
        held.append((number, line))
        size += len(line or b"")
        if len(held) == at_once or size > _BYTES:
            yield held
            held, size = [], 0
    if held:
        yield held


def decide_lines(lines: Lines, knowledge: Knowledge) -> Iterator[tuple[Json, Json]]:
    """Decide cases in JSON; give for each line what is answered, and the same as a log keeps it, with its case.

    The answer has `case` and `requests` as `decide_cases` gives them, or `line` and `error`.
    """
    cases = [case_of(number, line) for number, line in lines]
    for (number, _), case, answer in zip(lines, cases, _engine(knowledge, len(cases)).answers(cases), strict=True):
        if "error" in answer or isinstance(case, KbError):
            failed = {"line": number, **answer}
            yield failed, failed
        else:
            yield answer, {"case": case, "text": None, "requests": [_kept(row) for row in answer["requests"]]}


def _engine(knowledge: Knowledge, count: int) -> Engine:
    few = count < _FEW
    return knowledge.memory.once("engine", few, lambda: Engine(knowledge, frames=False if few else None))


def _kept(row: Json) -> Json:
    found = {name: row[name] for name in _DECIDED} if row["verdict"] else None
    return {**{name: row[name] for name in ("line", "service", "error")}, "determination": found}
