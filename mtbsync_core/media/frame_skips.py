"""Frames that a GoPro left out or doubled between sensor and file: `MSKP` of the recording, `LSKP` of its small copy.

HERO9 and later write both into the telemetry (GPMF): one number per frame, the sensor images skipped before it,
negative for repeats, nearly always 0. A small copy that lost a frame shows everything behind it one frame early.

GPMF is a row of items: four-letter key, type letter, size of one element, how many (16 bits), then the values,
big-endian and filled up to four bytes; type 0 holds further items.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.media.metadata_track import track_payloads

log = logging.getLogger(__name__)

Floats = NDArray[np.float64]

_TYPES = {"b": ">i1", "B": ">u1", "s": ">i2", "S": ">u2", "l": ">i4", "L": ">u4", "f": ">f4"}
_MOST_S = 0.5
_COUNT_SLACK = 3
"""The last payload may hold a few frames more or fewer than the file."""


def read_skips(path: Path, key: str) -> NDArray[np.int64]:
    """Skipped images before each frame, by the `key` `MSKP` or `LSKP`; empty where the file has none."""
    try:
        found = [values for payload in track_payloads(path, b"gpmd") for values in _values(payload, key.encode())]
    except OSError as error:
        log.debug("%s: %s", path, error)
        return np.zeros(0, np.int64)
    return np.concatenate(found).round().astype(np.int64) if found else np.zeros(0, np.int64)


def on_original(original: Path, proxy: Path, original_s: Floats, proxy_s: Floats) -> Floats:
    """When the original shows what each frame of its small copy shows.

    Args:
        original, proxy: the files.
        original_s, proxy_s: times of all their frames, seconds, each on its own file's clock.

    Returns:
        One time per frame of the small copy, seconds on the original's clock.
    """
    sensor = []
    for own, other, key, times_s in ((original, proxy, "MSKP", original_s), (proxy, original, "LSKP", proxy_s)):
        skips = read_skips(own, key)
        if not len(skips):
            skips = read_skips(other, key)
        if len(skips) and abs(len(skips) - len(times_s)) > _COUNT_SLACK:
            log.debug("%s: %d values of %s for %d frames; not used", own, len(skips), key, len(times_s))
            skips = skips[:0]
        skipped = np.zeros(len(times_s))
        skipped[: len(skips)] = np.cumsum(skips)[: len(times_s)]
        skipped[len(skips) :] = skips.sum()
        sensor.append(times_s + skipped * np.median(np.diff(times_s)))
    # Where an image was repeated, two frames of the original have one sensor time.
    seen_s = np.maximum.accumulate(sensor[0])
    moved = np.interp(sensor[1], seen_s, original_s - seen_s) + sensor[1]
    if np.abs(moved - proxy_s).max() > _MOST_S:
        log.warning("%s: the counts of skipped frames make no sense and are not used", proxy)
        return proxy_s
    return np.asarray(moved, np.float64)


def _values(data: bytes, key: bytes) -> Iterator[Floats]:
    """Yield the numbers of each item called `key`, however deep."""
    at = 0
    while at + 8 <= len(data):
        name, kind, width = data[at : at + 4], chr(data[at + 4]), data[at + 5]
        length = width * int.from_bytes(data[at + 6 : at + 8], "big")
        payload = data[at + 8 : at + 8 + length]
        if kind == "\0":
            yield from _values(payload, key)
        elif name == key and kind in _TYPES:
            dtype = np.dtype(_TYPES[kind])
            yield np.frombuffer(payload[: len(payload) // dtype.itemsize * dtype.itemsize], dtype).astype(np.float64)
        at += 8 + (length + 3) // 4 * 4
