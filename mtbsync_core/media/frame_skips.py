"""Frames that a GoPro left out or doubled between sensor and file: `MSKP` of the recording, `LSKP` of its small copy.

HERO9 and later write both into the telemetry (GPMF): one number per frame, the sensor images skipped before it,
negative for repeats, nearly always 0. A small copy that lost a frame shows everything behind it one frame early.
"""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.media.gpmf import Problems, read_devices, scaled
from mtbsync_core.media.metadata_track import track_samples

log = logging.getLogger(__name__)

Floats = NDArray[np.float64]

_MOST_S = 0.5
_COUNT_SLACK = 3
"""The last payload may hold a few frames more or fewer than the file."""


def read_skips(path: Path, key: str) -> NDArray[np.int64]:
    """Skipped images before each frame, by the `key` `MSKP` or `LSKP`; empty where the file has none."""
    problems: Problems = []
    try:
        found = [
            scaled(stream, problems).ravel()
            for sample in track_samples(path, b"gpmd")
            for device in read_devices(sample.payload, problems)
            for stream in device.streams
            if stream.data.key == key
        ]
    except OSError as error:
        problems.append(str(error))
        found = []
    for problem in problems:
        log.debug("%s: %s", path, problem)
    skips = np.concatenate([np.zeros(0), *found])
    return skips[np.isfinite(skips)].round().astype(np.int64)


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
