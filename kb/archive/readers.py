"""Read and decide files in several processes, in order, a few ahead of the one that takes them."""

import datetime as dt
import gc
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import pyoxigraph as ox

from kb.archive.files import hash_of
from kb.archive.record import Recorder, Run, Source, decision_id, graph_name
from kb.knowledge.base import Knowledge, load_knowledge
from kb.review import review_together

_AHEAD = 4  # groups handed out for each process: enough to keep it busy, few enough to hold in memory
_TOGETHER = 8  # files of a group, which are decided together at less cost


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

    def read(self, files: Sequence[Path], version: str) -> Iterator[Read]:
        """Read files in order. One that ends its process, or on which the program fails, is told as trouble."""
        size = max(1, min(_TOGETHER, len(files) // (2 * self._processes)))
        waiting: deque[tuple[list[Path], Future[list[Read]]]] = deque()
        for group in _groups(files, size):
            waiting.append((group, self._submit(group, version)))
            if len(waiting) >= self._processes * _AHEAD:
                yield from self._result(*waiting.popleft(), version)
        while waiting:
            yield from self._result(*waiting.popleft(), version)

    def _submit(self, group: list[Path], version: str) -> Future[list[Read]]:
        try:
            return self._pool.submit(_read_group, group, version)
        except BrokenProcessPool:
            self._pool = self._start(self._processes)
            return self._pool.submit(_read_group, group, version)

    def _result(self, group: list[Path], future: Future[list[Read]], version: str) -> Iterator[Read]:
        try:
            yield from future.result()
        except BrokenProcessPool:
            yield from (self._alone(file, version) for file in group)

    def _alone(self, file: Path, version: str) -> Read:
        """Read a file once more in a process of its own: when one ends, so do all that were handed out with it."""
        with self._start(1) as pool:
            try:
                return pool.submit(_read_group, [file], version).result()[0]
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


def _groups(files: Sequence[Path], size: int) -> Iterator[list[Path]]:
    for start in range(0, len(files), size):
        yield list(files[start : start + size])


def _read_group(files: list[Path], version: str) -> list[Read]:
    """Read and decide files together; where the program fails on one, each by itself."""
    try:
        return _read(files, version)
    except Exception as error:  # noqa: BLE001  a defect that one letter brings to light must not lose the others
        if len(files) > 1:
            return [read for file in files for read in _read_group([file], version)]
        if isinstance(error, OSError):
            return [Read(files[0], trouble=f"it cannot be read ({(error.strerror or 'unknown').lower()})")]
        return [Read(files[0], trouble=f"the program failed on it ({type(error).__name__}: {error}); report it")]


def _read(files: list[Path], version: str) -> list[Read]:
    knowledge, recorder = _loaded[0]
    hashes = [hash_of(file) or "" for file in files]
    answers = review_together([(file, file.name) for file in files], knowledge)
    found = []
    for file, digest, answer in zip(files, hashes, answers, strict=True):
        run = Run(knowledge.version, version, dt.datetime.now(dt.UTC))
        found.append(_kept(file, answer, Source(file.name, digest), run, recorder))
    return found


def _kept(file: Path, answer: dict[str, Any], source: Source, run: Run, recorder: Recorder) -> Read:
    if "error" in answer:
        return Read(file, trouble=answer["error"]["message"])
    if hash_of(file) != source.sha256:
        return Read(file, trouble="it changed while it was read; take it in again")
    triples = [ox.Triple(*triple) for triple in recorder.triples(answer, source, run)]
    written: bytes = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
    return Read(file, graph_name(decision_id(answer, source)).value, written)
