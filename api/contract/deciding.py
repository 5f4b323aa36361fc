"""Describe what can be decided."""

from flask_openapi3 import RawModel


class LetterOrCase(RawModel):
    """A case as JSON, YAML or Turtle, or a letter as text or PDF."""

    mimetypes = ["application/json", "application/yaml", "text/turtle", "text/plain", "application/pdf"]  # noqa: RUF012
