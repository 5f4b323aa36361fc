"""Let determinations go one after the other, in the order in which they came."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from flask import Flask, current_app

_NAME = "mtus-turns"
_PATIENCE = 0.1  # seconds


class Turns:
    """Give `width` turns at a time, first come, first served.

    Threads of one process share the interpreter: left to themselves, all that decide at once end late, and some very
    late. In turn each ends when those before it have. Whoever takes longer than `patience` seconds over a turn no
    longer holds up the others: the next begins beside it.

    >>> turns = Turns()
    >>> with turns.one():
    ...     "decided"
    'decided'
    """

    def __init__(self, width: int = 1, patience: float = _PATIENCE) -> None:
        """Begin with all turns free."""
        self._free, self._patience = width, patience
        self._lock = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()  # each is released when its turn comes
        self._since: dict[threading.Lock, float] = {}  # of those whose turn it is

    @contextmanager
    def one(self) -> Iterator[None]:
        """Wait for a turn and hold it."""
        mine = threading.Lock()
        mine.acquire()
        self._come(mine)
        try:
            yield
        finally:
            self._go(mine)

    def _come(self, mine: threading.Lock) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                self._since[mine] = time.monotonic()
                return
            self._waiting.append(mine)
        while not mine.acquire(timeout=self._patience):
            with self._lock:
                if self._waiting and self._waiting[0] is mine and self._lapsed():
                    self._next()

    def _go(self, mine: threading.Lock) -> None:
        with self._lock:
            if self._since.pop(mine, None) is None:
                return  # another has begun in its place
            if self._waiting:
                self._next()
            else:
                self._free += 1

    def _next(self) -> None:
        first = self._waiting.popleft()
        self._since[first] = time.monotonic()
        first.release()

    def _lapsed(self) -> bool:
        """Take a turn from whoever holds one for too long, if anybody does."""
        longest = min(self._since, key=lambda turn: self._since[turn])
        if time.monotonic() - self._since[longest] < self._patience:
            return False
        del self._since[longest]
        return True


def register(app: Flask) -> None:
    """Let one request of a process decide at a time: its threads share one interpreter."""
    app.extensions[_NAME] = Turns()


def turn() -> AbstractContextManager[None]:
    """Wait for the turn of the current request and hold it."""
    found: Turns = current_app.extensions[_NAME]
    return found.one()
