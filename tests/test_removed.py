"""What was removed is kept with who removed it, when and why, in every form of a case; it decides nothing."""

import datetime as dt
import json
from pathlib import Path

import msgspec
import pyoxigraph as ox
import pytest
import yaml
from forms import sent
from jsonschema import Draft202012Validator
from rich.console import Console

from kb import determine
from kb.answer.case_file import case_file
from kb.answer.display import show_answers
from kb.answer.form import corrected
from kb.answer.schema import schema
from kb.archive.case_graph import case_triples
from kb.archive.record import Recorder, Run, Source
from kb.browse.answers import page
from kb.case.model import read_case
from kb.case.prepare import prepare
from kb.case.turtle import read_turtle
from kb.errors import CaseError, UnknownConceptError
from kb.log.record import MASKED, masked
from kb.review import read_facts, review
from kb.terms import DECISION, PROV

LETTER = Path(__file__).parent / "letters" / "massage_2014.txt"
FORM = "Correct what was read"
COURSE = {"service": "myofascial_release", "quantity": 6, "unit": "visit", "outcome": "improved"}
REMOVED = [
    {"kind": "treatment", **COURSE, "from": "2013-09-02", "by": "A. Reader", "when": "2026-01-31",
     "reason": "another worker's", "quote": {"start": 3, "end": 9}, "corrected": {"by": "B", "on": "2026-01-30"}},
    {"kind": "finding", "concept": "pain_score", "value": 7.5, "side": "left", "by": "B", "when": "2026-02-01"},
    {"kind": "diagnosis", "concept": "low_back_strain", "status": "absent", "by": "B", "when": "2026-02-01"},
    {"kind": "medication", "concept": "ibuprofen", "strength_mg": 600, "by": "B", "when": "2026-02-01"},
    {"kind": "document", "concept": "treatment_goals", "by": "B", "when": "2026-02-01"},
]  # fmt: skip
HEADER = [
    {"key": "age", "was": 36, "by": "A. Reader", "on": "2026-01-31"},
    {"key": "injured", "was": "2012-03-07", "by": "A. Reader", "on": "2026-01-31"},
    {"key": "record_complete", "was": False, "by": "A. Reader", "on": "2026-01-31"},
    {"key": "phase", "by": "A. Reader", "on": "2026-01-31"},
]
PLAIN = {
    "number": "A1",
    "injured": "2012-03-17",
    "ur_decided": "2013-10-18",
    "age": 63,
    "diagnoses": ["low_back_pain"],
    "requests": [{"service": "massage_therapy", "quantity": 6, "unit": "visit"}],
}
CASE = {**PLAIN, "removed": REMOVED, "corrected": HEADER}


def _kept(case):
    """List what a case keeps, in an order of its own: a graph has none."""
    read = case if hasattr(case, "removed") else read_case(case)
    return sorted(map(str, read.removed)), sorted(map(str, read.corrected))


def _decided(answer):
    return [request["determination"] for request in answer["requests"]], answer["facts"]


def test_what_was_removed_decides_nothing(knowledge):
    plain = determine(PLAIN, knowledge)
    assert _decided(determine(CASE, knowledge)) == _decided(plain)
    counted = determine({**PLAIN, "treatments": [COURSE]}, knowledge)
    assert counted["requests"][0]["determination"] != plain["requests"][0]["determination"]
    assert len({kind["kind"] for kind in REMOVED}) == 5


def test_it_comes_back_from_yaml_json_and_turtle(knowledge):
    case = read_case(CASE)
    written = case_file(case, None)
    assert _kept(yaml.safe_load(written)) == _kept(case)
    answer = determine(CASE, knowledge)
    Draft202012Validator(schema("case")).validate(CASE)
    Draft202012Validator(schema("answer")).validate(answer)
    assert _kept(json.loads(json.dumps(answer["case"]))) == _kept(case)
    triples = [ox.Triple(*triple) for triple in case_triples(answer["case"], DECISION + "X")]
    back = read_turtle(ox.serialize(triples, format=ox.RdfFormat.TURTLE).decode())
    assert _kept(back) == _kept(case)


def test_the_graph_says_it_in_prov_o_and_asks_nothing_else_of_it(knowledge):
    answer = determine(CASE, knowledge)
    run = Run("k", "p", dt.datetime(2026, 1, 31, tzinfo=dt.UTC))
    found = [ox.Triple(*t) for t in Recorder(knowledge).triples(answer, Source("a.yaml", "0" * 64), run)]
    plain = [
        ox.Triple(*t) for t in Recorder(knowledge).triples(determine(PLAIN, knowledge), Source("a", "0" * 64), run)
    ]
    said = {(t.subject.value.partition("#")[2], t.predicate.value.removeprefix(PROV)): t.object.value for t in found}
    assert said["removed1", "invalidatedAtTime"] == "2026-01-31"
    activity = said["removed1", "wasInvalidatedBy"].partition("#")[2]
    agent = said[activity, "wasAssociatedWith"].partition("#")[2]
    assert said[agent, "http://www.w3.org/2000/01/rdf-schema#label"] == "A. Reader"
    keys = [[t.object for t in graph if t.predicate.value.endswith("factsKey")] for graph in (found, plain)]
    assert keys[0] == keys[1] != []


def test_turtle_written_by_hand_may_name_the_agent_alone(knowledge):
    turtle = """@prefix kb: <https://w3id.org/mtus-kb/schema#> . @prefix c: <https://w3id.org/mtus-kb/concept/> .
@prefix prov: <http://www.w3.org/ns/prov#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<#case> a kb:Case ; kb:urDecided "2013-10-18"^^xsd:date ; kb:requests [ kb:service c:massage_therapy ] ;
    kb:removed [ kb:kind "diagnosis" ; kb:concept c:low_back_strain ; prov:wasInvalidatedBy [ rdfs:label "B" ] ;
        prov:invalidatedAtTime "2026-01-31T09:30:00Z"^^xsd:dateTime ] ."""
    found = read_case(read_turtle(turtle)).removed
    assert [(fact.concept, fact.by, str(fact.when)) for fact in found] == [("low_back_strain", "B", "2026-01-31")]


def test_a_fact_moved_by_hand_in_the_written_case_is_shown_and_counts_no_more(knowledge):
    case = yaml.safe_load(case_file(*read_facts(LETTER, LETTER.name, knowledge)))
    course = next(care for care in case["treatments"] if care["service"] == "myofascial_release")
    case["treatments"].remove(course)
    without = review(yaml.safe_dump(case).encode(), "case.yaml", knowledge)
    case["removed"] = [{**course, "kind": "treatment", "by": "A. Reader", "when": dt.date(2026, 1, 31)}]
    case["corrected"] = [{"key": "injured", "was": dt.date(2012, 3, 7), "by": "A. Reader", "on": dt.date(2026, 1, 31)}]
    answer = review(yaml.safe_dump(case).encode(), "case.yaml", knowledge)
    assert _decided(answer) == _decided(without)
    before = review(LETTER, LETTER.name, knowledge)
    assert before["requests"][0]["determination"] != answer["requests"][0]["determination"]
    with open("/dev/null", "w") as nowhere:
        console = Console(file=nowhere, record=True, width=200)
        show_answers([answer], knowledge, console)
        shown = console.export_text()
    for text in (shown, page([answer], knowledge)):
        assert "removed by A. Reader on 2026-01-31" in text
        assert "injured was 2012-03-07, corrected by A. Reader on 2026-01-31" in text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"removed": [{"kind": "thing", "by": "B", "when": "2026-01-31"}]}, "must be one of diagnosis, finding"),
        ({"removed": [{"concept": "low_back_pain"}]}, "`removed[0]` has no `kind`; name one"),
        ({"removed": [{"kind": "treatment", "service": "acupuncture"}]}, "`removed[0]` has no `by`; name one"),
        ({"removed": [{**REMOVED[0], "servce": 1}]}, "unknown key `servce` at removed[0]; did you mean `service`?"),
        ({"removed": [{**REMOVED[0], "status": "gone"}]}, "must be one of past, current, planned"),
        ({"corrected": [{"key": "ag", "by": "B", "on": "2026-01-31"}]}, "`ag` at `corrected[0].key` must be one of"),
        (
            {"corrected": [{"age": 3, "by": "B", "on": "2026-01-31"}]},
            "unknown key `age` at corrected[0]; known keys are",
        ),
        ({"removed": [{**REMOVED[1], "value": float("nan")}]}, "`nan` at `removed[0].value` is no finite number"),
    ],
)
def test_a_record_that_is_wrong_is_an_error(changed, said):
    with pytest.raises(CaseError) as error:
        read_case({**PLAIN, **changed})
    assert said in str(error.value)


def test_what_was_removed_must_name_a_concept(knowledge):
    removed = {"kind": "treatment", "service": "acupunctur", "by": "B", "when": "2026-01-31"}
    with pytest.raises(UnknownConceptError, match="acupuncture"):
        prepare(read_case({**PLAIN, "removed": [removed]}), knowledge)


def test_the_log_masks_who_removed_what():
    assert masked({"case": CASE}, MASKED) == {"case": {key: v for key, v in PLAIN.items() if key != "number"}}


def test_the_review_page_keeps_what_is_removed_and_what_the_header_was(client, knowledge):
    first = client.post("/review", data={"letter": LETTER.read_text("utf-8")})
    fields = sent(first.text, FORM)
    row = next(name.split(".")[0] for name, value in fields.items() if value == "myofascial release")
    typed = {f"{row}.remove": "on", f"{row}.reason": "of another worker", "by": "A. Reader"}
    typed |= {"case.age": "44", "case.record_complete": "no"}
    again = client.post("/review", data={**fields, **typed})
    today = dt.datetime.now(dt.UTC).date().isoformat()
    assert f"removed by A. Reader on {today}: of another worker" in again.text
    case, text = (json.loads(sent(again.text, FORM)["state"])[key] for key in ("case", "text"))
    [kept] = case["removed"]
    assert (kept["kind"], kept["service"], kept["by"], kept["when"]) == (
        "treatment",
        "myofascial_release",
        "A. Reader",
        today,
    )
    assert "id" not in kept
    assert "myofascial" in text[kept["quote"]["start"] : kept["quote"]["end"]].lower()
    was = json.loads(fields["state"])["case"]
    assert {c["key"]: c["was"] for c in case["corrected"]} == {"age": was["age"], "record_complete": True}
    assert all((c["by"], c["on"]) == ("A. Reader", today) for c in case["corrected"])
    third = client.post("/review", data={**sent(again.text, FORM), "case.age": "45", "by": "B"})
    corrections = json.loads(sent(third.text, FORM)["state"])["case"]["corrected"]
    assert [(c["key"], c["was"], c["by"]) for c in corrections][-1] == ("age", 44, "B")
    for form in ("json", "yaml", "ttl", "html"):
        taken = client.post(f"/review/{form}", data=sent(again.text, "Take along"))
        assert taken.status_code == 200
        if form != "html":
            found = taken.json[0]["case"] if form == "json" else None
            found = found or (yaml.safe_load(taken.text) if form == "yaml" else read_turtle(taken.text))
            for request in found["requests"] if form == "ttl" else ():
                request.pop("facts_key")
            assert _kept(found) == _kept(msgspec.convert(case, type(read_case(PLAIN)))), form


def test_no_line_is_removed_by_the_form_and_a_removal_needs_a_name(knowledge):
    case = prepare(read_case({**PLAIN, "treatments": [COURSE]}), knowledge)
    on = dt.date(2026, 1, 31)
    assert corrected(case, {"r1.remove": "on"}, "", on, knowledge).requests == case.requests
    fact = case.treatments[0].id
    with pytest.raises(CaseError, match="say who corrects"):
        corrected(case, {f"{fact}.remove": "on"}, " ", on, knowledge)
    found = corrected(case, {f"{fact}.remove": "on"}, "A", on, knowledge)
    assert (found.treatments, [fact.service for fact in found.removed]) == ([], ["myofascial_release"])
