"""Load a running service from this process: `python -m tests.bench.load [--clients 8] [--seconds 10] [URL]`.

Each client is a thread with one connection that it keeps; the next request follows the answer at once. With `--memory
PID`, the process of `mtus serve`, the resident memory of it and of those that it started is printed every `--every`
answers.
"""

import argparse
import http.client
import itertools
import json
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from tests.bench.world import CASE
from tests.running import family, resident

_JSON = {"Content-Type": "application/json"}
_WORDS = ("massage_therapy", "acupuncture", "mri_lumbar", "tramadol", "physical_therapy", "gym_membership")
Sent = tuple[str, str, bytes | None]


def determinations() -> Iterator[Sent]:
    """Give cases without end, no two alike."""
    for number in itertools.count():
        body = {**CASE, "age": 20 + number % 60, "number": f"load-{number}"}
        yield "POST", "/determinations", json.dumps(body).encode()


def lookups() -> Iterator[Sent]:
    """Give lookups without end: six services on some days."""
    for number in itertools.count():
        day = f"20{13 + number % 5}-0{1 + number % 9}-15"
        yield "GET", f"/lookup?service={_WORDS[number % len(_WORDS)]}&on={day}", None


def mixture() -> Iterator[Sent]:
    """Give what a day brings: two lookups for each determination, a page, a question, a query, a mistake."""
    rest: list[Sent] = [
        ("GET", "/concept/massage_therapy", None),
        ("GET", "/queries/editions", None),
        ("GET", "/sparql?query=ASK%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D", None),
        ("GET", "/lookup?service=xyzzy", None),
        ("GET", "/nowhere", None),
        ("POST", "/determinations", b"{"),
    ]
    decide, look = determinations(), lookups()
    for number in itertools.count():
        yield next(decide)
        yield next(look)
        yield next(look)
        if number % 10 == 0:
            yield rest[number // 10 % len(rest)]


KINDS = {"determinations": determinations, "lookups": lookups, "mixture": mixture}


class Load:
    """Send requests of a kind from some clients until the time is over or so many are answered."""

    def __init__(self, url: str, kind: str, clients: int) -> None:
        """Name the service, the kind of requests and how many clients send them."""
        place = urlsplit(url)
        self._host, self._port = place.hostname or "127.0.0.1", place.port or 80
        self._source, self._lock = KINDS[kind](), threading.Lock()
        self._clients = clients
        self.times: list[float] = []  # in milliseconds
        self.others: list[int] = []  # answers that others got while one waited: fair where it is one less than clients
        self.failed: list[str] = []
        self.told: Callable[[int], None] = lambda answers: None  # of every answer

    def run(self, seconds: float, most: float = float("inf")) -> float:
        """Send, and give how many were answered in a second."""
        start = time.perf_counter()
        end = start + seconds
        threads = [threading.Thread(target=self._client, args=(end, most)) for _ in range(self._clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(self.times) / (time.perf_counter() - start)

    def _client(self, end: float, most: float) -> None:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=60)
        while time.perf_counter() < end and len(self.times) < most:
            with self._lock:
                method, path, body = next(self._source)
            begin, before = time.perf_counter(), len(self.times)
            connection.request(method, path, body, _JSON if body else {})
            answer = connection.getresponse()
            answer.read()
            self.others.append(len(self.times) - before)
            self.times.append((time.perf_counter() - begin) * 1000)
            if answer.status >= 500:
                self.failed.append(f"{answer.status} {method} {path[:60]}")
            self.told(len(self.times))
        connection.close()


class Memory:
    """Print how much memory the processes of a service hold, again and again while it is loaded."""

    def __init__(self, service: int, every: int) -> None:
        """Name its first process, and after how many answers to look."""
        self._service, self._every, self._next = service, every, 0
        self._lock = threading.Lock()

    def __call__(self, answers: int) -> None:
        """Take note of an answer."""
        with self._lock:
            if answers < self._next:
                return
            self._next += self._every
            held = ", ".join(f"{pid}: {resident(pid) / 1e6:.1f}" for pid in family(self._service))
            print(f"after {answers:,} answers, MB by process: {held}", flush=True)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("url", nargs="?", default="http://127.0.0.1:8000")
    options.add_argument("--kind", choices=KINDS, default="determinations")
    options.add_argument("--clients", type=int, default=8)
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument("--requests", type=float, default=float("inf"))
    options.add_argument("--memory", type=int, help="process id of `mtus serve`, whose memory is printed")
    options.add_argument("--every", type=int, default=1000, help="answers between two looks at the memory")
    given = options.parse_args()
    load = Load(given.url, given.kind, given.clients)
    if given.memory:
        load.told = Memory(given.memory, given.every)
    rate = load.run(given.seconds, given.requests)
    cuts = statistics.quantiles(load.times, n=100, method="inclusive")
    passed = statistics.quantiles(load.others, n=100, method="inclusive")
    print(
        f"{given.kind}: {len(load.times)} answers, {rate:.0f} a second, p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms,"
        f" answers to others meanwhile p50 {passed[49]:.0f}, p99 {passed[98]:.0f},"
        f" {len(load.failed)} failed {sorted(set(load.failed))[:5]}; load of the machine {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
