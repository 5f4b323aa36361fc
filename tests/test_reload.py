"""Changed knowledge comes into service whole and without a stop; a broken edit does not come in."""

import gc
import logging
import os
import signal
import threading
import time
import weakref
from contextlib import contextmanager

import pytest

from api import Settings, create_app
from api.keys import make_key
from api.reload import Reloader, content_hash
from api.served import served, serving
from kb import load_knowledge
from tests.running import CASE, STRETCHING, Service, allowed, set_limit, small_ontology, until

QUERY = (
    "SELECT ?n { <https://w3id.org/mtus-kb/tiny-first-1/stretching#limit> <https://w3id.org/mtus-kb/schema#limit> ?n }"
)


@pytest.fixture
def ontology(tmp_path):
    return small_ontology(tmp_path / "ontology")


@pytest.fixture
def app(ontology):
    return create_app(Settings(ontology=ontology), load_knowledge(ontology))


@pytest.fixture
def reloader(app, ontology):
    return Reloader(app, Settings(ontology=ontology))


def decided(app):
    answer = app.test_client().post("/determinations", json=CASE)
    return answer.headers["Knowledge-Version"], allowed(answer.json)


def asked(app):
    rows = app.test_client().get("/sparql", query_string={"query": QUERY}).json["results"]["bindings"]
    return int(rows[0]["n"]["value"])


def test_changed_knowledge_is_served_everywhere(app, reloader, ontology):
    before = decided(app)
    assert (before[1], asked(app)) == (2, 2)
    set_limit(ontology, 5)
    assert (decided(app), asked(app)) == (before, 2), "nothing changes before it is told to"
    assert reloader.reload() is True
    after = decided(app)
    assert (after[1], asked(app)) == (5, 5)
    assert after[0] != before[0]
    assert "at most 5 visits of stretching" in str(app.test_client().post("/determinations", json=CASE).json)


def test_unchanged_knowledge_is_left_alone(app, reloader):
    piece = serving(app)
    assert reloader.reload() is False
    assert serving(app) is piece


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("this is no Turtle", "malformed Turtle in `guidelines/first-1/stretching.ttl` line"),
        ("<#stretching> <https://w3id.org/mtus-kb/schema#criteria> <#nothing> .", ""),
    ],
)
def test_a_broken_edit_is_refused_and_the_old_one_serves(app, reloader, ontology, caplog, edit, said):
    before = decided(app)
    file = ontology / STRETCHING
    good = file.read_text()
    file.write_text(f"{good}\n{edit}\n", encoding="utf-8")
    with caplog.at_level(logging.ERROR):
        assert reloader.reload() is False
    refusals = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
    assert len(refusals) == 1
    assert f"{before[0]} is served on" in refusals[0]
    assert said in refusals[0]
    assert "\n" not in refusals[0]
    assert decided(app) == before
    asked(app)
    os.kill(serving(app).sandbox.processes()[0], signal.SIGKILL)
    app.test_client().get("/sparql", query_string={"query": QUERY})
    assert asked(app) == 2, "a new worker of the sandbox has the knowledge that is served, not the broken folder"
    file.write_text(good.replace("kb:limit 2", "kb:limit 4"), encoding="utf-8")
    assert reloader.reload() is True
    assert decided(app)[1] == 4


@contextmanager
def at_once(*works):
    """Do some works again and again, each in a thread of its own, while the block runs."""
    ends = threading.Event()

    def repeat(work) -> None:
        while not ends.is_set():
            work()

    threads = [threading.Thread(target=repeat, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ends.set()
        for thread in threads:
            thread.join(30)


def test_no_answer_mixes_two_versions(app, reloader, ontology):
    versions: dict[str, set[int]] = {}
    wrong: list[object] = []

    def ask() -> None:
        version, limit = decided(app)
        versions.setdefault(version, set()).add(limit)

    def ask_within_one_request() -> None:
        with app.test_request_context("/"):
            first = served()
            time.sleep(0.02)
            if served() is not first:
                wrong.append(first)

    with at_once(ask, ask, ask, ask_within_one_request):
        for was, limit in ((2, 5), (5, 2), (2, 7)):
            until(lambda was=was: any(was in limits for limits in list(versions.values())))
            set_limit(ontology, limit)
            assert reloader.reload() is True
    assert wrong == []
    assert len(versions) >= 2
    assert all(len(limits) == 1 for limits in versions.values()), versions
    assert {limit for limits in versions.values() for limit in limits} <= {2, 5, 7}


def test_the_sandbox_of_old_knowledge_ends_with_its_last_request(app, reloader, ontology):
    asked(app)
    [worker] = serving(app).sandbox.processes()
    with app.test_request_context("/"):
        old = served()
        set_limit(ontology, 5)
        assert reloader.reload() is True
        assert old.sandbox.run(QUERY).body.count('"2"') == 1
        assert old.sandbox.processes() == [worker]
        del old
    until(lambda: not os.path.exists(f"/proc/{worker}"))
    assert asked(app) == 5


def test_old_knowledge_is_let_go(app, reloader, ontology):
    decided(app)
    old = weakref.ref(serving(app).knowledge.vocabulary)
    set_limit(ontology, 5)
    reloader.reload()
    gc.collect()
    assert old() is None


def test_a_change_is_noticed_by_content(ontology):
    before = content_hash(ontology)
    (ontology / STRETCHING).touch()
    assert content_hash(ontology) == before
    set_limit(ontology, 3)
    assert content_hash(ontology) != before


def test_watching_takes_a_change_in_by_itself(app, ontology):
    Reloader(app, Settings(ontology=ontology, watch=0.05)).start()
    set_limit(ontology, 5)
    until(lambda: decided(app)[1] == 5)


def test_a_change_between_loading_and_watching_is_noticed(app, ontology):
    set_limit(ontology, 5)
    Reloader(app, Settings(ontology=ontology, watch=0.05)).start()
    until(lambda: decided(app)[1] == 5)


def test_a_curator_reloads_over_the_network_and_is_told_what_is_wrong(ontology, tmp_path):
    file = tmp_path / "keys.toml"
    held = {role: {"Authorization": f"Bearer {make_key(file, role, role)}"} for role in ("decide", "curate")}
    with Service(ontology, tmp_path / "log", "--keys", str(file)) as service:
        set_limit(ontology, 6)
        assert service.send("POST", "/reload").status == 401
        assert service.send("POST", "/reload", **held["decide"]).status == 403
        answer = service.send("POST", "/reload", **held["curate"])
        assert (answer.status, answer.json["changed"]) == (200, True)
        assert answer.json["knowledge"] == answer.headers["Knowledge-Version"]
        until(lambda: service.said().count("is served in place of") == len(service.workers()))
        again = service.send("POST", "/reload", **held["curate"])
        assert again.json == {"knowledge": answer.json["knowledge"], "changed": False}
        (ontology / STRETCHING).write_text("broken", encoding="utf-8")
        refused = service.send("POST", "/reload", **held["curate"])
        assert (refused.status, refused.headers["Content-Type"]) == (409, "application/problem+json")
        assert "guidelines/first-1/stretching.ttl" in refused.json["detail"]
        decided = [service.send("POST", "/determinations", CASE, **held["decide"]).json for _ in range(8)]
        assert {allowed(answer) for answer in decided} == {6}


def test_without_keys_nobody_reloads_over_the_network(app, ontology):
    set_limit(ontology, 6)
    assert app.test_client().post("/reload").status_code == 404
    assert decided(app)[1] == 2


def test_every_worker_reloads_and_none_is_replaced(ontology, tmp_path):
    with Service(ontology, tmp_path / "log") as service:
        workers = service.workers()
        seen: set[tuple[str, int]] = set()
        failed: list[int] = []

        def ask() -> None:
            answer = service.send("POST", "/determinations", CASE)
            if answer.status == 200:
                seen.add((answer.headers["Knowledge-Version"], allowed(answer.json)))
            else:
                failed.append(answer.status)

        with at_once(ask, ask, ask):
            until(lambda: seen)
            set_limit(ontology, 6)
            service.process.send_signal(signal.SIGHUP)
            until(lambda: service.said().count("is served in place of") == len(workers))
            (ontology / STRETCHING).write_text("broken", encoding="utf-8")
            service.process.send_signal(signal.SIGHUP)
            until(lambda: service.said().count("is refused") == len(workers))
            after = [allowed(service.send("POST", "/determinations", CASE).json) for _ in range(20)]
            until(lambda: len(seen) > 1)
        assert failed == []
        assert sorted(limit for _, limit in seen) == [2, 6]
        assert set(after) == {6}
        assert service.workers() == workers
