"""Log determinations, see that the log holds together, and erase the content of some."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.errors import LogError
from kb.log.file import LogFile
from kb.log.record import ALL, FIRST, MASKED, begins, erased, fault, masked, read, sealed, written

Json = dict[str, Any]


class DecisionLog:
    """Append determinations; several processes may write to one file."""

    def __init__(self, path: Path, mask: Collection[str] = MASKED, sync: bool = True) -> None:
        """Take a file, the names of what is left out of a case and its answer, and whether each record goes to disk.

        `all` as the only name leaves nothing but hashes. Raises LogError when the file cannot be used.
        """
        self._file, self._mask, self._sync = LogFile(path), mask, sync

    def tried(self) -> None:
        """See that the file can be written.

        Raises LogError when it cannot.
        """
        with self._file.locked():
            pass

    def append(self, name: str, answer: Json, knowledge: str) -> None:
        """Log an answer under a name before it is given.

        Raises LogError when that fails: then the answer must not be given.
        """
        keep = ALL not in self._mask
        content = masked({"case": answer["case"], "text": answer["text"], "requests": answer["requests"]}, self._mask)
        with self._file.locked() as previous:
            record = sealed(_now(), name, knowledge, content, previous, keep)
            self._file.append(written(record), record["seal"], self._sync)


@dataclass(frozen=True, slots=True)
class Verified:
    """Tell how many records hold together, how many of them are erased, the last seal, and what is wrong after."""

    records: int
    erased: int
    seal: str
    torn: int = 0
    fault: str | None = None


def verify(path: Path, seen: Callable[[int, int], None] = lambda done, total: None) -> Verified:
    """Follow the chain from the first record as far as it holds.

    Raises LogError when the file cannot be read, or is no log.
    """
    count = gone = done = 0
    seal, total = FIRST, _size(path)
    for line in _lines(path):
        done += len(line)
        if not count and not begins(line):
            raise LogError(f"`{path}` is no log of decisions; name one that `mtus serve --log` keeps")
        if not line.endswith(b"\n"):
            return Verified(count, gone, seal, torn=len(line))
        record = read(line)
        wrong = fault(record, seal) if record else "it is no record"
        if record is None or wrong:
            return Verified(count, gone, seal, fault=f"record {count + 1}: {wrong}")
        seal, count, gone = record["seal"], count + 1, gone + (record["content"] is None)
        seen(done, total)
    return Verified(count, gone, seal)


def records(path: Path) -> Iterator[Json]:
    """Give the records as far as the chain holds.

    Raises LogError when it is broken.
    """
    seal = FIRST
    for number, line in enumerate(_lines(path), 1):
        if not line.endswith(b"\n"):
            return
        record = read(line)
        if record is None or fault(record, seal):
            raise LogError(f"record {number} of `{path.name}` is damaged; see `mtus log verify`")
        seal = record["seal"]
        yield record


def erase(path: Path, chosen: Callable[[Json], bool]) -> int:
    """Take the content of some records out of the file, which is written anew; their seals stay.

    Raises LogError when the file is damaged or cannot be written.
    """
    _size(path)
    file, count, now = LogFile(path), 0, _now()

    def lines() -> Iterator[bytes]:
        nonlocal count
        for record in records(path):
            goes = record["content"] is not None and chosen(record)
            count += goes
            yield written(erased(record, now) if goes else record)

    with file.locked():
        if any(record["content"] is not None and chosen(record) for record in records(path)):
            file.replace(lines())
    return count


def erase_older(path: Path, days: float) -> int:
    """Erase the content of records older than some days, and what was set aside before then.

    Raises LogError as `erase` does.
    """
    limit = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    for torn in path.parent.glob(f"{path.name}.torn-*"):
        if torn.stat().st_mtime < limit.timestamp():
            torn.unlink(missing_ok=True)
    return erase(path, lambda record: dt.datetime.fromisoformat(record["time"]) < limit)


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            yield from file
    except OSError as error:
        raise LogError(f"`{path}` cannot be read ({(error.strerror or 'unknown').lower()})") from None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise LogError(f"`{path}` cannot be read ({(error.strerror or 'unknown').lower()})") from None


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat()
