"""Lay out the chart that the header of a stored question asks for: `bar; requests by service`, for instance."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kb.draw.shapes import Bar, Matrix, Piece, Point, Series, matrix

Row = dict[str, Any]
_SAID = re.compile(r"(bar|line|histogram|heat map); (.+?) (?:by|of) (.+?)(?:, as wide as (\w+))?")
_MOST = 40  # bars; the table below has all
_LETTERS = 48  # of a label; the rest is said when it is pointed at
_WIDTH, _HEIGHT, _TOP = 730, 180, 26
_LABEL_WIDTH = 70
_THIN, _THICK = 6, 20
_BARS, _LABEL, _ROW, _NEXT = 300, 22, 24, 6  # longest bar; heights of a label, of a bar, and between two rows
_ABBREVIATED = {"ur": "UR", "imr": "IMR"}


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold what a header asks for: the kind, the columns with values, those they stand by, and that of the weight."""

    kind: str
    values: list[str]
    keys: list[str]
    weight: str | None


@dataclass(frozen=True, slots=True)
class Chart:
    """Hold what a template draws, whichever of the kinds there is."""

    title: str
    bars: list[Bar]
    matrix: Matrix | None
    lines: list[Series]
    columns: list[Series]
    note: str


def read_chart(text: str) -> Asked | None:
    """Read the words of a header; None where it asks for no chart.

    Raises ValueError for words that say none.

    >>> read_chart("bar; share of service, as wide as requests")
    Asked(kind='bar', values=['share'], keys=['service'], weight='requests')
    >>> read_chart("pie; requests")
    Traceback (most recent call last):
        ...
    ValueError: `pie; requests` asks for no chart; write it as `bar; requests by service`
    """
    if not text:
        return None
    found = _SAID.fullmatch(text)
    if found is None:
        raise ValueError(f"`{text}` asks for no chart; write it as `bar; requests by service`")
    return Asked(found[1], found[2].split(" and "), found[3].split(" and "), found[4])


def chart(text: str, rows: Sequence[Row]) -> Chart | None:
    """Lay out the rows that have a value as a header asks; None where it asks for no chart or nothing can be drawn."""
    asked = read_chart(text)
    if asked is None:
        return None
    rows = [row for row in rows if any(row[name] is not None for name in asked.values)]
    if not rows:
        return None
    title = _titled(text.partition("; ")[2])
    if asked.kind == "bar":
        shown = rows[:_MOST]
        note = f"The first {len(shown)} of {len(rows)}." if len(rows) > len(shown) else ""
        return Chart(title, _bars(asked, shown), None, [], [], note)
    if asked.kind == "heat map":
        return Chart(title, [], _heat_map(title, asked, rows), [], [], "")
    series = [_series(name, asked.keys[0], rows) for name in asked.values]
    return Chart(title, [], None, *((series, []) if asked.kind == "line" else ([], series)), "")


def _bars(asked: Asked, rows: Sequence[Row]) -> list[Bar]:
    """Lay out a bar for each row and column with values; a share is drawn against the whole."""
    tops = {name: _top(name, rows) for name in asked.values}
    top = max(tops.values())
    heaviest = max(float(row[asked.weight] or 0) for row in rows) if asked.weight else 0
    found: list[Bar] = []
    y = -_NEXT
    for row in rows:
        y += _NEXT + _LABEL
        label = " ".join(_spaced(_text(row[key])) for key in asked.keys)
        for place, name in enumerate(asked.values):
            weight = float(row[asked.weight] or 0) / heaviest if asked.weight and heaviest else 1.0
            shown = "" if place else label
            found.append(_bar(y, shown, _about(label, name, row, asked), name, row, top, weight, len(asked.values) > 1))
            y += _ROW
    return found


def _about(label: str, name: str, row: Row, asked: Asked) -> str:
    """Say what a bar is; a share is one of the column of the weight, else of the requests."""
    whole = asked.weight or "requests"
    of = f" of {row[whole]} {_spaced(whole)}" if name == "share" and whole in row else ""
    return f"{label}: {name} {_said(name, float(row[name] or 0))}{of}"


def _bar(y: int, shown: str, about: str, name: str, row: Row, top: float, weight: float, named: bool) -> Bar:
    value = float(row[name] or 0)
    length = round(value / top * _BARS, 1) if top else 0.0
    said = _said(name, value)
    thick = round(_THIN + (_THICK - _THIN) * weight)
    piece = Piece(0.0, length, "cause" if shown else "second", value, about, False, thick)
    return Bar(y, _short(shown), [piece], f"{_abbreviated(name)} {said}" if named else said, length)


def _heat_map(title: str, asked: Asked, rows: Sequence[Row]) -> Matrix:
    down, across = asked.keys[0], asked.keys[1]
    columns = {_text(row[across]): _spaced(_text(row[across])) for row in rows}
    names = {_text(row[down]): _spaced(_text(row[down])) for row in rows}
    counts = {name: dict.fromkeys(columns, 0) for name in names}
    for row in rows:
        counts[_text(row[down])][_text(row[across])] += int(row[asked.values[0]] or 0)
    return matrix(title, counts, columns, names)


def _series(name: str, key: str, rows: Sequence[Row]) -> Series:
    top = _top(name, rows)
    step = _WIDTH / len(rows)
    points = []
    for place, row in enumerate(rows):
        value = float(row[name] or 0)
        y = round(_TOP + (_HEIGHT - _TOP) * (1 - (value / top if top else 0)), 1)
        said, label = _said(name, value), _text(row[key])
        points.append(Point(round((place + 0.5) * step, 1), y, label, said, f"{label}: {name} {said}"))
    every = max(1, -(-len(rows) * _LABEL_WIDTH // _WIDTH))
    return Series(_titled(name), points, round(step, 1), _WIDTH, _HEIGHT, every, _said(name, top))


def _top(name: str, rows: Sequence[Row]) -> float:
    return 1.0 if name == "share" else max(float(row[name] or 0) for row in rows)


def _said(name: str, value: float) -> str:
    return f"{100 * value:.0f} %" if name == "share" else f"{value:g}"


def _short(label: str) -> str:
    """Cut the middle out of a long label: its beginning and its end tell it from others."""
    half = _LETTERS // 2
    return label if len(label) <= _LETTERS else f"{label[:half]}…{label[-half:]}"


def _titled(words: str) -> str:
    """Begin with a capital, and write abbreviations as such.

    >>> _titled("ur and imr by guideline")
    'UR and IMR by guideline'
    """
    said = " ".join(_abbreviated(word) for word in words.split(" "))
    return said[:1].upper() + said[1:]


def _abbreviated(word: str) -> str:
    return _ABBREVIATED.get(word, word.replace("_", " "))


def _text(value: Any) -> str:
    return "none" if value is None else f"{value:g}" if isinstance(value, int | float) else str(value)


def _spaced(text: str) -> str:
    return text.replace("_", " ")
