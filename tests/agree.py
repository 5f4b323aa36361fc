"""Lay engine and reference side by side on many generated worlds: `python -m tests.agree [FIRST] [LAST]`.

Every seed makes two worlds: one with a few rules, one with a single criterion. Exit code 1 when a line differs;
each is named by world, seed, case and line.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent)]

from agreement import disagreements  # noqa: E402
from generate import leaf_world, random_world  # noqa: E402

WORLDS = {"rules": random_world, "leaf": leaf_world}


def compare(seed: int) -> tuple[int, list[str]]:
    """Count the lines of the worlds of a seed, and tell what differs."""
    found = [(name, *line) for name, make in WORLDS.items() for line in disagreements(make(seed))]
    return len(found), [f"{name} {seed} {case} {line}: {'; '.join(why[:4])}" for name, case, line, why in found if why]


def run(first: int, last: int) -> Iterator[tuple[int, list[str]]]:
    with multiprocessing.get_context("spawn").Pool() as pool:
        yield from pool.imap_unordered(compare, range(first, last), chunksize=10)


def main(arguments: list[str]) -> int:
    first, last = [*map(int, arguments), *(0, 1000)[len(arguments) :]][:2]
    lines = differ = 0
    for count, told in run(first, last):
        lines += count
        differ += len(told)
        for line in told:
            print(line, flush=True)
    print(f"{2 * (last - first)} worlds, {lines} lines, {differ} differ")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
