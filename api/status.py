"""Tell how the service is."""

from flask import Response
from flask_openapi3 import APIBlueprint

from api.contract.shared import Problem
from api.contract.status import Health
from api.keys import role
from api.reply import json_reply
from api.served import served

routes = APIBlueprint("status", __name__)


@routes.get("/health", summary="How the service is", responses={200: Health, 406: Problem})
@role(None)
def health() -> Response:
    """Tell that the service answers, and from which knowledge."""
    knowledge = served().knowledge
    return json_reply(
        {"status": "ok", "knowledge": knowledge.version, "recommendations": len(knowledge.recommendations)}
    )
