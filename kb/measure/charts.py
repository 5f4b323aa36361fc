"""Lay out the charts of the page: every place and length in the units of the drawing; the template only draws."""

from collections.abc import Mapping
from dataclasses import dataclass

from kb.measure.report import VERDICTS, Group, Report
from kb.measure.statistics import Share
from kb.measure.words import MEASURES, OURS, SAID, interval, percent, spaced, whole_share

_LABELS, _PLOT = 330, 400
_ROW, _CELL_WIDTH, _CELL_HEIGHT = 26, 128, 46
_LEAST = 3  # requests of a service that has a bar of its own
_ROOM = 16  # length of a bar in which its number finds room


@dataclass(frozen=True, slots=True)
class Cell:
    """Hold one cell of a matrix; `part` is its share of the row."""

    x: int
    y: int
    count: int
    part: float
    about: str

    @property
    def shade(self) -> float:
        """Give how dark the cell is; even a full one leaves its number readable."""
        return round(0.6 * self.part, 3)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Hold a table of counts, shaded by row."""

    title: str
    columns: list[tuple[int, str]]
    rows: list[tuple[int, str]]
    cells: list[Cell]
    width: int
    height: int
    cell_width: int = _CELL_WIDTH
    cell_height: int = _CELL_HEIGHT


def matrix(title: str, counts: Mapping[str, Mapping[str, int]], columns: Mapping[str, str],
           rows: Mapping[str, str], labels: int = 190) -> Matrix:  # fmt: skip
    """Lay out counts by row and column."""
    top, cells = 40, []
    for down, (name, found) in enumerate(counts.items()):
        whole = sum(found.values())
        for across, key in enumerate(columns):
            about = f"{rows[name]}, {columns[key]}: {found[key]} of {whole}"
            part = round(found[key] / whole, 3) if whole else 0.0
            cells.append(Cell(labels + across * _CELL_WIDTH, top + down * _CELL_HEIGHT, found[key], part, about))
    return Matrix(
        title,
        [(labels + place * _CELL_WIDTH + _CELL_WIDTH // 2, said) for place, said in enumerate(columns.values())],
        [(top + place * _CELL_HEIGHT + _CELL_HEIGHT // 2, rows[name]) for place, name in enumerate(counts)],
        cells,
        labels + _CELL_WIDTH * len(columns),
        top + _CELL_HEIGHT * len(counts),
    )


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
    return Whisker(place * _ROW + _ROW, label, about, *(round(_LABELS + _PLOT * (end or 0), 1) for end in ends))


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold one piece of a bar."""

    x: float
    length: float
    kind: str
    count: int
    about: str
    roomy: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """Hold one bar with its pieces and what stands behind it."""

    y: int
    label: str
    pieces: list[Piece]
    note: str
    end: float


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
    scale = _PLOT / len(group.rows)
    found = group.as_json()
    pieces, x = [], float(_LABELS)
    for verdict in VERDICTS:
        count = found["verdicts"][verdict]
        if count:
            length = round(count * scale, 1)
            about = f"{spaced(group.name)}: {count} {spaced(verdict)}"
            pieces.append(Piece(round(x, 1), length, verdict, count, about, length >= _ROOM))
            x += length
    note = f"{found['covered']} of {found['requests']} covered, {found['overturned']} overturned"
    return Bar(place * _ROW + 4, spaced(group.name), pieces, note, round(x, 1))


def cause_bars(causes: Mapping[str, int]) -> list[Bar]:
    """Lay out how often each cause was found."""
    longest, found = max([*causes.values(), 1]), []
    for place, (name, count) in enumerate(causes.items()):
        length = round(count * _PLOT / longest, 1)
        piece = Piece(_LABELS, length, "cause", count, f"{spaced(name)}: {count}", False)
        found.append(Bar(place * _ROW + 4, spaced(name), [piece], str(count), _LABELS + length))
    return found


def confusion(report: Report) -> Matrix:
    """Lay out verdicts by published outcome."""
    counts = report.confusion()
    rows = {name: f"published {name}" for name in counts}
    return matrix("Verdict by published outcome", counts, {v: spaced(v) for v in VERDICTS}, rows)


def reasons(report: Report) -> Matrix:
    """Lay out the statuses of criteria by the reviewer's reasons."""
    return matrix("Status of the criterion by the reviewer's reason", report.reasons(), OURS, SAID)
