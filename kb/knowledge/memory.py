"""Keep what later steps make of a knowledge, so that it is made once; it goes when the knowledge goes."""

import threading
from collections import defaultdict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Memory:
    """Keep things of several sorts by their keys, of each sort so many, the oldest going first.

    >>> memory = Memory()
    >>> memory.once("word", "a", lambda: "made"), memory.once("word", "a", lambda: "made again")
    ('made', 'made')
    >>> memory.put("word", "b", "put", most=1)
    >>> memory.get("word", "a"), memory.get("word", "b")
    (None, 'put')
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._kept: defaultdict[str, dict[Hashable, Any]] = defaultdict(dict)
        self._lock = threading.Lock()

    def get(self, sort: str, key: Hashable) -> Any:
        """Give what is kept; None where nothing is."""
        return self._kept[sort].get(key)

    def put(self, sort: str, key: Hashable, found: Any, most: int) -> None:
        """Keep something, and no more than so many of its sort."""
        kept = self._kept[sort]
        with self._lock:
            kept[key] = found
            while len(kept) > most:
                del kept[next(iter(kept))]

    def once(self, sort: str, key: Hashable, make: Callable[[], T], most: int = 10_000) -> T:
        """Give what is kept, made now where nothing is."""
        found: T | None = self.get(sort, key)
        if found is None:
            found = make()
            self.put(sort, key, found, most)
        return found
