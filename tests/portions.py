"""What every side decides: the cases beside the topics, cases that look real, and random worlds with theirs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from generate import World, dose_world, leaf_world, random_world
from reference import load
from sides import Home

from kb.check.topic_cases import case_files, read_case_file
from kb.settings import data_folder
from tests.bench.realistic import Realistic

Case = dict[str, Any]
AT_ONCE = 100  # cases of a portion of `real`
WORLDS = {"rules": random_world, "leaf": leaf_world, "doses": dose_world}
SOURCES = ("files", "real", *WORLDS)


@dataclass(frozen=True, order=True)
class Portion:
    """Cases that are made, or read, and decided together: of a source by a seed, or by the place of a file."""

    source: str
    seed: int

    def __str__(self) -> str:
        return f"{self.source}:{self.seed}"


def portions(text: str) -> list[Portion]:
    """Read `real:7`, `real:0-99` or `files`; the last may be left out for files only.

    >>> portions("real:7-8")
    [Portion(source='real', seed=7), Portion(source='real', seed=8)]
    """
    source, _, seeds = text.partition(":")
    if source not in SOURCES or not (seeds or source == "files"):
        raise ValueError(f"`{text}` is none of files, {', '.join(f'{name}:0-9' for name in SOURCES[1:])}")
    first, _, last = (seeds or f"0-{len(_files()) - 1}").partition("-")
    return [Portion(source, seed) for seed in range(int(first), int(last or first) + 1)]


@cache
def _files() -> list[Path]:
    return case_files(data_folder("ontology"))


@contextmanager
def opened(portion: Portion, endpoints: dict[str, str]) -> Iterator[tuple[Home, list[Case]]]:
    """Give the cases of a portion, and the knowledge that decides them on every side."""
    if portion.source in WORLDS:
        world: World = WORLDS[portion.source](portion.seed)
        with tempfile.TemporaryDirectory() as folder:
            yield Home(world.write(Path(folder)), lambda: world.reference, endpoints), world.cases
    else:
        home = _product(tuple(endpoints.items()))
        yield home, list(_cases(portion, home))


@cache
def _product(endpoints: tuple[tuple[str, str], ...]) -> Home:
    """Load the knowledge of the product once in a process."""
    folder = data_folder("ontology")
    return Home(folder, lambda: load(folder), dict(endpoints))


def _cases(portion: Portion, home: Home) -> Iterator[Case]:
    if portion.source == "files":
        return (entry.case for entry in read_case_file(_files()[portion.seed]))
    return islice(Realistic(home.knowledge, portion.seed).cases(), AT_ONCE)
