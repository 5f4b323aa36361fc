"""Make rows of decided cases: one for each request, and one for each criterion of each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from kb.answer.writer import brief_answer
from kb.batch.schema import CRITERIA, ROWS
from kb.batch.source import Read
from kb.case.model import Case
from kb.decide.lines import DecidedPart, Line
from kb.determination import Decided, decide_many
from kb.errors import CaseError, KbError
from kb.formula import WORDS
from kb.knowledge.base import Knowledge

Row = dict[str, Any]
_BY = ["row", "line", "part", "recommendation", "criterion"]
_SHOWN = ("verdict", "imr", "amount", "because", "citations")


@dataclass(slots=True)
class Tables:
    """Hold what became of some cases."""

    rows: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ROWS))
    criteria: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CRITERIA))
    errors: list[Row] = field(default_factory=list)


def joined(tables: list[Tables]) -> Tables:
    """Put tables one below the other."""
    return Tables(
        pl.concat([table.rows for table in tables]),
        pl.concat([table.criteria for table in tables]),
        [error for table in tables for error in table.errors],
    )


class Clerk:
    """Decide cases in the embedded store and write their rows."""

    def __init__(self, knowledge: Knowledge, criteria: bool) -> None:
        """Say whether the criteria are wanted too."""
        self._knowledge = knowledge
        self._criteria = criteria

    def tables(self, cases: Iterable[tuple[int, Read]]) -> Tables:
        """Decide numbered cases; one that cannot be read or decided is among the errors."""
        held = list(cases)
        try:
            return self._tables(held)
        except Exception as error:  # noqa: BLE001  a defect that one case brings to light must not lose the others
            if len(held) == 1:
                return Tables(errors=[{"row": held[0][0], "case": None, "line": None, **_failure(error)}])
        return joined([self.tables([case]) for case in held])

    def _tables(self, cases: Iterable[tuple[int, Read]]) -> Tables:
        rows: list[Row] = []
        criteria: list[Row] = []
        errors: list[Row] = []
        numbers: list[int] = []
        for number, decided in self._decided(cases, numbers, errors):
            rows.extend(rows_of(number, decided, self._knowledge))
            errors.extend(_line_errors(number, decided))
            if self._criteria:
                criteria.extend(_criteria(number, decided))
            if "error" in decided.answer:
                errors.append({"row": number, "case": None, "line": None, **decided.answer["error"]})
        errors.sort(key=lambda e: (e["row"], e["line"] or 0))
        return Tables(pl.DataFrame(rows, ROWS), pl.DataFrame(criteria, CRITERIA).sort(_BY), errors)

    def _decided(
        self, cases: Iterable[tuple[int, Read]], numbers: list[int], errors: list[Row]
    ) -> Iterator[tuple[int, Decided]]:
        def readable() -> Iterator[Any]:
            for number, case in cases:
                if isinstance(case, KbError):
                    errors.append({"row": number, "case": None, "line": None, **told(case)})
                else:
                    numbers.append(number)
                    yield case

        for place, decided in enumerate(decide_many(readable(), self._knowledge, lambda *_: {})):
            yield numbers[place], decided


def told(error: KbError) -> Row:
    """Say an error."""
    return {"code": error.code, "message": str(error)}


def _failure(error: Exception) -> Row:
    if isinstance(error, UnicodeEncodeError):
        return told(CaseError(f"{error.object!a} holds half of a character, which no table can hold; mend the text"))
    return {"code": "error", "message": f"the program failed on it ({type(error).__name__}: {error}); report it"}


def rows_of(number: int, decided: Decided, knowledge: Knowledge) -> Iterator[Row]:
    """Write a row for each request of a case."""
    for line in decided.lines:
        assert decided.case is not None
        row: Row = dict.fromkeys(ROWS)
        row |= {"row": number, "case": decided.case.number, "line": line.request.line, "error": line.error}
        row["service"] = line.request.service
        brief = brief_answer(line, knowledge)
        if brief:
            row |= {name: brief[name] for name in _SHOWN}
            row["missing"] = [{"id": m["id"], "decisive": m["decisive"]} for m in brief["missing"]]
        yield row


def _line_errors(number: int, decided: Decided) -> Iterator[Row]:
    for line in decided.lines:
        if line.error is not None and decided.case:
            yield {"row": number, "case": decided.case.number, "line": line.request.line,
                   "code": "line", "message": line.error}  # fmt: skip


def _criteria(number: int, decided: Decided) -> Iterator[Row]:
    for line in decided.lines:
        for place, part in enumerate(line.parts, 1):
            yield from _of_part(number, decided.case, line, place, part)


def _of_part(number: int, case: Case | None, line: Line, place: int, part: DecidedPart) -> Iterator[Row]:
    evaluation = part.decision.evaluation
    for r in evaluation.recommendations:
        for node in {node.id: node for node in r.criteria()}.values():
            leaf = evaluation.leaves.get(node.id)
            if leaf:
                units = node.slots.get("unit", ())
                yield {
                    "row": number,
                    "case": case.number if case else None,
                    "line": line.request.line,
                    "part": place,
                    "recommendation": r.id,
                    "criterion": node.id,
                    "status": WORDS[leaf.status],
                    "found": leaf.found,
                    "required": leaf.required,
                    "unit": units[0].value.rsplit("/", 1)[-1] if units else None,
                }
