"""Describe what can be decided."""

from typing import Any

from flask_openapi3 import RawModel

FORM = "multipart/form-data"
NDJSON = "application/x-ndjson"
LINES: dict[str, Any] = {"content": {NDJSON: {"schema": {"type": "string"}}}}
UPLOAD: dict[str, Any] = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "format": "binary", "description": "a letter or a case"}},
}


class LetterOrCase(RawModel):
    """A case as JSON, YAML or Turtle, or a letter as text or PDF; alone or as the part `file` of a form."""

    mimetypes = [  # noqa: RUF012
        "application/json",
        "application/yaml",
        "text/turtle",
        "text/plain",
        "application/pdf",
        FORM,
    ]


class CaseLines(RawModel):
    """Cases as JSON, one a line."""

    mimetypes = [NDJSON]  # noqa: RUF012
