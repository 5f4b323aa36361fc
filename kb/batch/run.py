"""Decide all that a source holds, portion by portion, in several processes."""

import gc
import math
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path

from kb.archive.ingest import program
from kb.archive.readers import end_with_parent
from kb.batch.engine import Engine, has_maplib
from kb.batch.kept import Kept, chunk_of
from kb.batch.source import Portion, fingerprint, is_parquet, portions, rows_of
from kb.errors import StoreError
from kb.knowledge.base import Knowledge, load_knowledge

Seen = Callable[[int, int], None]
_HUGE, _LARGE, _MIDDLE, _SMALL = 55_000, 20_000, 1_000, 500  # cases of a portion: many cost little more than few
_AHEAD = 2  # portions handed out for each process
_engines: list[Engine] = []  # in a process of the pool


@dataclass(frozen=True, slots=True)
class Job:
    """Say what is decided, and where it goes."""

    source: Path
    out: Path
    criteria: Path | None = None
    chunk: int | None = None
    workers: int | None = None
    resume: bool = False
    ontology: Path | None = None
    frames: bool | None = None
    scheduler: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """Count cases, those that failed whole, and of the others the lines that failed."""

    cases: int
    failed: int
    lines: int


def batch(job: Job, seen: Seen = lambda done, total: None) -> Count:
    """Decide every case of a source.

    Raises UnreadableFileError or CaseError when the source cannot be read, StoreError when the result cannot be
    written or another run is in the way.
    """
    if job.chunk is None:
        job = replace(job, chunk=(job.resume and chunk_of(job.out)) or _fitting(job))
    found = portions(job.source, job.chunk or _SMALL)
    knowledge = load_knowledge(job.ontology)
    kept = Kept(job.out, job.criteria, _plan(job, knowledge), job.resume)
    total = sum(portion.size for portion in found)
    left = [portion for portion in found if not kept.has(portion.number)]
    done = total - sum(portion.size for portion in left)
    seen(done, total)
    for portion in _decided(job, kept, left, knowledge):
        done += portion.size
        seen(done, total)
    return Count(total, *kept.finish(range(len(found))))


def _fitting(job: Job) -> int:
    """Choose how many cases are decided together: of rows all processes get as many, in as few portions as fit."""
    if job.frames is False or job.source.is_dir():
        return _SMALL
    most = _HUGE if has_maplib() else _LARGE
    if job.scheduler or not job.source.is_file() or not is_parquet(job.source):
        return _LARGE if has_maplib() else _MIDDLE
    workers, rows = job.workers or os.cpu_count() or 1, rows_of(job.source)
    turns = math.ceil(rows / (workers * most))
    return max(_MIDDLE, math.ceil(rows / max(1, workers * turns)))


def _plan(job: Job, knowledge: Knowledge) -> dict[str, object]:
    return {
        "source": fingerprint(job.source),
        "chunk": job.chunk,
        "criteria": bool(job.criteria),
        "knowledge": knowledge.version,
        "program": program(),
    }


def _decided(job: Job, kept: Kept, left: list[Portion], knowledge: Knowledge) -> Iterator[Portion]:
    if job.scheduler and left:
        yield from _on_cluster(job.scheduler, job, kept, left, knowledge)
        return
    workers = min(job.workers or os.cpu_count() or 1, len(left))
    if workers <= 1:
        engine = Engine(knowledge, bool(job.criteria), job.frames)
        for portion in left:
            kept.put(portion.number, engine.tables(portion))
            yield portion
        return
    # A process for each core: more threads in each would only be in the way.
    os.environ["POLARS_MAX_THREADS"] = os.environ["RAYON_NUM_THREADS"] = "1"
    context = multiprocessing.get_context("spawn")  # a copy of this process would share its threads
    try:
        with ProcessPoolExecutor(workers, context, _start, (job,)) as pool:
            yield from _in_any_order(pool, kept, left, workers * _AHEAD)
    except BrokenProcessPool:
        raise StoreError(
            "a process ended (out of memory?); go on with --resume, with fewer --workers or a smaller --chunk"
        ) from None


def _on_cluster(scheduler: str, job: Job, kept: Kept, left: list[Portion], knowledge: Knowledge) -> Iterator[Portion]:
    """Decide elsewhere, keep here: what a lost worker did not hand over is decided again by another."""
    try:
        from kb.batch.cluster import decided_on, same
    except ModuleNotFoundError:
        raise StoreError('a cluster needs Dask; pip install "mtus-kb[cluster]"') from None
    wanted = same(job.source, job.ontology, knowledge, bool(job.criteria), job.frames)
    for portion, tables in decided_on(scheduler, job.workers, wanted, left):
        kept.put(portion.number, tables)
        yield portion


def _in_any_order(pool: ProcessPoolExecutor, kept: Kept, left: list[Portion], ahead: int) -> Iterator[Portion]:
    waiting: dict[Future[None], Portion] = {}
    todo = iter(left)
    while True:
        while len(waiting) < ahead and (portion := next(todo, None)):
            waiting[pool.submit(_keep, kept, portion)] = portion
        if not waiting:
            return
        for future in wait(waiting, return_when=FIRST_COMPLETED).done:
            future.result()
            yield waiting.pop(future)


def _start(job: Job) -> None:
    threading.Thread(target=end_with_parent, daemon=True).start()
    _engines[:] = [Engine(load_knowledge(job.ontology), bool(job.criteria), job.frames)]
    gc.freeze()  # the knowledge stays: the collector need not walk it again and again
    gc.set_threshold(100_000)  # nor what a portion makes: little of it hangs in circles


def _keep(kept: Kept, portion: Portion) -> None:
    kept.put(portion.number, _engines[0].tables(portion))
