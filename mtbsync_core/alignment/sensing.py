"""What sensors have against the new run being at a place of the reference, or riding on.

Sensors only ever take away. That the runs show the same place is for the pictures to say: a receiver under trees, or a
watch that was started late, must not make a map that the pictures do not. So every figure here is a log ratio of at
most 0, and the evidence that a verdict rests on is that of the pictures.

| sensor | says |
|---|---|
| position, both runs | not here: the tracks lie too far apart, or lead the other way |
| turning, both runs | hardly here: the bends of the last and next seconds are others |
| turning, shaking or speed, either run | not riding: standing |
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.evidence import Evidence, independent_share
from mtbsync_core.telemetry.track import STEP_S, Telemetry, Track, enu

Floats = NDArray[np.float64]

GATE_M = 30.0
"""Tracks this far apart are not on one trail: bias, wander and noise of two receivers together stay below half of it in
the open, and two lines of one trail are a few metres apart (alignment facts, 2e)."""
_AGAINST = -3.5
"""Nats a look: as much as a picture can say against a place."""
_MOVING_MPS, _STANDING_MPS = 1.5, 0.4
_OPPOSITE = -0.5
"""Cosine between the two directions."""
_BEND_REACH_M, _BEND_REACH_S, _LAGS = 25.0, 4.0, 51
_LEAST_BEND = 0.15
"""Spread of the heading over a window, rad, below which there are no bends to compare."""
_BEND_FIT, _BEND_AGAINST = 0.5, -1.0
"""Correlation of two windows from which bends have nothing against a place; nats a look where it is 0 or less.
On simulated runs 99 of 100 true places have 0.78 by distance and 0.61 by time, strange ones -0.84 to 0.8.
"""
_RIDES = np.log(0.1)
"""Nats a look: sensors that see a rider stand are wrong one time in ten. That they see one move is no news: the lattice
also stands for a moment where one run is much slower, and maps get worse when it may not (median 0.044 s to 0.049 s).
"""


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
        against += _other_bends(ref, new, t_ref, t_new, ratio)
    if against.any():
        against *= share[:, None].astype(np.float32)
        evidence = replace(evidence, log_ratio=(evidence.log_ratio + against).astype(np.float16))
    return replace(evidence, riding=np.where(_stands(new, t_new), _RIDES * share, 0.0))


def _stands(telemetry: Telemetry, t_s: Floats) -> NDArray[np.bool_]:
    """Whether the rider is seen to stand at times (N,). The speed of a receiver has the last word."""
    stands = np.zeros(len(t_s), bool)
    if telemetry.motion is not None:
        stands = _at(telemetry.motion.t_s, telemetry.motion.still, t_s) > 0.5
    if telemetry.track is not None:
        track = telemetry.track
        speed = np.where(_at(track.t_s, track.known, t_s) == 1, _at(track.t_s, track.speed_mps, t_s), np.nan)
        stands = (stands & ~(speed > _MOVING_MPS)) | (speed < _STANDING_MPS)
    return np.asarray(stands)


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
    known = _at(track.t_s, track.known, t_s) == 1
    step = 1.0
    over = [_at(track.t_s, v, t_s + step) - _at(track.t_s, v, t_s - step) for v in (east, north)]
    far = np.hypot(*over)
    moving = known & (far > 2 * step * _MOVING_MPS)
    way = [np.where(moving, v / np.maximum(far, 1e-9), 0.0) for v in over]
    place = [np.where(known, _at(track.t_s, v, t_s), np.nan) for v in (east, north)]
    return place[0], place[1], way[0], way[1], _at(track.t_s, track.sigma_m, t_s)


def _other_bends(ref: Telemetry, new: Telemetry, t_ref: Floats, t_new: Floats, ratio: float) -> NDArray[np.float32]:
    """Against places (N, G) whose bends are others: correlation of the heading against the way gone around each. The
    way is the distance where both runs know it, else the time in motion; so pace and stops do not come in between.
    """
    metres = ref.track is not None and new.track is not None
    reach = _BEND_REACH_M if metres else _BEND_REACH_S
    scale = 1.0 if metres else float(np.sqrt(ratio))
    a, bends_a = _signatures(new, t_new, reach / scale, metres=metres)
    b, bends_b = _signatures(ref, t_ref, reach * scale, metres=metres)
    against = np.clip(1 - a @ b.T / _BEND_FIT, 0, 1) * np.float32(_BEND_AGAINST)
    return np.where(bends_a[:, None] & bends_b[None], against, np.float32(0))


def _signatures(
    telemetry: Telemetry, t_s: Floats, reach: float, *, metres: bool
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """How the heading changes up to `reach` before and behind each time: (N, lags), of unit length; and whether it does
    so at all, and is known."""
    motion = telemetry.motion
    assert motion is not None
    heading = np.cumsum(motion.yaw_rps) * STEP_S
    if metres and telemetry.track is not None:
        way = np.interp(motion.t_s, telemetry.track.t_s, telemetry.track.distance_m)
    else:
        way = np.cumsum(~motion.still, dtype=np.float64) * STEP_S
    way += 1e-6 * motion.t_s
    at = np.add.outer(np.interp(t_s, motion.t_s, way), np.linspace(-reach, reach, _LAGS))
    known = (at[:, 0] > way[0]) & (at[:, -1] < way[-1])
    turned = np.interp(at, way, heading)
    turned -= turned.mean(axis=1, keepdims=True)
    size = np.linalg.norm(turned, axis=1, keepdims=True)
    bends = size[:, 0] > _LEAST_BEND * np.sqrt(_LAGS)
    return (turned / np.maximum(size, 1e-9)).astype(np.float32), np.asarray(known & bends)


def _at(clock: Floats, values: NDArray[np.floating | np.bool_], t_s: Floats) -> Floats:
    return np.asarray(np.interp(t_s, clock, values, left=np.nan, right=np.nan), np.float64)
