"""What decisions report is attested with exactly those decisions; what a reviewer made up, or none reports, is not."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from kb.knowledge.ontology import Ontology, read_ontology
from kb.settings import data_folder
from kb.terms import BASE, DECISION, PROV, RDF, SCHEMA, SKOS, short

COLLECTED = Path(__file__).parents[2] / "shared" / "knowledge"
DATA = Path(__file__).parent / "data"
TABLES = {"chronic_pain_2009.csv": "fact_id", "acoem_odg.csv": "fact_id", "attested.csv": "attested_id"}
CASE = re.compile(r"CM\d\d-\d{7}")
Row = dict[str, str]

pytestmark = pytest.mark.skipif(not COLLECTED.is_dir(), reason="the collected statements are not beside the checkout")


def _rows(file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


@pytest.fixture(scope="module")
def ontology() -> Ontology:
    return read_ontology(data_folder("ontology"))


@pytest.fixture(scope="module")
def rows() -> dict[str, Row]:
    return {row[column]: row for name, column in TABLES.items() for row in _rows(COLLECTED / name)}


@pytest.fixture(scope="module")
def folders() -> dict[tuple[str, str], list[str]]:
    """Map the guideline and edition that letters name to the folders that hold that text."""
    table = _rows(DATA / "attested_guidelines.csv")
    return {(row["guideline"], row["edition"]): row["folders"].split() for row in table}


@pytest.fixture(scope="module")
def kinds(ontology) -> set[str]:
    return {subject for subject in ontology.index if ontology.objects(subject, SCHEMA + "sentence")}


@pytest.fixture(scope="module")
def encoded(ontology) -> dict[str, list[str]]:
    """List the collected rows that each statement expresses."""
    found = {s: [o.value for o in ontology.objects(s, SCHEMA + "encodes")] for s in ontology.index}
    return {subject: numbers for subject, numbers in found.items() if numbers}


@pytest.fixture(scope="module")
def notes(ontology) -> set[str]:
    return set(ontology.instances("Note"))


def _verification(ontology: Ontology, subject: str) -> str:
    return short(ontology.text(subject, SCHEMA + "verification") or "")


def _decisions(ontology: Ontology, subject: str) -> list[str]:
    return [o.value for o in ontology.objects(subject, PROV + "wasDerivedFrom")]


def _of_a_reviewer(row: Row) -> bool:
    return row.get("certainty") == "reviewer_rule"


def _doubtful(row: Row) -> bool:
    return "attribution doubtful" in row["applies_when"]


def _reports(row: Row) -> bool:
    """Tell whether a row is a guideline's text as a decision quotes or paraphrases it."""
    return "certainty" in row and not _of_a_reviewer(row) and not _doubtful(row)


def _cases(row: Row) -> set[str]:
    """Name the decisions that report a row; of a recalled one, those that its source names."""
    if "certainty" in row:
        return set(row["cases"].split(";")) if _reports(row) else set()
    return set(CASE.findall(row["source"]))


def _own(row: Row, subject: str, folders: dict[tuple[str, str], list[str]]) -> bool:
    return subject.removeprefix(BASE).split("/")[0] in folders[row["guideline"], row["edition"]]


def test_the_table_of_guidelines_names_all_that_letters_name_and_folders_that_exist(rows, folders):
    assert set(folders) == {(row["guideline"], row["edition"]) for row in rows.values() if "certainty" in row}
    there = {folder.name for folder in (data_folder("ontology") / "guidelines").iterdir()}
    assert {name for names in folders.values() for name in names} <= there


def test_an_attested_statement_names_exactly_the_decisions_that_report_it(ontology, rows, folders, encoded, notes):
    wrong, tried = [], 0
    for subject in encoded.keys() - notes:
        if _verification(ontology, subject) == "attested":
            tried += 1
            said = {case for number in encoded[subject] for case in _cases(rows[number])}
            named = {decision.removeprefix(DECISION) for decision in _decisions(ontology, subject)}
            if not said or named != said:
                wrong.append((short(subject), sorted(said - named), sorted(named - said)))
    print(f"attested statements: {tried}")
    assert wrong == []
    assert tried > 500


def test_decisions_are_case_numbers_and_never_sentences(ontology, encoded):
    named = [decision for subject in encoded for decision in _decisions(ontology, subject)]
    assert [d for d in named if not (d.startswith(DECISION) and CASE.fullmatch(d.removeprefix(DECISION)))] == []
    assert named


def test_an_attested_statement_expresses_attested_rows_of_its_own_guideline_and_edition(
    ontology, rows, folders, encoded, notes
):
    foreign = [
        (short(subject), number)
        for subject in encoded.keys() - notes
        for number in encoded[subject]
        if _verification(ontology, subject) == "attested"
        and "certainty" in rows[number]
        and not _own(rows[number], subject, folders)
    ]
    assert foreign == []


def test_no_criterion_rests_on_a_reviewers_own_rule_or_a_doubtful_attribution(rows, encoded, notes):
    wrong = {
        short(subject): [n for n in encoded[subject] if _of_a_reviewer(rows[n]) or _doubtful(rows[n])]
        for subject in encoded.keys() - notes
    }
    assert {subject: numbers for subject, numbers in wrong.items() if numbers} == {}


def test_what_decisions_report_of_its_own_guideline_and_edition_is_not_left_recalled(
    ontology, rows, folders, encoded, notes
):
    left = [
        short(subject)
        for subject in encoded.keys() - notes
        if _verification(ontology, subject) == "recalled"
        and any(_reports(rows[n]) and _own(rows[n], subject, folders) for n in encoded[subject])
    ]
    assert left == []


def test_notes_of_a_reviewers_own_rule_hold_nothing_else_and_all_of_them(ontology, rows, encoded, notes):
    marked = {note for note in notes if _verification(ontology, note) == "reviewer_rule"}
    wholly = {note for note in notes if all(_of_a_reviewer(rows[number]) for number in encoded[note])}
    assert marked == wholly
    kept = {number for note in notes for number in encoded[note] if _of_a_reviewer(rows[number])}
    assert kept == {number for number, row in rows.items() if _of_a_reviewer(row)}


def test_no_criterion_or_recommendation_is_a_reviewers_own_rule(ontology, kinds):
    known = Counter(
        _verification(ontology, subject)
        for subject in ontology.index
        if {o.value for o in ontology.objects(subject, RDF + "type")} & {*kinds, SCHEMA + "Recommendation"}
    )
    assert set(known) == {"confirmed", "attested", "recalled"}


@pytest.fixture(scope="module")
def settled() -> dict[str, str]:
    """Tell how each contradiction was settled; the table gives what it stands against, and why."""
    return {row["row"]: row["settled"] for row in _rows(DATA / "contradictions.csv")}


@pytest.fixture(scope="module")
def where(encoded) -> dict[str, set[str]]:
    """Name the statements that express each row."""
    found: dict[str, set[str]] = {}
    for subject, numbers in encoded.items():
        for number in numbers:
            found.setdefault(number, set()).add(subject)
    return found


def test_every_row_that_contradicts_is_settled_in_the_reviewed_table(rows, settled):
    contradicting = {number for number, row in rows.items() if row.get("relation") == "contradicts"}
    assert len(contradicting) == 23
    assert contradicting - set(settled) == set()
    table = _rows(DATA / "contradictions.csv")
    assert len(table) == len(settled)
    assert [row for row in table if row["row"] not in rows or row["against"] not in rows or not row["why"]] == []


def test_where_a_quotation_wins_over_memory_a_change_note_says_so(ontology, settled, where, notes):
    for number in (number for number, how in settled.items() if how == "quoted_wins"):
        winning = where[number] - notes
        assert {_verification(ontology, subject) for subject in winning} == {"attested"}, number
        assert any(ontology.objects(subject, SKOS + "changeNote") for subject in winning), number


def test_where_decisions_differ_both_are_readings(ontology, settled, where, notes):
    tried = 0
    for number in (number for number, how in settled.items() if how == "reading"):
        assert where[number] & _read_two_ways(ontology) - notes, number
        tried += 1
    assert tried >= 10


def _read_two_ways(ontology: Ontology) -> set[str]:
    """Name what has another reading, is one, or stands in the tree of one."""
    reading = {s: ontology.iris(s, "reading") for s in ontology.index if ontology.iris(s, "reading")}
    found = {*reading, *(iri for iris in reading.values() for iri in iris)}
    queue = list(found)
    while queue:
        node = queue.pop()
        for child in (*ontology.iris(node, "allOf"), *ontology.iris(node, "anyOf")):
            if child not in found:
                found.add(child)
                queue.append(child)
    return found


def test_the_rest_of_the_contradictions_are_notes_that_say_why(ontology, settled, where, notes):
    for number, how in settled.items():
        if how not in ("quoted_wins", "reading"):
            assert where[number] <= notes, number
            assert {_reason(ontology, subject) for subject in where[number]} == {how}, number


def _reason(ontology: Ontology, note: str) -> str:
    verification = _verification(ontology, note)
    return verification if verification == "reviewer_rule" else short(ontology.text(note, SCHEMA + "reason") or "")


RANK = {"low": 0, "medium": 1, "high": 2}


def _ceiling(verification: str, reported: list[Row], recalled: list[Row]) -> int:
    """Tell how firmly a statement may be held at most.

    A page or a quotation makes it high; paraphrases alone medium, high where memory says the same firmly. What is
    only remembered is held as firmly as the least sure of its rows.
    """
    held = [RANK[row["confidence"]] for row in recalled]
    if verification == "recalled":
        return min(held, default=RANK["high"])
    quoted = not reported or any(row["certainty"] == "quoted" for row in reported)
    return RANK["high"] if quoted or RANK["high"] in held else RANK["medium"]


def test_every_criterion_and_recommendation_is_held_no_more_firmly_than_its_rows_allow(knowledge, rows, encoded):
    sources = {BASE + name: criterion.source for name, criterion in knowledge.criteria.items()}
    sources |= {iri: recommendation.source for iri, recommendation in knowledge.recommendations.items()}
    assert [short(iri) for iri, source in sources.items() if source.confidence not in RANK] == []
    too_firm = []
    for iri in sources.keys() & encoded.keys():
        said = [rows[number] for number in encoded[iri]]
        reported = [row for row in said if "certainty" in row]
        ceiling = _ceiling(sources[iri].verification, reported, [row for row in said if "certainty" not in row])
        if RANK[sources[iri].confidence] > ceiling:
            too_firm.append((short(iri), sources[iri].confidence))
    assert too_firm == []
    assert len(sources) > 2000


OTHERWISE = {"note", "prefer", "defer", "status"}  # comparators of the collection that name no test
ENCODED = 0.96


@pytest.fixture(scope="module")
def reviewed() -> dict[str, str]:
    """Give the reason of each row that is no rule although the collection files it as one."""
    return {row["row"]: row["reason"] for row in _rows(DATA / "note_reasons.csv")}


def _is_rule(number: str, row: Row, reviewed: dict[str, str]) -> bool:
    """Tell whether a row asks for something: no definition, deferral, status, reviewer's own or doubtful row."""
    no_test = row["criterion_kind"] in ("definition_or_deferral", "recommendation_status")
    apart = _of_a_reviewer(row) or _doubtful(row) or number in reviewed
    return not (no_test or row["comparator"] in OTHERWISE or apart)


def test_nearly_all_rules_are_encoded_by_what_decides(rows, reviewed, where, notes):
    rules = [number for number, row in rows.items() if _is_rule(number, row, reviewed)]
    encoded_by_notes_alone = [number for number in rules if not where[number] - notes]
    share = 1 - len(encoded_by_notes_alone) / len(rules)
    print(f"rules {len(rules)}, encoded by notes alone {len(encoded_by_notes_alone)}, share encoded {share:.4f}")
    assert len(rules) > 1200
    assert share >= ENCODED


def test_a_note_gives_the_reason_of_its_rows(ontology, rows, reviewed, encoded, notes):
    wrong = []
    for note in notes:
        reason = _reason(ontology, note)
        rules = [number for number in encoded[note] if _is_rule(number, rows[number], reviewed)]
        known = [number for number in encoded[note] if not _of_a_reviewer(rows[number])]
        doubtful = [n for n in known if _doubtful(rows[n]) or reviewed.get(n) == "doubtful_attribution"]
        if (reason == "outside_a_case") != bool(rules) or (reason == "doubtful_attribution") != bool(doubtful):
            wrong.append((short(note), reason, rules, doubtful))
    assert wrong == []


def test_rows_reviewed_as_no_rule_are_notes_that_say_so(ontology, rows, reviewed, where, notes):
    assert set(reviewed) <= set(rows)
    for number, reason in reviewed.items():
        assert {_reason(ontology, subject) for subject in where[number] & notes} == {reason}, number
