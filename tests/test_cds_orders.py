"""CDS Hooks: what of an order and of the record is read, and what is left open."""

import copy
import socket

import pytest
from cds import card_of, cards_of, draft, read_call, refusal

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
    call = read_call("massage_with_exercise")
    del draft(call)["quantityQuantity"]
    draft(call).update(change)
    assert said in card_of(client, call)["detail"].replace("\\", "")


def test_a_quantity_that_is_not_understood_is_none(client):
    call = read_call("massage_with_exercise")
    draft(call)["quantityQuantity"] = {"value": 6, "unit": "moons"}
    assert card_of(client, call)["summary"].startswith("Undocumented: massage therapy")


@pytest.mark.parametrize(("place", "said"), [(0, "no service is recognised"), (1, "make them agree")])
def test_an_order_that_is_not_understood_is_not_decided(client, place, said):
    card = cards_of(client, read_call("not_understood"))[place]
    assert card["summary"].startswith("Not decided")
    assert said in card["summary"]
    assert card["indicator"] == "warning"


@pytest.mark.parametrize("code", [{"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "00000"}]}, None])
def test_an_order_without_words_is_told(client, code):
    call = read_call("massage_with_exercise")
    draft(call).pop("code")
    draft(call).update({"code": code} if code else {})
    assert "no service is known by its codes, and it has no words" in card_of(client, call)["summary"]


def test_a_code_for_several_services_is_told_apart_by_the_site(client):
    call = read_call("mri")
    draft(call)["code"] = {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "73221"}]}
    draft(call)["bodySite"] = [{"text": "Right shoulder"}]
    assert "MRI of the shoulder" in card_of(client, call)["summary"]
    del draft(call)["bodySite"]
    assert "may name mri_elbow or mri_shoulder or mri_wrist" in card_of(client, call)["summary"]


def test_words_of_an_order_are_no_markup(client):
    detail = cards_of(client, read_call("not_understood"))[0]["detail"]
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
    call = read_call("massage_with_exercise")
    order = {**draft(call), **change}
    call["context"]["draftOrders"]["entry"][0]["resource"] = {k: v for k, v in order.items() if v is not None}
    assert said in card_of(client, call)["detail"]


# --- what is not known ----------------------------------------------------------------------------------------------


def test_care_that_is_not_understood_leaves_counts_open(client):
    call = read_call("massage_with_exercise")
    odd = copy.deepcopy(call["prefetch"]["procedures"]["entry"][0])
    odd["resource"]["code"] = {"text": "Swedish relaxation package"}
    call["prefetch"]["procedures"]["entry"].append(odd)
    card = card_of(client, call)
    assert card["summary"].startswith("Undocumented")
    assert "not understood of Procedure: Swedish relaxation package" in card["detail"]
    assert "the record is complete" not in card["detail"]


def test_a_count_in_the_words_of_a_course_counts(client):
    call = read_call("massage_with_exercise")
    course = copy.deepcopy(read_call("massage_after_six")["prefetch"]["procedures"]["entry"][0])
    course["resource"]["code"]["text"] = "Massage therapy, 4 visits"
    call["prefetch"]["procedures"]["entry"].append(course)
    assert "found 10 visits (4 earlier + 6 asked)" in card_of(client, call)["detail"]


def test_a_course_without_a_count_is_never_zero(client):
    call = read_call("massage_with_exercise")
    course = copy.deepcopy(read_call("massage_after_six")["prefetch"]["procedures"]["entry"][0])
    del course["resource"]["performedDateTime"]
    course["resource"]["performedPeriod"] = {"start": "2013-04-01", "end": "2013-06-01"}
    call["prefetch"]["procedures"]["entry"].append(course)
    assert card_of(client, call)["summary"].startswith("Undocumented")


@pytest.mark.parametrize("status", ["not-done", "entered-in-error"])
def test_care_that_was_not_given_does_not_count(client, status):
    call = read_call("massage_after_six")
    for entry in call["prefetch"]["procedures"]["entry"]:
        entry["resource"]["status"] = status
    assert "6 earlier" not in card_of(client, call)["detail"]


def test_a_key_that_was_not_prefetched_leaves_silence_open(client):
    call = read_call("massage_with_exercise")
    del call["prefetch"]["documents"]
    card = card_of(client, call)
    assert card["summary"].startswith("Undocumented")
    assert r"\`documents\` was not prefetched" in card["detail"]
    call["prefetch"]["documents"] = {"resourceType": "OperationOutcome", "issue": []}
    assert card_of(client, call)["summary"].startswith("Undocumented")


@pytest.mark.parametrize("key", ["conditions", "procedures"])
def test_without_what_is_needed_nothing_is_decided_and_no_server_called(client, key, monkeypatch):
    def reached(*_):
        raise AssertionError("a server was called")

    monkeypatch.setattr(socket.socket, "connect", reached)
    call = read_call("massage_with_exercise")
    del call["prefetch"][key]
    assert f"`{key}`" in refusal(client, call, 412, "prefetch-missing")
    del call["prefetch"]
    assert "`conditions`, `procedures`" in refusal(client, call, 412, "prefetch-missing")


def test_a_drug_that_is_prescribed_and_stated_counts_once(client):
    call = read_call("opioid")
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
    once = card_of(client, call)["detail"]
    assert "found 150 morphine milligram equivalents a day" in once
    prescribed = {**stated, "resourceType": "MedicationRequest", "intent": "order"}
    prescribed["dosageInstruction"] = prescribed.pop("dosage")
    call["prefetch"]["prescriptions"] = {"resourceType": "Bundle", "entry": [{"resource": prescribed}]}
    assert card_of(client, call)["detail"] == once
