"""Seal a record of the decision log, and tell whether one is whole.

The seal covers when, which, by what knowledge, a digest of the content and the seal before. The digest is of the
content behind random salt, which goes when the content is erased: then nobody can guess what was decided, and the
chain still holds.
"""

import hashlib
import json
import secrets
from collections.abc import Collection
from typing import Any

Json = dict[str, Any]
FIRST = "0" * 64
ALL = "all"
MASKED = ("number", "text", "published", "error", "corrected", "removed")
_SEALED = ("time", "id", "knowledge", "digest", "previous")
_BEGINS = b'{"time":'
_KEYS = {*_SEALED, "seal", "salt", "content"}


def masked(value: Any, names: Collection[str]) -> Any:
    """Leave out what stands under some names, at any depth.

    >>> masked({"case": {"number": "CM1", "age": 60}, "text": "word for word"}, ["number", "text"])
    {'case': {'age': 60}}
    """
    if isinstance(value, dict):
        return {key: masked(inner, names) for key, inner in value.items() if key not in names}
    return [masked(inner, names) for inner in value] if isinstance(value, list) else value


def sealed(time: str, name: str, knowledge: str, content: Json, previous: str, keep: bool = True) -> Json:
    """Make a record; without `keep` only the digest of its content stays."""
    salt = secrets.token_hex(16)
    record = {"time": time, "id": name, "knowledge": knowledge, "digest": _digest(salt, content), "previous": previous}
    return {**record, "seal": _seal(record), **({"salt": salt, "content": content} if keep else _NOTHING)}


_NOTHING: Json = {"salt": None, "content": None}


def erased(record: Json, time: str) -> Json:
    """Take the content out of a record and leave its seal."""
    return {**record, **_NOTHING, "erased": time}


def written(record: Json) -> bytes:
    """Write a record as one line."""
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def begins(line: bytes) -> bool:
    """Tell whether a line, whole, damaged or cut off, begins as records do."""
    return line.startswith(_BEGINS) or _BEGINS.startswith(line)


def read(line: bytes) -> Json | None:
    """Read a line; None where it is no record."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and _KEYS.issubset(found) else None


def fault(record: Json, previous: str) -> str | None:
    """Tell what is wrong with a record that follows a seal, if anything is.

    >>> one = sealed("2026-01-01T00:00:00+00:00", "a", "v", {"verdict": "supported"}, FIRST)
    >>> fault(one, FIRST), fault(erased(one, "2026-02-01T00:00:00+00:00"), FIRST)
    (None, None)
    >>> fault({**one, "content": {"verdict": "not_supported"}}, FIRST)
    'its content is not what was logged'
    """
    if record["previous"] != previous:
        return "it does not follow the record before: one is missing, or out of its place"
    if record["seal"] != _seal(record):
        return "its seal is broken"
    if record["content"] is not None and record["digest"] != _digest(record["salt"], record["content"]):
        return "its content is not what was logged"
    return None


def _seal(record: Json) -> str:
    return hashlib.sha256(_canonical([record[key] for key in _SEALED])).hexdigest()


def _digest(salt: str, content: Json) -> str:
    return hashlib.sha256(str(salt).encode() + _canonical(content)).hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
