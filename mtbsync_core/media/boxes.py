"""The boxes ("atoms") of an MP4 or MOV file, for what no decoder library tells: ISO/IEC 14496-12, 4.2.

A box is a 32-bit big-endian size, a four-letter kind, then the payload; size 1 means that a 64-bit size
follows, size 0 that the box reaches to the end of the file. Only the headers on the way are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

MOST_BYTES = 64 << 20
"""Nothing that is read whole is this large; a damaged size is not believed."""


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield (kind, payload start, payload end) of the boxes side by side in `file[start:end]`.

    A box that claims to go past `end` is cut to it; a header that makes no sense ends the walk.
    """
    while start + 8 <= end:
        file.seek(start)
        header = file.read(16)
        if len(header) < 8:
            return
        size, kind, payload = int.from_bytes(header[:4], "big"), header[4:8], start + 8
        if size == 1:
            size, payload = int.from_bytes(header[8:16], "big"), start + 16
        elif size == 0:
            size = end - start
        if start + size < payload:
            return
        yield kind, payload, min(start + size, end)
        start += size


def find_boxes(file: BinaryIO, *path: bytes, within: tuple[int, int] | None = None) -> Iterator[tuple[int, int]]:
    """Yield (payload start, payload end) of each box at `path`, such as `b"moov", b"trak", b"tkhd"`.

    Args:
        within: the payload in which the path begins; None: the whole file.
    """
    spans = [within or (0, file.seek(0, 2))]
    for wanted in path:
        spans = [(a, b) for span in spans for kind, a, b in boxes(file, *span) if kind == wanted]
    yield from spans


def read_box(file: BinaryIO, *path: bytes, within: tuple[int, int] | None = None) -> bytes:
    """Payload of the first box at `path`, `MOST_BYTES` of it at most; empty where there is none."""
    start, end = next(find_boxes(file, *path, within=within), (0, 0))
    file.seek(start)
    return file.read(min(end - start, MOST_BYTES))
