"""Share connections evenly between the workers of gunicorn."""

import mmap
import socket
import struct
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

_COUNT = struct.Struct("i")
_PLACES = 256  # more than workers that live at once
_GIVE_WAY, _PAUSE = 10, 0.001  # times and seconds


class Connections:
    """Hold how many connections each worker has open, in memory that all of them see; made before they are forked."""

    def __init__(self) -> None:
        """Begin with no worker."""
        self._memory = mmap.mmap(-1, _PLACES * _COUNT.size)

    def tell(self, worker: int, count: int | None) -> None:
        """Write the count of a worker; None when it is no more."""
        _COUNT.pack_into(self._memory, worker % _PLACES * _COUNT.size, 0 if count is None else count + 1)

    def fewest(self) -> int:
        """Give the count of the worker with the fewest; 0 where none is known."""
        counts = [count for (count,) in _COUNT.iter_unpack(self._memory[:]) if count]
        return min(counts) - 1 if counts else 0


class EvenWorker(ThreadWorker):
    """Leave a new connection to a worker that has fewer.

    A client keeps its connection, so what comes by it stays with the worker that accepted it: without this, one worker
    may have most of the clients while the other has none.
    """

    connections: Connections

    def run(self) -> None:
        """Take connections until told to end."""
        self._tell()
        super().run()

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection, unless another worker takes it in the next moments."""
        for _ in range(_GIVE_WAY):
            if self.nr_conns <= self.connections.fewest():
                break
            time.sleep(_PAUSE)
        super().accept(listener)
        self._tell()

    def murder_keepalived(self, *args: Any, **how: Any) -> None:
        """Close connections on which nothing came for too long, all of them at the end; it ends each round of work."""
        super().murder_keepalived(*args, **how)
        self._tell()

    def _tell(self) -> None:
        self.connections.tell(self.age, self.nr_conns)
