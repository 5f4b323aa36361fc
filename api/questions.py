"""Answer the stored questions: people with a page, programs with JSON or CSV."""

from typing import Any

from flask import Response, request
from flask_openapi3 import APIBlueprint
from werkzeug.exceptions import NotFound

from api.accept import acceptable
from api.browse import HTML, html
from api.contract.questions import FormatQuery, NamePath, QuestionList
from api.contract.shared import PageQuery, Problem
from api.errors import status_of
from api.paging import linked, page_of
from api.reply import json_reply
from api.served import served
from kb.ask.stored import Table, described
from kb.browse.questions import index_page, question_page
from kb.errors import KbError, ParameterError

routes = APIBlueprint("questions", __name__)
_PAGE = {"page", "per_page"}
_JSON, _CSV = "application/json", "text/csv"
_TEXT = {"schema": {"type": "string"}}
_ASKED = {"content": {_JSON: {"schema": {"type": "object"}}, _CSV: _TEXT, HTML: _TEXT}}
_REFUSED = {"description": "`invalid-query`: it is about decisions and none are kept, or it finds too many rows"}
_MALFORMED = {
    "description": "`invalid-parameter`: a parameter is unknown to the question, malformed or given twice;"
    " `unknown-concept`: it is no concept of the ontology"
}
_ANSWERS: dict[Any, Any] = {200: _ASKED, 400: _REFUSED, 404: Problem, 406: Problem, 422: _MALFORMED, 503: Problem}


@routes.get("/queries", summary="List the stored questions", responses={200: QuestionList, 406: Problem})
def listed() -> Response:
    """List the stored questions."""
    if acceptable([_JSON, HTML]) == HTML:
        return html(index_page(served().decisions is not None))
    return json_reply({"queries": described()})


@routes.get("/queries/<name>", summary="Ask a stored question", responses=_ANSWERS)
def stored(path: NamePath, query: FormatQuery) -> Response:
    """Ask a stored question."""
    names = [question["name"] for question in described()]
    if path.name not in names:
        raise NotFound(f"unknown question `{path.name}`; there are {', '.join(names)}")
    values = _values()
    kind = {"json": _JSON, "csv": _CSV}.get(query.format or "") or acceptable([_JSON, _CSV, HTML])
    if kind == HTML:
        return _page(path.name, values)
    table, wanted = served().ask(path.name, values), PageQuery(**query.model_dump(include={*_PAGE}, exclude_none=True))
    some = Table(table.columns, list(page_of(table.rows, wanted))) if query.model_fields_set & _PAGE else table
    found = _versioned(some.as_csv() if kind == _CSV else some.as_json(), kind)
    return found if some is table else linked(found, len(table.rows), wanted)


def _values() -> dict[str, str]:
    """Read the parameters of the question: all that the address says, but format and page."""
    given = request.args.to_dict(flat=False)
    for name in ("format", *_PAGE):
        given.pop(name, None)
    for name, values in given.items():
        if len(values) > 1:
            raise ParameterError(f"parameter `{name}` is given {len(values)} times; give it once")
    return {name: values[0] for name, values in given.items()}


def _page(name: str, values: dict[str, str]) -> Response:
    try:
        return html(question_page(name, values, served().ask(name, values), None))
    except KbError as error:
        return html(question_page(name, values, None, str(error)), status_of(error))


def _versioned(body: str, kind: str) -> Response:
    found = Response(body, content_type=f"{kind}; charset=utf-8" if kind == _CSV else kind)
    found.vary.add("Accept")
    found.headers["Knowledge-Version"] = served().knowledge.version
    return found
