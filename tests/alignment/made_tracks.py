"""Rides on a made-up trail with exact truth, as a receiver with bias, wander, noise and drop-outs would record them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.telemetry.fixes import Fixes, track_of
from mtbsync_core.telemetry.track import Track

Floats = NDArray[np.float64]

NORTH_M = 111_200.0
"""Metres per degree of latitude, and of longitude at the equator, near where these trails are; good to 0.1 %."""
LAT, LON = 46.7, 7.6
PLACES_M = np.arange(0.0, 20_001.0)


def winding(seed: int, wildness: float = 1.0) -> Floats:
    """A trail: metres east and north (20001, 2) of the place at each metre along it."""
    rng = np.random.default_rng(seed)
    bends = [(rng.uniform(40, 400), rng.uniform(0, 6), wildness * rng.uniform(0.1, 0.4)) for _ in range(8)]
    heading = sum(size * np.sin(PLACES_M / length + phase) for length, phase, size in bends)
    return np.cumsum(np.stack([np.sin(heading), np.cos(heading)], axis=1), axis=0)


def straight() -> Floats:
    """A trail due north."""
    return np.stack([np.zeros(len(PLACES_M)), PLACES_M], axis=1)


def ridden(
    trail: Floats,
    t_s: Floats,
    place_m: Floats,
    *,
    seed: int = 0,
    bias_m: tuple[float, float] = (0.0, 0.0),
    wander_m: float = 0.0,
    white_m: float = 0.0,
    holes: tuple[tuple[float, float], ...] = (),
    timed: bool = True,
) -> Track:
    """A ride that is `place_m` (N,) along the trail at `t_s` (N,), recorded once a second without Doppler speeds.

    `wander_m` is noise that lasts a minute, `white_m` noise of each fix, `holes` are seconds without fixes.
    """
    rng = np.random.default_rng(seed)
    t = np.arange(t_s[0], t_s[-1], 1.0)
    place = np.interp(t, t_s, place_m)
    east, north = (
        np.interp(place, PLACES_M, trail[:, k]) + bias_m[k] + _noise(rng, len(t), wander_m, white_m) for k in (0, 1)
    )
    nothing = np.full(len(t), np.nan)
    lat, lon = LAT + north / NORTH_M, LON + east / (NORTH_M * np.cos(np.radians(LAT)))
    keep = np.ones(len(t), bool)
    for first, end in holes:
        keep &= (t < first) | (t > end)
    return track_of(Fixes(t, lat, lon, nothing, nothing, nothing, nothing).at(keep), "GPX", timed=timed)


def _noise(rng: np.random.Generator, n: int, wander_m: float, white_m: float) -> Floats:
    step = np.exp(-1 / 60)
    slow = np.empty(n)
    slow[0] = rng.standard_normal()
    for i in range(1, n):
        slow[i] = step * slow[i - 1] + np.sqrt(1 - step**2) * rng.standard_normal()
    return wander_m * slow + white_m * rng.standard_normal(n)
