"""Decide cases and letters, one or many."""

import io
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Response, current_app, request, stream_with_context
from flask_openapi3 import APIBlueprint
from werkzeug.exceptions import HTTPException, UnsupportedMediaType

from api.accept import acceptable
from api.contract.deciding import FORM, LINES, NDJSON, CaseLines, LetterOrCase
from api.contract.shared import AnswerBody, Problem
from api.keys import role
from api.recording import recorded, recorded_lines
from api.reply import json_reply, written
from api.served import served
from api.turns import turn
from kb.errors import UnreadableFileError

routes = APIBlueprint("deciding", __name__)
_NAMES = {
    "application/json": "case.json",
    "application/yaml": "case.yaml",
    "text/turtle": "case.ttl",
    "text/plain": "letter.txt",
    "application/pdf": "letter.pdf",
}
_AT_ONCE = 1024  # bytes; more would keep a client waiting that sends lines slowly
_REFUSED: dict[str | int, Any] = {400: Problem, 406: Problem, 413: Problem, 415: Problem, 422: Problem}


@routes.post("/determinations", summary="Decide a case or a letter", responses={200: AnswerBody, **_REFUSED})
@role("decide")
def decide(raw: LetterOrCase) -> Response:
    """Decide every request of a case or letter."""
    from kb.review import review

    data, name = _upload() if request.mimetype == FORM else (request.get_data(), _name(request.mimetype))
    with turn():
        answer = review(data, name, served().knowledge)
    return _named(json_reply(answer), recorded(answer))


@routes.post("/determinations/batch", summary="Decide many cases", responses={200: LINES, **_REFUSED})
@role("decide")
def decide_lines(raw: CaseLines) -> Response:
    """Decide cases while they come in, one a line; a bad one does not end the rest."""
    from kb.review import review_lines

    acceptable([NDJSON])
    if request.mimetype != NDJSON:
        raise UnsupportedMediaType(f"`{request.mimetype}` is not read; send cases as {NDJSON}, one a line")
    request.max_content_length = current_app.config["MAX_BATCH"]
    knowledge = served().knowledge
    body = io.BufferedReader(request.stream, _AT_ONCE)  # type: ignore[type-var]  # a stream that is read is enough
    name = str(uuid.uuid4())
    answers = recorded_lines(review_lines(body, knowledge), name)
    found = Response(stream_with_context(_lines(answers)), content_type=NDJSON)
    found.headers["Knowledge-Version"] = knowledge.version
    return _named(found, name)


def _lines(answers: Iterator[Any]) -> Iterator[bytes]:
    """Write answers as lines; where the body breaks off or is too large, the last line says so."""
    try:
        for answer in answers:
            yield written(answer) + b"\n"
    except HTTPException as error:
        yield written({"error": {"code": error.name.lower(), "message": error.description}}) + b"\n"


def _name(media_type: str) -> str:
    name = _NAMES.get(media_type or "application/json")
    if name is None:
        raise UnsupportedMediaType(f"`{media_type}` is not read; send one of {', '.join(LetterOrCase.mimetypes)}")
    return name


def _upload() -> tuple[bytes, str]:
    """Read the file of a form; its name tells what it is, else its type."""
    file = request.files.get("file")
    if file is None:
        raise UnreadableFileError("the form has no part `file`; send the letter or the case as one")
    name = Path(file.filename or "").name
    return file.read(), name if Path(name).suffix else _NAMES.get(file.mimetype, "letter.txt")


def _named(response: Response, name: str) -> Response:
    """Give this answer, not what it says, an identifier of its own."""
    response.headers["Determination-Id"] = name
    return response
