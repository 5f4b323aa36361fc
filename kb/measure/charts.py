"""Lay out the charts of the page: every place and length in the units of the drawing; the template only draws."""

from collections.abc import Mapping
from dataclasses import dataclass

from kb.draw.shapes import LABELS, PLOT, ROW, Bar, Matrix, Piece, matrix
from kb.measure.report import VERDICTS, Group, Report
from kb.measure.statistics import Share
from kb.measure.words import MEASURES, OURS, SAID, interval, percent, spaced, whole_share

_LEAST = 3  # requests of a service that has a bar of its own
_ROOM = 16  # length of a bar in which its number finds room


@dataclass(frozen=True, slots=True)
class Whisker:
    """Hold one share with its interval by request, and below it by worker."""

    y: int
    label: str
    about: str
    at: float
    low: float
    high: float
    once: float
    once_low: float
    once_high: float


def whiskers(report: Report) -> list[Whisker]:
    """Lay out the shares that have a value."""
    return [_whisker(place, MEASURES[name], found) for place, (name, found) in enumerate(report.known().items())]


def _whisker(place: int, label: str, found: Share) -> Whisker:
    about = (
        f"{label}: {whole_share(found)}, {percent(found.share)} ({interval(found.low, found.high)}); "
        f"each worker once {percent(found.by_worker)} ({interval(found.by_worker_low, found.by_worker_high)})"
    )
    ends = (found.share, found.low, found.high, found.by_worker, found.by_worker_low, found.by_worker_high)
    return Whisker(place * ROW + ROW, label, about, *(round(LABELS + PLOT * (end or 0), 1) for end in ends))


def verdict_bars(groups: list[Group], rest: str) -> list[Bar]:
    """Lay out verdicts and coverage by group; groups of few requests are taken together."""
    shown = [group for group in groups if len(group.rows) >= _LEAST]
    few = [group for group in groups if len(group.rows) < _LEAST]
    if few:
        rows = [row for group in few for row in group.rows]
        shown = [*shown, Group(rest.format(n=len(few)), rows)]
    return [_verdict_bar(place, group) for place, group in enumerate(shown)]


def _verdict_bar(place: int, group: Group) -> Bar:
    """Lay out the shares of the verdicts, so that few requests and many can be compared."""
    scale = PLOT / len(group.rows)
    found = group.as_json()
    pieces, x = [], float(LABELS)
    for verdict in VERDICTS:
        count = found["verdicts"][verdict]
        if count:
            length = round(count * scale, 1)
            about = f"{spaced(group.name)}: {count} {spaced(verdict)}"
            pieces.append(Piece(round(x, 1), length, verdict, count, about, length >= _ROOM))
            x += length
    note = f"{found['covered']} of {found['requests']} covered, {found['overturned']} overturned"
    return Bar(place * ROW + 4, spaced(group.name), pieces, note, round(x, 1))


def cause_bars(causes: Mapping[str, int]) -> list[Bar]:
    """Lay out how often each cause was found."""
    longest, found = max([*causes.values(), 1]), []
    for place, (name, count) in enumerate(causes.items()):
        length = round(count * PLOT / longest, 1)
        piece = Piece(LABELS, length, "cause", count, f"{spaced(name)}: {count}", False)
        found.append(Bar(place * ROW + 4, spaced(name), [piece], str(count), LABELS + length))
    return found


def confusion(report: Report) -> Matrix:
    """Lay out verdicts by published outcome."""
    counts = report.confusion()
    rows = {name: f"published {name}" for name in counts}
    return matrix("Verdict by published outcome", counts, {v: spaced(v) for v in VERDICTS}, rows)


def reasons(report: Report) -> Matrix:
    """Lay out the statuses of criteria by the reviewer's reasons."""
    return matrix("Status of the criterion by the reviewer's reason", report.reasons(), OURS, SAID)
