"""Answer with JSON that says from which knowledge it is."""

import json
from typing import Any

from flask import Response

from api.accept import acceptable
from api.served import served


def json_reply(value: Any) -> Response:
    """Answer with a value as JSON.

    Raises NotAcceptable when the client does not accept JSON.
    """
    acceptable(["application/json"])
    found = Response(written(value), content_type="application/json")
    found.headers["Knowledge-Version"] = served().knowledge.version
    return found


def written(value: Any) -> bytes:
    """Write a value as JSON on one line; half a surrogate pair stays as it was escaped."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")
