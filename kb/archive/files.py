"""Find the files that are meant: files, folders with all below them, and patterns such as `2016/*.pdf`."""

import glob
import hashlib
from collections.abc import Iterable
from pathlib import Path

from kb.case.plain import SUFFIXES

READ = (".pdf", ".txt", *SUFFIXES)


def find_files(names: Iterable[str]) -> list[Path]:
    """List each file once, in the order named, those of a folder or pattern by name; a missing one is listed too.

    In a folder only files count that by their suffix may be letters or cases.
    """
    found: dict[Path, None] = {}
    for name in names:
        path = Path(name)
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.suffix.lower() in READ and file.is_file())
            found.update(dict.fromkeys(inside))
        elif glob.has_magic(name) and not path.exists():
            found.update(dict.fromkeys(find_files(sorted(glob.glob(name, recursive=True))) or [path]))
        else:
            found[path] = None
    return list(found)


def hash_of(file: Path) -> str | None:
    """Hash the bytes of a file, whatever its size; None where it cannot be read."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return None
