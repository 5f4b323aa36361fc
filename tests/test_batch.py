"""`mtus batch`: rows as the single path gives them, whatever comes in, however often it is stopped."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from kinds import kind_cases, tiny_knowledge

from kb import determine, load_knowledge
from kb.batch.engine import Engine, decide_cases
from kb.batch.frame import frame_of_cases
from kb.batch.frames.readers import CARRIED, SORTS
from kb.batch.frames.requests import Requests
from kb.batch.run import Count, Job, batch
from kb.batch.schema import CASES
from kb.batch.source import fitted
from kb.case.model import read_case
from kb.check.topic_cases import case_files, read_case_file
from kb.cli import app
from kb.errors import CaseError, StoreError, UnreadableFileError
from kb.knowledge.queries import queries
from kb.settings import data_folder
from kb.terms import SCHEMA
from tests.bench.realistic import Realistic
from tests.running import until

ROOT = Path(__file__).parents[1]
BAD = {"number": "bad", "ur_decided": "2014-01-01", "requests": [{"servce": "massage_therapy"}]}
TWO = {
    "number": "two",
    "ur_decided": "2014-01-01",
    "diagnoses": ["low_back_pain"],
    "requests": [{"service": "massage_therapy", "quantity": 6, "unit": "visit"}, {"service": "masage"}],
}


@pytest.fixture(autouse=True)
def at_hand(knowledge, monkeypatch):
    """Let each run in this process have the knowledge that is loaded."""
    monkeypatch.setattr("kb.batch.run.load_knowledge", lambda path: load_knowledge(path) if path else knowledge)


@pytest.fixture(scope="module")
def entries():
    """Read the written cases of every topic, with what they expect."""
    return [read_case_file(file) for file in case_files(data_folder("ontology"))]


@pytest.fixture(scope="module")
def written(entries):
    """List some written cases of every topic."""
    return [entry.case for of_topic in entries for entry in of_topic[::16]]


def run(tmp_path, lines, **options):
    source = tmp_path / "cases.jsonl"
    source.write_text("".join(json.dumps(line, default=str) + "\n" for line in lines), encoding="utf-8")
    job = Job(
        source, tmp_path / "out.parquet", tmp_path / "criteria.parquet", **{"workers": 1, "frames": False, **options}
    )
    batch(job)
    return pl.read_parquet(job.out), pl.read_parquet(job.criteria)


def errors(tmp_path):
    return [json.loads(line) for line in (tmp_path / "out.parquet.errors.jsonl").read_text().splitlines()]


def test_rows_are_those_of_the_single_path(tmp_path, written, knowledge):
    rows, criteria = run(tmp_path, written[:40])
    found = iter(rows.iter_rows(named=True))
    for case in written[:40]:
        for request in determine(case, knowledge)["requests"]:
            row, told = next(found), request["determination"]
            assert (row["line"], row["service"], row["error"]) == (request["line"], request["service"], None)
            assert {key: row[key] for key in ("verdict", "imr", "amount", "because", "citations")} == {
                key: told[key] for key in ("verdict", "imr", "amount", "because", "citations")
            }
            missing = [(m["id"], m["decisive"]) for m in told["missing"]]
            assert [(m["id"], m["decisive"]) for m in row["missing"]] == missing
    assert next(found, None) is None
    assert set(criteria["status"]) == {"met", "not_met", "unknown"}
    assert set(criteria["row"]) <= set(rows["row"])


def test_bad_cases_and_lines_are_told_and_end_nothing(tmp_path):
    rows, _ = run(tmp_path, [BAD, TWO, {"number": "none"}], chunk=2)
    assert [(e["row"], e["line"]) for e in errors(tmp_path)] == [(1, None), (2, 2), (3, None)]
    assert "did you mean `service`?" in errors(tmp_path)[0]["message"]
    assert rows["row"].to_list() == [2, 2]
    assert rows["verdict"].null_count() == 1
    assert "masage" in rows["error"][1]


def test_the_command_says_what_it_did(tmp_path):
    (tmp_path / "in.jsonl").write_text(json.dumps(TWO) + "\nno json\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["batch", str(tmp_path / "in.jsonl"), str(tmp_path / "o.parquet"), "--workers", "1"])
    assert done.exit_code == 3
    assert f"1 of 2 cases decided in {tmp_path / 'o.parquet'}; not decided: cases 1, lines of others 1" in done.output


def test_a_run_goes_on_where_it_ended(tmp_path, monkeypatch, written):
    whole, _ = run(tmp_path, written[:6], chunk=2)
    left = tmp_path / "out.parquet.parts"
    assert not left.exists()
    monkeypatch.setattr("kb.batch.kept.Kept.finish", lambda *_: 1 / 0)  # the end, when all portions but one are kept
    with pytest.raises(ZeroDivisionError):
        run(tmp_path, written[:6], chunk=2)
    monkeypatch.undo()
    (left / "000001.rows.parquet").unlink()
    (left / "000002.rows.parquet.new").write_bytes(b"half")
    before = (left / "000000.rows.parquet").stat().st_mtime_ns
    with pytest.raises(StoreError, match="--resume"):
        again(tmp_path)
    seen = []
    again(tmp_path, resume=True, seen=lambda done, total: seen.append((done, total)))
    assert seen == [(4, 6), (6, 6)]
    assert before
    assert pl.read_parquet(tmp_path / "out.parquet").equals(whole)


def again(tmp_path, seen=lambda done, total: None, **options):
    given = {"chunk": 2, "workers": 1, "frames": False, **options}
    batch(Job(tmp_path / "cases.jsonl", tmp_path / "out.parquet", tmp_path / "criteria.parquet", **given), seen)


def test_a_changed_source_is_no_resumption(tmp_path, monkeypatch, written):
    monkeypatch.setattr("kb.batch.kept.Kept.finish", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(tmp_path, written[:2], chunk=2)
    (tmp_path / "cases.jsonl").write_text(json.dumps(TWO) + "\n", encoding="utf-8")
    with pytest.raises(StoreError, match="another source"):
        again(tmp_path, resume=True)


def test_parquet_gives_what_json_lines_give(tmp_path, written):
    lines, criteria = run(tmp_path, written[:40])
    frame_of_cases(written[:40]).write_parquet(tmp_path / "cases.parquet")
    job = Job(tmp_path / "cases.parquet", tmp_path / "p.parquet", tmp_path / "c.parquet", workers=1, chunk=20)
    batch(job)
    assert pl.read_parquet(job.out).equals(lines)
    assert pl.read_parquet(job.criteria).equals(criteria)


def test_rows_are_cut_evenly_and_a_run_goes_on_in_the_portions_it_began_with(tmp_path, monkeypatch, written):
    for name in ("_HUGE", "_LARGE", "_MIDDLE"):
        monkeypatch.setattr(f"kb.batch.run.{name}", 1 if name == "_MIDDLE" else 4)
    frame_of_cases(written[:10]).write_parquet(tmp_path / "cases.parquet")
    job = Job(tmp_path / "cases.parquet", tmp_path / "p.parquet", workers=1)
    monkeypatch.setattr("kb.batch.kept.Kept.finish", lambda kept, numbers: (len(numbers), 0))
    assert batch(job) == Count(10, 3, 0)
    plan = tmp_path / "p.parquet.parts" / "plan.json"
    assert json.loads(plan.read_text())["chunk"] == 4
    monkeypatch.setattr("kb.batch.run._HUGE", 2)
    monkeypatch.setattr("kb.batch.run._LARGE", 2)
    assert batch(replace(job, resume=True)) == Count(10, 3, 0)
    assert batch(replace(job, out=tmp_path / "other.parquet")) == Count(10, 5, 0)


def test_columns_left_out_say_nothing_and_strange_ones_are_errors(tmp_path):
    frame = pl.DataFrame({"requests": [[{"service": "massage_therapy"}]], "ur_decided": ["2014-01-01"]})
    assert fitted(frame.with_columns(pl.col("ur_decided").str.to_date())).schema == CASES
    frame.with_columns(strange=1).write_parquet(tmp_path / "cases.parquet")
    with pytest.raises(CaseError, match="unknown column `strange`"):
        batch(Job(tmp_path / "cases.parquet", tmp_path / "o.parquet"))
    with pytest.raises(UnreadableFileError, match="not there"):
        batch(Job(tmp_path / "nothing.parquet", tmp_path / "o.parquet"))


def test_letters_are_read_and_decided(tmp_path):
    job = Job(data_folder("ontology").parent / "tests" / "letters", tmp_path / "o.parquet", workers=1, frames=False)
    assert batch(job).cases > 3
    assert pl.read_parquet(job.out)["verdict"].is_not_null().any()


def both(knowledge, cases):
    """Decide cases in data frames, by maplib and by Oxigraph, and one by one."""
    pytest.importorskip("maplib", reason="maplib is not installed; it comes with the extra `batch`")
    found = []
    for many in (0, 1_000_000):  # new questions from which on maplib is asked
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("kb.batch.frames.models._MANY", many)
            found.append(Engine(knowledge, True).decided(enumerate(cases, 1)))
    same(*found)
    return found[0], Engine(knowledge, True, frames=False).decided(enumerate(cases, 1))


def same(one, other):
    assert one.rows.equals(other.rows)
    assert one.criteria.equals(other.criteria)
    assert one.errors == other.errors


def test_data_frames_give_the_rows_of_the_single_path(knowledge, entries, written):
    """Try some written cases, one at the least that expects each verdict; `make agree` tries all."""
    of_each = {entry.expect.get("verdict"): entry.case for of_topic in entries for entry in of_topic}
    frames, single = both(knowledge, [*written[::3], *of_each.values(), BAD, TWO])
    same(frames, single)
    assert set(frames.rows["verdict"].drop_nulls()) == {
        "supported", "supported_in_part", "undocumented", "not_supported", "no_guideline"
    }  # fmt: skip


def test_data_frames_give_the_rows_of_the_single_path_on_cases_that_look_real(knowledge):
    cases = list(islice(Realistic(knowledge, 7).cases(), 40))
    frames, single = both(knowledge, cases)
    same(frames, single)
    assert frames.rows["line"].max() > 3


def test_columns_of_an_answer_may_come_in_any_order(knowledge, written, monkeypatch):
    cases = list(enumerate(written[:20], 1))
    before, ask = Engine(knowledge, True).decided(cases), Requests.ask
    monkeypatch.setattr(Requests, "ask", lambda self, *name: (found := ask(self, *name)).select(found.columns[::-1]))
    same(Engine(knowledge, True).decided(cases), before)


def test_data_frames_decide_cases_of_every_kind_of_criterion(tmp_path):
    knowledge = tiny_knowledge(tmp_path / "tiny")
    frames, single = both(knowledge, [case.full(knowledge) for case in kind_cases()])
    same(frames, single)
    assert set(frames.criteria["status"]) == {"met", "not_met", "unknown"}


def test_it_is_known_which_column_each_term_that_a_query_reads_stands_for():
    view, ledger = ((ROOT / f"kb/evaluate/{name}.py").read_text(encoding="utf-8") for name in ("view", "ledger"))
    said = set(re.findall(r'kb\("(\w+)"\)', view + ledger))
    read = {iri.removeprefix(SCHEMA) for query in queries("criteria").values() for iri in query.reads}
    known = {term for columns, links in SORTS.values() for term in (*links, *chain(*columns.values()))}
    assert len(said & read) > 20
    assert said & read <= known | CARRIED


def test_generated_cases_are_the_same_for_a_seed(knowledge):
    one, other, third = (list(islice(Realistic(knowledge, seed).cases(), 20)) for seed in (1, 1, 2))
    assert one == other != third
    assert all(read_case(case).requests for case in one)


def test_any_iterable_of_cases_is_decided(knowledge):
    first, bad, last = decide_cases([TWO, BAD, TWO], knowledge)
    assert [row["verdict"] for row in first["requests"]] == [row["verdict"] for row in last["requests"]]
    assert first["requests"][0]["verdict"]
    assert bad["error"]["code"] == "invalid-case"


def test_a_run_that_is_killed_goes_on(tmp_path, written):
    (tmp_path / "cases.jsonl").write_text("".join(json.dumps(case, default=str) + "\n" for case in written[:12]))
    command = [sys.executable, "-m", "kb.cli", "batch", str(tmp_path / "cases.jsonl"), str(tmp_path / "o.parquet"),
               "--chunk", "1", "--workers", "1"]  # fmt: skip
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    kept = tmp_path / "o.parquet.parts"
    until(lambda: len(list(kept.glob("*.rows.parquet"))) >= 2 or running.poll() is not None, 120)
    running.kill()
    running.wait()
    done = len(list(kept.glob("*.rows.parquet")))
    assert 2 <= done < 12
    seen = []
    job = Job(tmp_path / "cases.jsonl", tmp_path / "o.parquet", chunk=1, workers=1, resume=True, frames=False)
    batch(job, lambda done, total: seen.append(done))
    assert seen[0] == done
    rows = pl.read_parquet(job.out)
    assert rows.select("row", "line").is_unique().all()
    assert rows["row"].unique().to_list() == list(range(1, 13))
