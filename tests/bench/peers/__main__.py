"""Measure this product beside its peers, on the same cases: `python -m tests.bench.peers [CASES]`.

Each peer runs in a process of its own, one after the other; what is not installed is left out with a line that says how
to get it. Table and chart are written into tests/bench.
"""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml
from rich.progress import track

from kb import determine, load_knowledge
from tests.bench.peers.cases import HERE, cases, hierarchy
from tests.bench.peers.shown import drawn, put, table

Json = dict[str, Any]
TIMES = 1_000  # how often the batch takes the cases: over a few it would measure its start
_UNMET = ("ModuleNotFoundError", "ImportError", "ERR_MODULE_NOT_FOUND")


def main(count: int) -> None:
    """Measure, compare and write."""
    peers = yaml.safe_load((HERE / "peers.yaml").read_text(encoding="utf-8"))
    knowledge = load_knowledge()
    some = cases(knowledge, count)
    expected = [_decided(entry["case"], knowledge) for entry in some]
    asked = {"cases": some, "above": hierarchy(knowledge, some)}
    load, rows = os.getloadavg()[0], []
    for name in track(list(peers), "peers", transient=True, disable=not sys.stderr.isatty()):
        found = _batch(some) if name == "batch" else _measured(name, asked | {"rounds": peers[name]["rounds"]})
        if found is None:
            print(f"{peers[name]['title']} is not installed; get it with: {peers[name]['get']}", file=sys.stderr)
            continue
        rows.append(_row(name, peers[name], found, expected))
        print(json.dumps(rows[-1]), flush=True)
    text = table(rows, len(some), (load, os.getloadavg()[0]))
    put(HERE.parent / "README.md", text)
    (HERE.parent / "peers.svg").write_text(drawn(rows), encoding="utf-8")


def _decided(case: Json, knowledge: Any) -> tuple[str, float | None]:
    told = determine(case, knowledge)["requests"][0]["determination"]
    return told["verdict"], told["amount"]


def _measured(name: str, asked: Json) -> Json | None:
    """Run a peer; None when it is not installed."""
    if name == "cql":
        if not shutil.which("node"):
            return None
        command = ["node", str(HERE / "cql.mjs")]
        asked = asked | {"cases": [entry["plain"] for entry in asked["cases"]]}
    else:
        command = [sys.executable, "-m", "tests.bench.peers.one", name]
    done = subprocess.run(command, input=json.dumps(asked, default=str), capture_output=True, text=True, check=False)
    if done.returncode == 0:
        found: Json = json.loads(done.stdout.splitlines()[-1])
        return found
    if any(word in done.stderr for word in _UNMET):
        return None
    raise RuntimeError(f"{name}: {done.stderr[-2000:]}")


def _batch(some: list[Json]) -> Json | None:
    """Time `mtus batch` from Parquet to Parquet over the cases many times over."""
    from importlib.util import find_spec

    if find_spec("maplib") is None:
        return None
    import polars as pl

    from kb.batch.frame import row_of
    from kb.batch.schema import CASES
    from kb.case.model import read_case

    rows = [row_of(read_case(entry["case"] | {"number": f"case {n}"})) for n, entry in enumerate(some)]
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.parquet", Path(folder) / "out.parquet"
        pl.concat([pl.DataFrame(rows, CASES)] * TIMES).write_parquet(source, row_group_size=10_000)
        start = time.perf_counter()
        command = [sys.executable, "-m", "kb.cli", "batch", str(source), str(target)]
        subprocess.run(command, check=True, capture_output=True)
        spent = time.perf_counter() - start
        decided = pl.read_parquet(target).sort("row").head(len(some)).select("verdict", "amount").rows()
    mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"found": decided, "rate": len(some) * TIMES / spent, "mb": mb}


def _row(name: str, peer: Json, found: Json, expected: list[tuple[str, float | None]]) -> Json:
    verdicts = sum(mine[0] == its[0] for mine, its in zip(expected, found["found"], strict=True))
    told = [(mine[1], its[1]) for mine, its in zip(expected, found["found"], strict=True) if its[1] is not None]
    times = found.get("times")
    return {
        "name": name,
        "title": peer["title"],
        "p50": statistics.median(times) if times else None,
        "p99": statistics.quantiles(times, n=100, method="inclusive")[98] if times else None,
        "rate": 1000 / statistics.fmean(times) if times else found["rate"],
        "mb": found["mb"],
        "same": f"{verdicts} of {len(expected)}",
        "amounts": f"{sum(a == b for a, b in told)} of {len(told)}" if told else "none",
        "can": peer["can"],
    }


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 75)
