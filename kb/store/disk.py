"""Keep graphs in an Oxigraph on disk: one process writes, any number read what was last published.

A folder holds `live-<n>`, which only the writer opens, and `view-<n>`, a snapshot (hard links) that readers open
and nobody ever writes; `current.json` names both and is replaced in one step. So a reader sees whole ingests
only, and whatever is stopped at whatever moment leaves folders that the next writer removes.
"""

import fcntl
import json
import os
import random
import shutil
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from string import Template
from types import TracebackType
from typing import IO, Any

import pyoxigraph as ox

from kb.errors import StoreError
from kb.settings import data_folder
from kb.store.embedded import Row
from kb.store.results import Graphs, holds, rows_of, serialise

_POINTER, _LOCK = "current.json", "lock"
_OURS = (_LOCK, f"{_POINTER}.new")
_ATTEMPTS, _PAUSE = 20, 0.05  # a view may be replaced between reading its name and opening it
_FLUSH_AFTER = 20_000_000  # bytes of N-Triples: left to itself the store holds hundreds of megabytes in memory
_PROBED = 200  # graphs of which keys are looked up to open all files, where it cannot be seen which are open
_EVERY = 20  # graphs between two looks at which are open
_ALL = {"use_default_graph_as_union": True}


class DiskWriter:
    """Write graphs into a folder that nobody else writes at the same time.

    Raises StoreError when another process writes, or the folder holds something else.
    """

    def __init__(self, folder: Path) -> None:
        """Take the folder, which is made where it is not there yet, and remove what a stopped run left."""
        self._folder = folder
        self._lock = _locked(folder)
        names = _pointer(folder) or {"live": "live-1", "view": None}
        self._live, self._view = str(names["live"]), names["view"]
        self._unflushed = 0
        self._remove_but(self._live, self._view)
        self._point()
        self.store = _opened(folder / self._live, ox.Store)

    def __enter__(self) -> "DiskWriter":
        """Write until the block ends."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        """Give the folder back."""
        self.store.flush()
        del self.store
        self._lock.close()

    def replace(self, graph: ox.NamedNode, triples: bytes) -> None:
        """Put triples, as N-Triples, into a graph in place of what it held: both or nothing."""
        self.store.update(_replacing().substitute(graph=str(graph), triples=triples.decode()))
        self._unflushed += len(triples)
        if self._unflushed > _FLUSH_AFTER:
            self.store.flush()
            self._unflushed = 0

    def publish(self) -> None:
        """Let readers see what has been written; the view before stays for those who are still asking it."""
        self.store.flush()
        before, self._view = self._view, _next(self._view or "view-0")
        self.store.backup(str(self._folder / self._view))
        self._point()
        self._remove_but(self._live, self._view, before)

    def forget(self, graphs: Collection[ox.NamedNode]) -> None:
        """Write everything but some graphs anew, publish it and remove the old files.

        Removing a graph takes its triples out and leaves their words in the files: only a copy is free of them.
        """
        self._live = _next(self._live)
        fresh = _opened(self._folder / self._live, ox.Store)
        fresh.bulk_extend(_but(self.store, set(graphs)))
        self.store = fresh
        self.publish()
        self._remove_but(self._live, self._view)

    def _remove_but(self, *names: str | None) -> None:
        for left in self._folder.iterdir():
            if left.is_dir() and left.name.startswith(("live-", "view-")) and left.name not in names:
                _removed(left)

    def _point(self) -> None:
        new = self._folder / f"{_POINTER}.new"
        with new.open("w", encoding="utf-8") as file:
            json.dump({"live": self._live, "view": self._view}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self._folder / _POINTER)


def _removed(folder: Path) -> None:
    """Remove a folder while the store that was in it may still take away files of its own."""
    while folder.exists():
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            continue


class DiskReader:
    """Ask what was last published in a folder; the default graph is all graphs together.

    Raises StoreError when the folder holds no decisions.
    """

    def __init__(self, folder: Path) -> None:
        """Open the view."""
        self._folder = folder
        self._name, self._store = _view(folder)
        self._files = {str(file.resolve()) for file in (folder / self._name).glob("*.sst")}

    def stale(self) -> bool:
        """Tell whether something newer was published."""
        return published(self._folder) != self._name

    def open_files(self) -> None:
        """Open every file of the view, for a process that will not be allowed to open any later.

        The store opens a few files at once, and others when a key of theirs is looked up: keys are, graph by graph
        and in all indexes, until every file is open.
        """
        graphs = list(self._store.named_graphs())
        random.Random(0).shuffle(graphs)
        for number, graph in enumerate(graphs):
            if number % _EVERY == 0 and self._opened(number) >= len(self._files):
                return
            for quad in self._store.quads_for_pattern(None, None, None, graph):
                for pattern in _lookups(quad):
                    next(iter(self._store.quads_for_pattern(*pattern)), None)

    def _opened(self, probed: int) -> int:
        """Count the open files of the view; where that cannot be seen, enough probes count as all."""
        if not os.path.isdir("/proc/self/fd"):
            return len(self._files) if probed >= _PROBED else 0
        links = []
        for name in os.listdir("/proc/self/fd"):
            with suppress(OSError):  # the one through which the folder was listed is closed by now
                links.append(os.readlink(f"/proc/self/fd/{name}"))
        return len(self._files.intersection(links))

    def select(self, query: str) -> list[Row]:
        """Run a SELECT; unbound variables are absent.

        Raises StoreError when the view was erased meanwhile.
        """
        try:
            return rows_of(self._store.query(query, **_ALL))  # type: ignore[arg-type]
        except OSError:
            raise StoreError(f"`{self._folder}` changed while it was asked; ask again") from None

    def serialise(self, query: str, media_type: str, rows: int, graphs: Graphs | None = None) -> str:
        """Run any query over the graphs named, else all together, and write what it finds.

        Raises QueryError when it finds more than so many rows or triples.
        """
        return serialise(self._store, query, media_type, rows, **(graphs.chosen() if graphs else _ALL))

    def holds(self, graph: str) -> bool:
        """Tell whether a graph of this name is held."""
        return holds(self._store, graph)


class FollowingReader:
    """Ask what was last published, also when that changes; threads may share it."""

    def __init__(self, folder: Path) -> None:
        """Open the view."""
        self._folder, self._lock = folder, threading.Lock()
        self._reader = DiskReader(folder)

    def select(self, query: str) -> list[Row]:
        """Run a SELECT over the newest view."""
        with self._lock:
            if self._reader.stale():
                self._reader = DiskReader(self._folder)
            reader = self._reader
        return reader.select(query)


@cache
def _replacing() -> Template:
    return Template((data_folder("queries") / "store" / "replace.ru").read_text(encoding="utf-8"))


def _locked(folder: Path) -> IO[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / _POINTER).exists() and any(file.name not in _OURS for file in folder.iterdir()):
            raise StoreError(f"`{folder}` holds other files and no decisions; name a new or an empty folder")
        lock = (folder / _LOCK).open("w")
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise StoreError(f"`{folder}` cannot be written ({reason}); name a folder of yours") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise StoreError(f"`{folder}` is being written by another process; wait until that has ended") from None
    return lock


def _pointer(folder: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads((folder / _POINTER).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise StoreError(f"`{folder / _POINTER}` is damaged; name a folder that `mtus ingest` wrote") from None
    return found


def published(folder: Path) -> str:
    """Name the view that was last published in a folder.

    Raises StoreError when none was.
    """
    name = (_pointer(folder) or {}).get("view")
    if name is None:
        raise StoreError(f"`{folder}` holds no decisions yet; put letters in with `mtus ingest`")
    return str(name)


def _view(folder: Path) -> tuple[str, ox.Store]:
    for _ in range(_ATTEMPTS):
        name = published(folder)
        try:
            return name, ox.Store.read_only(str(folder / name))
        except OSError:
            time.sleep(_PAUSE)
    raise StoreError(f"`{folder}` cannot be read; run `mtus ingest` on it again")


def _opened(place: Path, opener: Any) -> ox.Store:
    try:
        store: ox.Store = opener(str(place))
    except OSError as error:
        raise StoreError(f"`{place}` cannot be opened ({error}); run `mtus ingest` into a new folder") from None
    return store


def _lookups(quad: ox.Quad) -> Iterator[tuple[Any, Any, Any, Any]]:
    """Give a pattern for each index."""
    s, p, o, g = quad.subject, quad.predicate, quad.object, quad.graph_name
    yield from ((s, p, o, None), (None, p, o, None), (None, None, o, None))
    yield from ((s, None, None, g), (None, p, o, g), (None, None, o, g))


def _but(store: ox.Store, graphs: Collection[ox.NamedNode]) -> Iterator[ox.Quad]:
    found: Iterable[ox.Quad] = store.quads_for_pattern(None, None, None, None)
    return (quad for quad in found if quad.graph_name not in graphs)


def _next(name: str) -> str:
    """Name what comes after a live store or a view.

    >>> _next("view-9")
    'view-10'
    """
    word, _, number = name.partition("-")
    return f"{word}-{int(number) + 1}"
