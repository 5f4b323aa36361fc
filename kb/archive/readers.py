"""Read and decide files in several processes, in order, a few ahead of the one that takes them."""

import datetime as dt
import gc
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import pyoxigraph as ox

from kb.archive.files import hash_of
from kb.archive.record import Recorder, Run, Source, decision_id, graph_name
from kb.errors import KbError
from kb.knowledge.base import Knowledge, load_knowledge
from kb.review import review

_AHEAD = 4  # files handed out for each process: enough to keep it busy, few enough to hold in memory


@dataclass(frozen=True, slots=True)
class Read:
    """Hold what became of a file: the graph of its decision and its triples, or why there is none."""

    file: Path
    graph: str = ""
    triples: bytes = b""
    trouble: str | None = None


class Readers:
    """Run processes that each load the knowledge once."""

    def __init__(self, ontology: Path | None, processes: int | None = None) -> None:
        """Name the ontology folder; as many processes as there are cores unless said otherwise."""
        self._ontology = ontology
        self._processes = processes or os.cpu_count() or 1
        self._pool = self._start(self._processes)

    def __enter__(self) -> "Readers":
        """Read until the block ends."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        """Stop the processes."""
        self._pool.shutdown(cancel_futures=True)

    def read(self, files: Iterable[Path], version: str) -> Iterator[Read]:
        """Read files in order. One that ends its process, or on which the program fails, is told as trouble."""
        waiting: deque[tuple[Path, Future[Read]]] = deque()
        for file in files:
            waiting.append((file, self._submit(file, version)))
            if len(waiting) >= self._processes * _AHEAD:
                yield self._result(*waiting.popleft(), version)
        while waiting:
            yield self._result(*waiting.popleft(), version)

    def _submit(self, file: Path, version: str) -> Future[Read]:
        try:
            return self._pool.submit(_read, file, version)
        except BrokenProcessPool:
            self._pool = self._start(self._processes)
            return self._pool.submit(_read, file, version)

    def _result(self, file: Path, future: Future[Read], version: str) -> Read:
        try:
            return future.result()
        except BrokenProcessPool:
            return self._alone(file, version)

    def _alone(self, file: Path, version: str) -> Read:
        """Read a file once more in a process of its own: when one ends, so do all that were handed out with it."""
        with self._start(1) as pool:
            try:
                return pool.submit(_read, file, version).result()
            except BrokenProcessPool:
                return Read(file, trouble="reading it ended the process (out of memory?); leave it out or split it")

    def _start(self, processes: int) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")  # a copy of this process would share its store's threads
        return ProcessPoolExecutor(processes, context, _load, (self._ontology,))


_loaded: list[tuple[Knowledge, Recorder]] = []  # in a process of the pool


def _load(ontology: Path | None) -> None:
    threading.Thread(target=end_with_parent, daemon=True).start()
    knowledge = load_knowledge(ontology)
    _loaded[:] = [(knowledge, Recorder(knowledge))]
    gc.freeze()  # the knowledge stays: the collector need not walk it again and again


def end_with_parent() -> None:
    """End when the parent does, however it ends: nobody would take the results."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)


def _read(file: Path, version: str) -> Read:
    knowledge, recorder = _loaded[0]
    run = Run(knowledge.version, version, dt.datetime.now(dt.UTC))
    try:
        source = Source(file.name, hash_of(file) or "")
        answer = review(file, file.name, knowledge)
        if hash_of(file) != source.sha256:
            return Read(file, trouble="it changed while it was read; take it in again")
        triples = [ox.Triple(*triple) for triple in recorder.triples(answer, source, run)]
    except KbError as error:
        return Read(file, trouble=str(error))
    except OSError as error:
        return Read(file, trouble=f"it cannot be read ({(error.strerror or 'unknown').lower()})")
    except Exception as error:  # noqa: BLE001  a defect that one letter brings to light must not lose the others
        return Read(file, trouble=f"the program failed on it ({type(error).__name__}: {error}); report it")
    written: bytes = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
    return Read(file, graph_name(decision_id(answer, source)).value, written)
