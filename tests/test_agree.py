"""The comparison of all sides: a few cases are decided alike, and a difference is told by its place."""

from __future__ import annotations

from collections import Counter

import agree
import polars as pl
import portions
import pytest
from agree import compare, ranges, tasks
from click.testing import CliRunner
from portions import Portion
from sides import QUICK, SIDES, Home

HERE = ("reference", "maplib", "frames", "alone")


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(portions, "AT_ONCE", 12)


@pytest.mark.parametrize("portion", ["real:5", "files:7", "rules:3", "leaf:3"])
def test_sides_decide_alike(few, portion):
    found, counts, told = compare({}, (portions.portions(portion)[0], HERE))
    assert told == []
    assert str(found) == portion
    assert {counts[side] for side in HERE} == {counts["alone"]}
    assert counts["lines"] >= counts["alone"] > 3


@pytest.mark.parametrize("topic", ["opioids_dosing", "nsaids_named"])
def test_doses_in_bands_and_lengths_in_days_stand_alike(topic):
    places = [place for place, file in enumerate(portions._files()) if file.name == f"{topic}.cases.yaml"]
    for place in places:
        _, counts, told = compare({}, (Portion("files", place), ("reference",)))
        assert told == []
        assert counts["reference"] > 3
    assert places


def test_a_leaf_that_stands_otherwise_is_told_by_its_place(few, monkeypatch):
    decided = Home.tables

    def wrong(home, side, cases):
        tables = decided(home, side, cases)
        if side == "frames":
            here = (pl.col("row") == 2) & (pl.int_range(pl.len()).over("row") == 0)
            tables.criteria = tables.criteria.with_columns(
                status=pl.when(here).then(pl.lit("none")).otherwise("status")
            )
        return tables

    monkeypatch.setattr(Home, "tables", wrong)
    _, _, (told,) = compare({}, (Portion("real", 5), ("frames", "alone")))
    assert told.startswith("real:5 case 2 line 1, frames: part 1 leaf ")
    assert told.endswith(" / none")
    assert "status " in told


def test_a_verdict_of_the_reference_that_differs_is_told(few, monkeypatch):
    monkeypatch.setattr("reference.verdict._verdict", lambda *_: "supported")
    _, _, told = compare({}, (Portion("rules", 3), ("reference",)))
    assert any("reference: line verdict: engine " in line for line in told)


def test_all_sides_decide_the_files_and_the_first_cases():
    asked = dict(tasks([*portions.portions("files:0"), Portion("real", 1), Portion("real", 2)], SIDES, slow=200))
    assert list(asked.values()) == [SIDES, SIDES, QUICK]


def test_a_run_that_ends_early_says_what_is_left(monkeypatch):
    def ended(*_):
        yield Portion("real", 3), Counter(reference=100), ["real:3 case 1 line 1, reference: else"]
        raise KeyboardInterrupt

    monkeypatch.setattr(agree, "run", ended)
    done = CliRunner().invoke(agree.main, ["real:2-6", "leaf:1"])
    assert done.exit_code == 1
    assert "real: reference 100\n1 differences; left: leaf:1-1 real:2-2 real:4-6" in done.output


@pytest.mark.parametrize(("told", "code"), [([], 0), (["else"], 1)])
def test_one_difference_is_exit_code_1(monkeypatch, told, code):
    monkeypatch.setattr(agree, "run", lambda *_: ((portion, Counter(), told) for portion in [Portion("real", 3)]))
    done = CliRunner().invoke(agree.main, ["real:3"])
    assert done.exit_code == code
    assert f"{len(told)} differences\n" in done.output


def test_portions_are_written_as_they_are_read():
    found = portions.portions("real:7-9")
    assert ranges(found) == "real:7-9"
    assert len(portions.portions("files")) > 300
    with pytest.raises(ValueError, match="is none of files, real:0-9"):
        portions.portions("letters:1")
