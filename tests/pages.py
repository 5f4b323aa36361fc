"""Draw small PDFs for tests: pages of printed lines, locked with a password if wanted."""

import hashlib
import zlib
from collections.abc import Iterable

Line = tuple[int, int, str, str]  # x, y, F1 regular or F2 bold, words

_PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
_ID = bytes(range(16))
_ALLOWED = (-44).to_bytes(4, "little", signed=True)


def drawn(pages: list[list[Line]], password: bytes | None = None) -> bytes:
    """Draw a PDF; with a password, even an empty one, it is encrypted (40-bit RC4, the oldest way)."""
    font = "<</Type/Font/Subtype/Type1/Encoding/WinAnsiEncoding/BaseFont/Times-"
    fonts = f"<</F1{font}Roman>>/F2{font}Bold>>>>".encode()
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode()]
    key, entry = _locked(password)
    for number, lines in enumerate(pages):
        shown = "".join(f"BT /{font} 12 Tf {x} {y} Td ({_escaped(words)}) Tj ET\n" for x, y, font, words in lines)
        page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents {4 + 2 * number} 0 R/Resources<</Font "
        objects.append(page.encode() + fonts + b">>>>")
        stream = _crypted(key, 4 + 2 * number, shown.encode("cp1252"))
        objects.append(b"<</Length %d>>stream\n" % len(stream) + stream + b"\nendstream")
    body = b"%PDF-1.4\n"
    for number, content in enumerate(objects, start=1):
        body += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    return body + b"trailer<</Size %d/Root 1 0 R%s>>\n%%%%EOF" % (len(objects) + 1, entry)


def folded(content: bytes, folds: int) -> bytes:
    """Make a PDF of one page whose content is deflated so many times."""
    for _ in range(folds):
        content = zlib.compress(content)
    filters = b"/FlateDecode " * folds
    head = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\n"
    head += b"endobj\n3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1"
    head += b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>>>>>>>\nendobj\n4 0 obj\n"
    head += b"<</Filter[%s]/Length %d>>stream\n" % (filters, len(content))
    return head + content + b"\nendstream\nendobj\ntrailer<</Size 5/Root 1 0 R>>\n%%EOF"


def printed(text: str, per_page: int = 48) -> list[list[Line]]:
    """Set the lines of a text on pages, so that a blank line is a gap."""
    lines = text.split("\n")
    return [
        [(72, 740 - 14 * row, "F1", words) for row, words in enumerate(lines[at : at + per_page]) if words.strip()]
        for at in range(0, len(lines), per_page)
    ]


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _locked(password: bytes | None) -> tuple[bytes, bytes]:
    if password is None:
        return b"", b""
    owner = _rc4(hashlib.md5(_padded(b"owner")).digest()[:5], _padded(password))
    key = hashlib.md5(_padded(password) + owner + _ALLOWED + _ID).digest()[:5]
    entry = b"/ID[<%s><%s>]/Encrypt<</Filter/Standard/V 1/R 2/P -44/O<%s>/U<%s>>>" % tuple(
        part.hex().encode() for part in (_ID, _ID, owner, _rc4(key, _PAD))
    )
    return key, entry


def _padded(password: bytes) -> bytes:
    return (password + _PAD)[:32]


def _crypted(key: bytes, number: int, data: bytes) -> bytes:
    if not key:
        return data
    return _rc4(hashlib.md5(key + number.to_bytes(3, "little") + b"\0\0").digest()[:10], data)


def _rc4(key: bytes, data: Iterable[int]) -> bytes:
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)
