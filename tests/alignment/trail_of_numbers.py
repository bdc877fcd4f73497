"""A trail without pictures: a random smooth field of descriptors along the way, and runs that sample it.

It gives the lattice, the fit and the verdict exact truth in milliseconds. Neighbouring places look alike over about
a metre, as they do to a camera; each run sees them with noise and with a slowly changing offset of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.pipeline import align_indexes
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.vision.describers.hog import SHAPE
from mtbsync_core.vision.index import FrameIndex

Floats = NDArray[np.float64]
Run = tuple[Floats, Floats]
"""Times, and places at them, metres."""
NOISE = 2.5
_METRES = 0.25
_LOOK = 1.2
"""Metres over which a place looks the same."""


@dataclass(frozen=True)
class Trail:
    """`look` (places, 1024): what the place at each quarter of a metre looks like."""

    look: NDArray[np.float32]

    @classmethod
    @cache
    def of(cls, seed: int, length_m: float = 400.0) -> Trail:
        rng = np.random.default_rng(seed)
        n = int(length_m / _METRES)
        white = rng.standard_normal((n + 40, int(np.prod(SHAPE)))).astype(np.float32)
        width = int(3 * _LOOK / _METRES)
        kernel = np.exp(-0.5 * (np.arange(-width, width + 1) * _METRES / _LOOK) ** 2)
        kernel /= np.linalg.norm(kernel)
        spectrum = np.fft.rfft(white, axis=0) * np.fft.rfft(kernel, n + 40)[:, None]
        return cls(np.fft.irfft(spectrum, n + 40, axis=0)[:n].astype(np.float32))

    def seen(self, place_m: Floats, seed: int, noise: float = 1.0) -> NDArray[np.float16]:
        """Descriptors (N, 8, 8, 16) of a camera at these places; noise 1 is as strong as the trail itself."""
        rng = np.random.default_rng(seed)
        at = np.clip(place_m / _METRES, 0, len(self.look) - 1.001)
        k = at.astype(int)
        f = (at - k)[:, None].astype(np.float32)
        look = self.look[k] * (1 - f) + self.look[k + 1] * f
        look = look + noise * rng.standard_normal(look.shape).astype(np.float32)
        return look.reshape(-1, *SHAPE).astype(np.float16)


def index_of(t: Floats, seen: NDArray[np.float16]) -> FrameIndex:
    """An index of what was seen, without local features."""
    end = float(t[-1]) + 0.3
    media = MediaInfo(Path("run.mp4"), Fraction(30000, 1001), 640, 360, end, round(end * 30), "h264")
    return FrameIndex(media, t, seen, (), "key")


def ride(
    seconds: float, *, speed: float, seed: int, start_m: float = 0.0, stops: tuple[tuple[float, float], ...] = ()
) -> tuple[Floats, Floats]:
    """Times at 3.3 a second and places in metres of a ride with changing speed; stops as (at second, for seconds)."""
    rng = np.random.default_rng(seed)
    t = np.arange(0.0, seconds, 0.3)
    phase = rng.uniform(0, 2 * np.pi, 3)
    wobble = sum(0.12 * np.sin(2 * np.pi * t / period + p) for period, p in zip((5.0, 9.0, 17.0), phase, strict=True))
    v = speed * (1 + wobble)
    for at, length in stops:
        v = np.where((t >= at) & (t < at + length), 0.0, v)
    return t, start_m + np.concatenate([[0.0], np.cumsum(v[:-1] * np.diff(t))])


def aligned(trail: Trail, ref: Run, new: Run) -> Alignment:
    return align_indexes(
        index_of(ref[0], trail.seen(ref[1], seed=1, noise=NOISE)),
        index_of(new[0], trail.seen(new[1], seed=2, noise=NOISE)),
    )


def metres_off(result: Alignment, ref: Run, new: Run) -> Floats:
    """Distance along the trail between reference moments and the new moments that the warp gives for them."""
    t = np.arange(0.0, ref[0][-1], 0.1)
    to = result.usable_warp().to_new(t)
    there = np.isfinite(to)
    return np.abs(np.interp(to[there], *new) - np.interp(t[there], *ref))
