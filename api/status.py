"""Tell how the service is."""

from typing import Any

from flask import Response, current_app
from flask_openapi3 import APIBlueprint
from werkzeug.exceptions import ServiceUnavailable

from api import metrics
from api.contract.shared import Problem
from api.contract.status import Health, Ready
from api.keys import role
from api.readiness import checked
from api.reply import json_reply
from api.served import is_warm, served

routes = APIBlueprint("status", __name__)
_METRICS: dict[Any, Any] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


@routes.get("/ready", summary="Whether the service answers", responses={200: Ready, 406: Problem, 503: Problem})
@role(None)
def ready() -> Response:
    """Tell whether requests are answered: a case can be decided and logged, and a worker for queries runs."""
    if not is_warm(current_app):
        raise ServiceUnavailable("the service is not warm yet; ask again in a few seconds")
    if (trouble := checked(current_app)) is not None:
        raise ServiceUnavailable(f"the service cannot answer all that it should: {trouble}")
    return json_reply({"status": "ready", "knowledge": served().knowledge.version})


@routes.get("/metrics", summary="What Prometheus reads", responses=_METRICS)
@role("read")
def counted() -> Response:
    """Write how many requests of each route were answered, and how fast."""
    return metrics.written(current_app)


@routes.get("/health", summary="How the service is", responses={200: Health, 406: Problem})
@role(None)
def health() -> Response:
    """Tell that the service answers, and from which knowledge."""
    knowledge = served().knowledge
    return json_reply(
        {"status": "ok", "knowledge": knowledge.version, "recommendations": len(knowledge.recommendations)}
    )
