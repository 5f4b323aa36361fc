"""Show what was measured beside the peers: a table in Markdown, a chart."""

import io
import re
from pathlib import Path
from typing import Any

Json = dict[str, Any]
MARKS = ("<!-- peers: written by python -m tests.bench.peers -->", "<!-- /peers -->")


def table(rows: list[Json], count: int, load: tuple[float, float]) -> str:
    """Write the table, and which peers are faster."""
    lines = [
        f"{count} cases of three topics, each peer in its own process; load of the machine (two cores) {load[0]:.1f} at"
        f" the start, {load[1]:.1f} at the end.\n",
        "| what | p50 ms | p99 ms | requests a second | memory MB | same verdicts | same amounts |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        cells = (_short(row["p50"]), _short(row["p99"]), _short(row["rate"]), f"{row['mb']:.0f}")
        lines.append(f"| {row['title']} | {' | '.join(cells)} | {row['same']} | {row['amounts']} |")
    return "\n".join([*lines, "", *_faster(rows), "", *said(rows)])


def said(rows: list[Json]) -> list[str]:
    """List what each can say beside a verdict."""
    head = ["| what | unknown | amount | explanation | editions | readings |", "|---|---|---|---|---|---|"]
    return head + [f"| {row['title']} | {' | '.join(row['can'])} |" for row in rows]


def _faster(rows: list[Json]) -> list[str]:
    ours = next(row for row in rows if row["name"] == "ours")
    faster = [row for row in rows if row["p50"] and row["p50"] < ours["p50"]]
    return [
        f"- Faster than `determine`: {row['title']}, {ours['p50'] / row['p50']:.1f} times at p50." for row in faster
    ]


def _short(figure: float | None) -> str:
    if figure is None:
        return "–"
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.2g}" if figure < 10 else f"{figure:.0f}"


def put(readme: Path, text: str) -> None:
    """Write a text between the marks of a page."""
    page = readme.read_text(encoding="utf-8")
    section = "\n".join((MARKS[0], text, MARKS[1]))
    marked = re.compile(f"{re.escape(MARKS[0])}.*{re.escape(MARKS[1])}", re.S)
    if not marked.search(page):
        raise ValueError(f"{readme.name} has no line `{MARKS[0]}`")
    readme.write_text(marked.sub(lambda _: section, page), encoding="utf-8")


def drawn(rows: list[Json]) -> str:
    """Draw rate and memory, a bar each."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "peers", "svg.fonttype": "none"})
    from matplotlib import pyplot

    names = [row["title"].replace("`", "") for row in rows][::-1]
    colours = ["tab:blue" if row["name"] in ("ours", "batch") else "grey" for row in rows][::-1]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 3.6), layout="constrained", sharey=True)
    left.barh(names, [row["rate"] for row in rows][::-1], color=colours)
    left.set(xscale="log", xlabel="requests a second")
    right.barh(names, [row["mb"] for row in rows][::-1], color=colours)
    right.set(xlabel="MB at most")
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()
