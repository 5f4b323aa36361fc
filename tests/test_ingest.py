"""Decisions on disk: taken in once, replaced when they change, whole after a kill, and gone when erased."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import commands
import pyoxigraph as ox
import pytest

from kb import QueryError, StoreError
from kb.archive import readers
from kb.archive.files import find_files
from kb.archive.ingest import erase, erase_older, ingest
from kb.ask.sandbox import Sandbox
from kb.ask.stored import ask
from kb.settings import data_folder
from kb.store.disk import DiskReader, DiskWriter, FollowingReader
from kb.terms import PROV
from tests import dying
from tests.running import free_port

ROOT = Path(__file__).parents[1]
LETTERS = Path(__file__).parent / "letters"
ENDED = PROV + "endedAtTime"
COUNT = "SELECT (COUNT(*) AS ?n) { ?d a <https://w3id.org/mtus-kb/schema#Decision> }"
ANY = "SELECT ?p { ?s ?p ?o } LIMIT 1"


take_in = partial(ingest, processes=1)  # another is started only where several are tried


@pytest.fixture(scope="module")
def ontology(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ontology") / "tiny"
    shutil.copytree(Path(__file__).parent / "tiny", folder)
    shutil.copytree(data_folder("ontology") / "core", folder / "core")
    return folder


def write(folder: Path, name: str, **changes: object) -> Path:
    case = {"number": name, "ur_decided": "2015-06-01", "requests": [{"service": "stretching", "quantity": 3}]}
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.json"
    file.write_text(json.dumps({**case, **changes}), encoding="utf-8")
    return file


@pytest.fixture
def cases(tmp_path):
    for number in range(6):
        write(tmp_path / "cases", f"T-{number}", age=30 + number)
    return tmp_path / "cases"


def kept(store: Path) -> list[str]:
    """List what a store holds of decisions, but for when they were made."""
    live = json.loads((store / "current.json").read_text())["live"]
    quads = ox.Store(str(store / live)).quads_for_pattern(None, None, None, None)
    return sorted(str(q) for q in quads if "/graph/decision/" in q.graph_name.value and q.predicate.value != ENDED)


def count(store: Path) -> int:
    return int(DiskReader(store).select(COUNT)[0]["n"].value)


def test_the_same_files_twice_are_the_same_store(cases, ontology, tmp_path):
    store = tmp_path / "s"
    first = ingest([str(cases)], store, ontology)
    assert (first.written, first.replaced, first.unchanged, first.trouble) == (6, 0, 0, [])
    before, moments = kept(store), DiskReader(store).select(f"SELECT ?o {{ ?s <{ENDED}> ?o }} ORDER BY ?o")
    second = ingest([str(cases)], store, ontology)
    assert (second.written, second.replaced, second.unchanged) == (0, 0, 6)
    assert kept(store) == before
    assert DiskReader(store).select(f"SELECT ?o {{ ?s <{ENDED}> ?o }} ORDER BY ?o") == moments
    assert count(store) == 6


def test_a_changed_file_replaces_its_decision_and_no_other(cases, ontology, tmp_path):
    store = tmp_path / "s"
    take_in([str(cases)], store, ontology)
    before = kept(store)
    write(cases, "T-3", age=99)
    taken = take_in([str(cases)], store, ontology)
    assert (taken.written, taken.replaced, taken.unchanged) == (0, 1, 5)
    changed = set(before) ^ set(kept(store))
    assert changed
    assert all("/graph/decision/T-3>" in line for line in changed)
    assert not any('#age> "33"' in line for line in kept(store))


def test_changed_knowledge_replaces_every_decision_and_the_knowledge_kept(cases, ontology, tmp_path):
    store, other = tmp_path / "s", tmp_path / "other"
    take_in([str(cases)], store, ontology)
    before = kept(store)
    shutil.copytree(ontology, other)
    (other / "more.ttl").write_text('<urn:new> <http://www.w3.org/2004/02/skos/core#note> "new" .', encoding="utf-8")
    taken = take_in([str(cases)], store, other)
    assert (taken.replaced, taken.unchanged) == (6, 0)
    assert all("knowledge/" in line for line in set(before) ^ set(kept(store)))
    assert count(store) == 6
    assert len(DiskReader(store).select("SELECT ?o { <urn:new> ?p ?o }")) == 1
    versions = "SELECT ?v { <https://w3id.org/mtus-kb/graph/knowledge> ?p ?v }"
    assert len(DiskReader(store).select(versions)) == 1


def test_a_bad_file_is_told_and_the_others_are_kept(cases, ontology, tmp_path):
    (cases / "T-2a.json").write_text("{", encoding="utf-8")
    (cases / "T-2b.pdf").write_bytes(b"%PDF-1.4 nothing")
    write(cases, "T-2c", requests=[])
    store = tmp_path / "s"
    taken = take_in([str(cases), str(tmp_path / "none.pdf")], store, ontology)
    assert [file.name for file, _ in taken.trouble] == ["T-2a.json", "T-2b.pdf", "T-2c.json", "none.pdf"]
    assert taken.written == count(store) == 6


@pytest.mark.parametrize("processes", [1, 2])  # one process takes these files three at a time, two one by one
def test_a_file_that_ends_its_process_loses_no_other(processes, cases, ontology, tmp_path, monkeypatch):
    write(cases, "T-1z").rename(cases / dying.DEADLY)
    monkeypatch.setattr(readers, "_read_group", dying.read)
    store = tmp_path / "s"
    taken = ingest([str(cases)], store, ontology, processes=processes)
    assert [(file.name, "ended the process" in why) for file, why in taken.trouble] == [(dying.DEADLY, True)]
    assert taken.written == count(store) == 6


def test_of_two_files_of_one_case_the_later_is_kept_and_said(cases, ontology, tmp_path):
    write(cases, "T-1", age=1).rename(cases / "T-1-again.json")
    write(cases, "T-1", age=2)
    taken = take_in([str(cases)], tmp_path / "s", ontology)
    assert taken.twice == [(cases / "T-1-again.json", "T-1.json")]
    assert (taken.written, count(tmp_path / "s")) == (6, 6)
    before = kept(tmp_path / "s")
    again = take_in([str(cases)], tmp_path / "s", ontology)
    assert again.twice == taken.twice
    assert (again.written, again.replaced, kept(tmp_path / "s")) == (0, 0, before)
    assert any('#age> "2"' in line for line in kept(tmp_path / "s"))


def test_a_kept_decision_that_another_file_of_its_case_replaces_is_counted_as_replaced(cases, ontology, tmp_path):
    store = tmp_path / "s"
    take_in([str(cases)], store, ontology)
    write(cases, "T-7", number="T-3", age=98)
    write(cases, "T-8", number="T-3", age=99)
    steps = []
    taken = take_in([str(cases)], store, ontology, seen=lambda done, total: steps.append((done, total)))
    assert (taken.written, taken.replaced, taken.unchanged) == (0, 1, 5)
    assert taken.twice == [(cases / "T-3.json", "T-7.json"), (cases / "T-7.json", "T-8.json")]
    assert steps == [(6, 8), (7, 8), (8, 8)]
    assert any('#age> "99"' in line for line in kept(store))
    write(cases, "T-0z", number="T-3", age=7)
    assert count(store) == 6
    before = kept(store)
    taken = take_in([str(cases)], store, ontology)
    assert (taken.written, taken.replaced, taken.unchanged, len(taken.twice)) == (0, 0, 6, 3)
    assert kept(store) == before


def test_two_files_of_one_content_are_one_decision_at_each_run(cases, ontology, tmp_path):
    shutil.copy(cases / "T-1.json", cases / "T-1-copy.json")
    for counts in ((6, 0, 0), (0, 0, 6)):
        taken = take_in([str(cases)], tmp_path / "s", ontology)
        assert (taken.written, taken.replaced, taken.unchanged) == counts
        assert taken.twice == [(cases / "T-1-copy.json", "T-1.json")]
    assert count(tmp_path / "s") == 6


def test_files_folders_and_patterns_name_each_file_once(cases, tmp_path):
    (cases / "deep").mkdir()
    deep = write(cases / "deep", "T-9")
    (cases / "labels.jsonl").write_text("{}", encoding="utf-8")
    names = [file.name for file in find_files([str(cases / "T-0.json"), str(cases), str(cases / "*-1.json")])]
    assert names == ["T-0.json", "T-1.json", "T-2.json", "T-3.json", "T-4.json", "T-5.json", "T-9.json"]
    assert find_files([str(cases / "**" / "T-9.json")]) == [deep]
    assert find_files([str(cases / "*.nothing")]) == [cases / "*.nothing"]


def start(cases: Path, store: Path, ontology: Path) -> "subprocess.Popen[str]":
    words = [sys.executable, "-m", "kb.cli", "ingest", str(cases), "--store", str(store), "--ontology", str(ontology)]
    return subprocess.Popen(words, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def written(store: Path) -> int:
    """Measure what has gone to the log of the live store: bytes."""
    return sum(file.stat().st_size for file in store.glob("live-*/*.log") if file.exists())


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="children of a process are listed in /proc only")
@pytest.mark.parametrize("share", [0.2, 0.7])
def test_killed_at_any_moment_and_started_again_nothing_is_lost_or_doubled(share, ontology, tmp_path):
    cases, store, whole = tmp_path / "cases", tmp_path / "s", tmp_path / "whole"
    for number in range(300):
        write(cases, f"T-{number:03}", age=20 + number % 60)
    assert ingest([str(cases)], whole, ontology).written == 300
    (tmp_path / "one").mkdir()
    ingest([str(tmp_path / "one")], tmp_path / "empty", ontology)
    knowledge, everything = written(tmp_path / "empty"), written(whole)
    running = start(cases, store, ontology)
    while running.poll() is None and written(store) < knowledge + share * (everything - knowledge):
        time.sleep(0.002)
    workers = children(running.pid)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    assert running.returncode == -signal.SIGKILL
    partly = {line.rsplit("<", 1)[1] for line in kept(store)}
    assert 0 < len(partly) < 300
    with pytest.raises(StoreError, match="holds no decisions yet"):
        DiskReader(store)
    taken = ingest([str(cases)], store, ontology)
    assert (taken.unchanged, taken.written, taken.replaced) == (len(partly), 300 - len(partly), 0)
    assert kept(store) == kept(whole)
    assert count(store) == 300
    assert not [pid for pid in workers if _runs(pid)], "processes of the killed ingest still run"


def _runs(pid: int) -> bool:
    for _ in range(100):
        try:
            if "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text():
                return False
            os.kill(pid, 0)
        except (ProcessLookupError, FileNotFoundError):
            return False
        time.sleep(0.1)
    return True


# --- erasing ------------------------------------------------------------------------------------------------


def holding(store: Path, words: str) -> list[str]:
    """List the files of a store that hold some words."""
    return [file.name for file in store.rglob("*") if file.is_file() and words.encode() in file.read_bytes()]


def test_what_is_erased_is_in_no_file_and_the_rest_is_whole(cases, ontology, tmp_path):
    store, secret = tmp_path / "s", "Zebulon Quux of Fresno"
    write(cases, "T-3", specialty=[secret])
    take_in([str(cases)], store, ontology)
    before = kept(store)
    assert holding(store, secret), "the test looks where nothing is"
    erase(["T-3"], store)
    assert holding(store, secret) == []
    assert holding(store, "T-3.json") == []
    assert kept(store) == [line for line in before if "/graph/decision/T-3>" not in line]
    assert count(store) == 5
    assert sorted(file.name for file in store.iterdir()) == ["current.json", "live-2", "lock", "view-2"]


def test_an_earlier_state_of_a_decision_is_gone_with_it(cases, ontology, tmp_path):
    store, secret = tmp_path / "s", "Zebulon Quux of Fresno"
    write(cases, "T-3", specialty=[secret])
    take_in([str(cases)], store, ontology)
    write(cases, "T-3")
    take_in([str(cases)], store, ontology)
    erase(["T-3"], store)
    assert holding(store, secret) == []


def test_erasing_what_is_not_there_erases_nothing(cases, ontology, tmp_path):
    store = tmp_path / "s"
    take_in([str(cases)], store, ontology)
    with pytest.raises(StoreError, match="no decision `T-9` is kept here"):
        erase(["T-1", "T-9"], store)
    assert count(store) == 6
    with pytest.raises(StoreError, match="is no folder"):
        erase(["T-1"], tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_what_a_stopped_run_left_is_removed(cases, ontology, tmp_path):
    store = tmp_path / "s"
    take_in([str(cases)], store, ontology)
    (store / "live-2").mkdir()
    (store / "view-9").mkdir()
    take_in([str(cases)], store, ontology)
    assert sorted(file.name for file in store.iterdir()) == ["current.json", "live-1", "lock", "view-1", "view-2"]


# --- writers and readers ------------------------------------------------------------------------------------


def test_one_process_writes_at_a_time(tmp_path):
    with DiskWriter(tmp_path / "s"), pytest.raises(StoreError, match="is being written by another process"):
        DiskWriter(tmp_path / "s")
    with DiskWriter(tmp_path / "s"):
        pass


def test_a_folder_with_other_files_is_not_taken(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(StoreError, match="holds other files"):
        DiskWriter(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]


def test_a_damaged_folder_is_said(tmp_path):
    (tmp_path / "current.json").write_text("{")
    for opener in (DiskWriter, DiskReader):
        with pytest.raises(StoreError, match="is damaged"):
            opener(tmp_path)


def test_readers_see_what_was_published_and_follow(tmp_path):
    graph, triple = ox.NamedNode("urn:g"), b'<urn:s> <urn:p> "one" .'
    with DiskWriter(tmp_path / "s") as writer:
        with pytest.raises(StoreError, match="holds no decisions yet"):
            DiskReader(tmp_path / "s")
        writer.publish()
        fixed, following = DiskReader(tmp_path / "s"), FollowingReader(tmp_path / "s")
        writer.replace(graph, triple)
        assert following.select(ANY) == []
        writer.publish()
        assert (fixed.stale(), len(following.select(ANY)), fixed.select(ANY)) == (True, 1, [])
        writer.replace(graph, b"")
        writer.publish()
        assert following.select(ANY) == []


def test_many_changes_between_views_are_bounded_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("kb.store.disk._FLUSH_AFTER", 1_000)
    with DiskWriter(tmp_path / "s") as writer:
        for number in range(50):
            writer.replace(ox.NamedNode(f"urn:g{number}"), f'<urn:s> <urn:p> "{"x" * 100}{number}" .'.encode())
        assert list((tmp_path / "s" / "live-1").glob("*.sst"))
        assert len(writer.store) == 50


def test_foreign_queries_see_decisions_and_knowledge_and_reach_nothing_else(cases, ontology, tmp_path):
    store = tmp_path / "s"
    take_in([str(cases)], store, ontology)
    query = """PREFIX kb: <https://w3id.org/mtus-kb/schema#>
        SELECT ?stance { ?d a kb:Determination ; kb:reached|kb:mayReach ?r . ?r kb:stance ?stance } LIMIT 1"""
    with Sandbox(ontology, decisions=store) as sandbox:
        assert "stance" in sandbox.run(query, "csv").body
        assert sandbox.run(COUNT, "csv").body.split() == ["n", "6"]
        one = COUNT.replace("{", "FROM <https://w3id.org/mtus-kb/graph/decision/T-3> {", 1)
        assert sandbox.run(one, "csv").body.split() == ["n", "1"]
        with pytest.raises(QueryError, match="updates are refused"):
            sandbox.run("DROP ALL")
        write(cases, "T-6")
        take_in([str(cases)], store, ontology)
        assert sandbox.run(COUNT, "csv").body.split() == ["n", "7"]
    with Sandbox(ontology, decisions=tmp_path / "nowhere") as sandbox, pytest.raises(StoreError, match="no decisions"):
        sandbox.run(COUNT)


def test_foreign_queries_reach_every_file_of_a_store_with_many(tmp_path, monkeypatch):
    monkeypatch.setattr("kb.store.disk._FLUSH_AFTER", 1)
    with DiskWriter(tmp_path / "s") as writer:
        for number in range(60):
            lines = "".join(f'<urn:s{number}-{i}> <urn:p{i}> "{number} {i}" .\n' for i in range(50))
            writer.replace(ox.NamedNode(f"urn:g{number}"), lines.encode())
        writer.publish()
    assert len(list((tmp_path / "s").glob("view-*/*.sst"))) > 16, "so few are opened with the store"
    with Sandbox(decisions=tmp_path / "s") as sandbox:
        for pattern in ("?s ?p ?o", "GRAPH ?g { ?s ?p ?o }", "?s <urn:p7> ?o", '?s ?p "7 7"'):
            found = sandbox.run(f"SELECT DISTINCT ?s {{ {pattern} }} ORDER BY ?s", "csv").body.split()
            assert len(found) > 1
        assert len(sandbox.run("SELECT ?o { ?s ?p ?o }", "csv").body.split("\n")) > 3000


# --- the command line ---------------------------------------------------------------------------------------


def test_letters_are_taken_in_asked_and_erased_from_the_command_line(taken_in, tmp_path, knowledge):
    (letters, done), store = taken_in, str(tmp_path / "s")
    shutil.copytree(letters, store)
    run = partial(commands.run, knowledge=knowledge)
    assert done.returncode == 3
    assert "2 new, 0 replaced, 0 unchanged, 1 not read" in done.stdout
    assert "locked_by_password.pdf: " in done.stderr
    asked = run("query", "verdicts-by-outcome", "--store", store)
    assert asked.stdout.splitlines()[0] == "verdict,outcome,requests"
    assert "not_supported,upheld" in asked.stdout
    joined = run("query", "criteria-that-decide", "--store", store).stdout
    assert "mtus-chronic-pain-2009/massage_therapy#visit_limit,attested,1" in joined
    assert run("erase", "CM14-0990001", "--store", store).returncode == 0
    left = run("query", "decisions", "--store", store).stdout
    assert "CM16-0990002" in left
    assert "CM14-0990001" not in left


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("query", "decisions"), 2, "`decisions` is about decisions; name the folder that keeps them with --store"),
        (("query", "decisions", "--store", "nowhere"), 2, "`nowhere` holds no decisions yet"),
        (("sparql", "queries/ask/editions.rq", "--store", "nowhere"), 2, "`nowhere` holds no decisions yet"),
        (("ingest", "tests/letters"), 2, "Missing option '--store'"),
        (("ingest", "tests/letters", "--store", "tests"), 2, "`tests` holds other files and no decisions"),
        (("ingest", "nowhere.pdf", "--store", "{tmp}/s", "--ontology", "{tiny}"), 3, "nowhere.pdf"),
        (("erase", "X", "--store", "nowhere"), 2, "`nowhere` is no folder"),
        (("serve", "--port", "{port}", "--store", "nowhere"), 2, "`nowhere` holds no decisions yet"),
    ],
)  # fmt: skip
def test_wrong_usage_is_one_sentence(words, code, said, tmp_path, ontology, knowledge):
    run = commands.run_alone if words[0] == "serve" else partial(commands.run, knowledge=knowledge)
    done = run(*(word.format(tmp=tmp_path, tiny=ontology, port=free_port()) for word in words))
    assert done.returncode == code
    assert said in " ".join((done.stderr + done.stdout).replace("│", " ").split())


def test_a_stored_question_joins_decisions_with_the_knowledge_kept(cases, ontology, tmp_path):
    from kb import load_knowledge

    take_in([str(cases)], tmp_path / "s", ontology)
    found = ask("decisions", {}, load_knowledge(ontology), FollowingReader(tmp_path / "s")).as_csv()
    assert found.count("\n") == 7


# --- the service --------------------------------------------------------------------------------------------


def test_the_service_asks_decisions_and_follows_new_ones(cases, ontology, tmp_path):
    from api import Settings, create_app
    from kb import load_knowledge

    store, knowledge = tmp_path / "s", load_knowledge(ontology)
    take_in([str(cases)], store, ontology)
    client = create_app(Settings(ontology=ontology, decisions=store), knowledge).test_client()
    listed = {question["name"]: question["over"] for question in client.get("/queries").json["queries"]}
    assert (listed["decisions"], listed["editions"]) == ("decisions", "knowledge")
    assert len(client.get("/queries/decisions").json["rows"]) == 6
    counted = client.get("/sparql", query_string={"query": COUNT}, headers={"Accept": "text/csv"}).text
    assert counted.split() == ["n", "6"]
    write(cases, "T-6")
    take_in([str(cases)], store, ontology)
    assert len(client.get("/queries/decisions").json["rows"]) == 7
    erase(["T-6", "T-5"], store)
    assert len(client.get("/queries/decisions").json["rows"]) == 5
    counted = client.get("/sparql", query_string={"query": COUNT}, headers={"Accept": "text/csv"}).text
    assert counted.split() == ["n", "5"]


def test_a_service_without_a_store_says_so(ontology):
    from api import Settings, create_app
    from kb import load_knowledge

    answer = create_app(Settings(ontology=ontology), load_knowledge(ontology)).test_client().get("/queries/decisions")
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert "name the folder that keeps them with --store" in answer.json["detail"]


def test_decisions_older_than_some_days_are_erased(cases, ontology, tmp_path):
    store = tmp_path / "s"
    take_in([str(cases)], store, ontology)
    assert erase_older(1, store) == 0
    assert count(store) == 6
    assert erase_older(0, store) == 6
    assert count(store) == 0
