"""Tell before a PDF is opened how far its streams unfold: a small file can hold gigabytes of nothing."""

import re
import zlib
from collections.abc import Iterable, Iterator

MAX_STREAM, MAX_ALL = 50_000_000, 500_000_000  # bytes; a scanned page has 25 million
_MAX_FOLDS = 2
_CHUNK = 4096
_STREAM = re.compile(rb"(?<!end)stream\r?\n")


def unfolds_too_far(data: bytes) -> bool:
    """Tell whether a deflated stream, or all together, unfold to more than a letter can need.

    >>> bomb = b"stream\\n" + zlib.compress(zlib.compress(b" " * (MAX_STREAM + 1)))
    >>> unfolds_too_far(bomb), unfolds_too_far(b"stream\\n" + zlib.compress(b"words"))
    (True, False)
    """
    total = 0
    for found in _STREAM.finditer(data):
        for folds in range(1, _MAX_FOLDS + 2):
            size = _size(data, found.end(), folds)
            total += size
            if size > MAX_STREAM or total > MAX_ALL or (size and folds > _MAX_FOLDS):
                return True
            if not size:
                break
    return False


def _size(data: bytes, start: int, folds: int) -> int:
    chunks: Iterable[bytes] = (data[at : at + _CHUNK] for at in range(start, len(data), _CHUNK))
    for _ in range(folds):
        chunks = _unfolded(chunks)
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_STREAM:
            break
    return size


def _unfolded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    stream = zlib.decompressobj()
    for chunk in chunks:
        try:
            if unfolded := stream.decompress(chunk):
                yield unfolded
        except zlib.error:
            return
        if stream.eof:
            return
