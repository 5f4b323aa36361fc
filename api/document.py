"""Serve an OpenAPI document that knows the schema of a case."""

from typing import Any

from flask_openapi3 import OpenAPI
from pydantic import BaseModel

from api.contract.cds import CdsCall, FeedbackBody
from api.contract.deciding import FORM, UPLOAD
from api.contract.shared import CaseBody
from api.keys import described

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}

_PAGES = ("/search",)  # people get a page of these, beside what the model says
_REF = "#/components/schemas/{model}"
_BODIES: dict[str, type[BaseModel]] = {"/cds-services/{name}": CdsCall, "/cds-services/{name}/feedback": FeedbackBody}


class Service(OpenAPI):
    """Complete the generated document: the case as JSON body, problem+json, and roles where keys are asked for."""

    locked = False

    @property
    def api_doc(self) -> dict[str, Any]:
        """Give the OpenAPI document."""
        document: dict[str, Any] = super().api_doc
        schema = CaseBody.model_json_schema()
        document["components"]["schemas"].update({**schema.pop("$defs"), "Case": schema})
        body = document["paths"]["/determinations"]["post"]["requestBody"]["content"]
        body["application/json"]["schema"] = {"$ref": "#/components/schemas/Case"}
        body[FORM]["schema"] = UPLOAD
        for path in _PAGES:
            document["paths"][path]["get"]["responses"]["200"]["content"]["text/html"] = {"schema": {"type": "string"}}
        for path in document["paths"].values():
            for operation in path.values():
                if "requestBody" in operation:
                    operation["requestBody"]["required"] = True
        for path, model in _BODIES.items():
            schema = model.model_json_schema(ref_template=_REF)
            document["components"]["schemas"].update({**schema.pop("$defs"), model.__name__: schema})
            content = document["paths"][path]["post"]["requestBody"]["content"]
            content["application/json"]["schema"] = {"$ref": _REF.format(model=model.__name__)}
        document["components"].pop("securitySchemes", None)  # there as null
        if self.locked:
            described(document, self)
        for path in document["paths"].values():
            for operation in path.values():
                for status, response in operation["responses"].items():
                    if status >= "400":
                        response["content"] = _PROBLEM
        return document
