"""Read the labels of published decisions, and tell which letters are of one worker."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field

from kb.errors import UnreadableFileError

Key = tuple[str, int]


class Reason(Struct, frozen=True):
    """Hold one reason of a reviewer: met, not_met or undocumented, and what; a note decides nothing."""

    status: str
    fact: str


class Label(Struct, frozen=True):
    """Hold what a reader coded of one disputed request."""

    case: str = field(name="case_id")
    index: Annotated[int, Meta(ge=0)] = field(name="request_index")
    service: str
    quantity: float | None = None
    unit: str | None = None
    outcome: str | None = None
    reasons: list[Reason] = field(name="rationale_facts", default_factory=list)
    same_worker: list[str] = field(name="possible_same_worker_cases", default_factory=list)

    @property
    def key(self) -> Key:
        """Name the request by its case and line."""
        return self.case, self.index + 1


def read_labels(file: Path) -> dict[Key, Label]:
    """Read JSON lines with case_id, request_index and service, one for each disputed request.

    Raises UnreadableFileError that names the line which is no label.
    """
    found = (_label(file, number, line) for number, line in enumerate(_lines(file), 1) if line.strip())
    return {label.key: label for label in found}


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise UnreadableFileError(f"labels `{file}` are not UTF-8; save them so") from None
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise UnreadableFileError(f"labels `{file}` cannot be read ({reason}); name a file of JSON lines") from None


def _label(file: Path, number: int, line: str) -> Label:
    where = f"labels `{file}` line {number}"
    try:
        row: Any = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        what = "a JSON object with case_id, request_index and service"
        raise UnreadableFileError(f"{where} is no label; write it as {what}")
    for key in ("case_id", "request_index", "service"):
        if key not in row:
            raise UnreadableFileError(f"{where} has no `{key}`; add it")
    try:
        return msgspec.convert({key: value for key, value in row.items() if value is not None}, Label)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at ")
        key = place.strip("`").removeprefix("$.") or "case_id"
        raise UnreadableFileError(f"{where} cannot be used: `{key}` {text[:1].lower()}{text[1:]}; mend it") from None


def workers(labels: Iterable[Label]) -> dict[str, str]:
    """Map each case to its worker, named by the first case of the worker.

    >>> one = Label("C2", 0, "x", same_worker=["C1"])
    >>> workers([one, Label("C3", 0, "x")])
    {'C1': 'C1', 'C2': 'C1', 'C3': 'C3'}
    """
    group: dict[str, set[str]] = {}
    for label in labels:
        together = {label.case, *label.same_worker}
        for case in tuple(together):
            together |= group.get(case, set())
        group.update(dict.fromkeys(together, together))
    return {case: min(group[case]) for case in sorted(group)}
