"""Give the tests invented letters, and what of a letter may influence a determination."""

from pathlib import Path

from kb.letter.reader import Letter, read_letter, read_text
from kb.letter.spans import Span

LETTERS = Path(__file__).parent / "letters"
NAMES = sorted(path.name for path in LETTERS.glob("*.txt"))


def invented(name: str) -> Letter:
    return read_letter(words_of(name))


def words_of(name: str) -> str:
    return read_text(LETTERS / name, name)


def cut(text: str, span: Span) -> str:
    return text[span.start : span.end]


def facts(found: Letter) -> list[object]:
    """List all that may influence a determination."""
    apart = ("requests", "summary_span", "withheld")
    said = [getattr(found, name) for name in Letter.__struct_fields__ if name not in apart]
    shares = ("line", "text", "original_text", "authorised_text", "remaining_text")
    return said + [[getattr(request, name) for name in shares] for request in found.requests]


def assert_spans(text: str, found: Letter) -> None:
    assert cut(text, found.summary_span) == found.summary
    for request in found.requests:
        assert " ".join(cut(text, request.span).split()) == request.text
        assert cut(text, request.rationale).strip() == cut(text, request.rationale)


def minimal(header: str = "", summary: str = "A nurse of 40 with neck pain.", requests: str = "") -> str:
    return (
        f"Case Number: CM16-1\n{header}\n\nHOW THE IMR FINAL DETERMINATION WAS MADE\n\nBy reading.\n\n"
        f"CLINICAL CASE SUMMARY\n\n{summary}\n\nIMR ISSUES, DECISIONS AND RATIONALES\n\nAs follows:\n\n"
        + (requests or block("MRI of the neck: Upheld"))
    )


def block(line: str, rationale: str = "No.") -> str:
    return (
        f"{line}\n\nClaims Administrator guideline: A.\n\nMAXIMUS guideline: B.\n\nDecision rationale: {rationale}\n\n"
    )
