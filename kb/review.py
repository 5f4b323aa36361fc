"""Take a file the whole way: letter or case, facts, determination, answer."""

from pathlib import Path
from typing import Any

from kb.case.model import Case, read_case
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
    case, text, told = _read(source, name, knowledge)
    answer = determine(case, knowledge, text)
    for request in answer["requests"] if text else ():
        request["published"] = told[request["line"]]
    return answer


def read_facts(source: Path | bytes, name: str, knowledge: Knowledge) -> tuple[Case, str | None]:
    """Read a letter or case without deciding it; the text is what quotes point into, None for a case.

    Raises what `review` raises.
    """
    case, text, _ = _read(source, name, knowledge)
    return case, text


def _read(source: Path | bytes, name: str, knowledge: Knowledge) -> tuple[Case, str | None, dict[int, Json]]:
    text = read_text(source, name)
    suffix = Path(name).suffix.lower()
    if suffix in SUFFIXES:
        return read_case(read_plain(text, name, suffix)), None, {}
    letter = read_letter(text)
    return read_case_from_letter(letter, text, knowledge), text, published(letter)
