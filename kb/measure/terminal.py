"""Show what was measured on a terminal, of eighty columns too."""

from collections.abc import Iterator, Mapping

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from kb.measure.causes import CAUSES
from kb.measure.report import UNJUDGED, Group, Report
from kb.measure.row import Row
from kb.measure.words import AGREEMENTS, MEASURES, NOTE, OURS, SAID, agreed, between, spaced, whole_share

_SHOWN = 15
_SHORT = {
    "supported": "yes",
    "supported_in_part": "part",
    "not_supported": "no",
    "undocumented": "open",
    "no_guideline": "none",
}


def show(report: Report, console: Console) -> None:
    """Print tables of every figure, the disagreements with their causes, and what was not read."""
    counted = report.figures()
    console.print(Text(f"{counted['letters']} letters of {counted['workers']} workers, {counted['requests']} requests"))
    console.print(_shares(report), _agreement(report))
    console.print(Text(str(report.evidence)))
    console.print(_crossed("verdict by published outcome", report.confusion(), _SHORT))
    console.print(_crossed("criterion by the reviewer's reason", report.reasons(), OURS, SAID))
    console.print(
        _groups("by service", report.by_service()), _groups("by guideline that decided", report.by_guideline())
    )
    console.print(Text(f"verdicts: {', '.join(f'{said} {spaced(v)}' for v, said in _SHORT.items())}", "dim"))
    console.print(_causes(report))
    for told in _disagreements(report.disagreements()):
        console.print(told)
    for case, line in report.unused:
        console.print(Text(f"cause not needed, no disagreement: {case} line {line}"))
    for name in report.unreadable:
        console.print(Text(f"not read: {name}"))
    console.print(Text(NOTE, "dim"))


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, title_style="bold", padding=(0, 1, 0, 0))
    table.add_column("", min_width=14, overflow="fold")
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _shares(report: Report) -> Table:
    table = _table("shares", "", "% (95 %)", "each worker\nonce, % (95 %)", "effec-\ntive n")
    for name, found in report.known().items():
        whole = between(found.share, found.low, found.high)
        once = between(found.by_worker, found.by_worker_low, found.by_worker_high)
        effective = "" if found.effective_n is None else f"{found.effective_n:.0f}"
        table.add_row(MEASURES[name], whole_share(found), whole, once, effective)
    return table


def _agreement(report: Report) -> Table:
    table = _table("agreement with published outcomes", "requests", "balanced accuracy", "kappa")
    for name, found in report.agreements.items():
        table.add_row(AGREEMENTS[name], str(found.n), *agreed(found))
    return table


def _crossed(title: str, counts: Mapping[str, Mapping[str, int]], columns: Mapping[str, str],
             rows: Mapping[str, str] | None = None) -> Table:  # fmt: skip
    table = _table(title, *columns.values())
    for name, found in counts.items():
        table.add_row((rows or {}).get(name, f"published {name}"), *(str(found[key]) for key in columns))
    return table


def _groups(title: str, groups: list[Group]) -> Table:
    table = _table(title, "n", "work-\ners", "cov-\nered", "over-\nturned", "dis-\nagree", *_SHORT.values())
    for group in groups[:_SHOWN]:
        found = group.as_json()
        counts = (found[k] for k in ("requests", "workers", "covered", "overturned", "disagreements"))
        table.add_row(spaced(group.name), *map(str, counts), *(str(found["verdicts"][v]) for v in _SHORT))
    if len(groups) > _SHOWN:
        table.caption = f"and {len(groups) - _SHOWN} more; --html and --json have all"
    return table


def _causes(report: Report) -> Table:
    table = Table(title="causes of disagreement", title_justify="left", box=box.SIMPLE_HEAD, title_style="bold")
    table.add_column("n", justify="right")
    table.add_column("cause")
    table.add_column("")
    meanings = {**CAUSES, UNJUDGED: "no cause is known yet; read the letter and name it with --causes"}
    for name, n in report.causes().items():
        table.add_row(str(n), spaced(name), meanings[name])
    return table


def _disagreements(rows: list[Row]) -> Iterator[Text | Padding]:
    for row in rows:
        more = f" and {len(row.deciding) - 1} more" if len(row.deciding) > 1 else ""
        deciding = f"{next(iter(row.deciding), row.recommendation or 'nothing applies')}{more}"
        told = f": {spaced(row.service or 'not read')}, {spaced(str(row.verdict))}, published {row.published}"
        yield Text.assemble((f"{row.case} line {row.line}", "bold"), told)
        cause = f"{spaced(row.cause.name)}: {row.cause.why}" if row.cause else f"{UNJUDGED}: read the letter"
        yield Padding(Text(f"{deciding}\n{cause}"), (0, 0, 0, 2))
