"""Speak the SPARQL 1.1 Protocol."""

from typing import Any

from flask import Response, request
from flask_openapi3 import APIBlueprint
from werkzeug.exceptions import UnsupportedMediaType

from api.accept import acceptable
from api.contract.shared import Problem
from api.contract.sparql import SparqlBody, SparqlQuery
from api.served import served
from kb.ask.sandbox import FORMATS
from kb.errors import QueryError

routes = APIBlueprint("sparql", __name__)
_ROWS = {"content": {name: {"schema": {"type": "string"}} for name in sorted(set(FORMATS.values()))}}
_TYPES = {**{media_type: name for name, media_type in FORMATS.items()}, "application/json": "json"}
_RESPONSES: dict[Any, Any] = {200: _ROWS, 400: Problem, 406: Problem, 422: Problem, 503: Problem}


@routes.get("/sparql", summary="SPARQL 1.1 query", responses=_RESPONSES)
def by_address(query: SparqlQuery) -> Response:
    """Run the query in the address."""
    return _run(query.query)


@routes.post("/sparql", summary="SPARQL 1.1 query", responses={**_RESPONSES, 413: Problem, 415: Problem})
def by_body(raw: SparqlBody) -> Response:
    """Run the query in the body."""
    if request.mimetype == "application/sparql-query":
        return _run(_utf8(request.get_data()))
    if request.mimetype and request.mimetype not in SparqlBody.mimetypes:
        raise UnsupportedMediaType(f"`{request.mimetype}` is not read; send one of {', '.join(SparqlBody.mimetypes)}")
    if "query" not in request.form:
        raise QueryError("the form has no `query`; updates are refused")
    return _run(request.form["query"])


def _utf8(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise QueryError("the query is not UTF-8; encode it so") from None


def _run(query: str) -> Response:
    result = served().sandbox.run(query, _TYPES[acceptable(list(_TYPES))])
    return Response(result.body, content_type=result.media_type)
