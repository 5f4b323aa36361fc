"""CDS Hooks: what does not conform is refused in one sentence, or told and left open."""

import copy
import random

import pytest
from cds import CALLS, ID, ROUTE, SCHEMA, card_of, draft, read_call, refusal

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
    call = read_call("massage_with_exercise")
    at = call
    for step in path[:-1]:
        at = at[step]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    assert refusal(client, call).startswith(said)


def test_null_is_no_value(client):
    call = read_call("massage_with_exercise")
    draft(call)["subject"] = None
    assert refusal(client, call).endswith("resource.subject` is missing; FHIR R4 requires it")


@pytest.mark.parametrize("seed", range(3))
def test_no_slip_of_a_client_breaks_the_service(client, seed):
    chance = random.Random(seed)
    junk = [None, [], {}, "", -1, 1e308, "x", True, [None], {"value": 1}, {"text": "Massage therapy"}, "9999-12-31"]
    seen = set()
    for _ in range(60):
        call = read_call(chance.choice(CALLS))
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
    call = read_call("massage_with_exercise")
    del call["prefetch"]["procedures"]["entry"][0]["resource"]["status"]
    card = card_of(client, call)
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
