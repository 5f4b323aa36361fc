"""Bound how many requests a client makes: whoever asks more often is told when to come back."""

import hashlib

from flask import Flask, request
from flask_limiter import Limiter
from limits import parse_many

from api.settings import Settings
from kb.errors import ParameterError

_OPEN = ("status.health", "status.ready")  # what watches the service may always ask
_HEADERS = {"LIMIT": "RateLimit-Limit", "REMAINING": "RateLimit-Remaining", "RESET": "RateLimit-Reset"}


def check_rate(rate: str) -> None:
    """Raise ParameterError for what is no rate."""
    try:
        parse_many(rate)
    except ValueError:
        raise ParameterError(f"`{rate}` is no rate of requests; write it as 600/minute") from None


def register(app: Flask, settings: Settings) -> None:
    """Count the requests of each key, or of each address where none is sent; each worker counts for itself.

    Raises ParameterError for what is no rate.
    """
    if settings.rate is None:
        return
    check_rate(settings.rate)
    app.config.update({f"RATELIMIT_HEADER_{name}": header for name, header in _HEADERS.items()})
    limiter = Limiter(_client, app=app, default_limits=[settings.rate], headers_enabled=True, storage_uri="memory://")
    for name in _OPEN:
        limiter.exempt(app.view_functions[name])


def _client() -> str:
    sent = request.headers.get("Authorization")
    return hashlib.sha256(sent.encode()).hexdigest() if sent else request.remote_addr or "unknown"
