"""Cut what comes in into portions, each to be read by the process that decides it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from polars.exceptions import PolarsError

from kb.archive.files import READ, find_files
from kb.batch.schema import CASES, plain_case
from kb.case.model import Case
from kb.errors import CaseError, KbError, UnreadableFileError
from kb.knowledge.base import Knowledge
from kb.knowledge.spelling import did_you_mean
from kb.review import read_facts

Read = dict[str, Any] | Case | KbError
_LINES = (".jsonl", ".ndjson", ".json", "")
_NAME = f"name a Parquet file, JSON lines ({', '.join(_LINES[:3])}) or a folder of letters or cases"


@dataclass(frozen=True, slots=True)
class Portion:
    """Name some cases: rows of a Parquet file, bytes of a file of JSON lines, or letters.

    `first` is the number of the first case, from 1.
    """

    number: int
    first: int
    size: int
    file: Path
    start: int = 0
    end: int = 0
    letters: tuple[Path, ...] = ()


def portions(source: Path, size: int) -> list[Portion]:
    """Cut a source into portions of so many cases.

    Raises UnreadableFileError when it is no Parquet file, file of JSON lines or folder with letters or cases.
    """
    if source.is_dir():
        found = list(_of_letters(source, size))
        if not found:
            raise UnreadableFileError(f"`{source}` holds no letter or case; files in {', '.join(READ)} are looked for")
        return found
    if not source.is_file():
        raise UnreadableFileError(f"`{source}` is not there; {_NAME}")
    if is_parquet(source):
        return list(_of_rows(source, size))
    if source.suffix.lower() not in _LINES:
        raise UnreadableFileError(f"`{source}` is not read, being `{source.suffix}`; {_NAME}")
    return list(_of_lines(source, size))


def is_parquet(source: Path) -> bool:
    """Tell whether a source is a Parquet file, by its first bytes."""
    if source.is_dir():
        return False
    with source.open("rb") as file:
        return file.read(4) == b"PAR1"


def rows_of(source: Path) -> int:
    """Count the rows of a Parquet file.

    Raises UnreadableFileError when it cannot be read, CaseError when it has an unknown column.
    """
    count: int = _frame(source).select(pl.len()).collect().item()
    return count


def fingerprint(source: Path) -> str:
    """Tell a source from what it was before, by names, sizes and times of its files."""
    told = hashlib.sha256()
    for file in find_files([str(source)]):
        found = file.stat()
        told.update(f"{file} {found.st_size} {found.st_mtime_ns}\n".encode())
    return told.hexdigest()


def _of_letters(folder: Path, size: int) -> Iterator[Portion]:
    files = find_files([str(folder)])
    for number, start in enumerate(range(0, len(files), size)):
        chosen = tuple(files[start : start + size])
        yield Portion(number, start + 1, len(chosen), folder, letters=chosen)


def _of_rows(file: Path, size: int) -> Iterator[Portion]:
    rows = rows_of(file)
    for number, start in enumerate(range(0, rows, size)):
        yield Portion(number, start + 1, min(size, rows - start), file, start)


def _of_lines(file: Path, size: int) -> Iterator[Portion]:
    number, first, start, end, held = 0, 1, 0, 0, 0
    with file.open("rb") as lines:
        for line in lines:
            end += len(line)
            held += 1
            if held == size:
                yield Portion(number, first, held, file, start, end)
                number, first, start, held = number + 1, first + held, end, 0
    if held:
        yield Portion(number, first, held, file, start, end)


def _frame(file: Path) -> pl.LazyFrame:
    """Open a Parquet file; columns that it lacks say nothing, one that is unknown is an error."""
    try:
        found = pl.scan_parquet(file)
        names = found.collect_schema().names()
    except (PolarsError, OSError) as error:
        raise UnreadableFileError(f"`{file.name}` is no Parquet file that can be read ({error})") from None
    strange = next((name for name in names if name not in CASES), None)
    if strange is not None:
        hint = did_you_mean(strange, list(CASES), "leave it out")
        raise CaseError(f"unknown column `{strange}` in `{file.name}`{hint}")
    return found


def frame_of(portion: Portion) -> pl.DataFrame:
    """Read the rows of a portion of a Parquet file, in the columns of a case."""
    found = _frame(portion.file).slice(portion.start, portion.size).collect()
    return fitted(found)


def fitted(frame: pl.DataFrame) -> pl.DataFrame:
    """Give a frame the columns of a case.

    Raises CaseError when a column is of another type.
    """
    try:
        return frame.select(
            (pl.col(name) if name in frame.columns else pl.lit(None, kind).alias(name)).cast(kind)
            for name, kind in CASES.items()
        )
    except PolarsError as error:
        raise CaseError(f"a column is not of the type that a case has there: {error}") from None


def cases_of(portion: Portion, knowledge: Knowledge) -> Iterator[Read]:
    """Read the cases of a portion; what cannot be read is given as its error."""
    if portion.letters:
        yield from (_letter(file, knowledge) for file in portion.letters)
    elif is_parquet(portion.file):
        yield from (plain_case(row) for row in frame_of(portion).iter_rows(named=True))
    else:
        with portion.file.open("rb") as file:
            file.seek(portion.start)
            yield from (_line(line) for line in file.read(portion.end - portion.start).splitlines())


def _letter(file: Path, knowledge: Knowledge) -> Read:
    try:
        return read_facts(file, file.name, knowledge)[0]
    except KbError as error:
        return error


def _line(line: bytes) -> Read:
    try:
        return msgspec.json.decode(line)  # type: ignore[no-any-return]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return CaseError(f"the line is no JSON ({error})")
