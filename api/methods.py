"""Say which methods a path speaks: the route that shows pages takes every path, and hides that others are not there."""

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from api.served import served

ANY = "browse.named"
_SHOWN = {"GET", "HEAD"}


def spoken(path: str) -> list[str]:
    """List the methods that a path speaks; none where nothing is there."""
    routes = current_app.url_map.bind("")
    found = set(routes.allowed_methods(path))
    try:
        endpoint, values = routes.match(path, "GET")
    except HTTPException:
        return sorted(found)
    if endpoint == ANY and values["iri"] not in served().site.pages:
        found -= _SHOWN
    return sorted(found) if found != {"OPTIONS"} else []


def register(app: Flask) -> None:
    """Answer OPTIONS, and methods that a path does not speak."""

    @app.before_request
    def options() -> Response | None:
        if request.method != "OPTIONS":
            return None
        found = Response(status=204)
        found.allow.update(_there(request.path))
        return found

    @app.errorhandler(MethodNotAllowed)
    def unspoken(error: MethodNotAllowed) -> Response:
        try:
            error.valid_methods = _there(request.path)
        except NotFound as missing:
            return handled(missing)
        return handled(error)

    def handled(error: HTTPException) -> Response:
        handler = app.error_handler_spec[None][None][HTTPException]
        return app.make_response(app.ensure_sync(handler)(error))


def _there(path: str) -> list[str]:
    found = spoken(path)
    if not found:
        raise NotFound(f"nothing is at `{path}`; `/openapi.json` lists what there is")
    return found
