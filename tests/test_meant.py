"""Words lead to the concept that has them, to the one that is clearly meant, and it is said; or to a question back."""

import datetime as dt
import json
import re

import commands
import pytest
from jsonschema import Draft202012Validator

from kb import UnknownConceptError
from kb.answer.crosswalk import crosswalk
from kb.answer.lookup import lookup
from kb.answer.requirements import requirements
from kb.answer.schema import schema
from kb.answer.words import ASSUMED
from kb.terms import CONCEPT

DAY = dt.date(2013, 10, 18)
LATER = dt.date(2050, 1, 1)


@pytest.mark.parametrize(
    ("words", "service", "matched"),
    [
        ("massage therapy", "massage_therapy", "label"),
        ("Massage-Therapy", "massage_therapy", "label"),
        ("massage_therapy", "massage_therapy", "label"),
        ("PT", "physical_therapy", "label"),
        ("97124", "massage_therapy", "code"),
        ("masage therapy", "massage_therapy", "approximate"),
        ("mssage therapy", "massage_therapy", "approximate"),
        ("physical therapies", "physical_therapy", "approximate"),
        ("physical therapy for the shoulder", "physical_therapy", "approximate"),
        ("phyiscal thearpy for the knee", "physical_therapy", "approximate"),
        ("mri of the sholder", "mri_shoulder", "approximate"),
        ("the massage", "massage_therapy", "approximate"),
    ],
)
def test_how_words_are_matched_to_a_service(knowledge, words, service, matched):
    for found in (lookup(words, knowledge, DAY), requirements(words, knowledge, DAY)):
        assert (found["concept"]["id"], found["matched"], found["condition_matched"]) == (service, matched, None)


def test_every_name_of_a_service_is_matched_as_its_label(knowledge):
    below = [name for name in sorted(knowledge.concepts) if knowledge.is_below(CONCEPT + name, CONCEPT + "treatment")]
    assert len(below) > 100
    for name in below[::25]:
        found = lookup(name, knowledge, DAY)
        assert (found["concept"]["id"], found["matched"]) == (name, "label")


@pytest.mark.parametrize("words", ["the", "of", "of the", "asdf", "qwerty", "x", "1", "?", "xyzzy plugh", "97125"])
def test_small_words_and_words_without_likeness_match_nothing(knowledge, words):
    for call in (lookup, requirements):
        with pytest.raises(UnknownConceptError, match=rf"nothing fits `{re.escape(words)}`; try other words"):
            call(words, knowledge, DAY)
    with pytest.raises(UnknownConceptError, match="try other words"):
        crosswalk(knowledge, DAY, concept=words)
    with pytest.raises(UnknownConceptError, match=r"no condition fits .* try other words"):
        lookup("massage", knowledge, DAY, words)


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("therapy", "`physical_therapy` (physical therapy)"),
        ("masage therpy", "`massage_therapy` (massage therapy)"),
        ("shoulder", "`mri_shoulder` (MRI of the shoulder)"),
        ("x-ray and mri of the knee", "`xray_knee` (x-ray of the knee) or `mri_knee` (MRI of the knee)"),
    ],
)
def test_what_may_be_meant_is_asked_by_label_and_id(knowledge, words, offered):
    with pytest.raises(UnknownConceptError) as refused:
        lookup(words, knowledge, DAY)
    said = str(refused.value)
    assert said.startswith(f"no service is called `{words}`; did you mean ")
    assert offered in said
    assert 1 <= said.count(" (") <= 3


def test_what_may_be_another_word_is_no_slip(knowledge):
    with pytest.raises(UnknownConceptError, match="did you mean"):
        lookup("knee mra", knowledge, DAY)
    assert lookup("waist brace", knowledge, DAY)["concept"]["id"] == "orthosis"  # and no splint of the wrist


def test_a_slip_in_the_name_of_a_condition_leads_to_no_service(knowledge):
    with pytest.raises(UnknownConceptError, match=r"did you mean `low_back_pain` \(low back pain\).* as its condition"):
        lookup("low back pian", knowledge, DAY)


@pytest.mark.parametrize(
    ("words", "matched"),
    [
        ("low back pain", "label"),
        ("M54.5", "code"),
        ("M54.599", "code"),
        ("low back pian", "approximate"),
        ("pain in the low back", "approximate"),
    ],
)
def test_how_words_are_matched_to_a_condition(knowledge, words, matched):
    found = lookup("massage", knowledge, DAY, words)
    assert (found["condition"], found["condition_matched"], found["matched"]) == ("low_back_pain", matched, "label")
    if matched != "code":
        crossed = crosswalk(knowledge, DAY, concept=words)
        assert ([c["id"] for c in crossed["conditions"]], crossed["matched"]) == (["low_back_pain"], matched)


def test_whether_what_speaks_is_in_force_is_told(knowledge):
    epoch = knowledge.editions.epoch(LATER)
    found = lookup("massage", knowledge, LATER)
    needed = requirements("massage", knowledge, LATER)
    crossed = crosswalk(knowledge, LATER, cpt="97124")
    known = {r.id: r for r in knowledge.recommendations.values()}
    told = [*found["recommendations"], *crossed["recommendations"]]
    told += [{**force, "id": force["recommendation"]} for force in needed["force"]]
    assert [force["recommendation"] for force in needed["force"]] == needed["recommendations"]
    for said in told:
        r = known[said["id"]]
        assert said["in_force"] == ((r.iri, epoch) not in knowledge.editions.carried), r.id
        assert said["valid_until"] == (r.valid_until.isoformat() if r.valid_until else None)
        assert said["valid_from"] == (r.valid_from.isoformat() if r.valid_from else None)
    assert any(not said["in_force"] for said in told)
    assert all(said["in_force"] for said in lookup("massage", knowledge, DAY)["recommendations"])


def test_the_last_day_of_an_edition_is_one_of_force(knowledge):
    carried = {iri for iri, _ in knowledge.editions.carried}
    r = next(r for r in knowledge.recommendations.values() if r.iri in carried and not r.general)
    service = r.services[0].removeprefix(CONCEPT)

    def in_force(day):
        return {s["id"]: s["in_force"] for s in lookup(service, knowledge, day)["recommendations"]}[r.id]

    assert in_force(r.valid_until)
    assert not in_force(max(r.valid_until + dt.timedelta(days=1), LATER))


@pytest.mark.parametrize("words", ["massage", "masage therapy"])
def test_answers_follow_their_schemas(knowledge, words):
    for day in (DAY, LATER):
        for name, call in (("lookup", lookup), ("requirements", requirements)):
            found = call(words, knowledge, day, "low back pian")
            Draft202012Validator(schema(name)).validate(json.loads(json.dumps(found)))
        Draft202012Validator(schema("crosswalk")).validate(crosswalk(knowledge, day, concept=words))


def test_the_service_answers_alike(client):
    found = client.get("/lookup", query_string={"service": "masage therapy", "on": "2050-01-01"}).json
    assert found["matched"] == "approximate"
    assert {r["in_force"] for r in found["recommendations"]} >= {False}
    refused = client.get("/lookup", query_string={"service": "therapy"})
    assert refused.status_code == 422
    assert "did you mean `physical_therapy` (physical therapy)" in refused.json["detail"]


def test_the_terminal_says_how_words_were_read_and_what_is_past(knowledge):
    words = ("masage therapy", "--condition", "low back pian", "--on", "2050-01-01")
    shown = commands.run("lookup", *words, knowledge=knowledge).stdout
    assert "nothing is called `masage therapy`; read as massage therapy\n" in shown
    assert "the condition is read as low back pain\n" in shown
    assert re.search(r"in force until \d{4}-\d\d-\d\d; on 2050-01-01 it speaks on, as the latest edition\n", shown)
    plain = commands.run("lookup", "massage therapy", "--on", "2013-10-18", knowledge=knowledge).stdout
    assert "read as" not in plain
    assert "speaks on" not in plain


def test_pages_say_of_what_speaks_on_that_it_does(client, knowledge):
    last = len(knowledge.editions.days)
    carried = [r for r in knowledge.recommendations.values() if (r.iri, last) in knowledge.editions.carried]
    for path in (f"/concept/{carried[0].services[0].removeprefix(CONCEPT)}", f"/{carried[0].id.partition('#')[0]}"):
        page = client.get(path, headers={"Accept": "text/html"}).text
        assert f"until {carried[0].valid_until}; after that it speaks on, as the latest edition" in page
    ended = next(r for r in knowledge.recommendations.values() if r.rung == 1 and r.valid_until)
    page = client.get(f"/{ended.id.partition('#')[0]}", headers={"Accept": "text/html"}).text
    assert "speaks on" not in page


def test_the_two_assumptions_on_editions_are_true_together():
    assert "in force" not in ASSUMED["edition_by_ur_date"]
    assert "of the utilization review decision chooses the edition" in ASSUMED["edition_by_ur_date"]
