"""Let scripts of pages at other origins call the service."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Flask
from flask_cors import CORS

from kb.errors import ParameterError

_METHODS = ("GET", "HEAD", "POST", "OPTIONS")
_EXPOSED = ("Determination-Id", "ETag", "Knowledge-Version", "Link")  # what a script of another origin may read


def check_origins(origins: Iterable[str]) -> None:
    """Raise ParameterError for what no browser sends as an origin."""
    for origin in origins:
        if not _is_origin(origin):
            raise ParameterError(f"`{origin}` is no origin; write it as https://app.example or http://localhost:3000")


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        named = bool(parts.scheme and parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return named and text == f"{parts.scheme}://{parts.netloc}" and not set(text) & set("@*[]() \\")


def register(app: Flask, origins: Iterable[str]) -> None:
    """Say with each answer that scripts of some origins may read it."""
    CORS(app, origins=list(origins), methods=list(_METHODS), expose_headers=list(_EXPOSED), max_age=3600)
