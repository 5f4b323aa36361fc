"""Write to one log from several processes: under a lock, whole records only, a torn tail set aside."""

import fcntl
import hashlib
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from kb.errors import LogError
from kb.log.record import FIRST, fault, read

_BLOCK = 1 << 16
_heard = logging.getLogger(__name__)


class LogFile:
    """Hold a log open for appending; threads may share it. Each use of it opens anew what another has replaced."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is made, for its owner only, when something is written.

        Raises LogError when it cannot be written, or its last record is damaged.
        """
        self.path = path
        self._file: IO[bytes] | None = None
        self._threads = threading.Lock()
        self._size, self._previous = -1, FIRST
        with self.locked():
            pass

    @contextmanager
    def locked(self) -> Iterator[str]:
        """Keep all others from writing; gives the seal that the next record follows."""
        with self._threads:
            try:
                with open(_beside(self.path, ".lock"), "a", opener=_private) as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX)
                    yield self._ready()
            except OSError as error:
                reason = (error.strerror or "it cannot be opened").lower()
                raise LogError(f"the log `{self.path.name}` cannot be written ({reason})") from None

    def append(self, line: bytes, seal: str, sync: bool) -> None:
        """Write a line, while the file is locked; what a full disk cuts off is taken back."""
        file = self._opened()
        try:
            file.write(line)
            file.flush()
            if sync:
                os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), self._size)
            self._file, self._size = None, -1
            raise
        self._size += len(line)
        self._previous = seal

    def replace(self, lines: Iterator[bytes]) -> None:
        """Write the file anew and put it in place in one step, while it is locked."""
        new = _beside(self.path, ".new")
        with open(new, "wb", opener=_private) as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self.path)
        _sync_folder(self.path.parent)
        self._file, self._size = None, -1

    def _opened(self) -> IO[bytes]:
        if self._file is not None and self._is_current(self._file):
            return self._file
        return self._open()

    def _is_current(self, file: IO[bytes]) -> bool:
        """Tell whether the open file is the one that now has the name."""
        try:
            return os.path.samestat(os.fstat(file.fileno()), os.stat(self.path))
        except FileNotFoundError:
            return False

    def _open(self) -> IO[bytes]:
        fresh = not self.path.exists()
        self._file = open(self.path, "a+b", buffering=0, opener=_private)  # noqa: SIM115  it stays open
        if fresh:
            _sync_folder(self.path.parent)
        self._size = -1
        return self._file

    def _ready(self) -> str:
        """Find the seal of the last record, anew where another process has written."""
        file = self._opened()
        size = os.fstat(file.fileno()).st_size
        if size != self._size:
            last, end = _last_line(file, size)
            if end < size:
                self._set_aside(file, end, size)
            self._previous = self._seal_of(last)
            self._size = end
        return self._previous

    def _seal_of(self, line: bytes) -> str:
        if not line:
            return FIRST
        record = read(line)
        if record is None or fault(record, record["previous"]):
            raise LogError(f"the last record of `{self.path.name}` is damaged; see `mtus log verify`, begin a new file")
        return str(record["seal"])

    def _set_aside(self, file: IO[bytes], end: int, size: int) -> None:
        """Keep what a stopped process left of a record in a file of its own, then cut it off."""
        torn = os.pread(file.fileno(), size - end, end)
        aside = _beside(self.path, f".torn-{end}-{hashlib.sha256(torn).hexdigest()[:8]}")
        with open(aside, "wb", opener=_private) as kept:
            kept.write(torn)
            kept.flush()
            os.fsync(kept.fileno())
        os.ftruncate(file.fileno(), end)
        _heard.warning(
            "%d bytes of a record that was not written to its end are set aside as %s", len(torn), aside.name
        )


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _last_line(file: IO[bytes], size: int) -> tuple[bytes, int]:
    """Find the last line that is whole, and where it ends."""
    tail, start = b"", size
    while start > 0 and tail.count(b"\n") < 2:
        step = min(_BLOCK, start)
        start -= step
        tail = os.pread(file.fileno(), step, start) + tail
    end = tail.rfind(b"\n") + 1
    begin = tail.rfind(b"\n", 0, max(end - 1, 0)) + 1
    return tail[begin:end], start + end
