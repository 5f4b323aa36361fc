"""Engine against reference on random worlds."""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path

import pytest
from agreement import differences
from generate import World, worlds
from hypothesis import given
from reference import decide

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("kb.determine") is None, reason="the engine does not offer determine yet"
)


@given(worlds(cases=3))
def test_engine_agrees_with_reference(world: World) -> None:
    from kb import determine, load_knowledge

    with tempfile.TemporaryDirectory() as folder:
        knowledge = load_knowledge(world.write(Path(folder)))
    reference = world.reference
    for case in world.cases:
        found = {r["line"]: r for r in determine(case, knowledge)["requests"]}
        for answer in decide(case, reference):
            assert list(differences(found[answer["line"]], answer)) == []
