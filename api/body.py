"""Read the lines of a body while it comes in."""

import io
from typing import IO

from werkzeug.exceptions import HTTPException

_AT_ONCE = 1024  # bytes; more would keep a client waiting that sends lines slowly


class Body(io.BufferedReader):
    """Give the lines of a body as far as it comes in whole; `broken` then says what is wrong with the rest."""

    def __init__(self, stream: IO[bytes]) -> None:
        """Begin to read."""
        super().__init__(stream, _AT_ONCE)  # type: ignore[arg-type]  # a stream that is read is enough
        self.broken: HTTPException | None = None

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read a line; nothing of one that breaks off."""
        if self.broken:
            return b""
        try:
            return super().readline(size)
        except HTTPException as error:
            self.broken = error
            return b""
