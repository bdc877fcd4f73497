"""`chapter_starts`: the chapters (parts with a name, not files) that an MP4 file's header lists.

* Boxes `tref` `chap` of a track (QuickTime File Format, chapter lists): the number of a text track, whose samples are
  the chapters.
* Box `moov/udta/chpl` (Nero): version, three flags, in version 1 four reserved bytes, how many; of each the start in
  100 ns (64 bits), the length of its name, the name.

Where a file has both, the second counts: FFmpeg, which writes both, lets the first chapter of the track begin at 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mtbsync_core.media.boxes import find_boxes, read_box
from mtbsync_core.media.metadata_track import times_of_samples

_NERO_TICKS_A_SECOND = 10_000_000


def chapter_starts(path: Path) -> list[float]:
    """When each chapter begins, seconds of the film; empty where the file lists none.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return list(_of_nero(read_box(file, b"moov", b"udta", b"chpl"))) or _of_track(file)


def _of_track(file: BinaryIO) -> list[float]:
    tracks = list(find_boxes(file, b"moov", b"trak"))
    for track in tracks:
        wanted = read_box(file, b"tref", b"chap", within=track)[:4]
        for chapters in tracks if wanted else ():
            if _number(file, chapters) == wanted:
                return times_of_samples(file, chapters)
    return []


def _number(file: BinaryIO, track: tuple[int, int]) -> bytes:
    """The number of a track (ISO/IEC 14496-12, 8.3.2), behind two dates of 32 bits, or of 64 in version 1."""
    header = read_box(file, b"tkhd", within=track)
    at = 20 if header[:1] == b"\1" else 12
    return header[at : at + 4]


def _of_nero(data: bytes) -> Iterator[float]:
    at = 9 if data[:1] == b"\1" else 5
    for _ in range(data[at - 1] if len(data) >= at else 0):
        if at + 9 > len(data):
            return
        yield int.from_bytes(data[at : at + 8], "big") / _NERO_TICKS_A_SECOND
        at += 9 + data[at + 8]
