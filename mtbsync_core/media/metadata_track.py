"""The payloads of a metadata track of an MP4 file, such as GoPro's `gpmd`, without touching the pictures between them.

FFmpeg would do, but where it cannot be told to leave the pictures out it reads gigabytes for these kilobytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.media.boxes import boxes, find_boxes

_TABLE = (b"mdia", b"minf", b"stbl")
_MOST_BYTES = 64 << 20
"""No box of a sample table and no payload is this large; a damaged size is not believed."""


def track_payloads(path: Path, kind: bytes) -> Iterator[bytes]:
    """Yield the samples, in file order, of the first track with sample description `kind`; nothing without one.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        n_bytes = file.seek(0, 2)
        for track in find_boxes(file, b"moov", b"trak"):
            # Header of a full box (8 bytes with the entry count), then size and kind of the first entry.
            if _read(file, track, b"stsd")[12:16] == kind:
                for offset, size in _places(file, track):
                    if offset + size <= n_bytes and size <= _MOST_BYTES:
                        file.seek(offset)
                        yield file.read(size)
                return


def _places(file: BinaryIO, track: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Offset and size of each sample: ISO/IEC 14496-12, 8.7 (`stsz`, `stsc`, `stco`, `co64`)."""
    sizes = _read(file, track, b"stsz")
    runs = _numbers(_read(file, track, b"stsc")[8:], 3)
    chunks = _numbers(_read(file, track, b"stco")[8:], 1).ravel()
    if not len(chunks):
        wide = _read(file, track, b"co64")[8:]
        chunks = np.frombuffer(wide[: len(wide) // 8 * 8], ">u8").astype(np.int64)
    if len(sizes) < 12 or not len(runs):
        return
    each, n = int.from_bytes(sizes[4:8], "big"), int.from_bytes(sizes[8:12], "big")
    size = np.full(min(n, len(chunks)), each) if each else _numbers(sizes[12:], 1).ravel()[:n]
    # From the run that begins at or before it, each chunk (numbered from 1) has its count of samples.
    run = np.searchsorted(runs[:, 0], np.arange(1, len(chunks) + 1), side="right") - 1
    sample = 0
    for chunk, count in zip(chunks.tolist(), runs[run.clip(0), 1].tolist(), strict=True):
        for length in size[sample : sample + count].tolist():
            yield chunk, length
            chunk += length
        sample += count


def _numbers(data: bytes, columns: int) -> NDArray[np.int64]:
    """Rows of 32-bit big-endian numbers; an incomplete last row is left out."""
    row = 4 * columns
    return np.frombuffer(data[: len(data) // row * row], ">u4").astype(np.int64).reshape(-1, columns)


def _read(file: BinaryIO, track: tuple[int, int], name: bytes) -> bytes:
    """Payload of one box of the track's sample table; empty where there is none."""
    spans = [track]
    for wanted in (*_TABLE, name):
        spans = [(a, b) for span in spans for kind, a, b in boxes(file, *span) if kind == wanted]
    if not spans or spans[0][1] - spans[0][0] > _MOST_BYTES:
        return b""
    file.seek(spans[0][0])
    return file.read(spans[0][1] - spans[0][0])
