"""Decide portions on a Dask cluster: each is a task, and its tables come back to be kept here."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path

from distributed import Client, Future, KilledWorker, LocalCluster, as_completed

from kb.archive.ingest import program
from kb.batch.engine import Engine
from kb.batch.rows import Tables
from kb.batch.source import Portion, fingerprint
from kb.errors import StoreError
from kb.knowledge.base import Knowledge, load_knowledge

LOCAL = "local"
_AHEAD = 2  # portions handed out for each thread of the cluster
_AT_LEAST = 8  # portions handed out while there is no worker: a cluster that grows by need must see the need
_one_at_a_time = threading.Lock()  # a worker may have several threads, an engine is for one


@dataclass(frozen=True, slots=True)
class Same:
    """Say what every worker must have alike, by content, and how it decides."""

    knowledge: str
    program: str
    source: Path
    source_is: str
    ontology: Path | None
    criteria: bool
    frames: bool | None


def same(source: Path, ontology: Path | None, knowledge: Knowledge, criteria: bool, frames: bool | None) -> Same:
    """Name what is here, by absolute paths: a worker stands in another folder."""
    whole = source.absolute()
    folder = ontology.absolute() if ontology else None
    return Same(knowledge.version, program(), whole, fingerprint(whole), folder, criteria, frames)


def decided_on(
    scheduler: str, workers: int | None, wanted: Same, left: list[Portion]
) -> Iterator[tuple[Portion, Tables]]:
    """Decide portions on the cluster of a scheduler, or on a local one of so many processes, in any order.

    Raises StoreError when there is no scheduler, a worker is unlike this process, or a portion ends every worker.
    """
    with ExitStack() as stack:
        client = stack.enter_context(_client(scheduler, workers, stack))
        try:
            yield from _in_any_order(client, wanted, left)
        except KilledWorker as error:
            raise StoreError(
                f"workers ended again and again on one portion ({error.task}; out of memory?); "
                "go on with --resume on larger workers, or begin anew with a smaller --chunk"
            ) from None
        except CancelledError:
            raise StoreError(f"the scheduler `{scheduler}` was lost; go on with --resume") from None


def _client(scheduler: str, workers: int | None, stack: ExitStack) -> Client:
    if scheduler == LOCAL:
        # A process for each core: more threads in each would only be in the way.
        os.environ["POLARS_MAX_THREADS"] = os.environ["RAYON_NUM_THREADS"] = "1"
        count = workers or os.cpu_count() or 1
        cluster = LocalCluster(n_workers=count, threads_per_worker=1, memory_limit=0, dashboard_address=None)
        return Client(stack.enter_context(cluster))
    try:
        return Client(scheduler)
    except (OSError, ValueError) as error:
        raise StoreError(f"no Dask scheduler answers at `{scheduler}` ({error}); start one, or say `local`") from None


def _in_any_order(client: Client, wanted: Same, left: list[Portion]) -> Iterator[tuple[Portion, Tables]]:
    todo = iter(left)
    waiting: dict[Future[Tables], Portion] = {}
    done = as_completed(with_results=True)

    def hand_out() -> None:
        ahead = max(_AT_LEAST, _AHEAD * sum(client.nthreads().values()))
        for portion in islice(todo, max(0, ahead - len(waiting))):
            # A task has no effect of its own: run again after its worker ended, it gives the same tables.
            future = client.submit(tables_of, wanted, _placed(portion), pure=False)
            waiting[future] = portion
            done.add(future)

    hand_out()
    for future, tables in done:
        yield waiting.pop(future), tables
        hand_out()


def _placed(portion: Portion) -> Portion:
    letters = tuple(file.absolute() for file in portion.letters)
    return replace(portion, file=portion.file.absolute(), letters=letters)


def tables_of(wanted: Same, portion: Portion) -> Tables:
    """Decide a portion, in a worker."""
    with _one_at_a_time:
        return _engine(wanted).tables(portion)


@lru_cache(maxsize=1)
def _engine(wanted: Same) -> Engine:
    if program() != wanted.program:
        raise StoreError(f"a worker runs `{program()}`, this is `{wanted.program}`; install the same on every worker")
    if not wanted.source.exists() or fingerprint(wanted.source) != wanted.source_is:
        raise StoreError(f"a worker sees another `{wanted.source}`, or none; put it on a disk that all share")
    return Engine(loaded_once(wanted.knowledge, wanted.ontology), wanted.criteria, wanted.frames)


@lru_cache(maxsize=1)
def loaded_once(version: str, ontology: Path | None) -> Knowledge:
    """Load the knowledge of a worker, once for each content; refuse another content."""
    knowledge = load_knowledge(ontology)
    if knowledge.version != version:
        raise StoreError(
            f"a worker has the knowledge `{knowledge.version}`, this is `{version}`; give all the same ontology"
        )
    return knowledge
