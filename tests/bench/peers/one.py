"""Measure one peer in this process: `python -m tests.bench.peers.one NAME`, cases in, figures out, both JSON."""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Decide = Callable[[Json], Any]


def main(name: str) -> None:
    """Decide each case once to compare, then so many rounds to time; with none the first time counts."""
    asked = json.load(sys.stdin)
    start = time.perf_counter()
    form, decide = started(name, asked["above"])
    loaded = time.perf_counter() - start
    given = [entry[form] for entry in asked["cases"]]
    found, times = timed(decide, given)
    if asked["rounds"]:
        times = timed(decide, given * asked["rounds"])[1]
    print(json.dumps({"found": found, "times": times, "loaded": loaded, "mb": _memory()}), flush=True)


def timed(decide: Decide, given: list[Json]) -> tuple[list[Any], list[float]]:
    """Decide, and time each case in ms."""
    found, times = [], []
    for case in given:
        start = time.perf_counter()
        found.append(decide(case))
        times.append((time.perf_counter() - start) * 1000)
    return found, times


def started(name: str, above: dict[str, list[str]]) -> tuple[str, Decide]:
    """Start a peer; tell which form of a case it takes. Raises ImportError when it is not installed."""
    from importlib import import_module

    if name == "ours":
        return "case", _ours()
    if name == "sparql":
        return "case", import_module("tests.bench.peers.sparql").start()
    module, function = ("rego", name) if name in ("opa_eval", "regopy") else (name, "start")
    return "plain", getattr(import_module(f"tests.bench.peers.{module}"), function)(above)


def _ours() -> Decide:
    from kb import determine, load_knowledge

    knowledge = load_knowledge()

    def decide(case: Json) -> tuple[str, float | None]:
        told = determine(case, knowledge)["requests"][0]["determination"]
        return told["verdict"], told["amount"]

    return decide


def _memory() -> float:
    """Give the peak of this process, with that of the largest it started, in MB; getrusage counts its parent's too."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    own = int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return (own + child) / 1024


if __name__ == "__main__":
    main(sys.argv[1])
