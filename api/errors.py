"""Give every error one shape: application/problem+json (RFC 9457)."""

import difflib
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, json, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from api.contract import deciding, guidance
from kb.errors import KbError, ParameterError, QueryTimeout

_STATUS = {
    "invalid-query": 400,
    "format": 406,
    "prefetch-missing": 412,
    "query-timeout": 503,
    "store-unreachable": 502,
    "log-unusable": 503,
    "invalid-knowledge": 500,
}
_DEFAULT_STATUS = 422
_RETRY_SECONDS = "5"
_WORDS = {
    "missing": "the parameter `{name}` is missing; add it to the address",
    "string_too_short": "the parameter `{name}` is empty; say what you look for",
    "string_too_long": "the parameter `{name}` is longer than {max_length} characters; shorten it",
}
# these refuse a parameter that they do not know
_STRICT = (guidance.LookupQuery, guidance.CrosswalkQuery, deciding.LinesQuery)
_PARAMETERS = {model.__name__: tuple(model.model_fields) for model in _STRICT}
_BASE = "https://w3id.org/mtus-kb/problem/"


def problem(status: int, code: str | None, title: str, detail: str) -> Response:
    """Write a problem document; without a code of ours the status says all, and its type is about:blank."""
    kind = _BASE + code if code else "about:blank"
    body = json.dumps({"type": kind, "title": title, "status": status, "detail": detail})
    return Response(body, status, content_type="application/problem+json")


def status_of(error: KbError) -> int:
    """Give the status with which an error is answered, to programs and to people."""
    return _STATUS.get(error.code, _DEFAULT_STATUS)


def invalid(error: ValidationError) -> Response:
    """Tell which parameter of the address is wrong."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"]) or "parameter"
    detail = _detail(name, first, _PARAMETERS.get(error.title, ()))
    return problem(422, ParameterError.code, "invalid parameter", detail)


def _detail(name: str, first: Any, known: tuple[str, ...]) -> str:
    if first["type"] in _WORDS:
        return _WORDS[first["type"]].format(name=name, **first.get("ctx", {}))
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, known, 1, 0.4)
        hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(known)}"
        return f"unknown parameter `{name}`; {hint}"
    said = str(first["msg"]).removeprefix("Value error, ")
    said = f"{said[:1].lower()}{said[1:]}"
    return f"`{name}`: {said}" if first["loc"] else said


def register(app: Flask) -> None:
    """Answer every error as a problem; what is unexpected is logged without the request's content."""

    @app.errorhandler(KbError)
    def expected(error: KbError) -> Response:
        found = problem(status_of(error), error.code, error.code.replace("-", " "), str(error))
        if isinstance(error, QueryTimeout):
            found.headers["Retry-After"] = _RETRY_SECONDS
        return found

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        said = error.description or error.name
        if error.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            said = f"the content is longer than {request.max_content_length:,} bytes; send less at once"
        found = problem(error.code or 500, None, error.name, said)
        found.headers.extend({k: v for k, v in error.get_headers() if k not in ("Content-Type", "Content-Length")})
        return found

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        app.logger.error("unexpected %s at %s %s", type(error).__name__, request.method, request.path)
        return problem(500, None, "Internal Server Error", "the service failed; the error was logged")
