"""Hold the parts of charts, with what is said of each to whom cannot see it."""

from collections.abc import Mapping
from dataclasses import dataclass

LABELS, PLOT, ROW = 330, 400, 26
_CELL_WIDTH, _CELL_HEIGHT = 128, 46


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
class Piece:
    """Hold one piece of a bar."""

    x: float
    length: float
    kind: str
    count: int | float
    about: str
    roomy: bool
    height: int = 20


@dataclass(frozen=True, slots=True)
class Bar:
    """Hold one bar with its pieces and what stands behind it."""

    y: int
    label: str
    pieces: list[Piece]
    note: str
    end: float


@dataclass(frozen=True, slots=True)
class Point:
    """Hold one value of a series: the top of a column, or a point of a line."""

    x: float
    y: float
    label: str
    value: str
    about: str


@dataclass(frozen=True, slots=True)
class Series:
    """Hold the values of one series from left to right; `every` tells at which of them a label stands."""

    name: str
    points: list[Point]
    step: float
    width: int
    height: int
    every: int
    top: str

    @property
    def line(self) -> str:
        """Join the points."""
        return " ".join(f"{point.x},{point.y}" for point in self.points)
