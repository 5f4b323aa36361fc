"""Read files as a process of an ingest does, but end the process at one of them, as running out of memory would."""

import os
from pathlib import Path

from kb.archive import readers

DEADLY = "deadly.json"
_read = readers._read


def read(file: Path, version: str) -> readers.Read:
    """Read a file, or end."""
    if file.name == DEADLY:
        os._exit(9)
    return _read(file, version)
