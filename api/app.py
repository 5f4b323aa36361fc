"""Put the service together from settings and knowledge that are handed in: a module for each group of routes."""

from flask_openapi3 import Info

from api import (
    browse,
    caching,
    cds,
    curating,
    deciding,
    errors,
    guidance,
    headers,
    keys,
    limits,
    methods,
    metrics,
    origins,
    pages,
    questions,
    readiness,
    recording,
    sparql,
    status,
    turns,
)
from api.contract.shared import Problem
from api.document import Service
from api.reload import Reloader
from api.served import Served, serve
from api.settings import Settings
from kb.knowledge.base import Knowledge

_GROUPS = (
    guidance.routes,
    deciding.routes,
    questions.routes,
    sparql.routes,
    cds.routes,
    status.routes,
    curating.routes,
    browse.routes,  # the last: it takes every path that is left
)


def create_app(settings: Settings, knowledge: Knowledge) -> Service:
    """Create the service over a loaded knowledge base."""
    app = Service(
        __name__,
        info=Info(title="MTUS guideline knowledge base", version="0.1.0"),
        validation_error_model=Problem,
        validation_error_callback=errors.invalid,
        doc_prefix="/docs",
        doc_url="/openapi.json",
    )
    app.config["SWAGGER_CONFIG"] = {"validatorUrl": None}  # else its page asks a server elsewhere
    app.config["MAX_CONTENT_LENGTH"], app.config["MAX_BATCH"] = settings.max_body, settings.max_batch
    serve(app, Served.of(settings, knowledge))
    app.register_blueprint(pages.routes)
    for routes in _GROUPS:
        app.register_api(routes)
    app.locked = settings.keys is not None
    app.add_url_rule("/openapi.json", "contract", lambda: app.api_doc)
    errors.register(app)
    if settings.keys:
        keys.register(app, settings.keys)
        Reloader(app, settings)
    metrics.register(app)
    recording.register(app, settings)
    readiness.register(app)
    limits.register(app, settings)
    turns.register(app)
    methods.register(app)
    caching.register(app)
    if settings.origins:
        origins.register(app, settings.origins)
    headers.register(app, settings)
    return app
