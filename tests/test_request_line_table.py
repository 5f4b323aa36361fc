"""Request lines of our own words, each with what a careful reader takes from it (`data/request_lines.csv`).

A `?` is not looked at: a careful reader would not be sure either. `unknown` is an ingredient that nobody knows. A line
with a reason in `open` is known to be read wrong; the day it is read right, its reason must go.
"""

import csv
from pathlib import Path

import pytest

from kb.facts.reading import readers

TABLE = Path(__file__).parent / "data" / "request_lines.csv"
with TABLE.open(encoding="utf-8") as file:
    ROWS = list(csv.DictReader(file))
NUMBERS = ("quantity", "strength_mg", "weeks")
SETS = ("site", "ingredients")


@pytest.fixture(scope="module")
def read(knowledge):
    return readers(knowledge).requests.line, knowledge.concepts


def told(request):
    parts = list(dict.fromkeys(part.service for part in request.parts))
    return {
        "service": "|".join(parts) if len(parts) > 1 else request.service or "",
        "quantity": request.quantity,
        "unit": request.unit or "",
        "site": set(request.site),
        "side": request.side or "",
        "strength_mg": request.strength_mg,
        "weeks": request.duration_weeks,
        "ingredients": set(request.ingredients),
    }


def wanted(column, words):
    if column in NUMBERS:
        return pytest.approx(float(words), abs=0.006) if words else None
    return set(filter(None, words.split(";"))) if column in SETS else words


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["text"])
def test_a_line_is_read_as_a_careful_reader_does(row, read):
    line, concepts = read
    request = line(row["text"])
    found = told(request)
    looked_at = [column for column in found if row[column] != "?"]
    expected = {column: wanted(column, row[column]) for column in looked_at}
    assert ({column: found[column] for column in looked_at} == expected) != bool(row["open"])
    assert set(filter(None, row["service"].replace("?", "").split("|"))) <= set(concepts)
    if row["service"] != "?":
        assert (request.error is None) == (bool(row["service"]) and not row["unknown"])
    assert row["unknown"] in (request.error or "")


def test_the_table_is_wide():
    services = {row["service"] for row in ROWS}
    assert len(ROWS) == len({row["text"] for row in ROWS}) >= 600
    assert len(services) >= 280
    assert sum(not row["service"] for row in ROWS) >= 5
    assert sum(bool(row["open"]) for row in ROWS) <= len(ROWS) * 0.03
