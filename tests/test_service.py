"""The service as a process: ready when warm, ends what it began, leaves nothing running."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from tests.running import CASE, Service, children, small_ontology, until

SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f FILTER(STR(?a) < STR(?f)) }"


@pytest.fixture
def service(tmp_path):
    with Service(small_ontology(tmp_path / "ontology"), tmp_path / "said") as running:
        yield running


def family(service):
    return [child for worker in service.workers() for child in (worker, *children(worker))]


def test_ready_and_quick_from_the_first_request(service):
    assert service.send("GET", "/ready").json["status"] == "ready"
    times = []
    for _ in range(100):
        begin = time.perf_counter()
        assert service.send("POST", "/determinations", CASE).status == 200
        times.append(time.perf_counter() - begin)
    assert times[0] < max(10 * sorted(times)[50], 0.2)


def test_a_request_that_runs_is_answered_before_the_end(service):
    answers = []
    path = "/sparql?query=" + SLOW.replace(" ", "%20").replace("?", "%3F").replace("<", "%3C")
    asking = threading.Thread(target=lambda: answers.append(service.send("GET", path).status))
    asking.start()
    time.sleep(0.3)
    processes = family(service)
    for process in [service.process.pid, *processes]:  # as a terminal or systemd does: to all of them
        os.kill(process, signal.SIGTERM)
    service.process.wait(30)
    asking.join(30)
    assert answers[0] in (200, 503)
    until(lambda: not any(Path(f"/proc/{process}").exists() for process in processes), 10)


def test_no_process_outlives_a_kill(service):
    assert service.send("GET", "/sparql?query=ASK%7B%7D").status == 200
    processes = family(service)
    assert processes
    for worker in service.workers():
        os.kill(worker, signal.SIGKILL)
    until(lambda: not any(Path(f"/proc/{process}").exists() for process in processes), 20)
    until(lambda: service.send("POST", "/determinations", CASE).status == 200, 30)


def test_what_the_service_says_holds_nothing_of_a_case(service):
    mark = "Zebulon-Quagmire-4711"
    service.send("POST", "/determinations", {**CASE, "number": mark})
    service.send("POST", "/determinations", f"{{{mark}".encode())
    service.send("GET", f"/lookup?service={mark}")
    assert mark not in service.said()


def test_all_workers_count_together_and_name_no_case(service):
    for _ in range(20):
        service.send("POST", "/determinations", {**CASE, "number": "Zebulon"})
    found = service.send("GET", "/metrics").body.decode()
    assert 'mtus_requests_total{method="POST",route="/determinations",status="200"} 20.0' in found
    assert 'mtus_request_seconds_count{route="/determinations"} 20.0' in found
    assert f'version="{service.send("GET", "/ready").json["knowledge"]}"' in found
    assert "Zebulon" not in found
