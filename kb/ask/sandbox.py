"""Run SPARQL that somebody else wrote, in processes that can open nothing and are stopped at their limit.

A worker parses the query with rdflib, walks its tree (no SERVICE, no FROM outside our graphs), and evaluates it in
Oxigraph over the knowledge.
"""

import queue
import re
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import pyoxigraph as ox

from kb.ask.formats import Wanted
from kb.ask.worker import Result, Task, Worker
from kb.errors import QueryError, QueryTimeout
from kb.store.embedded import Row
from kb.store.results import Graphs, rows_of

MAX_TEXT = 100_000
MAX_DEPTH = 50
_WAITING = 2  # queries that may wait for a worker; more of them would hold every thread of a service


class Sandbox:
    """Keep worker processes and give each one query at a time.

    `seconds` bounds the time of a query, and the time it waits for a worker; `rows` its rows or triples. With a folder
    of decisions it queries those and the knowledge that is kept with them; a worker that opened an older state gives
    way to a new one. With `triples`, which gives N-Triples whenever a worker starts, it queries those, whatever has
    become of the ontology folder. The workers end when nobody holds the sandbox any more.
    """

    def __init__(
        self,
        ontology: Path | None = None,
        seconds: float = 10,
        rows: int = 100_000,
        decisions: Path | None = None,
        triples: Callable[[], bytes] | None = None,
        workers: int = 1,
    ) -> None:
        """Remember the limits; a worker starts with its first query."""
        self._seconds, self._rows = seconds, rows
        self._workers = [Worker(ontology, decisions, triples, seconds) for _ in range(workers)]
        self._idle: queue.LifoQueue[Worker] = queue.LifoQueue()  # the one that worked last is warm
        for worker in self._workers:
            self._idle.put(worker)
        self._places = threading.BoundedSemaphore(workers + _WAITING)
        weakref.finalize(self, _stop, self._workers)

    def __enter__(self) -> "Sandbox":
        """Use the sandbox until the block ends."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the workers."""
        self.close()

    def run(self, query: str, output: str | Wanted = "json", graphs: Graphs | None = None) -> Result:
        """Run a query, over some graphs where they are named, and serialise what it finds.

        Raises QueryError when it is malformed, refused or finds too much, FormatError when what it finds cannot be
        written as wanted, QueryTimeout when it is stopped or no worker is free, KnowledgeError when the ontology
        cannot be used, StoreError when the folder of decisions cannot.
        """
        wanted = Wanted.called(output) if isinstance(output, str) else output
        bounded(query)
        if not self._places.acquire(blocking=False):
            raise QueryTimeout("too many queries are waiting; try again")
        try:
            return self._run(Task(query, wanted, self._rows, graphs))
        finally:
            self._places.release()

    def select(self, query: str) -> list[Row]:
        """Run a SELECT and give its rows; unbound variables are absent.

        Raises what `run` raises.
        """
        found = self.run(query, "json")
        return rows_of(ox.parse_query_results(found.body, format=ox.QueryResultsFormat.JSON))

    def _run(self, task: Task) -> Result:
        try:
            worker = self._idle.get(timeout=self._seconds)
        except queue.Empty:
            raise QueryTimeout("other queries are running; try again") from None
        try:
            return worker.run(task)
        finally:
            self._idle.put(worker)

    def start(self) -> None:
        """See to it that a worker runs, so that the next query need not wait for one.

        Raises KnowledgeError, StoreError or QueryError when none can be started.
        """
        try:
            worker = self._idle.get_nowait()
        except queue.Empty:
            return  # all are at work
        try:
            worker.start()
        finally:
            self._idle.put(worker)

    def processes(self) -> list[int]:
        """List the process ids of the workers that run."""
        return [worker.process_id for worker in self._workers if worker.process_id is not None]

    def close(self) -> None:
        """Stop the workers at once."""
        _stop(self._workers)


def _stop(workers: list[Worker]) -> None:
    for worker in workers:
        worker.stop()


def bounded(query: str) -> None:
    """Refuse a text that is too long or nested too deeply to be parsed safely.

    >>> bounded("SELECT * { ?s ?p ?o }")
    >>> bounded("{" * 99)
    Traceback (most recent call last):
        ...
    kb.errors.QueryError: the query nests deeper than 50 levels; flatten it
    """
    if len(query) > MAX_TEXT:
        raise QueryError(f"the query has {len(query):,} characters; at most {MAX_TEXT:,} are read")
    depth = deepest = 0
    for mark in re.findall(r"[{}()\[\]]", query):
        depth += 1 if mark in "{([" else -1
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        raise QueryError(f"the query nests deeper than {MAX_DEPTH} levels; flatten it")
