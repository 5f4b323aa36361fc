"""Run one query at a time in a process that can open nothing and is stopped at its limit.

Once the knowledge is loaded the process gives up the right to open any file or socket, so that whatever slips
through the check of a query reaches nothing.
"""

import atexit
import json
import multiprocessing as mp
import os
import signal
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

import pyoxigraph as ox

from kb.ask.formats import ROWS, TRIPLES, Wanted, plain
from kb.errors import FormatError, KbError, KnowledgeError, QueryError, QueryTimeout, StoreError
from kb.store.disk import DiskReader, published
from kb.store.embedded import EmbeddedStore
from kb.store.results import Graphs

_START_SECONDS = 60
_MEMORY = 4 << 30
_STOPS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Task:
    """Hold a query, the formats wanted, how many rows it may find, and the graphs named beside it."""

    query: str
    wanted: Wanted
    rows: int
    graphs: Graphs | None


@dataclass(frozen=True, slots=True)
class Result:
    """Hold the serialised rows or triples of a query."""

    body: str
    media_type: str


class Held(Protocol):
    """Stand for a store that a worker has opened."""

    def serialise(self, query: str, media_type: str, rows: int, graphs: Graphs | None = None) -> str:
        """Run any query and write what it finds."""

    def holds(self, graph: str) -> bool:
        """Tell whether a graph of this name is held."""


class Worker:
    """Keep one process; it starts with its first query, and anew when what it opened is out of date."""

    def __init__(
        self,
        ontology: Path | None,
        decisions: Path | None,
        triples: Callable[[], bytes] | None,
        seconds: float,
    ) -> None:
        """Remember what to open, and the time that a query may use."""
        self._ontology, self._decisions, self._seconds = ontology, decisions, seconds
        self._triples = triples
        self._opened: str | None = None
        self._process: Any = None
        self._pipe: Connection | None = None
        _ALL.add(self)

    def run(self, task: Task) -> Result:
        """Run a query.

        Raises QueryError, FormatError, QueryTimeout, KnowledgeError or StoreError.
        """
        pipe = self.start()
        try:
            pipe.send(task)
            if not pipe.poll(self._seconds):
                self.stop()
                raise QueryTimeout(f"the query ran longer than {self._seconds:g} s and was stopped; narrow it")
            found: Result | KbError = pipe.recv()
        except (EOFError, OSError):
            self.stop()
            raise QueryError("the query needed more than a query may use and was stopped; narrow it") from None
        if isinstance(found, KbError):
            raise found
        return found

    @property
    def process_id(self) -> int | None:
        """Give the id of the process, if it runs."""
        return self._process.pid if self._process is not None and self._process.is_alive() else None

    def stop(self) -> None:
        """Stop the process at once."""
        process, self._process, self._pipe = self._process, None, None
        if process is not None:
            process.kill()
            process.join()

    def start(self) -> Connection:
        """Start the process unless it runs and what it opened is the newest."""
        newest = published(self._decisions) if self._decisions else None
        if self._process is not None and self._process.is_alive() and self._pipe is not None and newest == self._opened:
            return self._pipe
        self.stop()
        context = mp.get_context("spawn")
        pipe, theirs = context.Pipe()
        given = self._triples() if self._triples and not self._decisions else None
        self._process = context.Process(target=_work, args=(theirs, self._ontology, self._decisions), daemon=True)
        with _unheard():
            self._process.start()
        theirs.close()
        trouble = self._first_word(pipe, given)
        if trouble is not None:
            self.stop()
            raise trouble
        self._opened, self._pipe = newest, pipe
        return pipe

    def _first_word(self, pipe: Connection, given: bytes | None) -> KbError | None:
        """Hand over what the process is to hold, and wait until it is ready or tells why it cannot be.

        The triples go through the pipe: as an argument of the process they would block for ever if it ends early.
        """
        try:
            pipe.send(given)
            if pipe.poll(_START_SECONDS):
                found: KbError | None = pipe.recv()
                return found
        except (EOFError, OSError):
            pass
        return QueryError("the query worker did not start; try again")


@contextmanager
def _unheard() -> Iterator[None]:
    """Let a process begin that no signal to stop ends before it says itself that it heeds none.

    The tracker of resources lets signals through again when it starts, so it starts before.
    """
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_ALL: "weakref.WeakSet[Worker]" = weakref.WeakSet()


@atexit.register  # after multiprocessing has registered its own, which would wait for processes that heed no signal
def _stop_all() -> None:
    for worker in list(_ALL):
        worker.stop()


def _work(pipe: Connection, ontology: Path | None, decisions: Path | None) -> None:
    import resource

    from kb.ask.guard import check_query
    from kb.knowledge.queries import queries

    for stop in _STOPS:  # a service that is told to stop lets its last queries end
        signal.signal(stop, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        given = pipe.recv()
        store = _held(given) if given else _opened(ontology, decisions)
    except (KnowledgeError, StoreError) as error:
        pipe.send(error)
        return
    check_query(next(iter(queries("ask").values())).text)  # what parsing loads must be loaded before the gate closes
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    pipe.send(None)
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        pipe.send(_answer(store, task))


def _end_with_parent() -> None:
    """End when the parent does, also in the middle of a query that nobody waits for any more."""
    parent = mp.parent_process()
    if parent is not None:
        os.read(parent.sentinel, 1)  # blocks until the parent's end of the pipe is closed
        os._exit(1)


def _held(triples: bytes) -> Held:
    store = EmbeddedStore()
    store.load([(t.subject, t.predicate, t.object) for t in ox.parse(triples, format=ox.RdfFormat.N_TRIPLES)])
    return store


def _opened(ontology: Path | None, decisions: Path | None) -> Held:
    from kb.knowledge.base import load_knowledge

    if decisions is None:
        return load_knowledge(ontology).library
    reader = DiskReader(decisions)
    reader.open_files()
    return reader


def _answer(store: Held, task: Task) -> Result | KbError:
    from kb.ask.guard import check_graphs, check_query

    try:
        checked = check_query(task.query)
        check_graphs(checked.graphs, store.holds)
        check_graphs(task.graphs, store.holds)
        return _written(store, task, checked.form, task.graphs or checked.graphs)
    except KbError as error:
        return error
    except (SyntaxError, ValueError, OSError, RuntimeError, MemoryError) as error:
        return QueryError(f"the query cannot be run: {error}")


def _written(store: Held, task: Task, form: str, graphs: Graphs | None) -> Result:
    triples = form in ("CONSTRUCT", "DESCRIBE")
    media_type = task.wanted.triples if triples else task.wanted.rows
    if media_type is None:
        what, fitting = ("triples", TRIPLES) if triples else ("rows", ROWS)
        named = ", ".join(f"{media} ({name})" for name, media in fitting.items())
        raise FormatError(f"{form} finds {what}; accept one of {named}")
    kind = plain(media_type, triples)
    if form == "ASK" and kind in (ROWS["csv"], ROWS["tsv"]):  # which the standard leaves open
        found = json.loads(store.serialise(task.query, ROWS["json"], task.rows, graphs))
        return Result(f"boolean\n{str(found['boolean']).lower()}\n", media_type)
    return Result(store.serialise(task.query, kind, task.rows, graphs), media_type)
