"""Call the service of CDS Hooks as a record system does, with the calls in tests/fhir."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from api.served import serving

FOLDER = Path(__file__).parent / "fhir"
CALLS = sorted(path.stem for path in FOLDER.glob("*.json") if not path.stem.endswith(".schema"))
ID = "mtus-order-sign"
ROUTE = f"/cds-services/{ID}"
SCHEMA = Draft202012Validator(json.loads((FOLDER / "cards.schema.json").read_text(encoding="utf-8")))


def read_call(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def draft(call, place=0):
    return call["context"]["draftOrders"]["entry"][place]["resource"]


def cards_of(client, call):
    answer = client.post(ROUTE, json=call)
    assert answer.status_code == 200, answer.text
    SCHEMA.validate(answer.json)
    return answer.json["cards"]


def card_of(client, call):
    cards = cards_of(client, call)
    assert len(cards) == 1
    return cards[0]


def refusal(client, call, status=422, code="invalid-fhir"):
    answer = client.post(ROUTE, json=call)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.json["type"].endswith(f"/{code}")
    return answer.json["detail"]


def served_by(client):
    return serving(client.application).knowledge
