"""Run SPARQL that somebody else wrote: in a process that can open nothing and is stopped at its limit.

The worker parses the query with rdflib, walks its tree (no SERVICE, no FROM outside our graphs), and
evaluates it in Oxigraph over the knowledge. Once the knowledge is loaded the worker gives up the right to
open any file or socket, so that whatever slips through the check reaches nothing.
"""

import json
import multiprocessing as mp
import re
import threading
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any

from kb.errors import KnowledgeError, QueryError, QueryTimeout, StoreError
from kb.store.disk import DiskReader, published

MAX_TEXT = 100_000
MAX_DEPTH = 50
FORMATS = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "turtle": "text/turtle",
    "ntriples": "application/n-triples",
    "jsonld": "application/ld+json",
}
_GRAPH_FORMATS = ("turtle", "ntriples", "jsonld")
_START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Result:
    """Hold the serialised rows or triples of a query."""

    body: str
    media_type: str


class Sandbox:
    """Keep one worker process and give it one query at a time.

    `seconds` bounds the time of a query, `rows` its rows or triples. With a folder of decisions it queries those and
    the knowledge that is kept with them; a worker that opened an older state gives way to a new one.
    """

    def __init__(
        self, ontology: Path | None = None, seconds: float = 10, rows: int = 100_000, decisions: Path | None = None
    ) -> None:
        """Remember the limits; the worker starts with the first query."""
        self._ontology = ontology
        self._decisions = decisions
        self._opened: str | None = None
        self._seconds = seconds
        self._rows = rows
        self._lock = threading.Lock()
        self._worker: Any = None
        self._pipe: Connection | None = None

    def __enter__(self) -> "Sandbox":
        """Use the sandbox until the block ends."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the worker."""
        self.close()

    def run(self, query: str, output: str = "json") -> Result:
        """Run a query and serialise what it finds.

        Raises QueryError when it is malformed, refused or finds too much, QueryTimeout when it is stopped,
        KnowledgeError when the ontology cannot be used, StoreError when the folder of decisions cannot.
        """
        if output not in FORMATS:
            raise QueryError(f"unknown format `{output}`; there are {', '.join(FORMATS)}")
        bounded(query)
        with self._lock:
            pipe = self._start()
            try:
                pipe.send((query, output, self._rows))
                if not pipe.poll(self._seconds):
                    self.close()
                    raise QueryTimeout(f"the query ran longer than {self._seconds:g} s and was stopped; narrow it")
                good, body, media_type = pipe.recv()
            except (EOFError, OSError):
                self.close()
                raise QueryError("the query needed more than a query may use and was stopped; narrow it") from None
        if not good:
            raise QueryError(body)
        return Result(body, media_type)

    def close(self) -> None:
        """Stop the worker at once."""
        if self._worker is not None:
            self._worker.kill()
            self._worker.join()
            self._worker = self._pipe = None

    def _start(self) -> Connection:
        newest = published(self._decisions) if self._decisions else None
        if self._worker is not None and self._worker.is_alive() and self._pipe is not None and newest == self._opened:
            return self._pipe
        self.close()
        context = mp.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._worker = context.Process(target=_work, args=(theirs, self._ontology, self._decisions), daemon=True)
        self._worker.start()
        theirs.close()
        if not self._pipe.poll(_START_SECONDS):
            self.close()
            raise QueryError("the query worker did not start; try again")
        trouble = self._pipe.recv()
        if trouble is not None:
            self.close()
            raise trouble
        self._opened = newest
        return self._pipe


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


def _work(pipe: Connection, ontology: Path | None, decisions: Path | None) -> None:
    import resource

    from kb.ask.guard import check_query
    from kb.knowledge.base import load_knowledge
    from kb.knowledge.queries import queries

    try:
        store = _decisions(decisions) if decisions else load_knowledge(ontology).library
    except (KnowledgeError, StoreError) as error:
        pipe.send(error)
        return
    check_query(next(iter(queries("ask").values())).text)  # what parsing loads must be loaded before the gate closes
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    pipe.send(None)
    while True:
        try:
            query, output, rows = pipe.recv()
        except EOFError:
            return
        pipe.send(_answer(store, query, output, rows))


def _decisions(folder: Path) -> DiskReader:
    reader = DiskReader(folder)
    reader.open_files()
    return reader


def _answer(store: Any, query: str, output: str, rows: int) -> tuple[bool, str, str]:
    from kb.ask.guard import check_query, names_graphs

    try:
        kind = check_query(query)
        named = names_graphs(query)
        if kind == "ASK" and output in ("csv", "tsv"):
            found = json.loads(store.serialise(query, FORMATS["json"], rows, named))
            return True, f"boolean\n{str(found['boolean']).lower()}\n", FORMATS[output]
        output = _fitting(kind, output)
        return True, store.serialise(query, FORMATS[output], rows, named), FORMATS[output]
    except QueryError as error:
        return False, str(error), ""
    except (SyntaxError, ValueError, OSError, RecursionError, MemoryError) as error:
        return False, f"the query cannot be run: {error}", ""


def _fitting(kind: str, output: str) -> str:
    """Give triples in a format for triples, rows in one for rows."""
    if kind in ("CONSTRUCT", "DESCRIBE"):
        return output if output in _GRAPH_FORMATS else "turtle"
    return "json" if output in _GRAPH_FORMATS else output
