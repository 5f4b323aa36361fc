"""Serve the knowledge base over HTTP: read the request, make one call, answer."""

from api.app import create_app
from api.settings import Settings

__all__ = ["Settings", "create_app"]
