"""Engine against reference on random worlds.

Quick by default; `make agree` lays thousands of worlds side by side.
"""

from __future__ import annotations

import pytest
from agreement import disagreements
from generate import World, leaf_world, random_world, worlds
from hypothesis import given

SEEDS = 40


@given(worlds(cases=3))
def test_engine_agrees_with_reference(world: World) -> None:
    assert [found for found in disagreements(world) if found[2]] == []


@pytest.mark.parametrize("make", [random_world, leaf_world])
def test_engine_agrees_with_reference_on_fixed_seeds(make) -> None:
    lines = [(seed, *found) for seed in range(SEEDS) for found in disagreements(make(seed))]
    assert [found for found in lines if found[3]] == []
    assert len(lines) > 5 * SEEDS
