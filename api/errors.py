"""Give every error one shape: application/problem+json (RFC 9457)."""

from flask import Flask, Response, json, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from kb.errors import KbError

_STATUS = {
    "invalid-query": 400,
    "query-timeout": 408,
    "store-unreachable": 502,
    "invalid-knowledge": 500,
}
_DEFAULT_STATUS = 422
_BASE = "https://w3id.org/mtus-kb/problem/"


def problem(status: int, code: str, title: str, detail: str) -> Response:
    """Write a problem document."""
    body = json.dumps({"type": _BASE + code, "title": title, "status": status, "detail": detail})
    return Response(body, status, content_type="application/problem+json")


def invalid(error: ValidationError) -> Response:
    """Tell which parameter of the address is wrong."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"]) or "parameter"
    return problem(422, "invalid-parameter", "invalid parameter", f"`{name}`: {first['msg'].lower()}")


def register(app: Flask) -> None:
    """Answer every error as a problem; what is unexpected is logged without the request's content."""

    @app.errorhandler(KbError)
    def expected(error: KbError) -> Response:
        status = _STATUS.get(error.code, _DEFAULT_STATUS)
        return problem(status, error.code, error.code.replace("-", " "), str(error))

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        name = (error.name or "error").lower()
        found = problem(error.code or 500, name.replace(" ", "-"), name, error.description or name)
        found.headers.extend({k: v for k, v in error.get_headers() if k not in ("Content-Type", "Content-Length")})
        return found

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        app.logger.error("unexpected %s at %s %s", type(error).__name__, request.method, request.path)
        return problem(500, "internal-error", "internal error", "the service failed; the error was logged")
