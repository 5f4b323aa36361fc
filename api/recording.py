"""Count and log the determinations that are given, and erase from the log what is older than it may be kept."""

import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

from flask import Flask, current_app

from api import metrics
from api.served import served
from api.settings import Settings
from kb.answer.schema import keys_of
from kb.errors import KbError, ParameterError
from kb.knowledge.spelling import did_you_mean
from kb.log.decisions import DecisionLog, erase_older
from kb.log.record import ALL

Json = dict[str, Any]
_NAME = "mtus-log"
_HOUR = 3600


def register(app: Flask, settings: Settings) -> None:
    """Open the log.

    Raises LogError when it cannot be used.
    """
    if settings.log:
        app.extensions[_NAME] = DecisionLog(settings.log, settings.log_mask, settings.log_sync)


def check_mask(names: tuple[str, ...]) -> None:
    """Raise ParameterError for a name that nothing in an answer has: what was meant would be logged."""
    known = keys_of("answer")
    unknown = next((name for name in names if name not in known and name != ALL), None)
    if unknown:
        near = did_you_mean(unknown, known, "`mtus schema answer` has all")
        raise ParameterError(f"nothing in an answer is called `{unknown}`, so it cannot be masked{near}")


def writable(app: Flask) -> None:
    """See that determinations can be logged, where they are to be.

    Raises LogError when they cannot.
    """
    log: DecisionLog | None = app.extensions.get(_NAME)
    if log is not None:
        log.tried()


def recorded(answer: Json, name: str | None = None) -> str:
    """Name an answer, log it before it is given, and count it.

    Raises LogError when it cannot be logged: an answer that left no trace is not given.
    """
    name = name or str(uuid.uuid4())
    log: DecisionLog | None = current_app.extensions.get(_NAME)
    if log is not None:
        log.append(name, answer, served().knowledge.version)
    metrics.decided(current_app, answer)
    return name


def recorded_lines(decided: Iterator[tuple[Json, Json]], name: str) -> Iterator[Json]:
    """Log what was decided of a batch as it comes, each under the name of the batch and its number; give the answers.

    With each answer comes what is kept of it.
    """
    for number, (answer, kept) in enumerate(decided, 1):
        try:
            if "error" not in answer:
                recorded(kept, f"{name}-{number}")
        except KbError as error:
            answer = {"error": {"code": error.code, "message": str(error)}}
        yield answer


def keep_only(app: Flask, settings: Settings) -> None:
    """Erase, every hour beside the work, what has been in the log for longer than it may."""
    if settings.log and settings.log_days is not None:
        threading.Thread(target=_erase, args=(app, settings), daemon=True, name="retention").start()


def _erase(app: Flask, settings: Settings) -> None:
    while True:
        try:
            gone = erase_older(settings.log, settings.log_days) if settings.log and settings.log_days is not None else 0
            if gone:
                app.logger.warning("the content of %d records of the log is erased", gone)
        except (KbError, OSError) as error:
            app.logger.error("the log cannot be kept short: %s", error)
        time.sleep(_HOUR)
