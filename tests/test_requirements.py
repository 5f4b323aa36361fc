"""What an app is told to ask is what determinations turn on; codes lead to concepts and back."""

import datetime as dt
import functools
import re
from pathlib import Path

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator

from kb import UnknownConceptError, determine
from kb.answer.crosswalk import crosswalk
from kb.answer.lookup import lookup
from kb.answer.requirements import requirements
from kb.answer.schema import schema
from kb.case import model
from kb.knowledge.queries import queries
from kb.terms import SCHEMA, SKOS

DAY = dt.date(2013, 10, 18)
GUIDELINES = Path(__file__).parents[1] / "ontology" / "guidelines"
LISTS = {
    "case": model.Case,
    "requests": model.Request,
    "diagnoses": model.Diagnosis,
    "findings": model.Finding,
    "treatments": model.Treatment,
    "medications": model.Medication,
    "documents": model.Document,
}


def _facts(found):
    return {(f["part"], *f["keys"], *(c["id"] for c in f["concepts"])): f for f in found["facts"]}


def test_a_form_for_massage(knowledge):
    facts = _facts(requirements("massage therapy", knowledge, DAY))
    asked = facts["treatments", "quantity", "unit", "massage_therapy", "myofascial_release"]
    assert asked["unit"] == "visit"
    limit = asked["asked_by"][0]
    assert (limit["criterion"], limit["limit"], limit["scope"], limit["reading"]) == (
        "mtus-chronic-pain-2009/massage_therapy#visit_limit", 6, "total", False,
    )  # fmt: skip
    assert limit["citation"]["pages"] == "60"
    assert limit["sentence"].startswith("at most 6 visits")
    per_request = "mtus-chronic-pain-2009/massage_therapy#visit_limit_per_request"
    askers = {key: [a["criterion"] for a in fact["asked_by"]] for key, fact in facts.items()}
    assert [key[0] for key, ids in askers.items() if per_request in ids] == ["requests"]  # earlier care is not counted


def test_where_a_case_holds_a_fact(knowledge):
    facts = requirements("opioid", knowledge, DAY)["facts"]
    parts = {f["part"]: {c["id"] for c in f["concepts"]} for f in reversed(facts)}
    for root, part in (("document", "documents"), ("drug", "medications"), ("diagnosis", "diagnoses")):
        assert parts[part] & set(knowledge.below(root)), part
        assert not parts["findings"] & set(knowledge.below(root)), part
    assert any(f["part"] == "medications" and "strength_mg" in f["keys"] and f["unit"] == "mme_per_day" for f in facts)


def test_every_kind_reads_keys_that_a_case_has(knowledge):
    read = knowledge.ontology
    kinds = [iri for iri in read.index if read.objects(iri, SCHEMA + "sentence")]
    assert len(kinds) == len(queries("criteria"))
    for kind in kinds:
        keys = [o.value for o in read.objects(kind, SCHEMA + "reads")]
        assert keys, kind
        for key in keys:
            part, _, name = key.rpartition(".")
            assert name in {f.encode_name for f in msgspec.structs.fields(LISTS[part or "case"])}, key


def test_the_status_of_care_that_a_kind_looks_at_is_that_of_its_query(knowledge):
    read, told = knowledge.ontology, 0
    for kind in (iri for iri in read.index if read.objects(iri, SCHEMA + "sentence")):
        query = queries("criteria")[read.text(kind, SKOS + "notation")]
        named = set(re.findall(r'"(past|current|planned)"', query.text))
        said = {o.value for o in read.objects(kind, SCHEMA + "careStatus")}
        assert not named or said == named, kind
        lists = {o.value.split(".")[0] for o in read.objects(kind, SCHEMA + "reads")}
        assert bool(said) == bool(lists & {"treatments", "medications"}), kind
        told += bool(named)
    assert told > 5


def test_a_fact_as_it_is_asked_for_meets_what_asks(knowledge):
    found = requirements("massage_therapy", knowledge, DAY)
    fact = next(f for f in found["facts"] if any(a["kind"] == "adjunct_required" for a in f["asked_by"]))
    asking = next(a for a in fact["asked_by"] if a["kind"] == "adjunct_required")
    case = {"ur_decided": "2013-10-18", "requests": [{"service": "massage_therapy", "quantity": 4, "unit": "visit"}]}
    for status in ("past", "current", "planned"):
        entry = {fact["concept_key"]: fact["concepts"][0]["id"], "status": status}
        answer = determine({**case, fact["part"]: [entry]}, knowledge)
        missing = {m["id"] for r in answer["requests"] for m in r["determination"]["missing"]}
        assert (asking["criterion"] in missing) == (status not in asking["care_status"]), status


@functools.cache
def _written():
    """Take two cases of every sixth topic, for speed."""
    files = sorted(GUIDELINES.rglob("*.cases.yaml"))
    return [
        (file.name, case)
        for file in files[::6]
        for case in yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)[:2]
    ]


def test_whatever_a_determination_turns_on_is_asked_for(knowledge):
    asked, seen = {}, 0
    for name, written in _written():
        answer = determine(written.get("case", written), knowledge)
        header = answer["case"]
        on = header["requested"] or header["ur_decided"]
        for request in answer["requests"]:
            decided = request["determination"]
            if not decided or request["parts"] or request["depends_on"] or not on:
                continue
            key = request["service"], on
            if key not in asked:
                asked[key] = requirements(key[0], knowledge, dt.date.fromisoformat(on))
            found = asked[key]
            ids = {a["criterion"] for f in found["facts"] for a in f["asked_by"]}
            own = set(found["recommendations"])
            leaves = [leaf for r in decided["recommendations"] if r["id"] in own for leaf in _leaves(r["tree"])]
            assert ids.issuperset(leaves), (name, set(leaves) - ids)
            seen += len(leaves)
    assert seen > 100


def _leaves(tree):
    if tree and tree["op"] == "criterion":
        yield tree["id"]
    for child in (tree or {}).get("children", ()):
        yield from _leaves(child)


def test_answers_follow_their_schemas(knowledge):
    for words in ("massage_therapy", "opioid", "epidural steroid injection"):
        Draft202012Validator(schema("requirements")).validate(requirements(words, knowledge, DAY))
    Draft202012Validator(schema("crosswalk")).validate(crosswalk(knowledge, DAY, "724.2", "97124"))


def test_codes_lead_to_concepts_and_back(knowledge):
    found = crosswalk(knowledge, DAY, icd="M5450", cpt="97124")
    assert [c["id"] for c in found["services"]] == ["massage_therapy"]
    assert [c["id"] for c in found["conditions"]] == ["low_back_pain"]
    assert "M54.5" in found["conditions"][0]["codes"]["ICD10CM"]
    assert ["massage_therapy"] in [r["through"] for r in found["recommendations"]]
    back = crosswalk(knowledge, DAY, concept="massage therapy")
    assert back["services"][0]["codes"]["CPT"] == ["97124"]
    assert [r["id"] for r in back["recommendations"]] == [r["id"] for r in found["recommendations"]]
    alone = crosswalk(knowledge, DAY, icd="724.2")
    assert alone["recommendations"]
    assert not any(r["through"] == ["massage_therapy"] for r in alone["recommendations"])


def test_a_longer_code_of_a_disease_is_one_of_the_nearest_wider(knowledge):
    assert knowledge.vocabulary.coded("G56.219A") == knowledge.vocabulary.coded("G56.21")
    assert knowledge.vocabulary.coded("97124X") == []
    assert lookup("massage", knowledge, DAY, "M54.599")["condition"] == "low_back_pain"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda k: lookup("M54.5", k, DAY), "`M54.5` is a condition, `low_back_pain`, and no service"),
        (lambda k: requirements("xyzzy plugh", k, DAY), "nothing fits `xyzzy plugh`"),
        (lambda k: crosswalk(k, DAY, cpt="M54.5"), "no service has the code `M54.5`"),
        (lambda k: crosswalk(k, DAY, icd="97124"), "no condition has the code `97124`"),
    ],
)
def test_errors_say_the_way_out(knowledge, call, said):
    with pytest.raises(UnknownConceptError, match=said):
        call(knowledge)
