"""What sensors have against the new run being at a place of the reference, or riding, or standing.

Sensors only ever take away. That the runs show the same place is for the pictures to say: a receiver under trees, or a
watch that was started late, must not make a map that the pictures do not. So every figure here is a log ratio of at
most 0, and the evidence that a verdict rests on is that of the pictures.

| sensor | says |
|---|---|
| position, both runs | not here: the tracks lie too far apart, or lead the other way |
| turning, both runs | hardly here: the bends of the last and next seconds are others |
| turning, shaking or speed, either run | not riding; not standing |
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.evidence import Evidence, independent_share
from mtbsync_core.telemetry.track import Motion, Telemetry, Track, enu

Floats = NDArray[np.float64]

GATE_M = 30.0
"""Tracks this far apart are not on one trail: bias, wander and noise of two receivers together stay below half of it in
the open, and two lines of one trail are a few metres apart (alignment facts, 2e)."""
_AGAINST = -3.5
"""Nats a look: as much as a picture can say against a place."""
_MOVING_MPS, _STANDING_MPS = 1.5, 0.4
_OPPOSITE = -0.5
"""Cosine between the two directions."""
_BEND_REACH_S = 4.0
_BEND_LEAST = 0.08
"""Turning, rad/s rms over a window, below which there are no bends to compare."""
_BEND_FIT, _BEND_AGAINST = 0.4, -0.5
"""Correlation of two windows from which bends have nothing against a place; nats a look where it is 0 or less."""
_RIDES, _STANDS = np.log(0.1), np.log(0.05)
"""A sensor that sees a rider stand is wrong one time in ten, that sees one move one time in twenty."""


def sensed(evidence: Evidence, ref: Telemetry, new: Telemetry, ratio: float) -> Evidence:
    """The evidence of pictures (N, G) less what sensors have against it.

    Args:
        evidence: rows at new moments, columns at reference moments.
        ref, new: telemetry of the two runs, each on its recording's clock.
        ratio: reference seconds per new second, all in all.
    """
    if ref.is_empty and new.is_empty:
        return evidence
    t_new, t_ref = evidence.t_new, evidence.grid_s
    share = independent_share(t_new)
    against = np.zeros(evidence.log_ratio.shape, np.float32)
    if ref.track is not None and new.track is not None:
        against += _apart(ref.track, new.track, t_ref, t_new)
    if ref.motion is not None and new.motion is not None:
        against += _other_bends(ref.motion, new.motion, t_ref, t_new, ratio)
    if against.any():
        against *= share[:, None].astype(np.float32)
        evidence = replace(evidence, log_ratio=(evidence.log_ratio + against).astype(np.float16))
    stands, moves = standing(new, t_new)
    return replace(
        evidence, riding=np.where(stands, _RIDES * share, 0.0), standing=np.where(moves, _STANDS * share, 0.0)
    )


def standing(telemetry: Telemetry, t_s: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether the rider is seen to stand, and whether to move, at times (N,); neither where nothing is known."""
    stands, moves = np.zeros(len(t_s), bool), np.zeros(len(t_s), bool)
    if telemetry.motion is not None:
        still = _at(telemetry.motion.t_s, telemetry.motion.still.astype(float), t_s)
        stands, moves = still > 0.5, still == 0.0
    if telemetry.track is not None:
        track = telemetry.track
        known = _at(track.t_s, track.known.astype(float), t_s) == 1
        speed = np.where(known, _at(track.t_s, track.speed_mps, t_s), np.nan)
        stands = np.where(speed > _MOVING_MPS, False, stands | (speed < _STANDING_MPS))
        moves = np.where(speed < _STANDING_MPS, False, moves | (speed > _MOVING_MPS))
    return stands, moves


def _apart(ref: Track, new: Track, t_ref: Floats, t_new: Floats) -> NDArray[np.float32]:
    """Against places (N, G) that lie elsewhere or lead elsewhere."""
    origin = float(ref.lat_deg[0]), float(ref.lon_deg[0])
    here, there = (_path(track, t, origin) for track, t in ((new, t_new), (ref, t_ref)))
    off = np.hypot(*(np.subtract.outer(here[k], there[k]).astype(np.float32) for k in (0, 1)))
    gate = GATE_M + 2 * np.hypot.outer(here[4], there[4])
    against = np.clip((gate - off) / GATE_M, -1, 0) * -_AGAINST
    ahead = np.outer(here[2], there[2]) + np.outer(here[3], there[3])
    against[ahead < _OPPOSITE] = _AGAINST
    return np.nan_to_num(against, nan=0.0).astype(np.float32)


def _path(track: Track, t_s: Floats, origin: tuple[float, float]) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """East, north, direction east, direction north (0 below walking pace) and spread at times (N,); NaN if unknown."""
    east, north = enu(track, origin)[:, :2].T
    known = _at(track.t_s, track.known.astype(float), t_s) == 1
    step = 1.0
    over = [_at(track.t_s, v, t_s + step) - _at(track.t_s, v, t_s - step) for v in (east, north)]
    far = np.hypot(*over)
    moving = known & (far > 2 * step * _MOVING_MPS)
    way = [np.where(moving, v / np.maximum(far, 1e-9), 0.0) for v in over]
    place = [np.where(known, _at(track.t_s, v, t_s), np.nan) for v in (east, north)]
    return place[0], place[1], way[0], way[1], _at(track.t_s, track.sigma_m, t_s)


def _other_bends(ref: Motion, new: Motion, t_ref: Floats, t_new: Floats, ratio: float) -> NDArray[np.float32]:
    """Against places (N, G) whose bends are others: correlation of the turning over some seconds around each."""
    lag = np.linspace(-_BEND_REACH_S, _BEND_REACH_S, 41)
    a, strong_a = _windows(new, t_new, lag / np.sqrt(ratio))
    b, strong_b = _windows(ref, t_ref, lag * np.sqrt(ratio))
    alike = a @ b.T
    against = np.clip(1 - alike / _BEND_FIT, 0, 1) * np.float32(_BEND_AGAINST)
    return np.where(strong_a[:, None] & strong_b[None], against, np.float32(0))


def _windows(motion: Motion, t_s: Floats, lag: Floats) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Turning around each time, (N, lags), of unit length; and whether there is any."""
    turning = np.interp(np.add.outer(t_s, lag), motion.t_s, motion.yaw_rps, left=0.0, right=0.0)
    size = np.linalg.norm(turning, axis=1, keepdims=True)
    unit = turning / np.maximum(size, 1e-9)
    return unit.astype(np.float32), np.asarray(size[:, 0] > _BEND_LEAST * np.sqrt(len(lag)))


def _at(clock: Floats, values: Floats, t_s: Floats) -> Floats:
    return np.asarray(np.interp(t_s, clock, values, left=np.nan, right=np.nan), np.float64)
