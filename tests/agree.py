"""Lay every side beside the embedded store, case by case and leaf by leaf: `python -m tests.agree [PORTIONS…]`.

A portion is `files` (the cases beside the topics), `real:0-99` (a hundred cases that look real for each seed), or
`rules:0-99`, `leaf:0-99` and `doses:0-99` (random worlds, with a few rules, a single criterion or a dose ceiling, and
six cases each); by default all files, `--cases` that look real and 5,000 worlds of each kind. Each difference is named
by portion, case, line and leaf; exit code 1 when there is one. A run that ends early says which portions are left: go
on with these.
"""

from __future__ import annotations

import gc
import multiprocessing as mp
import os
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from functools import cache, partial
from itertools import groupby
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from agreement import apart, disagreements  # noqa: E402
from portions import AT_ONCE, WORLDS, Portion, opened, portions  # noqa: E402
from servers import SERVERS  # noqa: E402
from sides import QUICK, REMOTE, SIDES, Answer, Case, Home  # noqa: E402

from kb.batch.rows import Tables  # noqa: E402

Task = tuple[Portion, tuple[str, ...]]
Found = tuple[Portion, Counter[str], list[str]]
SHOWN = 4  # differences of a line
SEEDS = 5_000  # of each kind of world


def compare(endpoints: dict[str, str], task: Task) -> Found:
    """Decide a portion on some sides; count the cases of each, and tell what differs from the embedded store."""
    portion, sides = task
    with opened(portion, endpoints) as (home, cases):
        tables, answers = home.embedded(cases)
        told = [
            f"{portion} case {case} line {line}, {side}: {text}"
            for side in sides
            for case, line, text in unlike(side, home, cases, tables, answers)
        ]
    keep_loaded()
    counts = Counter(dict.fromkeys(sides, len(cases)), lines=tables.rows.height)
    return portion, counts, told


@cache
def keep_loaded() -> None:
    """Spare the collector, after the first portion, what was loaded and stays."""
    gc.collect()
    gc.freeze()


def unlike(
    side: str, home: Home, cases: list[Case], tables: Tables, answers: list[Answer]
) -> Iterator[tuple[int, int, str]]:
    """Decide cases on a side, and tell case, line and what differs from the embedded store."""
    if side == "reference":
        for case, line, why in disagreements(cases, answers, home.reference):
            yield from ((case, line, text) for text in why[:SHOWN])
    elif side == "alone":
        for number, (case, answer) in enumerate(zip(cases, answers, strict=True), 1):
            if home.alone(case) != answer:
                yield number, 0, "the answer to the case alone is another"
    else:
        yield from apart(tables, home.tables(side, cases))


def tasks(chosen: list[Portion], sides: tuple[str, ...], slow: int) -> list[Task]:
    """Say what decides each portion: all sides the files and the first so many generated cases, the quick ones all."""
    quick = tuple(side for side in sides if side in QUICK)

    def asked(portion: Portion) -> tuple[str, ...]:
        return sides if portion.source == "files" or portion.seed < slow / AT_ONCE else quick

    return [(portion, asked(portion)) for portion in chosen]


def run(todo: list[Task], processes: int) -> Iterator[Found]:
    """Compare in several processes; the servers that are asked run meanwhile."""
    os.environ["POLARS_MAX_THREADS"] = os.environ["RAYON_NUM_THREADS"] = "1"
    with ExitStack() as stack:
        asked = sorted({side for _, sides in todo for side in sides if side in REMOTE})
        lacking = [side for side in asked if SERVERS[side][0] is None]
        if lacking:
            raise click.UsageError(f"{' and '.join(lacking)} not installed; see CONTRIBUTING.md, or name the sides")
        endpoints = {side: stack.enter_context(SERVERS[side][1]()) for side in asked}
        pool = stack.enter_context(mp.get_context("spawn").Pool(processes))
        yield from pool.imap_unordered(partial(compare, endpoints), todo)


def ranges(left: Iterable[Portion]) -> str:
    """Write portions as they are named on the command line.

    >>> ranges([Portion("real", 1), Portion("real", 2), Portion("leaf", 7)])
    'leaf:7-7 real:1-2'
    """
    runs = groupby(enumerate(sorted(left)), lambda pair: (pair[1].source, pair[1].seed - pair[0]))
    ends = [(source, [p.seed for _, p in run]) for (source, _), run in runs]
    return " ".join(f"{source}:{seeds[0]}-{seeds[-1]}" for source, seeds in ends)


@click.command(help=(__doc__ or "").split(": `")[0])
@click.argument("what", nargs=-1)
@click.option("--cases", default=100_000, show_default=True, help="Cases that look real, where no portions are named.")
@click.option(
    "--slow", default=2_000, show_default=True, help="So many of them on the slow sides too, and the first worlds."
)
@click.option("--side", "sides", multiple=True, type=click.Choice(SIDES), help="All by default.")
@click.option("--processes", default=os.cpu_count() or 1, show_default=True)
def main(what: tuple[str, ...], cases: int, slow: int, sides: tuple[str, ...], processes: int) -> None:
    """Decide many cases on every side and tell each difference."""
    worlds = [f"{name}:0-{SEEDS - 1}" for name in WORLDS]
    named = what or ["files", f"real:0-{cases // AT_ONCE - 1}", *worlds]
    try:
        chosen = [portion for text in named for portion in portions(text)]
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    todo = tasks(chosen, sides or SIDES, slow)
    left, counts, differ = {portion for portion, _ in todo}, defaultdict(Counter[str]), 0
    console = Console(stderr=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # to say what is left
    try:
        with closing(run(todo, processes)) as found:
            for portion, counted, told in track(found, "comparing", len(todo), console=console):
                left.discard(portion)
                counts[portion.source] += counted
                differ += len(told)
                for line in told:
                    print(line, flush=True)
                if not console.is_terminal:
                    console.print(f"{portion} done, {len(left)} portions left", highlight=False)
    finally:
        for source, counted in counts.items():
            print(f"{source}: " + ", ".join(f"{name} {count:,}" for name, count in counted.items()))
        print(f"{differ} differences" + (f"; left: {ranges(left)}" if left else ""), flush=True)
    sys.exit(1 if differ or left else 0)


if __name__ == "__main__":
    main()
