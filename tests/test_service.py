"""The service as a process: ready when warm, ends what it began, leaves nothing running."""

import http.client
import json
import os
import re
import signal
import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.bench.load import Load, Memory
from tests.running import CASE, Service, accepted, family, processor, small_ontology, until

SLOW = "SELECT (COUNT(*) AS ?n) { { SELECT ?a { ?a ?b ?c } LIMIT 400 } ?d ?e ?f FILTER(STR(?a) < STR(?f)) }"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """Run a service for all tests after which it goes on."""
    folder = tmp_path_factory.mktemp("service")
    with Service(small_ontology(folder / "ontology"), folder / "said") as running:
        yield running


def test_ready_and_quick_from_the_first_request(service):
    assert service.send("GET", "/ready").json["status"] == "ready"
    used = [_used(service)]
    for _ in range(100):
        assert service.send("POST", "/determinations", CASE).status == 200
        used.append(_used(service))
    assert used[1] - used[0] < max((used[-1] - used[0]) / 10, 0.2)


def _used(service):
    """Measure the time of the processor, which does not depend on what else runs: seconds."""
    return sum(processor(worker) for worker in service.workers())


def test_no_line_for_a_request_unless_asked_for(service):
    service.send("GET", "/lookup?service=stretching")
    assert "/lookup" not in service.said()


def test_all_workers_count_together_and_name_no_case(service):
    names = ('mtus_requests_total{method="POST",route="/determinations",status="200"}',
             'mtus_request_seconds_count{route="/determinations"}')  # fmt: skip
    before = _counts(service, names)
    for _ in range(20):
        service.send("POST", "/determinations", {**CASE, "number": "Zebulon"})
    assert _counts(service, names) == [count + 20 for count in before]
    found = service.send("GET", "/metrics").body.decode()
    assert f'version="{service.send("GET", "/ready").json["knowledge"]}"' in found
    assert "Zebulon" not in found


def _counts(service, names):
    lines = dict(line.rsplit(" ", 1) for line in service.send("GET", "/metrics").body.decode().splitlines())
    return [float(lines.get(name, 0)) for name in names]


def test_the_benchmark_tells_how_much_memory_the_service_holds(service, capsys):
    load = Load(f"http://127.0.0.1:{service.port}", "lookups", 3)
    load.told = Memory(service.process.pid, 10)
    load.run(60, most=25)
    assert load.failed == []
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in lines] == ["after 1 answers", "after 10 answers", "after 20 answers"]
    held = dict(re.findall(r"(\d+): ([\d.]+)", lines[-1]))
    assert set(held) >= {str(pid) for pid in [service.process.pid, *service.workers()]}
    assert all(10 < float(held[str(worker)]) < 2000 for worker in service.workers())


def test_every_worker_gets_connections(service):
    workers = service.workers()
    if len(workers) < 2:
        pytest.skip("one core, one worker")
    until(lambda: min(_shares(service, workers)) > 1)  # both have started
    assert [min(_shares(service, workers)) > 1 for _ in range(3)] == [True] * 3
    assert service.send("POST", "/determinations", CASE).status == 200


def _shares(service, workers, count=12):
    """Open connections, and tell how many each worker took."""
    with ExitStack() as kept:
        address = ("127.0.0.1", service.port)
        opened = [kept.enter_context(socket.create_connection(address, 60)) for _ in range(count)]
        ports = {connection.getsockname()[1] for connection in opened}
        until(lambda: sum(accepted(worker, ports) for worker in workers) == count)
        return [accepted(worker, ports) for worker in workers]


def test_no_process_outlives_a_kill(service):
    assert service.send("GET", "/sparql?query=ASK%7B%7D").status == 200
    processes = family(service.process.pid)[1:]
    assert processes
    for worker in service.workers():
        os.kill(worker, signal.SIGKILL)
    until(lambda: not any(Path(f"/proc/{process}").exists() for process in processes))
    until(lambda: service.send("POST", "/determinations", CASE).status == 200)


def test_a_request_that_runs_is_answered_before_the_end(tmp_path):
    with Service(small_ontology(tmp_path / "ontology"), tmp_path / "said") as service:
        _ended_while_it_answers(service)


def _ended_while_it_answers(service):
    answers, workers = [], service.workers()
    before = sum(processor(pid) for pid in service.query_workers())
    path = "/sparql?query=" + SLOW.replace(" ", "%20").replace("?", "%3F").replace("<", "%3C")
    asking = threading.Thread(target=lambda: answers.append(service.send("GET", path).status))
    asking.start()
    until(lambda: sum(processor(pid) for pid in service.query_workers()) > before + 0.05)  # the query runs
    body = json.dumps(CASE).encode()
    sending = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    sending.putrequest("POST", "/determinations")
    sending.putheader("Content-Type", "application/json")
    sending.putheader("Content-Length", str(len(body)))
    sending.endheaders(body[:20])
    ports = {sending.sock.getsockname()[1]}
    until(lambda: any(accepted(worker, ports) for worker in workers))  # a worker has the beginning of a request
    processes = family(service.process.pid)[1:]
    assert asking.is_alive()
    for process in [service.process.pid, *processes]:  # as a terminal or systemd does: to all of them
        os.kill(process, signal.SIGTERM)
    time.sleep(0.2)
    sending.send(body[20:])
    assert sending.getresponse().status == 200
    service.process.wait(60)
    asking.join(60)
    assert answers == [200]
    until(lambda: not any(Path(f"/proc/{process}").exists() for process in processes))
    assert "Traceback" not in service.said()


def test_a_stop_while_it_starts_is_no_error(tmp_path):
    with Service(small_ontology(tmp_path / "ontology"), tmp_path / "said") as service:
        for worker in service.workers():
            os.kill(worker, signal.SIGKILL)
        until(lambda: [pid for pid in service.query_workers() if processor(pid) < 0.05])  # another one starts
        processes = family(service.process.pid)
        for process in processes:
            os.kill(process, signal.SIGTERM)
        service.process.wait(60)
        until(lambda: not any(Path(f"/proc/{process}").exists() for process in processes[1:]))
        assert "Traceback" not in service.said()


def test_what_the_service_says_holds_nothing_of_a_case(tmp_path):
    mark = "Zebulon-Quagmire-4711"
    with Service(small_ontology(tmp_path / "ontology"), tmp_path / "said", "--access-log") as service:
        service.send("POST", "/determinations", {**CASE, "number": mark})
        service.send("POST", "/determinations", f"{{{mark}".encode())
        service.send("GET", f"/lookup?service={mark}", Referer=f"http://127.0.0.1/?q={mark}", **{"User-Agent": mark})
        service.send("POST", f"/cds-services/mtus-order-sign?patient={mark}", {"hook": mark})
        service.raw(f"GET /lookup?service={mark} {mark}\r\n\r\n".encode())
        service.raw(f"GET /lookup HTTP/1.1\r\n{mark}\r\n\r\n".encode())
        for line in (" POST /determinations 200 ", " GET /lookup 422 ", " POST /cds-services/mtus-order-sign 4"):
            until(lambda line=line: line in service.said())
    assert mark not in service.said()
