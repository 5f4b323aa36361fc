"""Measure on this machine and print a table: `python -m tests.bench`."""

import os
import platform
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from rich.progress import track

from kb import Knowledge, determine, load_knowledge
from kb.review import review
from tests.bench.world import CASE, LETTERS, grown

ROUNDS = 200
# os._exit: what the end of a process gives back is no part of loading
_LOAD = "import os; from kb import load_knowledge; load_knowledge().store; os._exit(0)"


def main() -> None:
    """Run every benchmark."""
    print(f"machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}\n")
    rows = [
        ("import kb", *_process("import kb")),
        ("load the knowledge", *_process(_LOAD, "import kb.knowledge.base")),
        ("mtus lookup, from process start", *_command("lookup", "massage therapy", "--on", "2013-10-18")),
    ]
    knowledge = load_knowledge()
    case = CASE
    rows.append(("one determination", *_repeat(lambda: determine(case, knowledge), ROUNDS)))
    rows.extend(_split(knowledge, case))
    letter = LETTERS / "massage_2014.txt"
    rows.append(("one letter, read and decided", *_repeat(lambda: review(letter, letter.name, knowledge), ROUNDS)))
    wide = grown(knowledge, 10)
    rows.append(("one determination, knowledge x 10", *_repeat(lambda: determine(case, wide), ROUNDS)))
    print(f"{'':45} {'p50 ms':>9} {'p99 ms':>9}")
    for name, p50, p99 in rows:
        print(f"{name:45} {p50:9.2f} {p99:9.2f}")
    print(f"\nknowledge: {len(knowledge.ontology.triples)} triples, {len(knowledge.recommendations)} recommendations;"
          f" x 10: {len(wide.ontology.triples)} triples, {len(wide.recommendations)} recommendations")  # fmt: skip


def _repeat(work: Callable[[], Any], rounds: int) -> tuple[float, float]:
    for _ in range(min(5, rounds)):
        work()
    times = []
    for _ in track(range(rounds), transient=True, disable=not sys.stderr.isatty()):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times), statistics.quantiles(times, n=100, method="inclusive")[98]


def _process(code: str, bare: str = "pass") -> tuple[float, float]:
    """Time what a new process does beyond another."""
    base = _repeat(lambda: subprocess.run([sys.executable, "-c", bare], check=True), 5)[0]
    p50, p99 = _repeat(lambda: subprocess.run([sys.executable, "-c", code], check=True), 5)
    return p50 - base, p99 - base


def _command(*words: str) -> tuple[float, float]:
    command = [sys.executable, "-m", "kb.cli", *words]
    return _repeat(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL), 5)


def _split(knowledge: Knowledge, case: dict[str, Any]) -> Iterator[tuple[str, float, float]]:
    """Split a determination by step: load of the case, rules, queries, combination (all the rest)."""
    rounds: dict[str, list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        spent: dict[str, float] = defaultdict(float)
        store: Any = knowledge.store
        with ExitStack() as stack:
            for method, key in (
                ("need", "load"),
                ("add", "load"),
                ("drop", "load"),
                ("construct", "rules"),
                ("select", "queries"),
            ):
                stack.enter_context(_timed(store, method, spent, key))
            start = time.perf_counter()
            determine(case, knowledge)
            spent["combination"] = time.perf_counter() - start - sum(spent.values())
        for name, seconds in spent.items():
            rounds[name].append(seconds * 1000)
    for name in ("load", "rules", "queries", "combination"):
        times = rounds[name]
        yield f"  of it {name}", statistics.median(times), statistics.quantiles(times, n=100, method="inclusive")[98]


@contextmanager
def _timed(owner: Any, name: str, spent: dict[str, float], key: str) -> Iterator[None]:
    original = getattr(owner, name)

    def timed(*args: Any) -> Any:
        start = time.perf_counter()
        try:
            return original(*args)
        finally:
            spent[key] += time.perf_counter() - start

    setattr(owner, name, timed)
    try:
        yield
    finally:
        setattr(owner, name, original)


if __name__ == "__main__":
    main()
