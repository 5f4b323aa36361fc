"""Let those who curate the knowledge take it into service."""

from typing import Any

from flask import Response, current_app
from flask_openapi3 import APIBlueprint
from werkzeug.exceptions import NotFound

from api.contract.shared import Problem
from api.contract.status import Reloaded
from api.errors import problem
from api.keys import locked, role
from api.reload import reloader
from api.reply import written
from api.served import serving
from kb.errors import KbError

routes = APIBlueprint("curating", __name__)
_ANSWERS: dict[Any, Any] = {200: Reloaded, 404: Problem, 409: Problem}


@routes.post("/reload", summary="Take changed knowledge into service (where keys are asked for)", responses=_ANSWERS)
@role("curate")
def reload() -> Response:
    """Load the ontology folder anew and serve it; where it cannot be used, say why and serve on what was served."""
    if not locked(current_app):
        raise NotFound("without keys nobody may reload over the network; send SIGHUP, or serve with `--keys`")
    try:
        changed = reloader(current_app).take()
    except KbError as error:
        return problem(409, error.code, "changed knowledge is refused", str(error))
    version = serving(current_app).knowledge.version
    found = Response(written({"knowledge": version, "changed": changed}), content_type="application/json")
    found.headers["Knowledge-Version"] = version
    return found
