"""Take files into a store of decisions: read and decide each, and put it in the place of what is there."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pyoxigraph as ox

from kb.archive.files import find_files, hash_of
from kb.archive.readers import Read, Readers
from kb.archive.record import KNOWLEDGE_VERSION, PROGRAM, Run, version_triples
from kb.errors import StoreError
from kb.knowledge.base import Knowledge, load_knowledge
from kb.settings import data_folder
from kb.store.disk import DiskWriter
from kb.terms import BASE, DCT, KNOWLEDGE_GRAPH, OWL, PROV, kb

_VERSIONS = ox.NamedNode(BASE + "graph/versions")
_IDENTIFIER = ox.NamedNode(DCT + "identifier")
_VERSION_INFO = ox.NamedNode(OWL + "versionInfo")
_USED, _BY = ox.NamedNode(PROV + "used"), ox.NamedNode(PROV + "wasAssociatedWith")
_ENDED = ox.NamedNode(PROV + "endedAtTime")
Seen = Callable[[int, int], None]


@dataclass(slots=True)
class Taken:
    """Count the decisions that are kept, each once, by what became of it.

    `trouble` says of each file that was skipped why; `twice` names each whose case another file has, and that file.
    """

    written: int = 0
    replaced: int = 0
    unchanged: int = 0
    trouble: list[tuple[Path, str]] = field(default_factory=list)
    twice: list[tuple[Path, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Holder:
    """Hold the file of this run that a kept decision is of, its place among all, and whether it was kept before."""

    file: Path
    place: int
    before: bool


def ingest(
    names: Iterable[str],
    folder: Path,
    ontology: Path | None = None,
    *,
    again: bool = False,
    seen: Seen = lambda done, total: None,
    processes: int | None = None,
) -> Taken:
    """Read and decide files, folders and patterns of files, and keep the decisions in a folder.

    A file that was decided before by the same knowledge and program is passed over, unless `again`. Each
    decision is written in one transaction; readers of the store see the new state when all are done.
    Raises StoreError when the folder cannot be written, KnowledgeError when the ontology cannot be used.
    """
    order = {file: place for place, file in enumerate(find_files(names))}
    taken = Taken()
    with DiskWriter(folder) as writer:
        run = _put_knowledge(writer, load_knowledge(ontology))
        waiting, mine = _left(order, writer.store, run, taken, again)
        passed = len(order) - len(waiting)
        seen(passed, len(order))
        if waiting:
            with Readers(ontology, processes) as readers:
                for done in _take(readers.read(waiting, run.version), writer, taken, mine, order):
                    seen(passed + done, len(order))
        writer.publish()
    return taken


def erase(cases: Iterable[str], folder: Path) -> None:
    """Remove decisions, by case number, and every word of them from the files of a store.

    Raises StoreError when one is not there: then none is removed.
    """
    if not folder.is_dir():
        raise StoreError(f"`{folder}` is no folder; name one that `mtus ingest` wrote")
    with DiskWriter(folder) as writer:
        graphs = [_graph_of(case, writer.store) for case in cases]
        writer.forget(graphs)


def erase_older(days: float, folder: Path) -> int:
    """Remove the decisions that were taken in more than some days ago, as `erase` does, and count them.

    Raises StoreError when the folder holds none.
    """
    if not folder.is_dir():
        raise StoreError(f"`{folder}` is no folder; name one that `mtus ingest` wrote")
    limit = datetime.now(UTC) - timedelta(days=days)
    with DiskWriter(folder) as writer:
        ended = writer.store.quads_for_pattern(None, _ENDED, None, None)
        graphs = {
            quad.graph_name
            for quad in ended
            if isinstance(quad.object, ox.Literal)
            and isinstance(quad.graph_name, ox.NamedNode)
            and datetime.fromisoformat(quad.object.value) < limit
        }
        if graphs:
            writer.forget(graphs)
    return len(graphs)


@cache
def program() -> str:
    """Name the program that decides: its version, and a hash of the stored queries that are part of it."""
    digest = hashlib.sha256()
    for file in sorted(data_folder("queries").rglob("*.r[qu]")):
        if file.parent.name != "ask":
            digest.update(file.read_bytes())
    return f"mtus-kb-{version('mtus-kb')}-{digest.hexdigest()[:12]}"


def _take(
    results: Iterator[Read], writer: DiskWriter, taken: Taken, mine: dict[str, _Holder], order: dict[Path, int]
) -> Iterator[int]:
    """Write what has been read and count on; of two files of one case the one named later stays.

    `mine` maps the graphs that files of this run hold to those files.
    """
    for done, read in enumerate(results, 1):
        if read.trouble is not None:
            taken.trouble.append((read.file, read.trouble))
        else:
            _put(read, writer, taken, mine, order[read.file])
        yield done


def _put(read: Read, writer: DiskWriter, taken: Taken, mine: dict[str, _Holder], place: int) -> None:
    graph, held = ox.NamedNode(read.graph), mine.get(read.graph)
    if held and held.place > place:
        taken.twice.append((read.file, held.file.name))
        return
    if held:
        taken.twice.append((held.file, read.file.name))
    if held and held.before:
        taken.unchanged -= 1
        taken.replaced += 1
    elif not held and writer.store.contains_named_graph(graph):
        taken.replaced += 1
    elif not held:
        taken.written += 1
    mine[read.graph] = _Holder(read.file, place, before=False)
    writer.replace(graph, read.triples)


def _left(
    order: dict[Path, int], store: ox.Store, run: Run, taken: Taken, again: bool
) -> tuple[list[Path], dict[str, _Holder]]:
    """List the files not yet decided by this knowledge and program, and the graphs that the others hold."""
    waiting: list[Path] = []
    mine: dict[str, _Holder] = {}
    for file, place in order.items():
        made = None if again else _made_of(file, store, run)
        if made is None:
            waiting.append(file)
            continue
        if made in mine:
            taken.twice.append((mine[made].file, file.name))
        mine[made] = _Holder(file, place, before=True)
    taken.unchanged = len(mine)
    return waiting, mine


def _made_of(file: Path, store: ox.Store, run: Run) -> str | None:
    """Name the graph that holds what this knowledge and program decided of the content of a file."""
    digest = hash_of(file)
    graphs = [quad.graph_name for quad in _with_hash(digest, store)] if digest else []
    made = next((graph for graph in graphs if _made_by(graph, store, run)), None)
    return made.value if isinstance(made, ox.NamedNode) else None


def _with_hash(digest: str, store: ox.Store) -> Iterator[ox.Quad]:
    return iter(store.quads_for_pattern(None, kb("sha256"), ox.Literal(digest), None))


def _made_by(graph: object, store: ox.Store, run: Run) -> bool:
    used, by = ox.NamedNode(KNOWLEDGE_VERSION + run.knowledge), ox.NamedNode(PROGRAM + run.version)
    return all(
        next(iter(store.quads_for_pattern(None, term, value, graph)), None)  # type: ignore[arg-type]
        for term, value in ((_USED, used), (_BY, by))
    )


def _put_knowledge(writer: DiskWriter, knowledge: Knowledge) -> Run:
    """Keep the knowledge beside the decisions, so that one query sees both; name it and the program."""
    run = Run(knowledge.version, program(), datetime.now(UTC))
    told = ox.Quad(KNOWLEDGE_GRAPH, _VERSION_INFO, ox.Literal(run.knowledge), KNOWLEDGE_GRAPH)
    if told not in writer.store:
        triples = [*knowledge.triples(), (told.subject, told.predicate, told.object)]
        writer.replace(KNOWLEDGE_GRAPH, _written(triples))
    writer.store.extend(ox.Quad(*triple, _VERSIONS) for triple in version_triples(run))
    return run


def _written(triples: Iterable[tuple[object, object, object]]) -> bytes:
    unique = dict.fromkeys(ox.Triple(*triple) for triple in triples)  # type: ignore[arg-type]
    return ox.serialize(unique, format=ox.RdfFormat.N_TRIPLES) or b""


def _graph_of(case: str, store: ox.Store) -> ox.NamedNode:
    found = [quad.graph_name for quad in store.quads_for_pattern(None, _IDENTIFIER, ox.Literal(case), None)]
    if not found:
        raise StoreError(f"no decision `{case}` is kept here; `mtus query decisions --store` lists them")
    return found[0]  # type: ignore[return-value]
