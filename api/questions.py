"""Answer the stored questions."""

from typing import Any

from flask import Response, request
from flask_openapi3 import APIBlueprint
from werkzeug.exceptions import NotFound

from api.accept import acceptable
from api.contract.questions import NamePath, QuestionList
from api.contract.shared import Problem
from api.reply import json_reply
from api.served import served
from kb.ask.stored import ask, described

routes = APIBlueprint("questions", __name__)
_ASKED = {"content": {"application/json": {"schema": {"type": "object"}}, "text/csv": {"schema": {"type": "string"}}}}
_ANSWERS: dict[Any, Any] = {200: _ASKED, 400: Problem, 404: Problem, 406: Problem, 422: Problem}


@routes.get("/queries", summary="List the stored questions", responses={200: QuestionList, 406: Problem})
def listed() -> Response:
    """List the stored questions."""
    return json_reply({"queries": described()})


@routes.get("/queries/<name>", summary="Ask a stored question", responses=_ANSWERS)
def stored(path: NamePath) -> Response:
    """Ask a stored question."""
    names = [question["name"] for question in described()]
    if path.name not in names:
        raise NotFound(f"unknown question `{path.name}`; there are {', '.join(names)}")
    wanted = acceptable(["application/json", "text/csv"])
    output = "csv" if wanted == "text/csv" else "json"
    found = ask(path.name, request.args.to_dict(), served().knowledge, output, served().decisions)
    return Response(found, content_type=wanted)
