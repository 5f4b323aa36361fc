"""Take a file the whole way: letter or case, facts, determination, answer."""

import json
from pathlib import Path
from typing import Any

import yaml

from kb.case.model import read_case
from kb.case.turtle import read_turtle
from kb.determine import determine
from kb.errors import CaseError
from kb.facts.reading import published, read_case_from_letter
from kb.knowledge.base import Knowledge
from kb.letter.reader import read_letter, read_text

Json = dict[str, Any]
_CASES = (".json", ".yaml", ".yml", ".ttl")


def review(source: Path | bytes, name: str, knowledge: Knowledge) -> Json:
    """Decide every request of a letter (PDF, text) or of a case (JSON, YAML, Turtle); the suffix of `name` tells which.

    Raises UnreadableFileError, LetterFormatError or CaseError when the file cannot be understood.
    """
    text = read_text(source, name)
    suffix = Path(name).suffix.lower()
    if suffix in _CASES:
        return determine(read_case(_plain(text, name, suffix)), knowledge)
    letter = read_letter(text)
    answer = determine(read_case_from_letter(letter, text, knowledge), knowledge, text)
    told = published(letter)
    for request in answer["requests"]:
        request["published"] = told[request["line"]]
    return answer


def _plain(text: str, name: str, suffix: str) -> Any:
    if suffix == ".ttl":
        return read_turtle(text)
    try:
        return json.loads(text) if suffix == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise CaseError(f"`{name}` cannot be parsed ({reason}); mend it or hand in a letter as text") from None
