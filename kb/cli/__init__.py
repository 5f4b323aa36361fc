"""Offer everything on the command line: one module for each group of commands."""

import io
import sys

from kb.cli import asking, batching, curating, deciding, keeping, keying, recording, serving
from kb.cli.app import USAGE, app
from kb.errors import KbError

__all__ = ["app", "asking", "batching", "curating", "deciding", "keeping", "keying", "main", "recording", "serving"]


def main() -> None:
    """Run the command line; an expected error is one sentence and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # half a surrogate pair from JSON can be no UTF-8
    try:
        app()
    except KbError as error:
        print(f"mtus: {error}", file=sys.stderr)
        sys.exit(USAGE)
