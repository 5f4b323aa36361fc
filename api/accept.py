"""Choose what to answer with from what the client accepts."""

from flask import request
from werkzeug.exceptions import NotAcceptable


def acceptable(media_types: list[str]) -> str:
    """Choose the media type that the client likes best; the first where it does not say.

    Raises NotAcceptable when it accepts none of them.
    """
    accepted = request.accept_mimetypes
    found = accepted.best_match(media_types) if accepted.provided else media_types[0]
    if found is None:
        raise NotAcceptable(f"`{accepted}` cannot be given here; accept one of {', '.join(media_types)}")
    return found
