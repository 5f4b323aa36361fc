"""Hand cases for the sentences of section 3, on every evaluator there is."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from agreement import as_reference
from reference import decide, load

HERE = Path(__file__).parent
CASES = [
    pytest.param(item, id=f"{path.stem}: {item['name']}")
    for path in sorted((HERE / "cases").glob("*.yaml"))
    for item in yaml.load(path.read_text(), yaml.CSafeLoader)
]
USUAL = {"requested": "2012-06-01", "injured": "2010-01-01"}
Evaluator = Callable[[dict[str, Any]], list[dict[str, Any]]]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny") / "ontology"
    shutil.copytree(HERE / "tiny", folder)
    shutil.copytree(HERE.parent / "ontology" / "core", folder / "core")
    return folder


@pytest.fixture(scope="session", params=["reference", "engine"])
def evaluator(request: pytest.FixtureRequest, tiny: Path) -> tuple[str, Evaluator]:
    if request.param == "reference":
        ref = load(tiny)
        return "reference", lambda case: decide(case, ref)
    if importlib.util.find_spec("kb.determination") is None:
        pytest.skip("the engine does not offer determine yet")
    from kb import determine, load_knowledge

    knowledge = load_knowledge(tiny)
    return "engine", lambda case: [as_reference(r) for r in determine(case, knowledge)["requests"]]


def tail(id_: str) -> str:
    """`topic#node` of an id, without its guideline."""
    return id_.split("/", 1)[-1]


def complete(case: dict[str, Any]) -> dict[str, Any]:
    found = {**USUAL, **case}
    dates = ("requested", "injured", "ur_decided")
    return {k: str(v) if k in dates else _plain(v) for k, v in found.items() if v is not None}


def _plain(value: Any) -> Any:
    """Dates as a caller of the API writes them."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def check(answer: dict[str, Any], expected: dict[str, Any]) -> None:
    if expected.get("error"):
        assert answer["error"]
        assert answer["verdict"] is None
        return
    assert answer["error"] is None
    for key, wanted in expected.items():
        found = answer.get("missing" if key in ("decisive", "missing_has") else key)
        if key in ("because", "applied", "remarks", "contraindications"):
            assert {tail(i) for i in found} == set(wanted), key
        elif key == "missing":
            assert {tail(m["id"]) for m in found} == set(wanted)
        elif key == "missing_has":
            assert {tail(m["id"]) for m in found} >= set(wanted)
        elif key == "decisive":
            assert {tail(m["id"]) for m in found if m["decisive"]} == set(wanted)
        elif key == "assumptions":
            assert set(found) == set(wanted)
        elif key == "readings":
            assert {**found, "changed_by": sorted(tail(i) for i in found["changed_by"])} == wanted
        elif key == "leaves":
            statuses = {tail(i): s for i, s in found.items()}
            assert {i: statuses.get(i) for i in wanted} == wanted
        elif key == "recommendations":
            rules = {tail(r["id"]): r for r in found}
            assert {i: {k: rules[i][k] for k in w} for i, w in wanted.items()} == wanted
        else:
            assert found == wanted, key


@pytest.mark.parametrize("item", CASES)
def test_section3(evaluator: tuple[str, Evaluator], item: dict[str, Any]) -> None:
    _, run = evaluator
    answers = {a["line"]: a for a in run(complete(item["case"]))}
    expected = item.get("lines") or {1: item["expect"]}
    for line, wanted in expected.items():
        check(answers[line], wanted)


def test_every_case_has_its_own_name() -> None:
    names = [p.values[0]["name"] for p in CASES]
    assert len(names) == len(set(names)) > 150


def test_cases_run_are_cases_written(request: pytest.FixtureRequest) -> None:
    ran = [i for i in request.session.items if getattr(i, "originalname", None) == "test_section3"]
    if len(ran) != 2 * len(CASES):
        pytest.skip("only some cases were chosen")
    written = sum(
        path.read_text().count("\n- name:") + path.read_text().startswith("- name:")
        for path in (HERE / "cases").glob("*.yaml")
    )
    assert len(CASES) == written
