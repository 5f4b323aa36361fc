"""Describe what can be decided."""

import json
from typing import Any, Literal

from flask_openapi3 import RawModel
from pydantic import ConfigDict, Field

from api.contract.shared import Described, Parameters
from kb.answer import schema as kb_schema

FORM = "multipart/form-data"
NDJSON = "application/x-ndjson"
_CITED = {
    "guideline": "MTUS Chronic Pain Medical Treatment Guidelines",
    "edition": "2009",
    "section": "Massage therapy",
    "pages": "60",
    "verification": "attested",
}
_VERDICT = {
    "line": 1,
    "service": "massage_therapy",
    "verdict": "not_supported",
    "imr": "upheld",
    "amount": 0,
    "because": ["mtus-chronic-pain-2009/massage_therapy#visit_limit"],
    "missing": [{"id": "mtus-chronic-pain-2009/massage_therapy#adjunct_to_active_treatment", "decisive": False}],
    "citations": [_CITED],
    "error": None,
}
_EXAMPLE = (
    {"case": "CM13-0050377", "requests": [_VERDICT]},
    {"line": 2, "error": {"code": "invalid-case", "message": "the case has no requests; name at least one service"}},
)
_EACH = [{"$ref": f"#/components/schemas/{name}"} for name in ("Answer", "Verdicts", "LineError")]
LINES: dict[str, Any] = {
    "description": "A line for each line that is not empty, in order. Verdicts come by portions: after 1,000 lines, "
    "4 MB or the end. Where the body breaks off or is too large, the last line is an error without a number.",
    "content": {
        NDJSON: {
            "schema": {"type": "string"},
            "example": "".join(json.dumps(line) + "\n" for line in _EXAMPLE),
            "x-itemSchema": {"anyOf": _EACH},
        }
    },
}
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


class LinesQuery(Parameters):
    """How each case is answered."""

    model_config = ConfigDict(extra="forbid")

    view: Literal["verdicts"] | None = Field(
        None, description="verdicts, criteria and citations alone, decided many at once; the whole explanation else"
    )


class VerdictsBody(Described):
    """How the lines of a case were decided, without the explanation."""

    root = kb_schema.Verdicts


class LineErrorBody(Described):
    """A line that could not be decided."""

    root = kb_schema.LineError
