"""Decide cases and letters."""

from typing import Any

from flask import Response, request
from flask_openapi3 import APIBlueprint
from werkzeug.exceptions import UnsupportedMediaType

from api.contract.deciding import LetterOrCase
from api.contract.shared import AnswerBody, Problem
from api.reply import json_reply
from api.served import served

routes = APIBlueprint("deciding", __name__)
_NAMES = {
    "application/json": "case.json",
    "application/yaml": "case.yaml",
    "text/turtle": "case.ttl",
    "text/plain": "letter.txt",
    "application/pdf": "letter.pdf",
}
_REFUSED: dict[str | int, Any] = {400: Problem, 406: Problem, 413: Problem, 415: Problem, 422: Problem}


@routes.post("/determinations", summary="Decide a case or a letter", responses={200: AnswerBody, **_REFUSED})
def decide(raw: LetterOrCase) -> Response:
    """Decide every request of a case or letter."""
    from kb.review import review

    name = _NAMES.get(request.mimetype or "application/json")
    if name is None:
        raise UnsupportedMediaType(f"`{request.mimetype}` is not read; send one of {', '.join(_NAMES)}")
    return json_reply(review(request.get_data(), name, served().knowledge))
