"""Word what is wrong with a case: the user's value, where it stands, what would be right."""

import difflib
import math
import re
import typing
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import FieldInfo

Structs = dict[str, tuple[type[Struct], ...]]

_KINDS = {
    "float": "a number",
    "int": "a whole number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "a mapping of keys to values",
    "date": "a day as 2013-10-18",
    "null": "left out",
}
_BOUNDS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}
_SEE = "see `mtus schema case`"


def worded(message: str, data: Any, structs: Structs) -> str:
    """Word an error of msgspec about a value of a case.

    `structs` maps the key of a list, or "" for the case, to what it may hold.
    """
    text, _, where = message.partition(" - at ")
    where = where.strip("`").removeprefix("$").removeprefix(".")
    at = f" at `{where}`" if where else ""
    unknown = re.match(r"Object contains unknown field `(.*)`$", text, re.S)
    if unknown:
        return _unknown_key(unknown[1], where, data, structs)
    missing = re.match(r"Object missing required field `(.*)`$", text)
    if missing:
        return f"`{where}` has no `{missing[1]}`; name one"
    said = f"`{_short(_value_at(data, where))}`{at}".replace("``", "an empty text")
    if "date" in text:
        return f"{said} is no day of the calendar; write it as 2013-10-18"
    if text.startswith(("Invalid enum", "Invalid value")):
        return f"{said} must be one of {', '.join(_choices(where, data, structs))}"
    if "out of range" in text.lower():
        return f"{said} is too large a number"
    return f"{said} must be {_expected(text)}; {_SEE}"


def _unknown_key(key: str, where: str, data: Any, structs: Structs) -> str:
    names = list(dict.fromkeys(info.encode_name for info in _keys(where, data, structs)))
    near = difflib.get_close_matches(key, names, 1, 0.5)
    hint = f"did you mean `{near[0]}`?" if near else f"known keys are {', '.join(names)}"
    return f"unknown key `{_short(key)}`{f' at {where}' if where else ''}; {hint}"


def _structs_at(where: str, data: Any, structs: Structs) -> tuple[type[Struct], ...]:
    """Name what may stand at a place; where what stands there tells its kind, what is of that kind."""
    path = re.sub(r"\[\d+\]", "[]", where)
    words = [path, *reversed(re.findall(r"[a-z_]+", where))]
    found = next((structs[word] for word in words if word in structs), structs[""])
    stands = _value_at(data, where)
    told = stands.get("kind") if isinstance(stands, dict) else None
    return tuple(struct for struct in found if struct.__struct_config__.tag == told) or found


def _keys(where: str, data: Any, structs: Structs) -> list[FieldInfo]:
    return [info for struct in _structs_at(where, data, structs) for info in msgspec.structs.fields(struct)]


def _choices(where: str, data: Any, structs: Structs) -> list[str]:
    parent, _, key = where.rpartition(".")
    if key == "kind":
        return [str(struct.__struct_config__.tag) for struct in _structs_at(parent, data, structs)]
    found = {info.encode_name: info.type for info in _keys(parent, data, structs)}
    todo: list[Any] = [found.get(key)]
    words: list[str] = []
    while todo:
        kind = todo.pop()
        arguments = typing.get_args(kind)
        if typing.get_origin(kind) is typing.Literal:
            words.extend(map(str, arguments))
        else:
            todo.extend(arguments)
    return words


def _expected(text: str) -> str:
    """Say in words what msgspec expected.

    >>> _expected("Expected `float` >= 0.0"), _expected("Expected `int | null`, got `str`")
    ('a number of at least 0', 'a whole number or left out')
    """
    found = re.match(r"Expected `(.*?)`(?: (of length )?(>=|<=|>|<) ([\d.]+))?", text)
    if not found:
        return text[:1].lower() + text[1:]
    kinds = " or ".join(_KINDS.get(kind, kind) for kind in found[1].split(" | "))
    if not found[3]:
        return kinds
    length = "a length of " if found[2] else ""
    return f"{kinds} {'with' if length else 'of'} {length}{_BOUNDS[found[3]]} {found[4].removesuffix('.0')}"


def _value_at(data: Any, where: str) -> Any:
    for key, place in re.findall(r"([^.\[\]]+)|\[(\d+)\]", where):
        try:
            data = data[int(place)] if place else data[key]
        except (KeyError, IndexError, TypeError):
            return "?"
    return data


def _short(value: Any) -> str:
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a mapping"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**40:
        return f"{str(value)[:12]}…" if abs(value) < 10**4000 else "a number of more than 4,000 digits"
    text = str(value).lower() if isinstance(value, bool | None) else " ".join(str(value).split())
    return text if len(text) <= 60 else text[:57] + "…"


def not_finite(data: Any) -> str | None:
    """Name the first number that is none (NaN) or is infinite, and where it stands.

    >>> not_finite({"requests": [{"quantity": float("nan")}]})
    '`nan` at `requests[0].quantity`'
    """
    todo: list[tuple[str, Any]] = [("", data)]
    while todo:
        where, value = todo.pop()
        if isinstance(value, float) and not math.isfinite(value):
            return f"`{value}` at `{where.removeprefix('.')}`"
        if isinstance(value, dict):
            todo.extend((f"{where}.{key}", item) for key, item in value.items())
        elif isinstance(value, list):
            todo.extend((f"{where}[{place}]", item) for place, item in enumerate(value))
    return None
