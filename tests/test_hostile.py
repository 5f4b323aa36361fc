"""A corpus of hostile requests: each is refused as a problem, quickly; no server, no file outside is touched."""

import json
import logging
import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest
import yaml
from pages import folded

from api import Settings, create_app
from api.served import serving
from kb import load_knowledge
from kb.errors import ParameterError
from kb.letter.unfolding import MAX_STREAM
from tests.running import CASE, small_ontology, until

HERE = Path(__file__).parent / "hostile"
MARK = "Zebulon-Quagmire-4711"
PATIENCE = 15  # seconds; the machine may be busy


def corpus(name):
    return yaml.load((HERE / f"{name}.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)


@pytest.fixture(scope="module")
def client(knowledge):
    return create_app(Settings(query_seconds=2), knowledge).test_client()


@pytest.fixture(scope="module")
def canary(tmp_path_factory):
    """Listen where nobody may call, and hold a secret in a file that nobody may read or write."""
    touched: list[object] = []
    folder = tmp_path_factory.mktemp("canary")
    secret = folder / "secret.ttl"
    secret.write_text(f'<urn:s> <urn:p> "{MARK}" .', encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def listen() -> None:
            while True:
                try:
                    touched.append(listening.accept()[1])
                except OSError:
                    return

        threading.Thread(target=listen, daemon=True).start()
        made = folder / "made"
        yield {"url": f"http://127.0.0.1:{listening.getsockname()[1]}/", "file": secret.as_uri(), "path": str(made)}
        assert touched == [], "somebody called the canary"
        assert not made.exists(), "somebody wrote the canary's file"


def aimed(text, canary):
    for name, value in canary.items():
        text = text.replace("{" + name + "}", value)
    return text


def refused(answer, begin, what):
    assert time.monotonic() - begin < PATIENCE, f"{what} took too long"
    assert 400 <= answer.status_code < 500 or answer.status_code == 503, (
        f"{what}: {answer.status_code} {answer.data[:200]}"
    )
    assert answer.content_type == "application/problem+json", what
    body = json.loads(answer.data)
    assert body["status"] == answer.status_code
    assert "Traceback" not in body["detail"]
    assert MARK not in answer.text
    assert len(body["detail"]) < 2000, what
    assert "X-Canary" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_the_corpus_is_large():
    assert sum(len(corpus(name)) for name in ("queries", "bodies", "addresses")) >= 100


@pytest.mark.parametrize("place", range(len(corpus("queries"))))
def test_hostile_queries(client, canary, place):
    query = aimed(corpus("queries")[place], canary)
    begin = time.monotonic()
    refused(client.post("/sparql", data={"query": query}), begin, query)


@pytest.mark.parametrize("place", range(len(corpus("bodies"))))
def test_hostile_bodies(client, canary, place):
    sent = corpus("bodies")[place]
    text = aimed(sent.get("before", "") + sent.get("repeat", "") * sent["times"] + sent.get("after", ""), canary)
    data = bytes.fromhex(sent["hex"]) if "hex" in sent else text.encode()
    begin = time.monotonic()
    refused(client.post(sent["path"], data=data, content_type=sent.get("type", "")), begin, text[:80])


@pytest.mark.parametrize("place", range(len(corpus("addresses"))))
def test_hostile_addresses(client, canary, place):
    address = aimed(corpus("addresses")[place], canary)
    begin = time.monotonic()
    refused(client.get(address, headers={"Accept": "application/json"}), begin, address)


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    """Ask a service whose queries end soon, over the small ontology: a worker that was stopped is soon replaced."""
    ontology = small_ontology(tmp_path_factory.mktemp("hasty") / "ontology")
    return create_app(Settings(ontology=ontology, query_seconds=0.3), load_knowledge(ontology)).test_client()


@pytest.mark.parametrize("place", range(len(corpus("endless"))))
def test_queries_without_end_are_stopped_and_the_service_answers_on(hasty, place):
    """Regular expressions, property paths and products of all triples end at the time limit."""
    query, begin = corpus("endless")[place], time.monotonic()
    answer = hasty.post("/sparql", data={"query": query})
    refused(answer, begin, query)
    assert (answer.status_code, answer.json["type"].rsplit("/", 1)[-1]) == (503, "query-timeout")
    assert int(answer.headers["Retry-After"]) > 0
    assert hasty.post("/determinations", json=CASE).status_code == 200


def test_after_queries_without_end_another_is_answered(hasty):
    refused(hasty.post("/sparql", data={"query": corpus("endless")[0]}), time.monotonic(), "endless")
    until(lambda: hasty.post("/sparql", data={"query": "ASK {}"}).status_code == 200, PATIENCE)


@pytest.mark.parametrize("pattern", ["(a|a)*$", "(a+)+$", "(.*a){20}$", "((a{1,100}){1,100}){1,100}"])
def test_patterns_that_double_elsewhere_do_not_here(client, pattern):
    begin = time.monotonic()
    answer = client.post("/sparql", data={"query": f'ASK {{ FILTER(REGEX("{"a" * 5000}!", "{pattern}")) }}'})
    assert answer.status_code == 200
    assert time.monotonic() - begin < PATIENCE


@pytest.mark.parametrize("folds", [1, 2, 4])
def test_a_pdf_that_unfolds_without_end_is_refused(client, folds):
    bomb = folded(b"BT /F1 12 Tf (words) Tj ET\n" + b" " * MAX_STREAM, folds)
    assert len(bomb) < 200_000
    begin = time.monotonic()
    answer = client.post("/determinations", data=bomb, content_type="application/pdf")
    refused(answer, begin, f"folded {folds} times")
    assert "unfolds" in answer.json["detail"]


def test_a_killed_worker_of_queries_is_replaced(client):
    ask = {"query": "ASK { ?s ?p ?o }"}
    assert client.post("/sparql", data=ask).json["boolean"] is True
    for worker in serving(client.application).sandbox.processes():
        os.kill(worker, signal.SIGKILL)
    client.post("/sparql", data=ask)
    assert client.post("/sparql", data=ask).json["boolean"] is True


def test_nothing_of_a_case_is_logged(client, caplog, capfd, monkeypatch):
    case = {"number": MARK, "requests": [{"service": "massage_therapy", "text": MARK}]}
    monkeypatch.setattr("kb.review.review", lambda *_: 1 / 0)
    with caplog.at_level(logging.DEBUG):
        failed = client.post("/determinations", json=case)
        client.post("/determinations", data=f"{{{MARK}", content_type="application/json")
    assert failed.status_code == 500
    assert MARK not in failed.text
    assert "ZeroDivisionError" in caplog.text
    assert MARK not in caplog.text
    assert MARK not in "".join(capfd.readouterr())


def test_ready_only_when_warm(client):
    assert client.get("/ready").status_code == 503
    assert client.get("/health").status_code == 200


def test_what_is_no_rate_is_refused_at_the_start(knowledge):
    with pytest.raises(ParameterError, match="`often` is no rate of requests; write it as 600/minute"):
        create_app(Settings(rate="often"), knowledge)


def test_a_client_that_asks_too_often_is_told_when_to_come_back(knowledge):
    client = create_app(Settings(rate="3/minute"), knowledge).test_client()
    answers = [client.get("/lookup?service=massage_therapy") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["RateLimit-Remaining"] == "2"
    refused(answers[3], time.monotonic(), "the fourth")
    assert 0 < int(answers[3].headers["Retry-After"]) <= 60
    assert client.get("/health").status_code == 200
    another = {"Authorization": "Bearer another"}
    assert client.get("/lookup?service=massage_therapy", headers=another).status_code == 200
