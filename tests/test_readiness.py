"""`/ready` says at any time whether requests are answered, and starts what has ended."""

import os
import signal

import pytest
from click.testing import CliRunner

import api.readiness
import api.served
from api import Settings, create_app
from api.served import serve_warm, serving
from kb import load_knowledge
from kb.cli import app as command
from kb.errors import KnowledgeError
from tests.running import small_ontology, until


@pytest.fixture
def made(tmp_path, monkeypatch):
    monkeypatch.setattr(api.readiness, "_EVERY", 0)
    ontology = small_ontology(tmp_path / "ontology")
    app = create_app(Settings(ontology=ontology, log=tmp_path / "log"), load_knowledge(ontology))
    serve_warm(app, serving(app))
    yield app
    serving(app).sandbox.close()


def _said(app, status):
    answer = app.test_client().get("/ready")
    assert answer.status_code == status, answer.text
    return answer.json["detail"] if status == 503 else answer.json["status"]


def test_a_query_worker_that_has_ended_is_started_again(made):
    assert _said(made, 200) == "ready"
    sandbox = serving(made).sandbox
    [ended] = sandbox.processes()
    os.kill(ended, signal.SIGKILL)
    until(lambda: not sandbox.processes(), 20)
    assert _said(made, 200) == "ready"
    [started] = sandbox.processes()
    assert started != ended


def test_not_ready_when_no_query_worker_can_be_started(made, monkeypatch):
    monkeypatch.setattr(serving(made).sandbox._workers[0], "start", lambda: 1 / 0)
    monkeypatch.setattr(serving(made).sandbox._workers[1], "start", lambda: 1 / 0)
    assert _said(made, 503) == "the service cannot answer all that it should: the program failed (ZeroDivisionError)"
    monkeypatch.undo()
    monkeypatch.setattr(api.readiness, "_EVERY", 0)
    made.extensions["mtus-readiness"]._next = 0
    assert _said(made, 200) == "ready"


def test_not_ready_while_nothing_can_be_logged(made, tmp_path):
    assert _said(made, 200) == "ready"
    (tmp_path / "log").write_bytes(b"{}\n")
    assert "the last record of `log` is damaged" in _said(made, 503)
    (tmp_path / "log").unlink()
    assert _said(made, 200) == "ready"


def test_not_ready_when_no_case_can_be_decided(made, monkeypatch):
    def refused(knowledge):
        raise KnowledgeError("no case can be decided")

    monkeypatch.setattr(api.served, "tried", refused)
    assert _said(made, 503).endswith(": no case can be decided")


def test_however_often_one_asks_it_looks_once_a_second(made, monkeypatch):
    looked = []
    monkeypatch.setattr(api.readiness, "_EVERY", 60)
    monkeypatch.setattr(api.served, "tried", lambda knowledge: looked.append(1))
    assert [_said(made, 200) for _ in range(5)] == ["ready"] * 5
    assert looked == [1]


def test_the_command_says_how_many_queries_run_at_once(monkeypatch):
    given = []
    monkeypatch.setattr("api.server.run", lambda host, port, settings: given.append(settings.query_workers))
    for words in ([], ["--query-workers", "5"]):
        assert CliRunner().invoke(command, ["serve", *words]).exit_code == 0
    assert given == [2, 5]
    assert CliRunner().invoke(command, ["serve", "--query-workers", "0"]).exit_code == 2
