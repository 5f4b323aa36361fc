"""Test that every check speaks on its bad example, that shapes cover the kinds, and what a report holds."""

import re
import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from kinds import FOLDER

from kb import load_knowledge
from kb.check.report import check, defect_of, store_of
from kb.errors import KnowledgeError
from kb.knowledge.queries import queries
from kb.settings import data_folder
from kb.terms import SCHEMA

EXAMPLES = sorted((Path(__file__).parent / "checks").glob("*.ttl"))
CHECKS = queries("check")
SH = rdflib.Namespace("http://www.w3.org/ns/shacl#")
KB = rdflib.Namespace(SCHEMA)
TOPIC = """@base <https://w3id.org/mtus-kb/tiny/more> .
@prefix c: <https://w3id.org/mtus-kb/concept/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix kb: <https://w3id.org/mtus-kb/schema#> .
@prefix unit: <https://w3id.org/mtus-kb/unit/> .
<> a kb:Topic ; dct:title "More" ; dct:isPartOf <https://w3id.org/mtus-kb/tiny> ; kb:section "More" .
"""


def write(folder, topic):
    """Put a topic into the tiny ontology."""
    shutil.copytree(data_folder("ontology") / "core", folder / "core")
    for file in FOLDER.glob("*.ttl"):
        shutil.copy(file, folder)
    (folder / "more.ttl").write_text(TOPIC + topic, encoding="utf-8")
    return folder


def errors(report):
    """Leave out what is wrong with the tiny concepts, which have no labels."""
    return [defect for defect in report.defects if defect.file == "more.ttl" and defect.name != "unknown-concept"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.stem)
def test_check_speaks_on_its_bad_example(example):
    triples = [(t.subject, t.predicate, t.object) for t in ox.parse(path=str(example), format=ox.RdfFormat.TURTLE)]
    query = CHECKS[example.stem]
    found = [defect_of(query, row) for row in store_of(triples).select(query.text)]
    assert [defect.subject.removeprefix("bad/topic#") for defect in found] == ["bad"]


WINDOWS = f"""{TOPIC.split("<>")[0]}@base <https://w3id.org/mtus-kb/bad/topic> .
<#tree> kb:allOf <#late> , <#early> .
<#late> a kb:PatientAttribute ; kb:concept c:age ; kb:minimum 65 %s .
<#early> a kb:PatientAttribute ; kb:concept c:age ; kb:limit %s .
"""


@pytest.mark.parametrize(
    ("least", "greatest", "apart"),
    [
        ("", "65", 0),
        ("; kb:exclusive kb:minimum", "65", 1),
        ("", "65 ; kb:exclusive kb:limit", 1),
        ("; kb:exclusive kb:minimum", "66 ; kb:exclusive kb:limit", 0),
        ("", "64", 1),
    ],
)
def test_bounds_that_are_equal_are_apart_where_one_excludes_itself(least, greatest, apart):
    parsed = ox.parse(WINDOWS % (least, greatest), format=ox.RdfFormat.TURTLE)
    store = store_of([(t.subject, t.predicate, t.object) for t in parsed])
    assert len(list(store.select(CHECKS["windows-apart"].text))) == apart


LOW, HIGH = "kb:mmeFactor 4 ; kb:upToMgPerDay 10", "kb:mmeFactor 8 ; kb:upToMgPerDay 20"
UNEVEN = {
    "two are open": ["kb:mmeFactor 4", "kb:mmeFactor 8"],
    "two end at one dose": [LOW, "kb:mmeFactor 8 ; kb:upToMgPerDay 10", "kb:mmeFactor 9"],
    "one has no factor": ["kb:upToMgPerDay 10", "kb:mmeFactor 8"],
    "the open one has no factor": [LOW, "kb:unit unit:mg_per_day"],
    "none is open": [LOW, HIGH],
    "a factor falls": [LOW, "kb:mmeFactor 3 ; kb:upToMgPerDay 20", "kb:mmeFactor 9"],
    "the last factor falls": [LOW, "kb:mmeFactor 3"],
}


@pytest.mark.parametrize("bands", UNEVEN.values(), ids=UNEVEN)
def test_dose_bands_that_leave_a_doubt_are_found(bands):
    assert len(uneven(bands)) > 0


@pytest.mark.parametrize("bands", [[LOW, HIGH, "kb:mmeFactor 9"], [LOW, "kb:mmeFactor 4"]])
def test_dose_bands_that_cover_every_dose_are_even(bands):
    assert uneven(bands) == []


def uneven(bands):
    """Look for a drug with such bands among what is wrong."""
    said = "".join(f"c:drug kb:mmeBand c:b{n} . c:b{n} {band} .\n" for n, band in enumerate(bands))
    parsed = ox.parse(TOPIC.split("<>")[0] + said, format=ox.RdfFormat.TURTLE)
    store = store_of([(t.subject, t.predicate, t.object) for t in parsed])
    return list(store.select(CHECKS["dose-bands-uneven"].text))


def test_every_check_has_one_example():
    assert {file.stem for file in EXAMPLES} == set(CHECKS)
    assert len(EXAMPLES) == len(list((data_folder("queries") / "check").iterdir()))


@pytest.mark.parametrize("query", CHECKS.values(), ids=lambda query: query.name)
def test_every_check_says_what_to_do(query):
    assert query.header["level"] in {"error", "warning", "info"}
    for word in ("summary", "problem", "solution"):
        assert query.header[word].endswith(".")


def test_shapes_ask_for_the_slots_of_every_kind():
    core = data_folder("ontology") / "core"
    kinds, shapes = rdflib.Graph().parse(core / "kinds.ttl"), rdflib.Graph().parse(core / "shapes.ttl")
    slots = {kind: set(kinds.objects(kind, KB.slot)) for kind in kinds.subjects(KB.sentence)}
    asked = {}
    for shape, kind in shapes.subject_objects(SH.targetClass):
        if kind in slots and shape != rdflib.URIRef("https://w3id.org/mtus-kb/shape/Verified"):
            required = [p for p in shapes.objects(shape, SH.property) if shapes.value(p, SH.minCount)]
            asked[kind] = {shapes.value(p, SH.path) for p in required}
    assert asked == slots


def test_the_tiny_ontology_has_no_error_but_missing_labels(tmp_path):
    assert errors(check(write(tmp_path, ""))) == []


BAD = {
    '<#x> a kb:RequiredFinding ; kb:verification kb:recalled ; kb:encodes "a/1" .': "finding needs kb:concept",
    '<#x> a kb:RequiredFinding ; kb:concept c:pain ; kb:encodes "a/1" .': "needs one kb:verification",
    '<#x> a kb:RequiredFinding ; kb:concept c:pain ; kb:encodes "a 1" ; kb:verification kb:recalled .': "kb:encodes is",
    '<#x> a kb:RequiredFinding ; kb:concept c:pain ; kb:encodes "a/1" ; kb:verification kb:reviewer_rule .': "or kb:r",
    '<#x> a kb:Note ; kb:encodes "a/1" ; kb:verification kb:attested .': "has one kb:reason",
    '<#x> a kb:Note ; kb:encodes "a/1" ; kb:verification kb:recalled ; kb:reason kb:advisory .': "has one kb:reason",
    '<#x> a kb:Note ; kb:encodes "a/1" ; kb:verification kb:reviewer_rule ; kb:reason kb:deferral .': "one kb:reason",
    "<#x> a kb:Node .": "exactly one of kb:allOf and kb:anyOf",
    "<#x> a kb:Node ; kb:allOf <kinds#time_window> ; kb:anyOf <kinds#time_window> .": "exactly one of kb:allOf",
    "<#x> a kb:Node ; kb:allOf <kinds#time_window> ; kb:atLeast 2 .": "kb:atLeast goes with kb:anyOf",
    '<#x> a kb:VisitLimit ; kb:limit 6 ; kb:unit unit:visit ; kb:counts c:massage ; kb:scope kb:total ; '
    'kb:strength kb:usual ; kb:verification kb:recalled ; kb:encodes "a/1" .': "needs kb:unless",
    '<#x> a kb:DurationLimit ; kb:limit 6 ; kb:unit unit:fortnight ; kb:counts c:massage ; '
    'kb:verification kb:recalled ; kb:encodes "a/1" .': "kb:unit is a unit",
    "<#x> a kb:Recommendation ; dct:isPartOf <> ; kb:stance kb:option ; kb:verification kb:recalled .": "kb:service",
    "<#x> a kb:Recommendation ; dct:isPartOf <> ; kb:service c:massage ; kb:verification kb:recalled .": "kb:stance",
    "<https://w3id.org/mtus-kb/tiny2> a kb:Guideline ; dct:title 'x' ; kb:edition '1' ; kb:rung 7 .": "kb:rung",
    "<https://w3id.org/mtus-kb/tiny3> a kb:Guideline ; dct:title 'x' ; kb:edition '1' ; kb:rung 1 .": "kb:validFrom",
    '<#x> a kb:TimeWindow ; kb:since kb:injury ; kb:minimum 6 ; kb:exclusive kb:since '
    '; kb:unit unit:day ; kb:verification kb:recalled ; kb:encodes "a/1" .': "is kb:minimum or kb:limit",
    '<#x> a kb:TimeWindow ; kb:since kb:injury ; kb:minimum 6 ; kb:exclusive kb:limit '
    '; kb:unit unit:day ; kb:verification kb:recalled ; kb:encodes "a/1" .': "names a bound that",
    '<#x> a kb:MinimumInterval ; kb:treatment c:massage ; kb:minimum 6 ; kb:exclusive kb:minimum '
    '; kb:unit unit:day ; kb:verification kb:recalled ; kb:encodes "a/1" .': "read only of kinds",
}  # fmt: skip


@pytest.mark.parametrize(("topic", "message"), BAD.items(), ids=range(len(BAD)))
def test_shapes_name_subject_and_slot(tmp_path, topic, message):
    found = [d for d in errors(check(write(tmp_path, topic))) if d.name == "shape"]
    assert any(message in d.message for d in found), found
    assert {d.subject for d in found} <= {"tiny/more#x", "tiny2", "tiny3"}


def test_malformed_turtle_names_file_and_line_and_the_rest_is_checked(tmp_path):
    folder = write(tmp_path, "<#x> a kb:Node ;\n    kb:allOf <#y> <#z> .\n")
    (folder / "other.ttl").write_text(TOPIC.replace("/more", "/other") + "<#x> a kb:Node .\n")
    report = check(folder)
    (broken,) = [d for d in report.defects if d.name == "turtle"]
    assert broken.file == "more.ttl"
    assert "`more.ttl` line 8" in broken.message
    assert any(d.file == "other.ttl" and d.name == "shape" for d in report.defects)
    assert report.failed


def test_a_broken_tree_is_a_defect(tmp_path):
    topic = (
        "<#r> a kb:Recommendation ; dct:isPartOf <> ; kb:service c:massage ; kb:stance kb:option ; kb:criteria <#x> ."
    )
    report = check(write(tmp_path, topic + "\n<#x> a kb:Node ."))
    assert "tiny/more#x" in [d.subject for d in report.defects if d.file == "more.ttl" and d.name == "shape"]
    with pytest.raises(KnowledgeError, match=r"cannot read `tiny/more#r` in `more\.ttl`: `tiny/more#x` must be"):
        load_knowledge(tmp_path)


def test_a_case_that_comes_out_otherwise_is_a_defect(tmp_path):
    folder = write(tmp_path, "")
    (folder / "more.cases.yaml").write_text(
        "- name: too many\n"
        "  case: {requested: 2020-01-01, requests: [{service: massage, quantity: 7, unit: visit}]}\n"
        "  expect: {verdict: supported}\n"
        "- name: as many as may be\n"
        "  case: {requested: 2020-01-01, requests: [{service: massage, quantity: 6, unit: visit}]}\n"
        "  expect: {verdict: supported}\n"
    )
    steps = []
    report = check(folder, lambda done, of: steps.append((done, of)))
    (found,) = [d for d in report.defects if d.name == "topic-case"]
    assert found.message == "too many: verdict is supported_in_part, expected supported."
    assert found.file == "more.cases.yaml"
    assert steps == [(1, 2), (2, 2)]
    assert report.cases == 2


NOTES = """
<#n> a kb:Note ; kb:encodes "a/1" ; kb:verification kb:recalled ; kb:reason kb:definition .
<#m> a kb:Note ; kb:encodes "a/1" , "a/2" ; kb:verification kb:reviewer_rule ; prov:wasDerivedFrom <d> .
"""


def test_rows_criteria_and_notes_are_counted_by_guideline(tmp_path):
    report = check(write(tmp_path, "@prefix prov: <http://www.w3.org/ns/prov#> ." + NOTES))
    kinds = (FOLDER / "kinds.ttl").read_text()
    criteria = kinds.count("kb:verification kb:recalled") - kinds.count("a kb:Recommendation")
    rows = 2 + len(set(re.findall(r'"tiny/\w+"', kinds)))
    expected = {"rows": rows, "criteria": {"recalled": criteria}, "notes": {"definition": 1, "reviewer_rule": 1}}
    assert report.as_json()["counts"] == {"tiny": expected}
    words = f"{rows} rows accounted for; {criteria} criteria ({criteria} recalled); 2 notes "
    assert f"tiny: {words}(1 definition, 1 reviewer rule)\nall guidelines: {words}" in report.as_text()


def test_a_folder_without_turtle_is_an_error(tmp_path):
    with pytest.raises(KnowledgeError, match="holds no Turtle file"):
        check(tmp_path)
