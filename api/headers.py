"""Tell browsers with every answer what they may do with it: as little as it needs."""

from flask import Flask, Response

from api.settings import Settings

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",  # scripts of a named origin ask with CORS, which this does not touch
}
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"


def register(app: Flask, settings: Settings) -> None:
    """Add the headers to every answer; a page has its own policy, data may act in no way."""

    @app.after_request
    def secure(response: Response) -> Response:
        for name, value in _ALWAYS.items():
            response.headers.setdefault(name, value)
        if response.mimetype != "text/html" or not response.content_length:
            response.headers.setdefault("Content-Security-Policy", _DATA_POLICY)
        if settings.hsts is not None:
            response.headers["Strict-Transport-Security"] = f"max-age={settings.hsts}"
        return response
