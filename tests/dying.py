"""Read files as a process of an ingest does, but end the process at one of them, as running out of memory would."""

import os
from pathlib import Path

from kb.archive import readers

DEADLY = "deadly.json"
_read = readers._read_group


def read(files: list[Path], version: str) -> list[readers.Read]:
    """Read files, or end."""
    if DEADLY in [file.name for file in files]:
        os._exit(9)
    return _read(files, version)
