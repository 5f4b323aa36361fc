"""Take a file the whole way: letter or case, facts, determination, answer."""

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from kb.case.model import Case, read_case
from kb.case.plain import SUFFIXES, read_plain
from kb.determination import determine, determine_many
from kb.errors import CaseError, KbError
from kb.facts.reading import published, read_case_from_letter
from kb.knowledge.base import Knowledge
from kb.letter.reader import read_letter, read_text

Json = dict[str, Any]
MAX_LINE = 250_000  # bytes; a case has about a thousand


def review(source: Path | bytes, name: str, knowledge: Knowledge) -> Json:
    """Decide every request of a letter (PDF, text) or of a case (JSON, YAML, Turtle); the suffix of `name` tells which.

    Raises UnreadableFileError, LetterFormatError or CaseError when the file cannot be understood.
    """
    case, text, told = _read(source, name, knowledge)
    return _decided(case, text, told, knowledge)


def review_together(sources: Sequence[tuple[Path | bytes, str]], knowledge: Knowledge) -> Iterator[Json]:
    """Decide some files as `review` does, in order, at less cost; one not understood yields an object with `error`."""
    found = [_read_or_error(source, name, knowledge) for source, name in sources]
    for answer, (_, text, told) in zip(determine_many((case for case, _, _ in found), knowledge), found, strict=True):
        yield answer if "error" in answer else _told(answer, text, told)


def _read_or_error(
    source: Path | bytes, name: str, knowledge: Knowledge
) -> tuple[Case | KbError, str | None, dict[int, Json]]:
    try:
        return _read(source, name, knowledge)
    except KbError as error:
        return error, None, {}


def review_again(case: Case, text: str | None, knowledge: Knowledge) -> Json:
    """Decide a case that a person corrected; `text` is the letter from which it was read, if it was.

    Raises CaseError or UnknownConceptError when the case cannot be understood, LetterFormatError for no letter.
    """
    return _decided(case, text, published(read_letter(text)) if text else {}, knowledge)


def _decided(case: Case, text: str | None, told: dict[int, Json], knowledge: Knowledge) -> Json:
    return _told(determine(case, knowledge), text, told)


def _told(answer: Json, text: str | None, told: dict[int, Json]) -> Json:
    """Put the text of a letter, and what it publishes, beside what was decided."""
    answer["text"] = text
    for request in answer["requests"] if text else ():
        request["published"] = told.get(request["line"])
    return answer


def review_lines(stream: IO[bytes], knowledge: Knowledge, longest: int = MAX_LINE) -> Iterator[Json]:
    """Decide cases in JSON, one a line, while they are read; a bad one yields an object with `line` and `error`.

    Empty lines are passed over. No line may have more than `longest` bytes.
    """
    numbers: deque[int] = deque()

    def cases() -> Iterator[Json | KbError]:
        for number, line in lines_of(stream, longest):
            numbers.append(number)
            yield case_of(number, line, longest)

    for answer in determine_many(cases(), knowledge):
        number = numbers.popleft()
        yield {"line": number, **answer} if "error" in answer else answer


def lines_of(stream: IO[bytes], longest: int = MAX_LINE) -> Iterator[tuple[int, bytes | None]]:
    """Cut a stream into lines, each with its number, without those that are empty; None is one that is too long."""
    number = 0
    while line := stream.readline(longest + 1):
        number += 1
        whole = len(line) <= longest or line.endswith(b"\n")
        while not whole and (rest := stream.readline(longest)):
            whole, line = rest.endswith(b"\n"), b""
        if not line or line.strip():
            yield number, line or None


def case_of(number: int, line: bytes | None, longest: int = MAX_LINE) -> Json | KbError:
    """Read a line that `lines_of` gives; what cannot be read is given as its error."""
    name = f"line {number}"
    if line is None:
        return CaseError(f"`{name}` has more than {longest:,} bytes; send such a case alone")
    try:
        found: Json = read_plain(read_text(line, name), name, ".json")
    except KbError as error:
        return error
    return found


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
