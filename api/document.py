"""Serve an OpenAPI document that knows the schema of a case."""

from collections.abc import Iterator
from copy import deepcopy
from functools import cached_property
from typing import Any

from flask_openapi3 import OpenAPI
from pydantic import BaseModel

from api.contract.cds import CdsCall, FeedbackBody
from api.contract.deciding import FORM, UPLOAD, LineErrorBody, VerdictsBody
from api.contract.questions import own_parameters
from api.contract.shared import CaseBody
from api.keys import described

Json = dict[str, Any]
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_NOT_CHANGED = {"description": "It is as `If-None-Match` says"}
_TEXT = {"type": "string"}
_PAGES = ("/search", "/queries", "/guidelines", "/concepts")  # people get a page of these, beside what the model says
_DECIDING = ("/determinations", "/determinations/batch")
_HOOK = "/cds-services/{name}"
_QUESTION = "/queries/{name}"
_HEADERS = {
    name: {"description": said, "required": True, "schema": {"type": "string", "minLength": 1}}
    for name, said in (
        ("Knowledge-Version", "hash of the knowledge that decided"),
        ("Determination-Id", "a random UUID, new with every answer"),
    )
}
_REF = "#/components/schemas/{model}"
_BODIES: dict[str, type[BaseModel]] = {_HOOK: CdsCall, "/cds-services/{name}/feedback": FeedbackBody}


class Service(OpenAPI):
    """Complete the generated document: the case as JSON body, problem+json, and roles where keys are asked for."""

    locked = False

    @property
    def api_doc(self) -> Json:
        """Give the OpenAPI document."""
        return self._document

    @cached_property
    def _document(self) -> Json:
        document: Json = deepcopy(super().api_doc)
        document["components"].pop("securitySchemes", None)  # there as null
        _add_bodies(document)
        document["paths"][_QUESTION]["get"]["parameters"] += own_parameters()
        if self.locked:
            described(document, self)
        for method, operation in _operations(document):
            _complete(method, operation)
        for path in _PAGES:
            document["paths"][path]["get"]["responses"]["200"]["content"]["text/html"] = {"schema": _TEXT}
        for path in _DECIDING:
            document["paths"][path]["post"]["responses"]["200"]["headers"] = _HEADERS
        document["paths"][_HOOK]["post"]["responses"]["200"]["headers"] = {
            **_HEADERS,
            "Determination-Id": {**_HEADERS["Determination-Id"], "required": False},  # there may be nothing to decide
        }
        return document


def _operations(document: Json) -> Iterator[tuple[str, Json]]:
    return ((method, operation) for path in document["paths"].values() for method, operation in path.items())


def _add_bodies(document: Json) -> None:
    """Say what is read as JSON where the generator knows only that it is."""
    paths, schemas = document["paths"], document["components"]["schemas"]
    schema = CaseBody.model_json_schema()
    schemas.update({**schema.pop("$defs"), "Case": schema})
    for line in (VerdictsBody, LineErrorBody):
        schema = line.model_json_schema()
        schemas.update({**schema.pop("$defs"), line.root.__name__: schema})
    body = paths["/determinations"]["post"]["requestBody"]["content"]
    body["application/json"]["schema"] = {"$ref": _REF.format(model="Case")}
    body[FORM]["schema"] = UPLOAD
    for path, model in _BODIES.items():
        schema = model.model_json_schema(ref_template=_REF)
        schemas.update({**schema.pop("$defs"), model.__name__: schema})
        content = paths[path]["post"]["requestBody"]["content"]
        content["application/json"]["schema"] = {"$ref": _REF.format(model=model.__name__)}


def _complete(method: str, operation: Json) -> None:
    responses = operation["responses"]
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
    if method == "get" and "200" in responses:
        responses["304"] = _NOT_CHANGED
    for status, response in responses.items():
        for kind, content in response.get("content", {}).items():
            if kind.endswith("json") and content["schema"] == _TEXT:
                content["schema"] = {}  # its own standard says what stands in it
        if status >= "400":
            response["content"] = _PROBLEM
