"""What a request line says beside service and quantity: levels of the spine, form of a drug, which course of visits."""

import json

import polars as pl
import pyoxigraph as ox
import pytest
import yaml
from jsonschema import Draft202012Validator

from kb import determine
from kb.answer.case_file import case_file
from kb.answer.form import corrected, rows
from kb.answer.schema import schema
from kb.answer.words import Words
from kb.archive.case_graph import case_triples
from kb.batch.engine import Engine
from kb.batch.frame import frame_of_cases
from kb.batch.schema import CASES
from kb.batch.source import fitted
from kb.case.asks import settle
from kb.case.day import read_day
from kb.case.fact import Correction
from kb.case.levels import Spine
from kb.case.model import read_case
from kb.case.prepare import prepare
from kb.case.turtle import read_turtle
from kb.errors import CaseError, UnknownConceptError
from kb.facts.reading import readers
from kb.terms import DECISION, FORM

ASKED = {
    "number": "A1",
    "ur_decided": "2017-01-10",
    "diagnoses": ["low_back_pain"],
    "requests": [
        {"line": 1, "service": "facet_injection", "quantity": 2, "unit": "level", "levels": ["L4-L5", "L5-S1"]},
        {"line": 2, "service": "ibuprofen", "quantity": 60, "unit": "tablet", "form": "tablet"},
        {"line": 3, "service": "physical_therapy", "quantity": 6, "unit": "visit", "course": "additional"},
        {"line": 4, "service": "acupuncture", "quantity": 6, "unit": "visit", "course": "initial"},
    ],
}
KEYS = ("levels", "form", "course")


@pytest.fixture(scope="module")
def reader(knowledge):
    return readers(knowledge).requests


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("Facet injections at L3-4 and L4-5, left", ["L3-L4", "L4-L5"]),
        ("Facet joint injection, right, L5/S1", ["L5-S1"]),
        ("Lumbar decompression from L3 to S1", ["L3-L4", "L4-L5", "L5-S1"]),
        ("Epidural steroid injection, C7-T1", ["C7-T1"]),
        ("Transforaminal epidural steroid injection at T12-L1", ["T12-L1"]),
        ("Medial branch blocks, L3, L4 and L5", ["L3", "L4", "L5"]),
        ("MRI of the cervical spine, C4-C6", ["C4-C5", "C5-C6"]),
        ("Laboratory: T3, T4 and TSH", []),
        ("Lumbar MRI", []),
        ("Facet injection at L9-L10", []),
    ],
)
def test_levels_are_named_each_alone(reader, text, levels):
    assert reader.line(text).levels == levels


def test_levels_are_those_that_are_counted(knowledge):
    spine = Spine(knowledge)
    for words in ("L3-S1", "L4-5, L5-S1", "C2", "T11-L2", "L4 and L5", "L1-1"):
        assert spine.count(words) == max(1, len(spine.named(words))), words
    assert spine.count("no level") == 0


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Naproxen 550 mg tabs, sixty", "tablet"),
        ("Gabapentin 300mg capsules #90", "capsule"),
        ("Diclofenac gel 1%, 100 g", "gel"),
        ("Flurbiprofen 20% in a cream base, 120 grams", "cream"),
        ("Lidocaine 5% patches #30", "patch"),
        ("Gabapentin oral suspension 250 ml", "suspension"),
        ("Ketoprofen lotion or cream", None),
        ("Ibuprofen 800 mg #60", None),
        ("Hip pad of gel", None),
    ],
)
def test_the_form_of_a_drug_is_read_where_one_alone_is_named(reader, text, form):
    assert reader.line(text).form == form


@pytest.mark.parametrize(
    ("text", "course"),
    [
        ("Physical therapy, an additional eight sessions", "additional"),
        ("Six more visits of acupuncture for the neck", "additional"),
        ("Continued chiropractic care, twice a week for three weeks", "additional"),
        ("Further aquatic therapy x 8", "additional"),
        ("Initial trial of acupuncture, six visits", "initial"),
        ("First course of physical therapy, 10 visits", "initial"),
        ("Initial evaluation and eight visits of physical therapy", None),
        ("Physical therapy, twice a week for four weeks", None),
        ("Initial consultation with a spine surgeon", None),
        ("Additional MRI of the knee", None),
        ("Six more tablets of naproxen", None),
    ],
)
def test_a_course_is_read_of_visits_alone(reader, text, course):
    assert reader.line(text).course == course


def test_how_a_line_calls_its_visits_decides_nothing(knowledge):
    """What was used before is counted from the record, whatever word the request has for its visits."""
    line = {"service": "physical_therapy", "quantity": 6, "unit": "visit"}
    case = {"ur_decided": "2012-01-10", "injured": "2011-01-01", "diagnoses": ["low_back_pain"], "treatments": [line]}
    asked = [
        {**case, "requests": [{**line, **course}]} for course in ({}, {"course": "initial"}, {"course": "additional"})
    ]
    found = [determine(each, knowledge)["requests"][0]["determination"] for each in asked]
    assert found[0] == found[1] == found[2]


def _said(case):
    return [{key: getattr(request, key) for key in KEYS} for request in case.requests]


def test_they_come_back_from_yaml_json_turtle_and_parquet(knowledge):
    case = read_case(ASKED)
    answer = determine(ASKED, knowledge)
    Draft202012Validator(schema("case")).validate(ASKED)
    Draft202012Validator(schema("answer")).validate(answer)
    assert _said(read_case(yaml.safe_load(case_file(case, None)))) == _said(case)
    assert _said(read_case(json.loads(json.dumps(answer["case"])))) == _said(case)
    assert [{key: line[key] for key in KEYS} for line in answer["requests"]] == _said(case)
    triples = [ox.Triple(*triple) for triple in case_triples(answer["case"], DECISION + "X")]
    assert ox.NamedNode(FORM + "tablet") in {t.object for t in triples}
    back = read_case(read_turtle(ox.serialize(triples, format=ox.RdfFormat.TURTLE).decode()))
    back.requests.sort(key=lambda request: request.line)
    assert [{**said, "levels": sorted(said["levels"])} for said in _said(back)] == _said(case)
    frame = frame_of_cases([ASKED])
    told = [{**line, "levels": line["levels"] or []} for line in frame["requests"][0]]
    assert [{key: line[key] for key in KEYS} for line in told] == _said(case)


def test_parquet_of_before_has_no_such_columns_and_is_read(knowledge):
    kinds = CASES["requests"].inner.fields
    older = pl.List(pl.Struct([kind for kind in kinds if kind.name not in (*KEYS, "parts")]))
    lines = [{"service": "acupuncture", "quantity": 6.0, "unit": "visit"}]
    frame = fitted(pl.DataFrame({"requests": [lines]}, {"requests": older}))
    assert frame["requests"][0][0]["service"] == "acupuncture"
    assert [frame["requests"][0][0][key] for key in KEYS] == [None, None, None]


def test_data_frames_and_the_single_path_agree_on_them(knowledge):
    earlier = [[], [{"service": "physical_therapy", "quantity": 4, "unit": "visit"}], ["acupuncture"]]
    wrong = {**ASKED, "requests": [{"service": "ibuprofen", "form": "pille"}, {"service": "mri", "levels": ["L4"]}]}
    cases = [{**ASKED, "treatments": care, "record_complete": told} for care in earlier for told in (True, False)]
    pytest.importorskip("maplib", reason="maplib is not installed; it comes with the extra `batch`")
    ways = (Engine(knowledge, criteria=True, frames=way) for way in (True, False))
    frames, single = (engine.decided(enumerate([*cases, wrong], 1)) for engine in ways)
    assert frames.rows.equals(single.rows)
    assert frames.criteria.equals(single.criteria)
    assert frames.errors == single.errors != []


def test_parts_take_them_from_their_line(knowledge):
    parts = [{"service": "acupuncture"}, {"service": "massage_therapy", "course": "initial"}]
    line = {"service": "physical_medicine", "quantity": 6, "course": "additional", "levels": ["L5"], "parts": parts}
    case = prepare(read_case({"ur_decided": "2013-10-18", "requests": [line]}), knowledge)
    found = [part.item for part in settle(case, case.requests[0], knowledge).parts]
    assert [(item.course, item.levels) for item in found] == [("additional", ["L5"]), ("initial", ["L5"])]


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"levels": ["L4-5"]}, CaseError, "`L4-5` under `levels` is no level of the spine; write L4-L5"),
        ({"levels": "L4-L5"}, CaseError, "must be a list"),
        ({"form": "pille"}, UnknownConceptError, "unknown form `pille`; it is one of capsule, cream"),
        ({"course": "second"}, CaseError, "`second` at `requests[0].course` must be one of initial, additional"),
    ],
)
def test_what_is_wrong_with_them_is_told(knowledge, changed, error, said):
    case = {"ur_decided": "2013-10-18", "requests": [{"service": "ibuprofen", **changed}]}
    with pytest.raises(error) as found:
        prepare(read_case(case), knowledge)
    assert said in str(found.value)


def test_they_are_shown_and_corrected_in_the_form(knowledge):
    case = prepare(read_case(ASKED), knowledge)
    said = [Words(knowledge).request(line) for line in determine(ASKED, knowledge)["requests"]]
    assert [words.split(", ", 1)[1] for words in said] == [
        "L4-L5 and L5-S1", "tablet", "additional course", "initial course"
    ]  # fmt: skip
    fields = {f"{row.name}.{f.name}": (f.kind, f.value) for row in rows(case, knowledge) for f in row.fields}
    assert fields["r1.levels"] == ("text", "L4-L5; L5-S1")
    assert (fields["r2.form"], fields["r3.course"]) == (("choice", "tablet"), ("choice", "additional"))
    typed = {"r1.levels": "L3-L4", "r2.form": "", "r3.course": "initial"}
    found = corrected(case, typed, "A", read_day("2026-01-31"), knowledge)
    assert [found.requests[0].levels, found.requests[1].form, found.requests[2].course] == [["L3-L4"], None, "initial"]
    assert found.requests[0].corrected == Correction(by="A", on=read_day("2026-01-31"))
