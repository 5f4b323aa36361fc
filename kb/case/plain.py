"""Parse a case in JSON, YAML or Turtle into a mapping of plain values."""

import json
import re
from collections import Counter
from collections.abc import Hashable
from typing import Any

import yaml

from kb.case.turtle import read_turtle
from kb.errors import CaseError

SUFFIXES = (".json", ".yaml", ".yml", ".ttl")
_MOST_NODES = 100_000
_WORD = "tag:yaml.org,2002:str"


def read_plain(text: str, name: str, suffix: str) -> Any:
    """Parse the text of a case; the suffix tells its form.

    Raises CaseError when it is malformed or names a key twice.

    >>> read_plain('{"age": 1, "age": 2}', "case.json", ".json")
    Traceback (most recent call last):
        ...
    kb.errors.CaseError: `case.json` names the key `age` twice in one mapping; keep one
    """
    if suffix == ".ttl":
        return read_turtle(text)
    try:
        return json.loads(text, object_pairs_hook=_once) if suffix == ".json" else yaml.load(text, _Loader)
    except _TwiceError as error:
        raise CaseError(f"`{name}` names the key `{error}` twice in one mapping; keep one") from None
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise CaseError(f"`{name}` cannot be parsed ({_reason(error)}); mend it or hand in a letter as text") from None


def form_of(text: str) -> str | None:
    r"""Tell by its beginning in what form a text holds a case, as the suffix of a file; None where it may be a letter.

    >>> form_of('{"requests": []}'), form_of("# remark\nrequests: []"), form_of("@prefix a: <x> ."), form_of("Dear Sir")
    ('.json', '.yaml', '.ttl', None)
    """
    if text.lstrip().startswith("{"):
        return ".json"
    if re.search(r"^\s*(?:@prefix|PREFIX)\s", text, re.MULTILINE):
        return ".ttl"
    return ".yaml" if re.search(r"^requests:", text, re.MULTILINE) else None


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it nests too deeply"
    text = " ".join(str(error).split())
    return "a number in it has too many digits" if "integer string conversion" in text else text


class _TwiceError(Exception):
    """Tell which key stands twice in a mapping."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        raise _TwiceError(next(key for key in counts if counts[key] > 1))
    return found


def _written_out(node: yaml.Node, known: dict[int, int]) -> int:
    """Count the nodes of a document in which each alias is written out; one that holds itself has no end."""
    if id(node) not in known:
        known[id(node)] = _MOST_NODES + 1
        inner = node.value if isinstance(node, yaml.CollectionNode) else []
        parts = [part for item in inner for part in (item if isinstance(item, tuple) else (item,))]
        known[id(node)] = 1 + sum(_written_out(part, known) for part in parts)
    return known[id(node)]


class _Loader(yaml.SafeLoader):
    """Read YAML that names each key of a mapping once; a key is a word, `on` too, which YAML 1.1 takes for true.

    Aliases may stand for so much: a few lines of them can stand for more than any memory holds.
    """

    def get_single_node(self) -> yaml.Node | None:
        """Take the whole document."""
        node = super().get_single_node()
        if node is not None and _written_out(node, {}) > _MOST_NODES:
            raise yaml.YAMLError("its aliases (`*`) stand for too much; write out what is meant")
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Build a mapping."""
        words = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.value != "<<"]
        counts = Counter(key.value for key in words)
        for key in words:
            if counts[key.value] > 1:
                raise _TwiceError(key.value)
            key.tag = _WORD
        return super().construct_mapping(node, deep)
