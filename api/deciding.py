"""Decide cases and letters, one or many."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Response, current_app, request, stream_with_context
from flask_openapi3 import APIBlueprint
from werkzeug.exceptions import UnsupportedMediaType

from api.accept import acceptable
from api.body import Body
from api.contract.deciding import FORM, LINES, NDJSON, CaseLines, LetterOrCase, LinesQuery
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
def decide_lines(query: LinesQuery, raw: CaseLines) -> Response:
    """Decide cases while they come in, one a line; a bad one does not end the rest."""
    acceptable([NDJSON])
    if request.mimetype != NDJSON:
        raise UnsupportedMediaType(f"`{request.mimetype}` is not read; send cases as {NDJSON}, one a line")
    request.max_content_length = current_app.config["MAX_BATCH"]
    body, name = Body(request.stream), str(uuid.uuid4())
    decided = _verdicts(body) if query.view else _explained(body)
    found = Response(stream_with_context(_lines(recorded_lines(decided, name), body)), content_type=NDJSON)
    found.headers["Knowledge-Version"] = served().knowledge.version
    return _named(found, name)


def _explained(body: Body) -> Iterator[tuple[Any, Any]]:
    """Decide and explain each case."""
    from kb.review import review_lines

    return ((answer, answer) for answer in review_lines(body, served().knowledge))


def _verdicts(body: Body) -> Iterator[tuple[Any, Any]]:
    """Decide portions of cases together, each in its turn."""
    from kb.batch.lines import decide_lines, portions_of

    for portion in portions_of(body):
        with turn():
            decided = list(decide_lines(portion, served().knowledge))
        yield from decided


def _lines(answers: Iterator[Any], body: Body) -> Iterator[bytes]:
    """Write answers as lines; where the body broke off or is too large, the last line says so."""
    for answer in answers:
        yield written(answer) + b"\n"
    if body.broken:
        yield written({"error": {"code": body.broken.name.lower(), "message": body.broken.description}}) + b"\n"


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
