"""Every side beside the embedded store: engine and reference on random worlds, all sides on a few cases that look real.

Quick by default: 40 examples and 15 seeds; `make agree` compares thousands of each, those of the seeds too.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from agreement import disagreements
from generate import World, dose_world, leaf_world, random_world, worlds
from hypothesis import given

from kb import determine, load_knowledge

SEEDS = 15


def compared(world: World) -> Iterator[tuple[int, int, list[str]]]:
    with tempfile.TemporaryDirectory() as folder:
        knowledge = load_knowledge(world.write(Path(folder)))
    return disagreements(world.cases, [determine(case, knowledge) for case in world.cases], world.reference)


@given(worlds(cases=3))
def test_engine_agrees_with_reference(world: World) -> None:
    assert [found for found in compared(world) if found[2]] == []


@pytest.mark.parametrize("make", [random_world, leaf_world, dose_world])
def test_engine_agrees_with_reference_on_fixed_seeds(make) -> None:
    lines = [(seed, *found) for seed in range(SEEDS) for found in compared(make(seed))]
    assert [found for found in lines if found[3]] == []
    assert len(lines) > 5 * SEEDS
