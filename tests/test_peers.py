"""Three topics as written for other tools decide as this product does: else the benchmark compares different things."""

import json
import shutil

import pytest

from kb import determine
from tests.bench.peers.__main__ import _measured
from tests.bench.peers.cases import HERE, cases, hierarchy
from tests.bench.peers.one import started
from tests.bench.peers.shown import put, table

# How many of the dozen each takes: HermiT needs two seconds for one, rdflib as much to hold all the knowledge.
TAKES = {"sparql": 1, "shacl": 12, "owl": 1, "opa_eval": 12, "regopy": 12}


@pytest.fixture(scope="module")
def some(knowledge):
    """Take a dozen of the cases, of every topic and every verdict."""
    return cases(knowledge, 180)[::15]


@pytest.fixture(scope="module")
def expected(some, knowledge):
    told = [determine(entry["case"], knowledge)["requests"][0]["determination"] for entry in some]
    return [(one["verdict"], one["amount"]) for one in told]


@pytest.fixture(scope="module")
def above(knowledge, some):
    return hierarchy(knowledge, some)


def test_the_dozen_shows_every_topic_and_verdict(some, expected):
    assert len(some) == 12
    assert {entry["topic"] for entry in some} == {"massage", "lumbar_mri", "compounds"}
    assert {verdict for verdict, _ in expected} >= {"supported", "not_supported", "undocumented"}


def test_curated_cases_are_among_those_measured(knowledge):
    written = [entry for entry in cases(knowledge, 75) if entry.get("expect")]
    for entry in written:
        assert determine(entry["case"], knowledge)["requests"][0]["determination"]["verdict"] == entry["expect"]
    assert {entry["topic"] for entry in written} == {"massage", "lumbar_mri", "compounds"}


def test_the_same_seed_makes_the_same_cases(knowledge, some):
    again = cases(knowledge, 180)[::15]
    assert json.dumps(again, default=str) == json.dumps(some, default=str)


@pytest.mark.parametrize("name", sorted(TAKES))
def test_a_peer_decides_alike(name, some, expected, above):
    try:
        form, decide = started(name, above)
    except ImportError:
        pytest.skip(f"{name} is not installed; it comes with the extra `bench`")
    asked = list(zip(some, expected, strict=True))[: TAKES[name]]
    for entry, (verdict, amount) in asked:
        found, units = decide(entry[form])
        assert found == verdict, entry["plain"]
        assert units in (None, amount)


def test_cql_decides_alike(some, expected, above):
    if not (shutil.which("node") and (HERE / "node_modules").is_dir()):
        pytest.skip("CQL is not installed; npm ci --prefix tests/bench/peers")
    found = _measured("cql", {"cases": some, "above": above, "rounds": 0})["found"]
    assert [verdict for verdict, _ in found] == [verdict for verdict, _ in expected]


def test_a_peer_that_differs_is_seen(some, expected, above):
    """Without the hierarchy a policy finds nothing below a concept, so the comparison has to fail."""
    _, decide = started("shacl", {name: [name] for name in above})
    assert [decide(entry["plain"])[0] for entry in some] != [verdict for verdict, _ in expected]


def test_the_table_names_what_is_faster(tmp_path):
    row = {"rate": 1.0, "mb": 1.0, "same": "1 of 1", "amounts": "none", "can": ["no"] * 5, "p99": 9.0}
    rows = [{"name": "ours", "title": "ours", "p50": 4.0} | row, {"name": "x", "title": "peer", "p50": 2.0} | row]
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- peers: written by python -m tests.bench.peers -->\nold\n<!-- /peers -->\nb\n")
    put(page, table(rows, 1, (0.1, 0.2)))
    assert "Faster than `determine`: peer, 2.0 times at p50" in page.read_text()
    assert "old" not in page.read_text()
    assert page.read_text().startswith("a\n")
    assert page.read_text().endswith("\nb\n")
