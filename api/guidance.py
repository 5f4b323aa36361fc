"""Tell what the guidelines say of a service, what they ask for, and what codes name."""

import datetime as dt
from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint

from api.contract.guidance import CrosswalkQuery, LookupQuery, OnDay
from api.contract.shared import CrosswalkBody, LookupBody, Problem, RequirementsBody
from api.keys import role
from api.reply import json_reply
from api.served import served
from kb.answer.crosswalk import crosswalk
from kb.answer.lookup import lookup
from kb.answer.requirements import requirements
from kb.case.day import read_day

routes = APIBlueprint("guidance", __name__)
_REFUSED: dict[Any, Any] = {406: Problem, 422: Problem}


@routes.get("/lookup", summary="What the guidelines say of a service", responses={200: LookupBody, **_REFUSED})
@role("read")
def look_up(query: LookupQuery) -> Response:
    """Look a service up."""
    return json_reply(lookup(query.service, served().knowledge, _day(query), query.condition))


@routes.get(
    "/requirements",
    summary="The facts that can matter for a request of a service",
    responses={200: RequirementsBody, **_REFUSED},
)
@role("read")
def required(query: LookupQuery) -> Response:
    """List what a request of a service may be asked for."""
    return json_reply(requirements(query.service, served().knowledge, _day(query), query.condition))


@routes.get("/crosswalk", summary="What codes name, and what speaks of it", responses={200: CrosswalkBody, **_REFUSED})
@role("read")
def crossed(query: CrosswalkQuery) -> Response:
    """Go from codes to concepts and recommendations, and back."""
    return json_reply(crosswalk(served().knowledge, _day(query), query.icd, query.cpt, query.concept))


def _day(query: OnDay) -> dt.date:
    return read_day(query.on) if query.on else dt.date.today()
