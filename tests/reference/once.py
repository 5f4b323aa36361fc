"""Remember answers: readings, numbers of units and lines of a case ask many questions again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Ask = TypeVar("Ask", bound=Callable[..., Any])


def once(ask: Ask) -> Ask:
    """Keep each answer on the first argument, a thing that does not change; the others are hashable."""
    kept = f"_once_{ask.__name__}"

    @wraps(ask)
    def asked(thing: Any, *question: Any) -> Any:
        answers = thing.__dict__.get(kept)
        if answers is None:
            answers = thing.__dict__[kept] = {}
        if question not in answers:
            answers[question] = ask(thing, *question)
        return answers[question]

    return asked  # type: ignore[return-value]
