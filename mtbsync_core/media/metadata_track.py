"""The payloads of a metadata track of an MP4 file, such as GoPro's `gpmd`, without touching the pictures between them.

FFmpeg would do, but where it cannot be told to leave the pictures out it reads gigabytes for these kilobytes.

| box (ISO/IEC 14496-12) | what is taken from it |
|---|---|
| `mvhd` 8.2.2, `mdhd` 8.4.2 | ticks a second of the film and of the track |
| `elst` 8.6.6 | by how much the track begins later, and how much of its beginning is cut |
| `stts` 8.6.1.2 | how long each sample lasts |
| `stsz` `stsc` `stco` `co64` 8.7 | where each sample is |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.media.boxes import MOST_BYTES, find_boxes, read_box

_MOST_SAMPLES = 10_000
"""A damaged count is not believed."""
_TABLE = (b"mdia", b"minf", b"stbl")


@dataclass(frozen=True, slots=True)
class TrackSample:
    """One sample of a track; times are seconds of the film, on which FFmpeg's time stamps are, too."""

    t_s: float
    duration_s: float
    payload: bytes


def track_samples(path: Path, kind: bytes) -> Iterator[TrackSample]:
    """Yield the samples, in file order, of the first track with sample description `kind`; nothing without one.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        n_bytes = file.seek(0, 2)
        for track in find_boxes(file, b"moov", b"trak"):
            # Header of a full box (8 bytes with the entry count), then size and kind of the first entry.
            if read_box(file, *_TABLE, b"stsd", within=track)[12:16] == kind:
                places = list(_places(file, track))
                for (offset, size), (t_s, duration_s) in zip(places, _times(file, track, len(places)), strict=True):
                    if offset + size <= n_bytes and size <= MOST_BYTES:
                        file.seek(offset)
                        yield TrackSample(t_s, duration_s, file.read(size))
                return


def times_of_samples(file: BinaryIO, track: tuple[int, int]) -> list[float]:
    """When each sample of the track (the payload of its `trak`) begins, seconds of the film."""
    durations = _numbers(read_box(file, *_TABLE, b"stts", within=track)[8:], 2)
    return [float(t_s) for t_s, _ in _times(file, track, min(int(durations[:, 0].sum()), _MOST_SAMPLES))]


def _times(file: BinaryIO, track: tuple[int, int], n: int) -> list[tuple[float, float]]:
    """When each of the `n` samples begins and how long it lasts, seconds; all zero where the file does not say it."""
    ticks_a_second = _timescale(read_box(file, b"mdia", b"mdhd", within=track))
    durations = np.zeros(n, np.int64)
    done = 0
    for count, each in _numbers(read_box(file, *_TABLE, b"stts", within=track)[8:], 2).tolist():
        durations[done : done + min(count, n)] = each
        done += min(count, n)
    starts = np.concatenate([[0], np.cumsum(durations)[:-1]]) if n else durations
    late_s = _late_s(file, track, ticks_a_second)
    return [(a / ticks_a_second + late_s, d / ticks_a_second) for a, d in zip(starts, durations, strict=True)]


def _late_s(file: BinaryIO, track: tuple[int, int], ticks_a_second: int) -> float:
    """By how much the film shows the track's first sample later than 0 s: empty edits, less what is cut off."""
    edits = read_box(file, b"edts", b"elst", within=track)
    wide = edits[:1] == b"\1"
    dtype = np.dtype([("length", ">u8" if wide else ">u4"), ("start", ">i8" if wide else ">i4"), ("rate", ">u4")])
    rows = np.frombuffer(edits[8 : 8 + (len(edits) - 8) // dtype.itemsize * dtype.itemsize], dtype).tolist()
    late_s = 0.0
    for length, start, _ in rows:
        if start >= 0:
            return late_s - start / ticks_a_second
        late_s += length / _timescale(read_box(file, b"moov", b"mvhd"))
    return late_s


def _timescale(header: bytes) -> int:
    """Ticks a second of an `mvhd` or `mdhd`, whose first version has 32-bit and whose second 64-bit dates before it."""
    at = 20 if header[:1] == b"\1" else 12
    return int.from_bytes(header[at : at + 4], "big") or 1


def _places(file: BinaryIO, track: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Offset and size of each sample."""
    sizes = read_box(file, *_TABLE, b"stsz", within=track)
    runs = _numbers(read_box(file, *_TABLE, b"stsc", within=track)[8:], 3)
    chunks = _numbers(read_box(file, *_TABLE, b"stco", within=track)[8:], 1).ravel()
    if not len(chunks):
        wide = read_box(file, *_TABLE, b"co64", within=track)[8:]
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
