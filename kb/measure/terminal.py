"""Show what was measured on a terminal."""

from collections.abc import Mapping

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kb.measure.causes import CAUSES
from kb.measure.report import UNJUDGED, VERDICTS, Group, Report
from kb.measure.words import AGREEMENTS, MEASURES, NOTE, OURS, SAID, agreed, interval, percent, spaced, whole_share

_SHOWN = 15


def show(report: Report, console: Console) -> None:
    """Print tables of every figure, the disagreements with their causes, and what was not read."""
    counted = report.figures()
    console.print(Text(f"{counted['letters']} letters of {counted['workers']} workers, {counted['requests']} requests"))
    console.print(_shares(report), _agreement(report))
    console.print(_crossed("verdict by published outcome", report.confusion(), {v: spaced(v) for v in VERDICTS}))
    console.print(_crossed("criterion by the reviewer's reason", report.reasons(), OURS, SAID))
    console.print(
        _groups("by service", report.by_service()), _groups("by guideline that decided", report.by_guideline())
    )
    console.print(_causes(report), _disagreements(report))
    for case, line in report.unused:
        console.print(Text(f"cause not needed, no disagreement: {case} line {line}"))
    for name in report.unreadable:
        console.print(Text(f"not read: {name}"))
    console.print(Text(NOTE, "dim"))


def _table(title: str, *columns: str, left: int = 1) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, title_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number < left else "right", overflow="fold")
    return table


def _shares(report: Report) -> Table:
    table = _table("shares", "", "", "share", "95 %", "workers", "each worker once", "95 %", "effective n")
    for name, found in report.measures.items():
        once = interval(found.by_worker_low, found.by_worker_high)
        effective = "" if found.effective_n is None else f"{found.effective_n:g}"
        table.add_row(
            MEASURES[name], whole_share(found), percent(found.share), interval(found.low, found.high),
            str(found.workers), percent(found.by_worker), once, effective,
        )  # fmt: skip
    return table


def _agreement(report: Report) -> Table:
    table = _table("agreement with published outcomes", "", "requests", "balanced accuracy", "kappa")
    for name, found in report.agreements.items():
        table.add_row(AGREEMENTS[name], str(found.n), *agreed(found))
    return table


def _crossed(title: str, counts: Mapping[str, Mapping[str, int]], columns: Mapping[str, str],
             rows: Mapping[str, str] | None = None) -> Table:  # fmt: skip
    table = _table(title, "", *columns.values())
    for name, found in counts.items():
        table.add_row((rows or {}).get(name, f"published {name}"), *(str(found[key]) for key in columns))
    return table


def _groups(title: str, groups: list[Group]) -> Table:
    verdicts = [spaced(verdict) for verdict in VERDICTS]
    table = _table(title, "", "requests", "workers", "covered", "overturned", "disagree", *verdicts)
    for group in groups[:_SHOWN]:
        found = group.as_json()
        keys = ("requests", "workers", "covered", "overturned", "disagreements")
        table.add_row(spaced(group.name), *(str(found[k]) for k in keys), *map(str, found["verdicts"].values()))
    if len(groups) > _SHOWN:
        table.caption = f"and {len(groups) - _SHOWN} more; --html and --json have all"
    return table


def _causes(report: Report) -> Table:
    table = _table("causes of disagreement", "", "", "requests", left=2)
    meanings = {**CAUSES, UNJUDGED: "no cause is known yet; read the letter and name it with --causes"}
    for name, n in report.causes().items():
        table.add_row(spaced(name), meanings[name], str(n))
    return table


def _disagreements(report: Report) -> Table:
    table = _table("disagreements", "case", "service", "verdict", "published", "deciding criterion", "cause", left=6)
    for row in report.disagreements():
        more = f" and {len(row.deciding) - 1} more" if len(row.deciding) > 1 else ""
        deciding = f"{next(iter(row.deciding), row.recommendation or 'nothing applies')}{more}"
        why = f"{spaced(row.cause.name)}: {row.cause.why}" if row.cause else UNJUDGED
        table.add_row(
            f"{row.case} {row.line}", spaced(row.service or "not read"), spaced(str(row.verdict)), row.published,
            deciding, why,
        )  # fmt: skip
    return table
