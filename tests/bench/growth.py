"""Measure how time and memory grow, and draw it: `python -m tests.bench.growth [WHAT…]`.

WHAT is lines (requests of a case), facts (of a case), knowledge (topics that do not apply) or cases (of a batch); all
four by default. Each size is measured in a process of its own; charts are written beside this file.
"""

import datetime as dt
import multiprocessing as mp
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.progress import track

from kb import determine, load_knowledge
from tests.bench.world import CASE, grown
from tests.running import family, resident

FOLDER = Path(__file__).parent
SIZES = {
    "lines": (1, 3, 10, 30, 100, 300),
    "facts": (10, 30, 100, 300, 1000),
    "knowledge": (1, 3, 10, 30, 100),
    "cases": (100, 1_000, 10_000, 100_000, 1_000_000),
}
TITLES = {
    "lines": ("requests of a case", "ms for the case"),
    "facts": ("facts of a case", "ms for the case"),
    "knowledge": ("times the knowledge, what is added never applies", "ms for a case"),
    "cases": ("requests of a batch", "s of the processors"),
}
SERVICES = ("massage_therapy", "acupuncture", "mri_lumbar", "physical_therapy", "tramadol", "chiropractic")


def main(names: list[str]) -> None:
    """Measure and draw."""
    for name in names or list(SIZES):
        found = []
        for size in track(SIZES[name], name, transient=True, disable=not sys.stderr.isatty()):
            with mp.get_context("spawn").Pool(1) as alone:
                found.append(alone.apply(measured, (name, size)))
            print(f"{name:10} {size:>9,} {found[-1]['time']:>12.2f} {TITLES[name][1]:18} {found[-1]['mb']:>8.0f} MB")
        (FOLDER / f"growth_{name}.svg").write_text(drawn(name, found), encoding="utf-8")


def measured(name: str, size: int) -> dict[str, float]:
    """Measure one size in this process: its time, and the most memory the process had."""
    if name == "cases":
        spent, most = cases(size)
    else:
        spent = {"lines": lines, "facts": facts, "knowledge": knowledge}[name](size)
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"size": size, "time": spent, "mb": most / 2**20}


def lines(count: int) -> float:
    """Time a case of so many requests, in ms."""
    requests = [{"service": SERVICES[n % len(SERVICES)], "quantity": 1 + n % 9} for n in range(count)]
    return _middle({**CASE, "requests": requests}, load_knowledge())


def facts(count: int) -> float:
    """Time a case of so many facts, in ms."""
    names = [finding if isinstance(finding, str) else finding["concept"] for finding in CASE["findings"]]
    first = dt.date(2012, 4, 1)
    findings = [{"concept": names[n % len(names)], "date": str(first + dt.timedelta(n % 500))} for n in range(count)]
    return _middle({**CASE, "findings": findings, "diagnoses": [], "treatments": [], "medications": []},
                   load_knowledge())  # fmt: skip


def knowledge(times: int) -> float:
    """Time a case beside so many times the knowledge, in ms."""
    known = load_knowledge()
    return _middle(CASE, grown(known, times) if times > 1 else known)


def cases(count: int) -> tuple[float, int]:
    """Run `mtus batch` over so many requests, from Parquet to Parquet.

    Give the seconds of the processors, and the most bytes that its processes held together.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.parquet", Path(folder) / "out.parquet"
        make = [sys.executable, "-m", "tests.bench.realistic", str(count), "1", str(source)]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
        decide = [sys.executable, "-m", "kb.cli", "batch", str(source), str(target)]
        batch = subprocess.Popen(decide, stdout=subprocess.DEVNULL)
        most, ended = 0, 0
        while not ended:
            most = max(most, sum(map(resident, family(batch.pid))))
            time.sleep(0.1)
            ended, status, used = os.wait4(batch.pid, os.WNOHANG)
    if status:
        raise SystemExit("the batch failed")
    return used.ru_utime + used.ru_stime, most


def _middle(case: dict[str, Any], known: Any, rounds: int = 15) -> float:
    times = []
    for number in range(rounds + 3):
        start = time.perf_counter()
        determine(case, known)
        if number >= 3:
            times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def drawn(name: str, found: list[dict[str, float]]) -> str:
    """Draw time and memory against size, both axes logarithmic; a dashed line is what grows as the size does."""
    import io

    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": name, "svg.fonttype": "none"})
    from matplotlib import pyplot

    sizes, times, memory = ([row[key] for row in found] for key in ("size", "time", "mb"))
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    left.loglog(sizes, times, "o-")
    left.loglog(sizes, [times[-1] * size / sizes[-1] for size in sizes], "--", color="grey", linewidth=1)
    left.set(xlabel=TITLES[name][0], ylabel=TITLES[name][1])
    right.semilogx(sizes, memory, "o-")
    right.set(xlabel=TITLES[name][0], ylabel="MB at most", ylim=(0, None))
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


if __name__ == "__main__":
    main(sys.argv[1:])
