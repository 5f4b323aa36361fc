"""CDS Hooks: draft orders in FHIR become cards that conform, decide as a case does and guess nothing."""

import copy
import json
import re
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from cds import CALLS, ID, ROUTE, card_of, cards_of, draft, read_call, served_by
from fhir.resources.R4B.servicerequest import ServiceRequest
from jsonschema import Draft202012Validator

from kb.fhir.names import Names
from kb.fhir.record import Record, RecordReader
from kb.fhir.resources import read_resource

# --- discovery and the specification --------------------------------------------------------------------------------


def test_the_service_is_discovered(client):
    answer = client.get("/cds-services")
    (service,) = answer.json["services"]
    assert (service["hook"], service["id"]) == ("order-sign", ID)
    assert service["description"]
    tokens = {token for query in service["prefetch"].values() for token in re.findall(r"{{(.*?)}}", query)}
    assert tokens == {"context.patientId"}
    for call in map(read_call, CALLS):
        assert set(call["prefetch"]) == set(service["prefetch"])


@pytest.mark.parametrize("name", CALLS)
def test_cards_conform(client, name):
    for card in cards_of(client, read_call(name)):
        assert "\n" not in card["summary"]
        assert "null" not in json.dumps(card)


def test_the_same_call_gives_the_same_cards(client):
    call = read_call("several")
    assert client.post(ROUTE, json=call).data == client.post(ROUTE, json=call).data


def test_what_a_call_decided_has_an_identifier(client):
    call = read_call("several")
    first, second = (client.post(ROUTE, json=call).headers["Determination-Id"] for _ in range(2))
    assert uuid.UUID(first) != uuid.UUID(second)
    call["context"]["draftOrders"]["entry"] = []
    assert "Determination-Id" not in client.post(ROUTE, json=call).headers


def test_links_lead_to_pages(client):
    card = card_of(client, read_call("massage_after_six"))
    for url in (card["source"]["url"], *(link["url"] for link in card["links"])):
        page, _, fragment = url.removeprefix("http://localhost").partition("#")
        answer = client.get(page, headers={"Accept": "text/html"})
        assert answer.status_code == 200
        assert not fragment or f'id="{fragment}"' in answer.text


def test_no_order_of_ours_gives_no_card(client):
    call = read_call("several")
    call["context"]["draftOrders"]["entry"] = [call["context"]["draftOrders"]["entry"][1]]
    assert draft(call)["resourceType"] == "NutritionOrder"
    assert cards_of(client, call) == []


# --- what is decided ------------------------------------------------------------------------------------------------


def test_six_visits_after_six_are_not_supported(client):
    card = card_of(client, read_call("massage_after_six"))
    assert card["summary"].startswith("Not supported: 6 visits of massage therapy; at most 6 visits")
    assert card["indicator"] == "warning"
    assert "found 12 visits (6 earlier + 6 asked)" in card["detail"]
    assert card["source"]["label"] == "MTUS Chronic Pain Medical Treatment Guidelines, 2009"
    assert card["source"]["topic"]["code"] == "massage_therapy"
    assert "suggestions" not in card


def test_six_visits_beside_exercise_are_supported(client):
    card = card_of(client, read_call("massage_with_exercise"))
    assert (card["summary"], card["indicator"]) == ("Supported: 6 visits of massage therapy", "info")
    assert "together with active therapy: it holds" in card["detail"]
    assert "the edition is chosen by the day 2013-10-18" in card["detail"]


def test_of_twelve_visits_six_are_suggested(client):
    call = read_call("massage_twelve")
    card = card_of(client, call)
    assert card["summary"].endswith("6 of 12 visits")
    (suggestion,) = card["suggestions"]
    (action,) = suggestion["actions"]
    changed = copy.deepcopy(draft(call))
    changed["quantityQuantity"]["value"] = 6
    assert (action["type"], action["resource"]) == ("update", changed)
    ServiceRequest.model_validate(action["resource"])


def test_a_compound_sinks_with_its_ingredient(client):
    card = card_of(client, read_call("compound"))
    assert card["summary"].startswith("Not supported: 120 grams of ketoprofen + cyclobenzaprine + lidocaine")
    call = read_call("compound")
    draft(call)["contained"][0]["ingredient"].append({"itemCodeableConcept": {"text": "Unobtainium"}})
    assert "`Unobtainium`" in card_of(client, call)["summary"]


def test_the_dose_of_an_opioid_is_counted(client):
    call = read_call("opioid")
    assert "it holds, found 120 morphine milligram equivalents a day" in card_of(client, call)["detail"]
    draft(call)["dispenseRequest"]["quantity"]["value"] = 248
    assert "it does not hold, found 124 morphine milligram equivalents a day" in card_of(client, call)["detail"]
    draft(call)["dispenseRequest"]["expectedSupplyDuration"]["unit"] = "moons"
    del draft(call)["dispenseRequest"]["expectedSupplyDuration"]["code"]
    assert "found 120 morphine" in card_of(client, call)["detail"], "248 tablets last 31 days at eight a day"


@pytest.mark.parametrize(
    ("said", "read", "mme"),
    [
        ("acetaminophen 325 MG / hydrocodone bitartrate 10 MG Oral Tablet", "hydrocodone", 80),
        ("acetaminophen 325 MG / oxycodone hydrochloride 10 MG Oral Tablet [Percocet]", "oxycodone", 120),
        ("HYDROcodone-acetaminophen 10-325 mg tablet", "hydrocodone", 80),
        ("acetaminophen-hydrocodone 325 mg-10 mg oral tablet", "hydrocodone", None),
        ("aspirin 325 MG / carisoprodol 200 MG Oral Tablet", None, None),
    ],
)
def test_a_tablet_of_several_drugs_is_never_one_of_them_alone(client, said, read, mme):
    call = read_call("opioid")
    draft(call)["medicationCodeableConcept"] = {"text": said}
    card = card_of(client, call)
    assert read in card["summary"] if read else card["summary"].startswith("Not decided: no drug is known that holds")
    assert (f"found {mme} morphine" in card["detail"]) if mme else ("found 1" not in card["detail"])


def test_refills_are_asked_for_too(client):
    call = read_call("opioid")
    draft(call)["dispenseRequest"]["numberOfRepeatsAllowed"] = 2
    card = card_of(client, call)
    assert "720 tablets of oxycodone" in card["summary"]
    assert "found 90 days" in card["detail"]


def test_an_image_is_decided_on_what_the_record_tells(client):
    call = read_call("mri")
    assert card_of(client, call)["summary"] == "Supported: 1 study of MRI of the lumbar spine"
    del call["prefetch"]["observations"]["entry"][1]["resource"]["valueBoolean"]
    card = card_of(client, call)
    assert card["summary"].startswith("Undocumented")
    assert "decisive: documented finding: specific nerve compromise" in card["detail"]
    assert "not understood of Observation: Specific nerve compromise" in card["detail"]


def test_a_negative_observation_denies(client):
    call = read_call("mri")
    call["prefetch"]["observations"]["entry"][1]["resource"]["valueBoolean"] = False
    assert "specific nerve compromise: it does not hold" in card_of(client, call)["detail"]


def test_only_what_a_contraindication_forbids_is_critical(client):
    call = read_call("contraindicated")
    assert card_of(client, call)["indicator"] == "critical"
    call["prefetch"]["conditions"]["entry"].pop()
    assert card_of(client, call)["indicator"] != "critical"


@pytest.mark.parametrize("change", [{"clinicalStatus": {"coding": [{"code": "resolved"}]}},
                                    {"verificationStatus": {"coding": [{"code": "refuted"}]}},
                                    {"verificationStatus": {"coding": [{"code": "provisional"}]}},
                                    {"abatementDateTime": "2016-01-01"}])  # fmt: skip
def test_a_condition_that_is_not_there_forbids_nothing(client, change):
    call = read_call("contraindicated")
    liver = call["prefetch"]["conditions"]["entry"][1]["resource"]
    del liver["clinicalStatus"]
    liver.update(change)
    assert card_of(client, call)["indicator"] != "critical"


def test_no_suggestion_leaves_an_order_at_odds_with_itself(client):
    call = read_call("massage_twelve")
    draft(call)["occurrenceTiming"] = {"repeat": {"count": 12}}
    card = card_of(client, call)
    assert card["summary"].startswith("Supported in part")
    assert "suggestions" not in card


@pytest.mark.parametrize(
    ("code", "told", "found"),
    [
        ("Body mass index", {"valueQuantity": {"value": 31.5, "code": "kg/m2"}}, ("body_mass_index", "present", 31.5)),
        ("Body mass index", {"valueQuantity": {"value": 31.5, "unit": "lb/in2"}}, None),
        ("Body mass index", {"valueQuantity": {"value": 31.5, "code": "kg/m2", "comparator": "<"}}, None),
        ("Straight leg raise test", {"valueString": "Negative"}, ("positive_straight_leg_raise", "absent", None)),
        ("Straight leg raise test", {"valueBoolean": True}, ("positive_straight_leg_raise", "present", None)),
        ("Straight leg raise test", {}, None),
        (
            "Neurologic examination",
            {"valueCodeableConcept": {"text": "Sensory loss"}},
            ("sensory_loss", "present", None),
        ),
        ("Serum sodium", {"valueQuantity": {"value": 140, "unit": "mmol/L"}}, None),
    ],
)
def test_an_observation_is_a_finding_only_where_it_is_understood(client, code, told, found):
    record, reader = Record(), RecordReader(Names.of(served_by(client)))
    data = {"resourceType": "Observation", "status": "final", "code": {"text": code}, **told}
    reader.add(read_resource(data, "o"), record)
    assert [(f.concept, f.status, f.value) for f in record.findings] == ([found] if found else [])
    assert record.unread == ({} if found else {"Observation": [code]})


def test_several_orders_are_decided_together(client):
    cards = cards_of(client, read_call("several"))
    said = [card["summary"].partition(":")[0] for card in cards]
    assert said == ["Supported", "Undocumented", "Not supported", "Not supported"]
    assert "found 12 visits" in cards[3]["detail"], "the first order's six visits count"
    assert len({card["uuid"] for card in cards}) == 4


# --- feedback -------------------------------------------------------------------------------------------------------


def test_feedback_is_taken_and_nothing_of_it_kept(client, caplog):
    card = card_of(client, read_call("massage_twelve"))
    accepted = {"card": card["uuid"], "outcome": "accepted", "outcomeTimestamp": "2026-01-31T10:00:00Z",
                "acceptedSuggestions": [{"id": card["suggestions"][0]["uuid"]}]}  # fmt: skip
    overridden = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": "2026-01-31T10:00:00Z",
                  "overrideReason": {"userComment": "Ann Example prefers it"}}  # fmt: skip
    with caplog.at_level("INFO"):
        answer = client.post(f"{ROUTE}/feedback", json={"feedback": [accepted, overridden]})
    assert (answer.status_code, answer.data) == (200, b"")
    assert "Ann Example" not in caplog.text
    del accepted["acceptedSuggestions"]
    assert client.post(f"{ROUTE}/feedback", json={"feedback": [accepted]}).status_code == 422
    assert client.post(f"{ROUTE}/feedback", json={"feedback": [{"card": "1"}]}).status_code == 422


# --- around it ------------------------------------------------------------------------------------------------------


def test_fhir_is_loaded_only_when_it_is_needed():
    code = "import sys, kb, api, kb.warm; assert not {m for m in sys.modules if m.partition('.')[0] == 'fhir'}"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_document_describes_call_and_cards(client):
    document = client.get("/openapi.json").json
    operation = document["paths"]["/cds-services/{name}"]["post"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema = {**document["components"]["schemas"][body], "components": document["components"]}
    Draft202012Validator(schema).validate(read_call("several"))
    cards = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema = {**document["components"]["schemas"][cards], "components": document["components"]}
    Draft202012Validator(schema).validate({"cards": cards_of(client, read_call("massage_twelve"))})


def test_the_example_of_the_readme_runs(client):
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    data, route = re.search(r"curl .*--data @(\S+) \\\n\s+http://localhost:8000(\S+)", readme).groups()
    answer = client.post(route, data=(Path(__file__).parents[1] / data).read_bytes(), content_type="application/json")
    assert answer.json["cards"][0]["summary"] in readme
