"""Read what a client of CDS Hooks sends as JSON."""

import json
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from kb.errors import FhirError

_Text = Annotated[str, Meta(min_length=1, max_length=2000)]


class _Accepted(Struct):
    id: _Text


class _Override(Struct, omit_defaults=True):
    reason: dict[str, Any] | None = None
    userComment: str | None = None


class Feedback(Struct, omit_defaults=True):
    """Hold what became of a card."""

    card: _Text
    outcome: Literal["accepted", "overridden"]
    outcomeTimestamp: _Text
    acceptedSuggestions: list[_Accepted] = []
    overrideReason: _Override | None = None


class _Feedbacks(Struct):
    feedback: list[Feedback]


def read_call(data: bytes) -> Any:
    """Parse the body of a call.

    Raises FhirError when it is no JSON.
    """
    try:
        return json.loads(data)
    except RecursionError:
        raise FhirError("the body nests too deeply") from None
    except ValueError as error:
        raise FhirError(f"the body is no JSON ({' '.join(str(error).split())[:100]})") from None


def read_feedback(data: bytes) -> list[Feedback]:
    """Read what became of cards.

    Raises FhirError when it does not conform.

    >>> read_feedback(b'{"feedback": [{"card": "1", "outcome": "accepted", "outcomeTimestamp": "2026-01-31"}]}')
    Traceback (most recent call last):
        ...
    kb.errors.FhirError: an accepted card has no `acceptedSuggestions`; CDS Hooks requires them
    """
    try:
        found = msgspec.convert(read_call(data), _Feedbacks).feedback
    except msgspec.ValidationError as error:
        raise FhirError(f"the feedback does not conform: {error}") from None
    if any(one.outcome == "accepted" and not one.acceptedSuggestions for one in found):
        raise FhirError("an accepted card has no `acceptedSuggestions`; CDS Hooks requires them")
    return found
