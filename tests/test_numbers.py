"""The figure of every collected statement against the slots of the criteria that encode it: the statement is the judge.

A statement with a number is compared, is a note, or stands in `data/numbers.csv` with the bound by which it stands
in the ontology (empty: none) and the reason. A criterion stands there when a slot of it comes from no number.
"""

import csv
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import pytest

from kb.knowledge.ontology import Ontology, read_ontology
from kb.settings import data_folder
from kb.terms import BASE, RDF, SCHEMA, short

COLLECTED = Path(__file__).parents[2] / "shared" / "knowledge"
TABLES = {"chronic_pain_2009.csv": "fact_id", "acoem_odg.csv": "fact_id", "attested.csv": "attested_id"}
REVIEWED = Path(__file__).parent / "data" / "numbers.csv"
UNIT = f"{BASE}unit/"

# units of the tables that the ontology spells otherwise; OF counts children of a node, OWN is a measurement's one unit
OF, OWN, RELIEF = "of them", "its own", "day of relief"
SPELLED = {
    "mg/day": "mg_per_day", "g/day": "gram_per_day", "mg MED/day": "mme_per_day", "mg MME/day": "mme_per_day",
    "percent success": "percent", "full-day session": "day", "day supply": "day", "night": "day", "block": "injection",
    "session": "visit", "nerve root level": "level", "kg/m2": OWN, "mm": OWN, "degree": OWN,
    **dict.fromkeys(("finding", "item", "drug", "ingredient", "domain", "criterion", "category", "treatment"), OF),
}  # fmt: skip
BY_PERIOD = {("year", "age"): "year_of_age", ("hour", "week"): "hour_per_week"}
WHOLE = {"visit", "injection", "level", "test", "procedure", "item", OF}
WORDS = {"forbidden": "<", "any_of": ">=", "all_of": "all"}
HALF = "(initial course is half)"

pytestmark = pytest.mark.skipif(not COLLECTED.is_dir(), reason="the collected statements are not beside the checkout")


class Bound(NamedTuple):
    """A comparator, a number and a unit; time is in days."""

    comparator: str
    number: Fraction
    unit: str


class Figures:
    """Turn rows and criteria into bounds that can be compared."""

    def __init__(self, ontology: Ontology) -> None:
        self.ontology = ontology
        self.encoded: dict[str, list[str]] = {}
        self.encodes: dict[str, list[str]] = {}
        self.above: dict[str, list[str]] = {}
        for subject in sorted(ontology.index):
            for number in ontology.objects(subject, SCHEMA + "encodes"):
                self.encoded.setdefault(number.value, []).append(subject)
                self.encodes.setdefault(subject, []).append(number.value)
            for term in ("allOf", "anyOf"):
                for child in ontology.iris(subject, term):
                    self.above.setdefault(child, []).append(subject)

    def bound(self, comparator: str, number: str | Fraction, unit: str) -> Bound:
        """Count time in days, and a strict bound on whole things by the next whole one."""
        value, days = Fraction(number), self.ontology.text(UNIT + unit, SCHEMA + "days")
        if days:
            return Bound(comparator, value * Fraction(days), "day")
        if unit in WHOLE and comparator in ("<", ">"):
            return Bound(f"{comparator}=", value + (1 if comparator == ">" else -1), unit)
        return Bound(comparator, value, unit)

    # ------------------------------------------------------------ what a statement says

    def said(self, row: dict[str, str]) -> list[Bound]:
        """Give the bounds that a row states, the usual one of a range last."""
        spelled = SPELLED.get(row["unit"], row["unit"])
        unit = BY_PERIOD.get((row["unit"], row["period"]), spelled)
        comparator = WORDS.get(row["comparator"], row["comparator"])
        found = [self.bound(comparator, number, unit) for number in row["number"].split("..")]
        return found + ([self.bound(comparator, n / 24, "day") for _, n, _ in found] if unit == "hour" else [])

    def beside(self, row: dict[str, str]) -> Iterator[Bound]:
        """Give what a row states beside its number: how long relief lasts, half of a course."""
        weeks = re.fullmatch(r"(\d+)(?:-(\d+))? weeks", row["period"])
        if weeks:
            yield from (self.bound(">=", Fraction(n) * 7, RELIEF) for n in weeks.groups() if n)
        if HALF in row.get("criterion", ""):
            yield from (Bound(comparator, n / 2, unit) for comparator, n, unit in self.said(row))

    # ------------------------------------------------------------ what a criterion says

    def slots(self, criterion: str) -> list[Bound]:
        """Give the bounds of a criterion itself."""
        read = self.ontology
        kinds = [short(kind.value) for kind in read.objects(criterion, RDF + "type")]
        named = [iri.removeprefix(UNIT) for iri in read.iris(criterion, "unit")]
        unit = next(iter(named), "percent" if "RepeatResponseThreshold" in kinds else OWN)
        exclusive = {iri.removeprefix(SCHEMA) for iri in read.iris(criterion, "exclusive")}
        found = []
        for slot, sign in (("minimum", ">"), ("limit", "<")):
            comparator = sign if slot in exclusive else f"{sign}="
            found += [self.bound(comparator, v.value, unit) for v in read.objects(criterion, SCHEMA + slot)]
        weeks = read.objects(criterion, SCHEMA + "minimumWeeks")
        return found + [self.bound(">=", Fraction(v.value) * 7, RELIEF) for v in weeks]

    def places(self, criterion: str) -> Iterator[Bound]:
        """Give how many of the nodes beside it a tree asks for, and that any of several concepts will do."""
        if len(self.ontology.iris(criterion, "concept")) > 1:
            yield Bound(">=", Fraction(1), OF)
        for node in self.above.get(criterion, ()):
            every = self.ontology.iris(node, "allOf")
            yield Bound("all", Fraction(len(every)), OF)
            if not every:
                yield Bound(">=", Fraction(self.ontology.text(node, SCHEMA + "atLeast", "1")), OF)

    def is_note(self, subject: str) -> bool:
        return any(short(kind.value) == "Note" for kind in self.ontology.objects(subject, RDF + "type"))

    def name(self, subject: str) -> str:
        return subject.removeprefix(BASE)


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, column in TABLES.items():
        with (COLLECTED / name).open(encoding="utf-8", newline="") as lines:
            found.update((row[column], row) for row in csv.DictReader(lines) if row["number"].strip())
    return found


@pytest.fixture(scope="module")
def figures() -> Figures:
    return Figures(read_ontology(data_folder("ontology")))


@pytest.fixture(scope="module")
def reviewed(figures: Figures) -> dict[str, set[Bound]]:
    with REVIEWED.open(encoding="utf-8", newline="") as lines:
        table = list(csv.DictReader(lines))
    assert all(line["reason"].strip() for line in table)
    assert len({line["id"] for line in table}) == len(table)
    stands = {line["id"]: [part.split() for part in line["stands_as"].split(";") if part] for line in table}
    return {id_: {figures.bound(*parts) for parts in found} for id_, found in stands.items()}


@pytest.fixture(scope="module")
def notes(figures, rows) -> set[str]:
    """Statements of which everything that encodes them is a note, which has its reason."""
    return {number for number in rows if all(figures.is_note(s) for s in figures.encoded.get(number, ()))}


@pytest.fixture(scope="module")
def unequal(figures, rows, notes) -> dict[str, set[Bound]]:
    """Statements that no slot states, each with the slots that there are."""
    found = {}
    for number in sorted(set(rows) - notes):
        said, encoded = figures.said(rows[number]), figures.encoded[number]
        slots = {bound for criterion in encoded for bound in figures.slots(criterion)}
        places = {bound for criterion in encoded for bound in figures.places(criterion) if bound.unit == OF}
        # of a range that limits, the upper end is the bound and the lower one a reading of it
        wanted = said[-1:] if rows[number]["comparator"] == "<=" and rows[number]["unit"] != "hour" else said
        if not (slots | places) & set(wanted):
            found[number] = slots
    return found


@pytest.fixture(scope="module")
def unstated(figures, rows, unequal) -> dict[str, set[Bound]]:
    """Slots of criteria that encode a compared statement, which none of their statements states."""
    found = {}
    compared = set(rows) - set(unequal)
    for criterion, numbers in figures.encodes.items():
        own = [rows[number] for number in numbers if number in rows]
        stated = {bound for row in own for bound in (*figures.said(row), *figures.beside(row))}
        left = set(figures.slots(criterion)) - stated
        if left and compared & set(numbers):
            found[figures.name(criterion)] = left
    return found


def test_every_number_is_compared_noted_or_reviewed(rows, notes, unequal, reviewed):
    compared = set(rows) - notes - set(unequal)
    exempt = set(unequal) & set(reviewed)
    print(f"{len(rows)} numbers: {len(compared)} equal, {len(notes)} notes, {len(exempt)} reviewed")
    assert {number: unequal[number] for number in sorted(set(unequal) - set(reviewed))} == {}
    assert len(rows) == len(compared) + len(notes) + len(exempt)


def test_every_slot_beside_a_number_is_stated_or_reviewed(unstated, reviewed):
    assert {name: unstated[name] for name in sorted(set(unstated) - set(reviewed))} == {}


def test_no_exemption_is_superfluous(unequal, unstated, reviewed):
    assert sorted(set(reviewed) - set(unequal) - set(unstated)) == []


def test_a_reviewed_number_stands_as_the_table_says(unequal, unstated, reviewed):
    found = {**unequal, **unstated}
    wrong = {id_: (found.get(id_), bounds) for id_, bounds in reviewed.items() if not bounds <= found.get(id_, set())}
    assert wrong == {}
    assert [id_ for id_, bounds in reviewed.items() if not bounds and found.get(id_)] == []
