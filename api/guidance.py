"""Tell what the guidelines say of a service."""

import datetime as dt

from flask import Response
from flask_openapi3 import APIBlueprint

from api.contract.guidance import LookupQuery
from api.contract.shared import LookupBody, Problem
from api.reply import json_reply
from api.served import served
from kb.answer.lookup import lookup
from kb.case.model import read_day

routes = APIBlueprint("guidance", __name__)


@routes.get(
    "/lookup",
    summary="What the guidelines say of a service",
    responses={200: LookupBody, 406: Problem, 422: Problem},
)
def look_up(query: LookupQuery) -> Response:
    """Look a service up."""
    day = read_day(query.on) if query.on else dt.date.today()
    return json_reply(lookup(query.service, served().knowledge, day, query.condition))
