"""Speak the SPARQL 1.1 Protocol: queries only."""

from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Response, request, url_for
from flask_openapi3 import APIBlueprint
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import UnsupportedMediaType

from api.accept import acceptable
from api.browse import HTML, html
from api.contract.shared import Problem
from api.contract.sparql import SparqlBody, SparqlQuery, SparqlTarget
from api.keys import role
from api.served import served
from kb.ask.description import description
from kb.ask.formats import ALSO, ROWS, TRIPLES, Wanted
from kb.browse.editor import editor_built, editor_page, first_example
from kb.errors import KbError, QueryError
from kb.store.results import Graphs

routes = APIBlueprint("sparql", __name__)
_FORM, _DIRECT, _UPDATE = "application/x-www-form-urlencoded", "application/sparql-query", "application/sparql-update"
_ROWS, _TRIPLES = [*ROWS.values(), *ALSO], [*TRIPLES.values(), *ALSO]
_TEXT = {"schema": {"type": "string"}}
_JSON = {"schema": {"anyOf": [{"type": "object"}, {"type": "array"}]}}
_FOUND = {"content": {name: _JSON if "json" in name else _TEXT for name in dict.fromkeys(_ROWS + _TRIPLES)}}
_SHOWN = {"content": {**_FOUND["content"], HTML: _TEXT}}
_RESPONSES: dict[Any, Any] = {200: _FOUND, 400: Problem, 406: Problem, 422: Problem, 503: Problem}
_EDITOR_STYLE = "style-src 'self' 'unsafe-inline'"
_REFUSED = "updates are refused; guidelines are changed in their files, decisions with `mtus ingest`"


@routes.get(
    "/sparql", summary="SPARQL 1.1 query, or the description of the service", responses={**_RESPONSES, 200: _SHOWN}
)
def by_address(query: SparqlQuery) -> Response:
    """Run the query in the address; without one, describe the service."""
    _utf8(unquote_to_bytes(request.query_string))
    if query.format is None and _for_people():
        return _page(query.view == "plain")
    if "query" not in request.args and "update" not in request.args:
        return _described(query.format)
    return _answer(_one(request.args), _graphs(request.args))


@routes.post("/sparql", summary="SPARQL 1.1 query", responses={**_RESPONSES, 413: Problem, 415: Problem})
@role("read")
def by_body(query: SparqlTarget, raw: SparqlBody) -> Response:
    """Run the query in the body."""
    _utf8(unquote_to_bytes(request.query_string))
    if request.mimetype == _UPDATE:
        raise QueryError(_REFUSED)
    if request.mimetype not in SparqlBody.mimetypes:
        said = f"`{request.mimetype}` is not read" if request.mimetype else "the content has no type"
        raise UnsupportedMediaType(f"{said}; send one of {', '.join(SparqlBody.mimetypes)}")
    if request.mimetype_params.get("charset", "utf-8").lower() != "utf-8":
        raise QueryError("a query is sent in UTF-8")
    body = request.get_data()
    if request.mimetype == _DIRECT:
        given = MultiDict([*request.args.items(multi=True), ("query", _utf8(body))])
    else:
        _utf8(unquote_to_bytes(body))
        given = MultiDict([*request.args.items(multi=True), *request.form.items(multi=True)])
    return _answer(_one(given), _graphs(given))


@routes.get("/.well-known/void", summary="Lead to the description of the dataset", responses={303: None})
def void() -> Response:
    """Lead to the description of the dataset."""
    return Response(status=303, headers={"Location": url_for("sparql.by_address")})


def _utf8(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise QueryError("the query is not UTF-8; encode it so") from None


def _one(given: MultiDict[str, str]) -> str:
    """Read the one query that a request must bring."""
    queries = given.getlist("query")
    if "update" in given:
        raise QueryError(_REFUSED)
    if len(queries) != 1:
        said = f"the request has {len(queries)} queries" if queries else "the request has no `query`"
        raise QueryError(f"{said}; send one")
    return queries[0]


def _graphs(given: MultiDict[str, str]) -> Graphs | None:
    found = Graphs(tuple(given.getlist("default-graph-uri")), tuple(given.getlist("named-graph-uri")))
    return found if found.default or found.named else None


def _wanted(given: MultiDict[str, str]) -> Wanted:
    """Choose a format for rows, and one for triples: only the query tells which of them it finds."""
    if "format" in given:
        return Wanted.called(given["format"])
    acceptable(_ROWS + _TRIPLES)
    accepted = request.accept_mimetypes
    if not accepted.provided:
        return Wanted(_ROWS[0], _TRIPLES[0])
    return Wanted(accepted.best_match(_ROWS), accepted.best_match(_TRIPLES))


def _answer(query: str, graphs: Graphs | None) -> Response:
    found = served().sandbox.run(query, _wanted(request.args), graphs)
    return _versioned(found.body, found.media_type)


def _for_people() -> bool:
    """Tell a browser, which likes HTML best, from a program."""
    accepted = request.accept_mimetypes
    return bool(accepted.provided) and accepted.best_match([*_ROWS, *_TRIPLES, HTML]) == HTML


def _page(plain: bool) -> Response:
    """Show the editor; without a script, or with a plain field, with what the query found."""
    text, result, error = request.args.get("query", ""), None, None
    plain = plain or not editor_built()
    try:
        if text and plain:
            result = served().sandbox.run(_one(request.args), "json", _graphs(request.args))
    except KbError as trouble:
        error = str(trouble)
    page = editor_page(text or first_example(), result, error, plain)
    found = html(page, 422 if error else 200, decisions=served().decisions is not None)
    if not plain:  # the editor brings one style of its own
        policy = found.headers["Content-Security-Policy"]
        found.headers["Content-Security-Policy"] = policy.replace("style-src 'self'", _EDITOR_STYLE)
    return found


def _described(name: str | None) -> Response:
    kind = Wanted.called(name).triples if name else acceptable(_TRIPLES[: len(TRIPLES)])
    here = url_for("sparql.by_address", _external=True)
    return _versioned(description(here, served().knowledge.version, served().sandbox, str(kind)), str(kind))


def _versioned(body: str, kind: str) -> Response:
    found = Response(body, content_type=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
    found.vary.add("Accept")
    found.headers["Knowledge-Version"] = served().knowledge.version
    return found
