"""Look again and again whether the service can answer, as often as is worth it."""

import threading
import time

from flask import Flask

from api.recording import writable
from api.served import serving
from kb.errors import KbError

_EVERY = 1.0  # seconds
_NAME = "mtus-readiness"


class Readiness:
    """Remember what was found for a second: whoever watches may ask as often as he likes."""

    def __init__(self) -> None:
        """Begin with nothing found."""
        self._looking, self._next = threading.Lock(), 0.0
        self._trouble: str | None = None

    def trouble(self, app: Flask) -> str | None:
        """Say what cannot be done; None where all can. Whoever asks meanwhile gets what was found before."""
        if time.monotonic() >= self._next and self._looking.acquire(blocking=False):
            try:
                self._trouble = _look(app)
            finally:
                self._next = time.monotonic() + _EVERY
                self._looking.release()
        return self._trouble


def _look(app: Flask) -> str | None:
    try:
        serving(app).tried()
        writable(app)
    except KbError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  whatever fails, it cannot answer
        return f"the program failed ({type(error).__name__})"
    return None


def register(app: Flask) -> None:
    """Begin to look."""
    app.extensions[_NAME] = Readiness()


def checked(app: Flask) -> str | None:
    """Say what the service cannot do; None where it can all."""
    found: Readiness = app.extensions[_NAME]
    return found.trouble(app)
