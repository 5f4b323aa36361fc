"""Put the service together from settings and knowledge that are handed in."""

import atexit
import datetime as dt
import json
from typing import Any

from flask import Response, request
from flask_openapi3 import APIBlueprint, Info, OpenAPI
from werkzeug.exceptions import NotFound, UnsupportedMediaType

from api import browse, errors, pages
from api.accept import acceptable
from api.contract import (
    AnswerBody,
    CaseBody,
    Health,
    LetterOrCase,
    LookupBody,
    LookupQuery,
    NamePath,
    Problem,
    QuestionList,
    SparqlBody,
    SparqlQuery,
)
from api.settings import Settings
from kb.answer.lookup import lookup
from kb.ask.sandbox import FORMATS, Sandbox
from kb.ask.stored import ask, described
from kb.browse.site import Site
from kb.case.model import read_day
from kb.errors import QueryError
from kb.knowledge.base import Knowledge
from kb.store.disk import FollowingReader

_PROBLEM = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_ROWS = {"content": {name: {"schema": {"type": "string"}} for name in sorted(set(FORMATS.values()))}}
_ASKED = {"content": {"application/json": {"schema": {"type": "object"}}, "text/csv": {"schema": {"type": "string"}}}}
_NAMES = {
    "application/json": "case.json",
    "application/yaml": "case.yaml",
    "text/turtle": "case.ttl",
    "text/plain": "letter.txt",
    "application/pdf": "letter.pdf",
}
_SPARQL_TYPES = {**{media_type: name for name, media_type in FORMATS.items()}, "application/json": "json"}
_REFUSED: dict[str | int, Any] = {400: Problem, 406: Problem, 413: Problem, 415: Problem, 422: Problem}


class Service(OpenAPI):
    """Serve an OpenAPI document that knows the schema of a case."""

    @property
    def api_doc(self) -> dict[str, Any]:
        """Complete the generated document: the case as JSON body, errors as problem+json."""
        document: dict[str, Any] = super().api_doc
        schema = CaseBody.model_json_schema()
        document["components"]["schemas"].update({**schema.pop("$defs"), "Case": schema})
        body = document["paths"]["/determinations"]["post"]["requestBody"]["content"]
        body["application/json"]["schema"] = {"$ref": "#/components/schemas/Case"}
        for path in document["paths"].values():
            for operation in path.values():
                for status, response in operation["responses"].items():
                    if status >= "400":
                        response["content"] = _PROBLEM["content"]
        return document


def create_app(settings: Settings, knowledge: Knowledge) -> Service:
    """Create the service over a loaded knowledge base."""
    info = Info(title="MTUS guideline knowledge base", version="0.1.0")
    app = Service(
        __name__,
        info=info,
        validation_error_model=Problem,
        validation_error_callback=errors.invalid,
        doc_prefix="/docs",
        doc_url="/openapi.json",
    )
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body
    sandbox = Sandbox(settings.ontology, settings.query_seconds, settings.query_rows, settings.decisions)
    atexit.register(sandbox.close)
    decisions = FollowingReader(settings.decisions) if settings.decisions else None
    app.register_api(_guidance(knowledge, decisions))
    app.register_api(_sparql(sandbox))
    site = Site(knowledge)
    app.register_blueprint(pages.blueprint(site))
    app.register_api(browse.blueprint(site))
    app.add_url_rule("/openapi.json", "contract", lambda: app.api_doc)
    errors.register(app)
    app.after_request(_secure)
    return app


def _secure(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("X-Frame-Options", "DENY")
    return response


def _guidance(knowledge: Knowledge, decisions: FollowingReader | None) -> APIBlueprint:
    routes = APIBlueprint("guidance", __name__)
    answers: dict[Any, Any] = {200: _ASKED, 400: Problem, 404: Problem, 406: Problem, 422: Problem}

    @routes.get(
        "/lookup",
        summary="What the guidelines say of a service",
        responses={200: LookupBody, 406: Problem, 422: Problem},
    )
    def look_up(query: LookupQuery) -> Response:
        day = read_day(query.on) if query.on else dt.date.today()
        return _json(lookup(query.service, knowledge, day, query.condition), knowledge)

    @routes.post("/determinations", summary="Decide a case or a letter", responses={200: AnswerBody, **_REFUSED})
    def decide(raw: LetterOrCase) -> Response:
        return _json(_determination(knowledge), knowledge)

    @routes.get("/queries", summary="List the stored questions", responses={200: QuestionList, 406: Problem})
    def listed() -> Response:
        return _json({"queries": described()}, knowledge)

    @routes.get("/queries/<name>", summary="Ask a stored question", responses=answers)
    def stored(path: NamePath) -> Response:
        names = [question["name"] for question in described()]
        if path.name not in names:
            raise NotFound(f"unknown question `{path.name}`; there are {', '.join(names)}")
        wanted = acceptable(["application/json", "text/csv"])
        output = "csv" if wanted == "text/csv" else "json"
        found = ask(path.name, request.args.to_dict(), knowledge, output, decisions)
        return Response(found, content_type=wanted)

    @routes.get("/health", summary="How the service is", responses={200: Health, 406: Problem})
    def health() -> Response:
        found = {"status": "ok", "knowledge": knowledge.version, "recommendations": len(knowledge.recommendations)}
        return _json(found, knowledge)

    return routes


def _determination(knowledge: Knowledge) -> Any:
    from kb.review import review

    name = _NAMES.get(request.mimetype or "application/json")
    if name is None:
        raise UnsupportedMediaType(f"`{request.mimetype}` is not read; send one of {', '.join(_NAMES)}")
    return review(request.get_data(), name, knowledge)


def _json(value: Any, knowledge: Knowledge) -> Response:
    acceptable(["application/json"])
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")
    found = Response(body, content_type="application/json")
    found.headers["Knowledge-Version"] = knowledge.version
    return found


def _sparql(sandbox: Sandbox) -> APIBlueprint:
    routes = APIBlueprint("sparql", __name__)
    responses: dict[Any, Any] = {200: _ROWS, 400: Problem, 406: Problem, 422: Problem, 503: Problem}

    @routes.get("/sparql", summary="SPARQL 1.1 query", responses=responses)
    def by_address(query: SparqlQuery) -> Response:
        return _run(query.query, sandbox)

    @routes.post("/sparql", summary="SPARQL 1.1 query", responses={**responses, 413: Problem, 415: Problem})
    def by_body(raw: SparqlBody) -> Response:
        if request.mimetype == "application/sparql-query":
            return _run(_utf8(request.get_data()), sandbox)
        if request.mimetype and request.mimetype not in SparqlBody.mimetypes:
            raise UnsupportedMediaType(
                f"`{request.mimetype}` is not read; send one of {', '.join(SparqlBody.mimetypes)}"
            )
        if "query" not in request.form:
            raise QueryError("the form has no `query`; updates are refused")
        return _run(request.form["query"], sandbox)

    return routes


def _utf8(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise QueryError("the query is not UTF-8; encode it so") from None


def _run(query: str, sandbox: Sandbox) -> Response:
    result = sandbox.run(query, _SPARQL_TYPES[acceptable(list(_SPARQL_TYPES))])
    return Response(result.body, content_type=result.media_type)
