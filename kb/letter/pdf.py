"""Read the text of a PDF as paragraphs: the only module that knows pypdfium2.

PDFium gives lines without paragraphs. Where a paragraph ends is told by the page: the gap below the line,
the room left at its end and, across pages, the weight of the font. So a wrapped line is joined and a
paragraph set apart by a blank line, which later steps need: between a rationale and the next request
there is no other mark.
"""

import ctypes
import re
import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import msgspec
import pypdfium2
import pypdfium2.raw as pdfium

from kb.errors import UnreadableFileError
from kb.letter.form import FORMS, RUNNING_LINE
from kb.letter.unfolding import unfolds_too_far

BREAK_HYPHEN = "\ufffe"  # PDFium's mark for a hyphen at the end of a line; the line break itself is dropped
PARAGRAPH_GAP = 1.3  # from line to line, in heights of the upper line: wrapped lines have 1.0

MAX_PAGES, MAX_SECONDS = 300, 20  # a letter has about ten, read in a tenth of a second

_NUMBERED = re.compile(r"\d{1,2}[.)]\s+[A-Z]")
_PAGE_NUMBER = re.compile(r"-?\s?\d{1,3}\s?-?")
_HEADINGS = {heading.words.upper() for form in FORMS for heading in form.headings}
_LABELS = tuple({words.lower() for form in FORMS for field in form.labels for words in field})

_pdfium_lock = threading.Lock()  # PDFium is not thread-safe


class _Line(msgspec.Struct, frozen=True):
    """Hold one printed line and what tells whether the next continues it (points from the lower left)."""

    text: str
    page: int
    wrapped: bool
    bold: bool
    top: float
    bottom: float
    last_bottom: float
    right: float
    word_width: float


def pdf_text(data: bytes, name: str, max_chars: int) -> str:
    """Return the text of a PDF, one line per paragraph line and a blank line between paragraphs.

    A PDF that is encrypted with an empty user password is opened. A text of more than `max_chars` is not read
    to its end: what is returned is then longer than the limit, which the caller reports.

    >>> pdf_text(b"%PDF-1.7 cut", "letter.pdf", 1000)
    Traceback (most recent call last):
    kb.errors.UnreadableFileError: `letter.pdf` is not a readable PDF; save or download it again
    """
    if unfolds_too_far(data):
        raise UnreadableFileError(f"`{name}` unfolds to far more than it holds; hand in a letter as it was printed")
    with _pdfium_lock:
        try:
            with pypdfium2.PdfDocument(data) as document:
                if len(document) > MAX_PAGES:
                    raise UnreadableFileError(f"`{name}` has more than {MAX_PAGES} pages; hand in one letter per file")
                return _paragraphs(list(_bounded(_lines(document, name), max_chars)))
        except pypdfium2.PdfiumError as error:
            raise UnreadableFileError(_reason(name, error)) from error


def _reason(name: str, error: pypdfium2.PdfiumError) -> str:
    if error.err_code == pdfium.FPDF_ERR_PASSWORD:
        return f"`{name}` is locked by a password; save a copy without one"
    return f"`{name}` is not a readable PDF; save or download it again"


def _bounded(lines: Iterator[_Line], max_chars: int) -> Iterator[_Line]:
    """Stop soon after the limit, so that a small file cannot unfold into endless text."""
    total = 0
    for line in lines:
        yield line
        total += len(line.text)
        if total > max_chars:
            return


def _lines(document: pypdfium2.PdfDocument, name: str) -> Iterator[_Line]:
    end = time.monotonic() + MAX_SECONDS
    for number in range(len(document)):
        if time.monotonic() > end:
            raise UnreadableFileError(f"`{name}` takes more than {MAX_SECONDS} seconds to read; print it anew as a PDF")
        page = document[number]
        textpage = page.get_textpage()
        yield from _without_running(list(_page_lines(textpage, number)))
        textpage.close()
        page.close()


def _without_running(lines: list[_Line]) -> list[_Line]:
    """Leave out the head and foot that stand on every page, and a bare page number at its edge."""
    lines = [line for line in lines if not RUNNING_LINE.fullmatch(line.text)]
    for edge in (0, -1):
        if lines and _PAGE_NUMBER.fullmatch(lines[edge].text):
            del lines[edge]
    return lines


def _page_lines(textpage: pypdfium2.PdfTextPage, page: int) -> Iterator[_Line]:
    start = 0
    text = textpage.get_text_range()
    for printed in text.replace(BREAK_HYPHEN, BREAK_HYPHEN + "\n").split("\n"):
        words = printed.strip(" \r")
        if words:
            yield _line(textpage, page, start + printed.index(words), words, printed.rstrip("\r"))
        start += len(printed) + (not printed.endswith(BREAK_HYPHEN))


def _line(textpage: pypdfium2.PdfTextPage, page: int, start: int, words: str, printed: str) -> _Line:
    def box(offset: int) -> tuple[float, float, float, float]:
        index = pdfium.FPDFText_GetCharIndexFromTextIndex(textpage, start + offset)
        left, bottom, right, top = textpage.get_charbox(max(index, 0), loose=True)
        return left, bottom, right, top

    left, bottom, _, top = box(0)
    _, last_bottom, right, _ = box(len(words) - 1)
    return _Line(
        text=words.replace(BREAK_HYPHEN, "-"),
        page=page,
        wrapped=printed.endswith((" ", BREAK_HYPHEN)),
        bold=_is_bold(textpage, start),
        top=top,
        bottom=bottom,
        last_bottom=last_bottom,
        right=right,
        word_width=box(len(words.split(" ", 1)[0]) - 1)[2] - left,
    )


def _is_bold(textpage: pypdfium2.PdfTextPage, start: int) -> bool:
    index = ctypes.c_int(max(pdfium.FPDFText_GetCharIndexFromTextIndex(textpage, start), 0))
    return bool(pdfium.FPDFText_GetFontWeight(textpage, index) >= 600)


def _paragraphs(lines: list[_Line]) -> str:
    """Join the lines: by a space or a hyphen where one wraps, by one line feed or two where it does not."""
    margin = max((line.right for line in lines), default=0.0)
    joints = [_joint(upper, lower, margin) for upper, lower in pairwise(lines)]
    last = [""] if lines else []
    return "".join(line.text + joint for line, joint in zip(lines, [*joints, *last], strict=True))


def _joint(upper: _Line, lower: _Line, margin: float) -> str:
    if _parts_paragraphs(upper, lower):
        return "\n\n"
    if _NUMBERED.match(lower.text) and upper.text.endswith((".", "?", ":", ";")):
        return "\n"
    # Without the blank that Word leaves at a wrap, the line was wrapped when the next word had no room on it.
    if upper.wrapped or lower.text[0].islower() or upper.right + lower.word_width > margin:
        return "" if upper.text.endswith(("-", "/")) else " "
    return "\n" if upper.page == lower.page else "\n\n"


def _parts_paragraphs(upper: _Line, lower: _Line) -> bool:
    if lower.text.lower().startswith(_LABELS) or any(line.text.upper() in _HEADINGS for line in (upper, lower)):
        return True
    if upper.page != lower.page:
        return lower.bold and not upper.bold
    return upper.last_bottom - lower.bottom > PARAGRAPH_GAP * (upper.top - upper.bottom)
