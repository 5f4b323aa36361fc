"""The laws of section 3 on the reference, over random worlds.

Quick by default: 40 examples of each, and 60 worlds; `make agree` runs thousands.
"""

from __future__ import annotations

import random
from collections import Counter

import laws
from generate import World, random_world, worlds
from hypothesis import given, note
from hypothesis import strategies as st
from reference import decide
from reference.verdict import ORDER


@given(worlds(), st.integers(0, 2**32))
def test_every_law(world: World, seed: int) -> None:
    reference = world.reference
    for name, law in laws.LAWS.items():
        note(name)
        law(reference, world.cases[0], random.Random(seed))


@given(worlds(), st.integers(0, 2**32))
def test_order_of_triples(world: World, seed: int) -> None:
    laws.order_of_triples(world, world.cases[0], random.Random(seed))


def test_generator_yields_every_verdict(pytestconfig) -> None:
    """ "a generator that yields fewer than 10 % of any verdict fails its test"."""
    found: Counter[str] = Counter()
    for seed in range(1000 if pytestconfig.getoption("--hypothesis-profile") == "long" else 60):
        world = random_world(seed)
        reference = world.reference
        for case in world.cases:
            found.update(a["verdict"] for a in decide(case, reference) if a["error"] is None)
    shares = {verdict: found[verdict] / found.total() for verdict in ORDER}
    assert min(shares.values()) >= 0.1, shares
