"""A metadata track (`gpmd`) and boxes about the whole file (`udta`) are added to a finished MP4, as a GoPro has them.

FFmpeg writes neither as cameras do. The file must end with its `moov`, as FFmpeg leaves it: the payloads take its place
in a further `mdat`, and it follows them with one more `trak`; nothing before it moves, so all offsets remain.
Layout of the boxes: ISO/IEC 14496-12, and the metadata track of GoPro's own files.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mtbsync_core.media.boxes import boxes

_TIMESCALE = 1000
_UNIT_MATRIX = np.array([0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000], ">u4").tobytes()


def add_metadata(path: Path, payloads: Sequence[tuple[int, bytes]], user_data: Mapping[bytes, bytes]) -> None:
    """Add a `gpmd` track of (milliseconds, payload) one after the other, and boxes to `moov/udta`; in place.

    Raises:
        ValueError: `moov` is not the file's last box.
    """
    with path.open("r+b") as file:
        end = file.seek(0, io.SEEK_END)
        kind, start, stop = list(boxes(file, 0, end))[-1]
        if kind != b"moov":
            raise ValueError(f"{path} does not end with its moov box")
        file.seek(start)
        data = file.read(stop - start)
        moov = [(kind, data[a:b]) for kind, a, b in boxes(io.BytesIO(data), 0, len(data))]
        file.seek(start - 8)
        file.write(_box(b"mdat", *(payload for _, payload in payloads)))
        header = bytearray(dict(moov)[b"mvhd"])
        number, timescale = int.from_bytes(header[-4:], "big"), int.from_bytes(header[12:16], "big")
        header[-4:] = (number + 1).to_bytes(4, "big")
        trak = _trak(number, timescale, start, payloads)
        old = dict(moov).get(b"udta", b"")
        kept = [(kind, data) for kind, data in moov if kind not in (b"mvhd", b"udta")]
        udta = _box(b"udta", old, *(_box(kind, data) for kind, data in user_data.items()))
        file.write(_box(b"moov", _box(b"mvhd", header), *(_box(kind, data) for kind, data in kept), trak, udta))
        file.truncate()


def _box(kind: bytes, *parts: bytes | bytearray) -> bytes:
    data = b"".join(parts)
    return (len(data) + 8).to_bytes(4, "big") + kind + data


def _full(kind: bytes, *numbers: int, flags: int = 0, end: bytes = b"") -> bytes:
    """A box of version 0 that starts with flags and 32-bit numbers."""
    return _box(kind, np.array([flags, *numbers], ">u4").tobytes(), end)


def _trak(number: int, movie_timescale: int, offset: int, payloads: Sequence[tuple[int, bytes]]) -> bytes:
    """The track's box; its payloads lie side by side from `offset` on."""
    duration = sum(milliseconds for milliseconds, _ in payloads)
    table = _box(
        b"stbl",
        _full(b"stsd", 1, end=_box(b"gpmd", bytes(6), b"\0\1", bytes(4))),
        _full(b"stts", len(payloads), *(n for milliseconds, _ in payloads for n in (1, milliseconds))),
        _full(b"stsc", 1, 1, len(payloads), 1),  # one chunk for all of them
        _full(b"stsz", 0, len(payloads), *(len(data) for _, data in payloads)),
        _full(b"stco", 1, offset),
    )
    general = _box(b"gmhd", _full(b"gmin", 0, 0, 0), _full(b"gpmd"))
    data = _box(b"dinf", _full(b"dref", 1, end=_full(b"alis", flags=1)))
    return _box(
        b"trak",
        # flags: enabled, in the movie, in the preview, in the poster
        _full(b"tkhd", 0, 0, number, 0, duration * movie_timescale // _TIMESCALE, 0, 0, 0, 0, flags=15,
              end=_UNIT_MATRIX + bytes(8)),
        _box(
            b"mdia",
            _full(b"mdhd", 0, 0, _TIMESCALE, duration, 0),
            _full(b"hdlr", end=b"mhlrmeta" + bytes(12) + b"\x0bGoPro MET  "),
            _box(b"minf", general, data, table),
        ),
    )  # fmt: skip
