"""Read the text of a letter's file and undo what printing did to it."""

import re
from pathlib import Path

from kb.errors import UnreadableFileError
from kb.letter.form import RUNNING_LINE
from kb.letter.pdf import pdf_text

MAX_CHARS = 2_000_000  # a letter has about 10,000; more is a wrong file, not a long letter
MAX_BYTES = 50_000_000


def read_text(source: Path | bytes, name: str) -> str:
    r"""Return the text of a PDF or UTF-8 file, cleaned of what printing put in.

    >>> read_text(b"\xef\xbb\xbfCase Number: CM16-1\r\nNon- MTUS", "a.txt")
    'Case Number: CM16-1\nNon-MTUS'
    >>> read_text(b"caf\xe9", "a.txt")
    Traceback (most recent call last):
    kb.errors.UnreadableFileError: `a.txt` is not UTF-8 text (byte 4 cannot be read); save it as UTF-8 or PDF
    """
    data = _bytes(source, name)
    pdf = data[:1024].lstrip().startswith(b"%PDF-") or name.lower().endswith(".pdf")
    text = _clean(pdf_text(data, name, MAX_CHARS) if pdf else _decoded(data, name))
    if len(text) > MAX_CHARS:
        raise UnreadableFileError(f"`{name}` holds more than {MAX_CHARS:,} characters; hand in one letter per file")
    if not text.strip():
        hint = (
            "hand in a PDF with text, not a picture, or a text file"
            if pdf
            else "it is empty; hand in a letter or a case"
        )
        raise UnreadableFileError(f"`{name}` holds no text; {hint}")
    return text


def _bytes(source: Path | bytes, name: str) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        if source.exists() and not (source.is_file() or source.is_dir()):
            raise UnreadableFileError(f"`{name}` is a pipe or device; name a file with a letter or a case")
        if source.stat().st_size > MAX_BYTES:
            raise UnreadableFileError(f"`{name}` has more than {MAX_BYTES:,} bytes; hand in one letter per file")
        return source.read_bytes()
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise UnreadableFileError(f"`{name}` cannot be read ({reason}); name a letter file") from error


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = f"byte {error.start + 1} cannot be read"
        raise UnreadableFileError(f"`{name}` is not UTF-8 text ({where}); save it as UTF-8 or PDF") from error


_PRINTED = str.maketrans(
    {
        "\r": "\n",
        "\xa0": " ",
        "\xad": None,
        "\ufeff": None,
        "ﬀ": "ff",
        "ﬁ": "fi",
        "ﬂ": "fl",
        "ﬃ": "ffi",
        "ﬄ": "ffl",
    }
    | dict.fromkeys("\u200b\u200c\u200d\u2060", None)
    | dict.fromkeys(map(chr, [*range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000]), " ")
    | dict.fromkeys(map(chr, [*range(9), 11, *range(14, 32), 127]), " ")
)
_BROKEN_HYPHEN = re.compile(r"(?<=[^\W_])- ?\n(?=[^\W_])|(?<=\bNon)- (?=[A-Z])")
_PAGE_NUMBER = re.compile(r"(?<=\n)[ \t]*-?[ \t]?\d{1,3}[ \t]?-?[ \t]*\n?\f")
_PAGE_BREAK = re.compile(r"(?<!\n)\n*\f\s*([a-z(]|The (?:remaining IMR|original request,|Claims Administrator auth))?")


def _clean(text: str) -> str:
    """Undo what printing did: line ends, ligatures, soft hyphens, what a line or a page breaks."""
    text = RUNNING_LINE.sub("\f", text.replace("\r\n", "\n").translate(_PRINTED))
    text = _PAGE_NUMBER.sub("\f", text)
    text = _PAGE_BREAK.sub(lambda found: f"\n{found[1]}" if found[1] else "\n\n", text)
    return _BROKEN_HYPHEN.sub("-", text)
