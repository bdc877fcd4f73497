"""What sensors say of rides on a `Trail` of numbers: a way that winds through the plane, and two receivers on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.telemetry.track import STEP_S, Motion, Telemetry, Track
from tests.alignment.trail_of_numbers import Run

Floats = NDArray[np.float64]
_METRES_PER_DEGREE = 6_371_008.8 * np.pi / 180
_ORIGIN = 46.75, 7.62


def way(place_m: Floats) -> tuple[Floats, Floats]:
    """East and north of places along the trail, metres: bends of 8 to 40 m, and on the whole eastward."""
    s = np.arange(-50.0, 2000.0, 0.25)
    heading = 0.5 * np.sin(s / 9) + 0.6 * np.sin(s / 23 + 1) + 0.4 * np.sin(s / 61 + 2)
    east, north = (np.cumsum(np.cos(heading)) * 0.25, np.cumsum(np.sin(heading)) * 0.25)
    return np.interp(place_m, s, east), np.interp(place_m, s, north)


def sensed(
    run: Run, seed: int, *, bias_m: tuple[float, float] = (0.0, 0.0), track: bool = True, motion: bool = True
) -> Telemetry:
    """Telemetry of a ride: a position with a steady bias, slow wander and noise; Doppler speed to 0.15 m/s; a gyroscope
    that also feels the rider look around.
    """
    rng = np.random.default_rng(seed)
    t = np.arange(0.0, run[0][-1], STEP_S)
    place = np.interp(t, *run)
    east, north = way(place)
    speed = np.maximum(np.gradient(place, t) + 0.15 * rng.standard_normal(len(t)), 0.0)
    return Telemetry(
        _track(t, east, north, speed, rng, bias_m) if track else None, _motion(t, place, rng) if motion else None
    )


def _track(
    t: Floats, east: Floats, north: Floats, speed: Floats, rng: np.random.Generator, bias_m: tuple[float, float]
) -> Track:
    phase = rng.uniform(0, 2 * np.pi, 2)
    east = east + bias_m[0] + 1.5 * np.sin(t / 20 + phase[0]) + 0.3 * rng.standard_normal(len(t))
    north = north + bias_m[1] + 1.5 * np.sin(t / 17 + phase[1]) + 0.3 * rng.standard_normal(len(t))
    latitude = _ORIGIN[0] + north / _METRES_PER_DEGREE
    longitude = _ORIGIN[1] + east / _METRES_PER_DEGREE / np.cos(np.radians(_ORIGIN[0]))
    gone = np.concatenate([[0.0], np.cumsum(speed[:-1] * np.diff(t))])
    known = np.ones(len(t), bool)
    return Track(t, latitude, longitude, np.full(len(t), 600.0), speed, gone, np.full(len(t), 3.0), known, "GPS9")


def _motion(t: Floats, place: Floats, rng: np.random.Generator) -> Motion:
    east, north = way(place + 0.5)
    east, north = east - way(place)[0], north - way(place)[1]
    turning = np.gradient(np.unwrap(np.arctan2(north, east)), t)
    gaze = np.convolve(rng.standard_normal(len(t) + 20), np.full(21, 1 / 21), "valid") * 0.45  # 0.1 rad rms
    looks = np.gradient(gaze, t) + 0.02
    still = np.gradient(place, t) < 0.1
    return Motion(t, turning + looks, np.where(still, 0.1, 2.0), still)
