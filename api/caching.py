"""Let clients keep what they were given, and ask whether it has changed (RFC 9110, conditional requests)."""

from flask import Flask, Response, request

_ASKING = ("GET", "HEAD")


def register(app: Flask) -> None:
    """Mark answers: what is asked for may be kept and is checked again each time, what is decided is never kept."""

    @app.after_request
    def mark(response: Response) -> Response:
        if request.method not in _ASKING:
            if request.method != "OPTIONS":
                response.headers.setdefault("Cache-Control", "no-store")
            return response
        response.vary.add("Accept")
        if response.status_code != 200 or response.cache_control.no_store:
            return response
        response.headers.setdefault("Cache-Control", "no-cache")
        if response.is_streamed:
            return response  # a file, which has its tag already
        response.add_etag()
        response.make_conditional(request)
        response.headers.pop("Date", None)  # the server gives one
        return response
