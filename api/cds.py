"""Speak CDS Hooks 2.0: discovery, the hook `order-sign`, and what became of its cards."""

import datetime as dt
import itertools
import uuid
from typing import Any

from flask import Response, current_app, request
from flask_openapi3 import APIBlueprint
from werkzeug.exceptions import NotFound, UnsupportedMediaType

from api.contract.cds import Cards, CdsJson, CdsServices, ServicePath
from api.contract.shared import Problem
from api.recording import recorded
from api.reply import json_reply
from api.served import served
from api.turns import turn
from kb.fhir.service import ID, services

routes = APIBlueprint("cds", __name__)
_JSON = "application/json"
_REFUSED: dict[Any, Any] = {404: Problem, 406: Problem, 413: Problem, 415: Problem, 422: Problem}
_ANSWERS: dict[Any, Any] = {200: Cards, 412: Problem, **_REFUSED}


@routes.get("/cds-services", summary="The services of CDS Hooks", responses={200: CdsServices, 406: Problem})
def discover() -> Response:
    """Describe the service."""
    return json_reply(services())


@routes.post("/cds-services/<name>", summary="Cards for draft orders (hook `order-sign`)", responses=_ANSWERS)
def call(path: ServicePath, raw: CdsJson) -> Response:
    """Decide draft orders."""
    from kb.fhir.calls import read_call
    from kb.fhir.hook import order_cards

    data = read_call(_body(path))
    name, numbers = str(uuid.uuid4()), itertools.count(1)
    with turn():
        cards = order_cards(
            data, served().knowledge, request.url_root, dt.date.today(),
            lambda answer: recorded(answer, f"{name}-{next(numbers)}"),
        )  # fmt: skip
    found = json_reply(cards)
    if cards["cards"]:
        found.headers["Determination-Id"] = name
    return found


@routes.post("/cds-services/<name>/feedback", summary="What became of cards", responses={200: None, **_REFUSED})
def feedback(path: ServicePath, raw: CdsJson) -> Response:
    """Log what became of cards; nothing that a person wrote is kept."""
    from kb.fhir.calls import read_feedback

    for one in read_feedback(_body(path)):
        current_app.logger.info("a card was %s", one.outcome)
    return Response(status=200)


def _body(path: ServicePath) -> bytes:
    if path.name != ID:
        raise NotFound(f"there is no service `{path.name}`; there is `{ID}`")
    if request.mimetype != _JSON:
        raise UnsupportedMediaType(f"`{request.mimetype}` is not read; send {_JSON}")
    return request.get_data()
