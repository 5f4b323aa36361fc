"""Review a folder of published decisions and measure the determinations against them."""

from collections.abc import Callable
from pathlib import Path

from kb.check.evidence import evidence
from kb.errors import KbError, UnreadableFileError
from kb.knowledge.base import Knowledge
from kb.measure.causes import Cause, read_causes
from kb.measure.labels import Key, read_labels
from kb.measure.report import Report
from kb.measure.row import Row, RowMaker
from kb.review import review

Step = Callable[[int, int], None]

_SUFFIXES = (".pdf", ".txt")


def measure(folder: Path, labels: Path | None, causes: Path | None, knowledge: Knowledge,
            step: Step | None = None) -> Report:  # fmt: skip
    """Review every letter of a folder and compare it with its outcome, and with labels and causes if given.

    A letter that cannot be read is reported and the rest goes on; `step` is told how many are done of how many.
    Raises UnreadableFileError when folder, labels or causes cannot be read.
    """
    files = _letters(folder)
    known = read_labels(labels) if labels else {}
    judged = read_causes(causes) if causes else {}
    maker = RowMaker(known, knowledge)
    report = Report(labels=known, cases={file.stem for file in files})
    for number, file in enumerate(files, 1):
        try:
            answer = review(file, file.name, knowledge)
        except KbError as error:
            report.unreadable.append(f"{file.name}: {error}")
        else:
            report.letters += 1
            report.cases.add(answer["case"]["number"] or file.stem)
            report.rows.extend(maker.rows(answer))
        if step:
            step(number, len(files))
    for row in report.rows:
        row.cause = _cause(row, judged) if row.disagrees else None
    report.evidence = evidence((row.because for row in report.rows), knowledge)
    report.unused = sorted(judged.keys() - {row.key for row in report.rows if row.disagrees})
    return report


def _letters(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UnreadableFileError(f"`{folder}` is no folder; name one with letters")
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in _SUFFIXES)
    if not files:
        raise UnreadableFileError(f"`{folder}` holds no letter; name a folder with files in {' or '.join(_SUFFIXES)}")
    return files


def _cause(row: Row, judged: dict[Key, Cause]) -> Cause | None:
    """Take a reader's judgement, else what the program can tell by itself."""
    if row.key in judged:
        return judged[row.key]
    wrong = [what for what in ("service", "quantity") if not row.right.get(what, True)]
    if wrong:
        return _found("not_read", f"the label has another {' and '.join(wrong)}")
    if not row.covered:
        return _found("knowledge_missing", "no recommendation applies")
    if row.elsewhere:
        return _found("knowledge_missing", "the reviewer cites nothing that is encoded")
    for compared in row.reasons:
        if compared.contradicts:
            why = f"{compared.criterion} is {compared.status} by facts of the letter"
            return _found("record_contradicts_reviewer", why)
    if row.cited and row.guideline not in row.cited:
        return _found("knowledge_differs", f"the reviewer goes by {', '.join(row.cited)}")
    return None


def _found(name: str, why: str) -> Cause:
    return Cause(name, why, judged=False)
