"""CDS Hooks: draft orders in FHIR become cards that conform, decide as a case does and guess nothing."""

import copy
import json
import random
import re
import socket
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from fhir.resources.R4B.servicerequest import ServiceRequest
from jsonschema import Draft202012Validator

from api.served import serving
from kb.fhir.names import Names
from kb.fhir.record import Record, RecordReader
from kb.fhir.resources import read_resource

FOLDER = Path(__file__).parent / "fhir"
CALLS = sorted(path.stem for path in FOLDER.glob("*.json") if not path.stem.endswith(".schema"))
ID = "mtus-order-sign"
ROUTE = f"/cds-services/{ID}"
SCHEMA = Draft202012Validator(json.loads((FOLDER / "cards.schema.json").read_text(encoding="utf-8")))


def _call(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def _order(call, place=0):
    return call["context"]["draftOrders"]["entry"][place]["resource"]


def _cards(client, call):
    answer = client.post(ROUTE, json=call)
    assert answer.status_code == 200, answer.text
    SCHEMA.validate(answer.json)
    return answer.json["cards"]


def _card(client, call):
    cards = _cards(client, call)
    assert len(cards) == 1
    return cards[0]


def _refused(client, call, status=422, code="invalid-fhir"):
    answer = client.post(ROUTE, json=call)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.json["type"].endswith(f"/{code}")
    return answer.json["detail"]


# --- discovery and the specification --------------------------------------------------------------------------------


def test_the_service_is_discovered(client):
    answer = client.get("/cds-services")
    (service,) = answer.json["services"]
    assert (service["hook"], service["id"]) == ("order-sign", ID)
    assert service["description"]
    tokens = {token for query in service["prefetch"].values() for token in re.findall(r"{{(.*?)}}", query)}
    assert tokens == {"context.patientId"}
    for call in map(_call, CALLS):
        assert set(call["prefetch"]) == set(service["prefetch"])


@pytest.mark.parametrize("name", CALLS)
def test_cards_conform(client, name):
    for card in _cards(client, _call(name)):
        assert "\n" not in card["summary"]
        assert "null" not in json.dumps(card)


def test_the_same_call_gives_the_same_cards(client):
    call = _call("several")
    assert client.post(ROUTE, json=call).data == client.post(ROUTE, json=call).data


def test_what_a_call_decided_has_an_identifier(client):
    call = _call("several")
    first, second = (client.post(ROUTE, json=call).headers["Determination-Id"] for _ in range(2))
    assert uuid.UUID(first) != uuid.UUID(second)
    call["context"]["draftOrders"]["entry"] = []
    assert "Determination-Id" not in client.post(ROUTE, json=call).headers


def test_links_lead_to_pages(client):
    card = _card(client, _call("massage_after_six"))
    for url in (card["source"]["url"], *(link["url"] for link in card["links"])):
        page, _, fragment = url.removeprefix("http://localhost").partition("#")
        answer = client.get(page, headers={"Accept": "text/html"})
        assert answer.status_code == 200
        assert not fragment or f'id="{fragment}"' in answer.text


def test_no_order_of_ours_gives_no_card(client):
    call = _call("several")
    call["context"]["draftOrders"]["entry"] = [call["context"]["draftOrders"]["entry"][1]]
    assert _order(call)["resourceType"] == "NutritionOrder"
    assert _cards(client, call) == []


# --- what is decided ------------------------------------------------------------------------------------------------


def test_six_visits_after_six_are_not_supported(client):
    card = _card(client, _call("massage_after_six"))
    assert card["summary"].startswith("Not supported: 6 visits of massage therapy; at most 6 visits")
    assert card["indicator"] == "warning"
    assert "found 12 visits (6 earlier + 6 asked)" in card["detail"]
    assert card["source"]["label"] == "MTUS Chronic Pain Medical Treatment Guidelines, 2009"
    assert card["source"]["topic"]["code"] == "massage_therapy"
    assert "suggestions" not in card


def test_six_visits_beside_exercise_are_supported(client):
    card = _card(client, _call("massage_with_exercise"))
    assert (card["summary"], card["indicator"]) == ("Supported: 6 visits of massage therapy", "info")
    assert "together with active therapy: it holds" in card["detail"]
    assert "2013-10-18 governs" in card["detail"]


def test_of_twelve_visits_six_are_suggested(client):
    call = _call("massage_twelve")
    card = _card(client, call)
    assert card["summary"].endswith("6 of 12 visits")
    (suggestion,) = card["suggestions"]
    (action,) = suggestion["actions"]
    changed = copy.deepcopy(_order(call))
    changed["quantityQuantity"]["value"] = 6
    assert (action["type"], action["resource"]) == ("update", changed)
    ServiceRequest.model_validate(action["resource"])


def test_a_compound_sinks_with_its_ingredient(client):
    card = _card(client, _call("compound"))
    assert card["summary"].startswith("Not supported: 120 grams of ketoprofen + cyclobenzaprine + lidocaine")
    call = _call("compound")
    _order(call)["contained"][0]["ingredient"].append({"itemCodeableConcept": {"text": "Unobtainium"}})
    assert "`Unobtainium`" in _card(client, call)["summary"]


def test_the_dose_of_an_opioid_is_counted(client):
    call = _call("opioid")
    assert "it holds, found 120 morphine milligram equivalents a day" in _card(client, call)["detail"]
    _order(call)["dispenseRequest"]["quantity"]["value"] = 248
    assert "it does not hold, found 124 morphine milligram equivalents a day" in _card(client, call)["detail"]
    _order(call)["dispenseRequest"]["expectedSupplyDuration"]["unit"] = "moons"
    del _order(call)["dispenseRequest"]["expectedSupplyDuration"]["code"]
    assert "found 120 morphine" in _card(client, call)["detail"], "248 tablets last 31 days at eight a day"


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
    call = _call("opioid")
    _order(call)["medicationCodeableConcept"] = {"text": said}
    card = _card(client, call)
    assert read in card["summary"] if read else card["summary"].startswith("Not decided: no drug is known that holds")
    assert (f"found {mme} morphine" in card["detail"]) if mme else ("found 1" not in card["detail"])


def test_refills_are_asked_for_too(client):
    call = _call("opioid")
    _order(call)["dispenseRequest"]["numberOfRepeatsAllowed"] = 2
    card = _card(client, call)
    assert "720 tablets of oxycodone" in card["summary"]
    assert "found 90 days" in card["detail"]


def test_an_image_is_decided_on_what_the_record_tells(client):
    call = _call("mri")
    assert _card(client, call)["summary"] == "Supported: 1 study of MRI of the lumbar spine"
    del call["prefetch"]["observations"]["entry"][1]["resource"]["valueBoolean"]
    card = _card(client, call)
    assert card["summary"].startswith("Undocumented")
    assert "decisive: documented finding: specific nerve compromise" in card["detail"]
    assert "not understood of Observation: Specific nerve compromise" in card["detail"]


def test_a_negative_observation_denies(client):
    call = _call("mri")
    call["prefetch"]["observations"]["entry"][1]["resource"]["valueBoolean"] = False
    assert "specific nerve compromise: it does not hold" in _card(client, call)["detail"]


def test_only_what_a_contraindication_forbids_is_critical(client):
    call = _call("contraindicated")
    assert _card(client, call)["indicator"] == "critical"
    call["prefetch"]["conditions"]["entry"].pop()
    assert _card(client, call)["indicator"] != "critical"


@pytest.mark.parametrize("change", [{"clinicalStatus": {"coding": [{"code": "resolved"}]}},
                                    {"verificationStatus": {"coding": [{"code": "refuted"}]}},
                                    {"verificationStatus": {"coding": [{"code": "provisional"}]}},
                                    {"abatementDateTime": "2016-01-01"}])  # fmt: skip
def test_a_condition_that_is_not_there_forbids_nothing(client, change):
    call = _call("contraindicated")
    liver = call["prefetch"]["conditions"]["entry"][1]["resource"]
    del liver["clinicalStatus"]
    liver.update(change)
    assert _card(client, call)["indicator"] != "critical"


def test_no_suggestion_leaves_an_order_at_odds_with_itself(client):
    call = _call("massage_twelve")
    _order(call)["occurrenceTiming"] = {"repeat": {"count": 12}}
    card = _card(client, call)
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
    record, reader = Record(), RecordReader(Names.of(_served_by(client)))
    data = {"resourceType": "Observation", "status": "final", "code": {"text": code}, **told}
    reader.add(read_resource(data, "o"), record)
    assert [(f.concept, f.status, f.value) for f in record.findings] == ([found] if found else [])
    assert record.unread == ({} if found else {"Observation": [code]})


def _served_by(client):
    return serving(client.application).knowledge


def test_several_orders_are_decided_together(client):
    cards = _cards(client, _call("several"))
    said = [card["summary"].partition(":")[0] for card in cards]
    assert said == ["Supported", "Undocumented", "Not supported", "Not supported"]
    assert "found 12 visits" in cards[3]["detail"], "the first order's six visits count"
    assert len({card["uuid"] for card in cards}) == 4


# --- how an order is read -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"quantityQuantity": {"value": 6, "unit": "visits"}}, "6 visits of massage therapy"),
        ({"quantityQuantity": {"value": 6}}, "6 visits of massage therapy"),
        ({"occurrenceTiming": {"repeat": {"count": 4}}}, "4 visits of massage therapy"),
        (
            {
                "occurrenceTiming": {
                    "repeat": {
                        "frequency": 2,
                        "period": 1,
                        "periodUnit": "wk",
                        "boundsDuration": {"value": 3, "unit": "weeks", "code": "wk"},
                    }
                }
            },
            "6 visits of massage therapy",
        ),
        ({"quantityQuantity": {"value": 6, "unit": "moons"}}, "`6 moons` is not understood"),
        ({"quantityQuantity": {"value": -6, "unit": "visits"}}, "`-6 visits` is not understood"),
        ({"quantityQuantity": {"value": 6, "unit": "visits", "comparator": "<"}}, "`6 visits` is not understood"),
        (
            {"quantityQuantity": {"value": 6}, "occurrenceTiming": {"repeat": {"count": 4}}},
            "`quantityQuantity` says 6, `occurrenceTiming` 4; neither is taken",
        ),
        (
            {
                "occurrenceTiming": {
                    "repeat": {
                        "frequency": 1,
                        "period": 1,
                        "periodUnit": "wk",
                        "dayOfWeek": ["mon", "fri"],
                        "boundsDuration": {"value": 3, "code": "wk"},
                    }
                }
            },
            "how often `occurrenceTiming` asks for it is not understood",
        ),
        ({"occurrenceTiming": {"event": ["2013-10-21", "2013-10-23"]}}, "2 visits of massage therapy"),
        ({"bodySite": [{"text": "the usual"}]}, "body site `the usual` is not understood"),
        ({"reasonCode": [{"text": "the blues on Mondays"}]}, "reason `the blues on Mondays` is not understood"),
    ],
)
def test_quantities_and_sites_are_read_or_told(client, change, said):
    call = _call("massage_with_exercise")
    del _order(call)["quantityQuantity"]
    _order(call).update(change)
    assert said in _card(client, call)["detail"].replace("\\", "")


def test_a_quantity_that_is_not_understood_is_none(client):
    call = _call("massage_with_exercise")
    _order(call)["quantityQuantity"] = {"value": 6, "unit": "moons"}
    assert _card(client, call)["summary"].startswith("Undocumented: massage therapy")


@pytest.mark.parametrize(("place", "said"), [(0, "no service is recognised"), (1, "make them agree")])
def test_an_order_that_is_not_understood_is_not_decided(client, place, said):
    card = _cards(client, _call("not_understood"))[place]
    assert card["summary"].startswith("Not decided")
    assert said in card["summary"]
    assert card["indicator"] == "warning"


@pytest.mark.parametrize("code", [{"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "00000"}]}, None])
def test_an_order_without_words_is_told(client, code):
    call = _call("massage_with_exercise")
    _order(call).pop("code")
    _order(call).update({"code": code} if code else {})
    assert "no service is known by its codes, and it has no words" in _card(client, call)["summary"]


def test_a_code_for_several_services_is_told_apart_by_the_site(client):
    call = _call("mri")
    _order(call)["code"] = {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "73221"}]}
    _order(call)["bodySite"] = [{"text": "Right shoulder"}]
    assert "MRI of the shoulder" in _card(client, call)["summary"]
    del _order(call)["bodySite"]
    assert "may name mri_elbow or mri_shoulder or mri_wrist" in _card(client, call)["summary"]


def test_words_of_an_order_are_no_markup(client):
    detail = _cards(client, _call("not_understood"))[0]["detail"]
    assert r"\[see\](https://evil.example) \<b\>" in detail
    assert "<b>" not in detail.replace(r"\<b\>", "")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"subject": {"reference": "Patient/other"}}, "for another patient"),
        ({"doNotPerform": True}, "not be done"),
        ({"authoredOn": "2013-10"}, "names no whole day"),
        ({"authoredOn": None}, "today, since the order names no day"),
    ],
)
def test_an_order_says_for_whom_and_when(client, change, said):
    call = _call("massage_with_exercise")
    order = {**_order(call), **change}
    call["context"]["draftOrders"]["entry"][0]["resource"] = {k: v for k, v in order.items() if v is not None}
    assert said in _card(client, call)["detail"]


# --- what is not known ----------------------------------------------------------------------------------------------


def test_care_that_is_not_understood_leaves_counts_open(client):
    call = _call("massage_with_exercise")
    odd = copy.deepcopy(call["prefetch"]["procedures"]["entry"][0])
    odd["resource"]["code"] = {"text": "Swedish relaxation package"}
    call["prefetch"]["procedures"]["entry"].append(odd)
    card = _card(client, call)
    assert card["summary"].startswith("Undocumented")
    assert "not understood of Procedure: Swedish relaxation package" in card["detail"]
    assert "the record is complete" not in card["detail"]


def test_a_count_in_the_words_of_a_course_counts(client):
    call = _call("massage_with_exercise")
    course = copy.deepcopy(_call("massage_after_six")["prefetch"]["procedures"]["entry"][0])
    course["resource"]["code"]["text"] = "Massage therapy, 4 visits"
    call["prefetch"]["procedures"]["entry"].append(course)
    assert "found 10 visits (4 earlier + 6 asked)" in _card(client, call)["detail"]


def test_a_course_without_a_count_is_never_zero(client):
    call = _call("massage_with_exercise")
    course = copy.deepcopy(_call("massage_after_six")["prefetch"]["procedures"]["entry"][0])
    del course["resource"]["performedDateTime"]
    course["resource"]["performedPeriod"] = {"start": "2013-04-01", "end": "2013-06-01"}
    call["prefetch"]["procedures"]["entry"].append(course)
    assert _card(client, call)["summary"].startswith("Undocumented")


@pytest.mark.parametrize("status", ["not-done", "entered-in-error"])
def test_care_that_was_not_given_does_not_count(client, status):
    call = _call("massage_after_six")
    for entry in call["prefetch"]["procedures"]["entry"]:
        entry["resource"]["status"] = status
    assert "6 earlier" not in _card(client, call)["detail"]


def test_a_key_that_was_not_prefetched_leaves_silence_open(client):
    call = _call("massage_with_exercise")
    del call["prefetch"]["documents"]
    card = _card(client, call)
    assert card["summary"].startswith("Undocumented")
    assert r"\`documents\` was not prefetched" in card["detail"]
    call["prefetch"]["documents"] = {"resourceType": "OperationOutcome", "issue": []}
    assert _card(client, call)["summary"].startswith("Undocumented")


@pytest.mark.parametrize("key", ["conditions", "procedures"])
def test_without_what_is_needed_nothing_is_decided_and_no_server_called(client, key, monkeypatch):
    def reached(*_):
        raise AssertionError("a server was called")

    monkeypatch.setattr(socket.socket, "connect", reached)
    call = _call("massage_with_exercise")
    del call["prefetch"][key]
    assert f"`{key}`" in _refused(client, call, 412, "prefetch-missing")
    del call["prefetch"]
    assert "`conditions`, `procedures`" in _refused(client, call, 412, "prefetch-missing")


def test_a_drug_that_is_prescribed_and_stated_counts_once(client):
    call = _call("opioid")
    stated = {
        "resourceType": "MedicationStatement",
        "id": "s2",
        "status": "active",
        "subject": {"reference": "Patient/p1"},
        "medicationCodeableConcept": {"text": "Morphine sulfate 15 mg tablet"},
        "dosage": [
            {"timing": {"code": {"text": "BID"}}, "doseAndRate": [{"doseQuantity": {"value": 15, "unit": "mg"}}]}
        ],
    }
    call["prefetch"]["medications"]["entry"].append({"resource": stated})
    once = _card(client, call)["detail"]
    assert "found 150 morphine milligram equivalents a day" in once
    prescribed = {**stated, "resourceType": "MedicationRequest", "intent": "order"}
    prescribed["dosageInstruction"] = prescribed.pop("dosage")
    call["prefetch"]["prescriptions"] = {"resourceType": "Bundle", "entry": [{"resource": prescribed}]}
    assert _card(client, call)["detail"] == once


# --- what does not conform ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("hook",), "patient-view", "the hook `patient-view` is not served here; it is `order-sign`"),
        (("hookInstance",), None, "`hookInstance` is missing or no text; CDS Hooks requires it"),
        (("context",), None, "`context` is missing; CDS Hooks requires it"),
        (("context", "patientId"), 3, "`context.patientId` is missing or no text; the hook `order-sign` requires it"),
        (("context", "draftOrders"), [], "`context.draftOrders` is no FHIR Bundle"),
        (("context", "draftOrders", "entry"), {}, "`context.draftOrders.entry` is no list"),
        (("context", "draftOrders", "entry", 0, "resource", "subject"), None,
         "`context.draftOrders.entry[0].resource.subject` is missing; FHIR R4 requires it"),
        (("prefetch", "conditions", "entry"), [3], "`prefetch.conditions.entry[0]` has no `resource`"),
        (("context", "draftOrders", "entry", 0, "resource", "contained"), [{"resourceType": {}}],
         "`context.draftOrders.entry[0].resource` holds a resource of a type that FHIR R4 does not have"),
        (("context", "draftOrders", "entry", 0, "resource", "quantity"), 6,
         "`context.draftOrders.entry[0].resource.quantity` is no element that FHIR R4 has there"),
        (("context", "draftOrders", "entry", 0, "resource", "authoredOn"), "soon",
         "`context.draftOrders.entry[0].resource.authoredOn` is no value of FHIR R4 for it"),
        (("prefetch", "patient", "id"), "p2", "`prefetch.patient` is of another patient than `context.patientId`"),
        (("prefetch", "conditions"), [], "`prefetch.conditions` is no FHIR Bundle"),
    ],
)  # fmt: skip
def test_what_does_not_conform_is_told_in_one_sentence(client, path, value, said):
    call = _call("massage_with_exercise")
    at = call
    for step in path[:-1]:
        at = at[step]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    assert _refused(client, call).startswith(said)


def test_null_is_no_value(client):
    call = _call("massage_with_exercise")
    _order(call)["subject"] = None
    assert _refused(client, call).endswith("resource.subject` is missing; FHIR R4 requires it")


@pytest.mark.parametrize("seed", range(3))
def test_no_slip_of_a_client_breaks_the_service(client, seed):
    chance = random.Random(seed)
    junk = [None, [], {}, "", -1, 1e308, "x", True, [None], {"value": 1}, {"text": "Massage therapy"}, "9999-12-31"]
    seen = set()
    for _ in range(60):
        call = _call(chance.choice(CALLS))
        for _ in range(2):
            *way, last = chance.choice([p for p in _paths(call) if p])
            at = call
            for step in way:
                at = at[step]
            at[last] = copy.deepcopy(chance.choice(junk))
        answer = client.post(ROUTE, json=call)
        seen.add(answer.status_code)
        if answer.status_code == 200:
            SCHEMA.validate(answer.json)
    assert {200, 422} <= seen <= {200, 412, 422}


def _paths(value, path=()):
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in members:
        yield from _paths(item, (*path, key))


def test_a_bad_resource_of_the_record_is_told_and_left_open(client):
    call = _call("massage_with_exercise")
    del call["prefetch"]["procedures"]["entry"][0]["resource"]["status"]
    card = _card(client, call)
    assert r"\`prefetch.procedures.entry\[0\].resource.status\` is missing" in card["detail"]
    assert "the record is complete" not in card["detail"]


@pytest.mark.parametrize(("body", "kind", "status"), [
    (b"{", "application/json", 422), (b"[" * 100_000, "application/json", 422),
    (b"\xff", "application/json", 422), (b"[]", "application/json", 422), (b"{}", "text/plain", 415),
])  # fmt: skip
def test_a_body_that_is_none_is_refused(client, body, kind, status):
    for route in (ROUTE, f"{ROUTE}/feedback"):
        answer = client.post(route, data=body, content_type=kind)
        assert (answer.status_code, answer.content_type) == (status, "application/problem+json")


def test_an_unknown_service_is_told(client):
    for route in ("/cds-services/other", "/cds-services/other/feedback"):
        answer = client.post(route, json={})
        assert (answer.status_code, ID in answer.json["detail"]) == (404, True)


# --- feedback -------------------------------------------------------------------------------------------------------


def test_feedback_is_taken_and_nothing_of_it_kept(client, caplog):
    card = _card(client, _call("massage_twelve"))
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
    Draft202012Validator(schema).validate(_call("several"))
    cards = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema = {**document["components"]["schemas"][cards], "components": document["components"]}
    Draft202012Validator(schema).validate({"cards": _cards(client, _call("massage_twelve"))})


def test_the_example_of_the_readme_runs(client):
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    data, route = re.search(r"curl .*--data @(\S+) \\\n\s+http://localhost:8000(\S+)", readme).groups()
    answer = client.post(route, data=(Path(__file__).parents[1] / data).read_bytes(), content_type="application/json")
    assert answer.json["cards"][0]["summary"] in readme
