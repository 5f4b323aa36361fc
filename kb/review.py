"""Take a file the whole way: letter or case, facts, determination, answer."""

from pathlib import Path
from typing import Any

from kb.case.model import read_case
from kb.case.plain import SUFFIXES, read_plain
from kb.determine import determine
from kb.facts.reading import published, read_case_from_letter
from kb.knowledge.base import Knowledge
from kb.letter.reader import read_letter, read_text

Json = dict[str, Any]


def review(source: Path | bytes, name: str, knowledge: Knowledge) -> Json:
    """Decide every request of a letter (PDF, text) or of a case (JSON, YAML, Turtle); the suffix of `name` tells which.

    Raises UnreadableFileError, LetterFormatError or CaseError when the file cannot be understood.
    """
    text = read_text(source, name)
    suffix = Path(name).suffix.lower()
    if suffix in SUFFIXES:
        return determine(read_case(read_plain(text, name, suffix)), knowledge)
    letter = read_letter(text)
    answer = determine(read_case_from_letter(letter, text, knowledge), knowledge, text)
    told = published(letter)
    for request in answer["requests"]:
        request["published"] = told[request["line"]]
    return answer
