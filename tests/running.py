"""Run the service as a process of its own, over a small ontology that a test may edit."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.server import WORKERS
from kb.settings import data_folder

HERE = Path(__file__).parent
STRETCHING = "guidelines/first-1/stretching.ttl"
CASE = {"ur_decided": "2005-06-01", "requests": [{"service": "stretching", "quantity": 9, "unit": "visit"}]}
_PATIENCE = 180  # seconds; the machine may be busy


def small_ontology(folder: Path) -> Path:
    """Copy the small ontology, with the schema, to where a test may edit it."""
    shutil.copytree(HERE / "tiny", folder)
    shutil.copytree(data_folder("ontology") / "core", folder / "core")
    return folder


def set_limit(ontology: Path, limit: int) -> None:
    """Change how many visits of stretching the small ontology allows, in one step as an editor does."""
    file = ontology / STRETCHING
    lines = [f"    kb:limit {limit} ;" if "kb:limit" in line else line for line in file.read_text().splitlines()]
    new = file.with_suffix(".new")
    new.write_text("\n".join(lines), encoding="utf-8")
    os.replace(new, file)


def allowed(answer: dict[str, Any]) -> int:
    """Tell how many visits a determination says are allowed."""
    [found] = set(re.findall(r"at most (\d+) visits of stretching", json.dumps(answer)))
    return int(found)


@dataclass
class Answer:
    """Hold a status, headers and a body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Read the body."""
        return json.loads(self.body)


class Service:
    """Start `mtus serve`, wait until it is ready, and end it."""

    def __init__(self, ontology: Path, log: Path, *options: str) -> None:
        """Name the ontology, the file for all that the service says, and further options."""
        self._words, self._log = [*options, "--ontology", str(ontology)], log
        self.port = free_port()

    def __enter__(self) -> "Service":
        """Start it, and wait until it is up."""
        words = [sys.executable, "-m", "kb.cli", "serve", "--port", str(self.port), *self._words]
        with self._log.open("w") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log, cwd=HERE.parent)
        try:
            until(self._is_up)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End it, and see that no process of it is left."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(_PATIENCE)
        finally:
            self.process.kill()

    def _is_up(self) -> bool:
        """Tell whether it answers, and each worker has its knowledge and its query worker."""
        assert self.process.poll() is None, self.said()
        workers = self.workers()
        if len(workers) < WORKERS or not all(map(_started, workers)):
            return False
        try:
            return self.send("GET", "/health").status == 200
        except OSError:
            return False

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request, a body that is not bytes as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        kind = {} if body is None else {"Content-Type": "application/json"}
        connection.request(method, path, data, kind | headers)
        found = connection.getresponse()
        answer = Answer(found.status, dict(found.getheaders()), found.read())
        connection.close()
        return answer

    def raw(self, data: bytes) -> bytes:
        """Send bytes as they are; give what comes back."""
        with socket.create_connection(("127.0.0.1", self.port), _PATIENCE) as connection:
            connection.sendall(data)
            return connection.recv(65536)

    def workers(self) -> list[int]:
        """List the process ids of the workers of gunicorn."""
        return [pid for pid in children(self.process.pid) if not _tracks(pid)]

    def query_workers(self) -> list[int]:
        """List the process ids of what the workers have started."""
        return [pid for worker in self.workers() for pid in _started(worker)]

    def said(self) -> str:
        """Give all that the service has written."""
        return self._log.read_text(encoding="utf-8", errors="replace")


def free_port() -> int:
    """Find a port at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def children(parent: int) -> list[int]:
    """List the child processes of a process."""
    found = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        with suppress(OSError):  # it has ended meanwhile
            found.extend(int(word) for word in task.read_text().split())
    return found


def family(parent: int) -> list[int]:
    """List a process and all that it has started, and they."""
    return [parent, *(pid for child in children(parent) for pid in family(child))]


def processor(pid: int) -> float:
    """Tell how many seconds of the processor a process has used; 0 where it has ended."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def accepted(pid: int, ports: set[int]) -> int:
    """Count the connections that a process has taken from clients at some ports."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    wanted = {f"socket:[{words[9]}]" for words in lines if int(words[2].rpartition(":")[2], 16) in ports}
    found = 0
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            found += os.readlink(file) in wanted
    return found


def resident(pid: int) -> int:
    """Tell how many bytes a process holds in memory; 0 where it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _started(worker: int) -> list[int]:
    """List the process ids of what a worker has started."""
    return [pid for pid in family(worker)[1:] if not _tracks(pid)]


def _tracks(pid: int) -> bool:
    """Tell whether a process only tracks what others leave behind; true where it has ended."""
    try:
        return "resource_tracker" in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return True


def until(true: Any, seconds: float = _PATIENCE) -> None:
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.05)
