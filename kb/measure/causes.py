"""Say why a determination and a published decision disagree: what a program can find, and what a reader judged."""

import csv
import difflib
from dataclasses import dataclass
from pathlib import Path

from kb.errors import UnreadableFileError
from kb.measure.labels import Key

CAUSES = {
    "not_read": "the letter says it, and it was not read or was read wrongly",
    "knowledge_missing": "no guideline encoded speaks of it, or not the one the reviewer went by",
    "knowledge_differs": "the reviewer reads the guideline, or another edition of it, differently from what is encoded",
    "record_silent": "the reviewer goes by something of which the letter's summary does not tell",
    "record_contradicts_reviewer": "the letter's summary reports the contrary of the reviewer's reason",
    "reviewer_discretion": "the reviewer went by a rule of their own or made an exception",
}
_COLUMNS = ("case", "line", "cause", "why")


@dataclass(frozen=True, slots=True)
class Cause:
    """Hold the cause of one disagreement; `judged` tells a reader's judgement from what the program found."""

    name: str
    why: str
    judged: bool


def read_causes(file: Path) -> dict[Key, Cause]:
    """Read a CSV with the columns case, line, cause and why.

    Raises UnreadableFileError that names the row which cannot be used.
    """
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            reader = csv.DictReader(opened)
            if tuple(reader.fieldnames or ()) != _COLUMNS:
                raise UnreadableFileError(f"causes `{file}` must have the columns {', '.join(_COLUMNS)}, in this order")
            return _by_request(file, list(reader))
    except (UnicodeDecodeError, csv.Error):
        raise UnreadableFileError(f"causes `{file}` are no CSV in UTF-8; save them so") from None
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise UnreadableFileError(f"causes `{file}` cannot be read ({reason}); name a CSV file") from None


def _by_request(file: Path, rows: list[dict[str, str]]) -> dict[Key, Cause]:
    found: dict[Key, Cause] = {}
    for number, row in enumerate(rows, 2):
        where = f"causes `{file}` line {number}"
        if None in row.values() or None in row or not (row["line"].isdigit() and row["case"] and row["why"]):
            raise UnreadableFileError(f"{where} is incomplete; write case, line as a number, cause and why")
        if row["cause"] not in CAUSES:
            near = difflib.get_close_matches(row["cause"], CAUSES, 1, 0.5)
            hint = f"did you mean `{near[0]}`?" if near else f"causes are {', '.join(CAUSES)}"
            raise UnreadableFileError(f"{where} has the unknown cause `{row['cause']}`; {hint}")
        key = (row["case"], int(row["line"]))
        if key in found:
            raise UnreadableFileError(f"{where} names `{key[0]}` line {key[1]} again; keep one row for each request")
        found[key] = Cause(row["cause"], row["why"], judged=True)
    return found
