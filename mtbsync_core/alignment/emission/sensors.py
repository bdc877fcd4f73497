"""What sensors have against the new run being at a place of the reference, or riding on.

Sensors only ever take away. That the runs show the same place is for the pictures to say: a receiver under trees, or a
watch that was started late, must not make a map that the pictures do not. So every figure here is a log ratio of at
most 0, and the evidence that a verdict rests on is that of the pictures.

| sensor | says |
|---|---|
| position, both runs | not here: the tracks lie too far apart, or lead the other way |
| turning, both runs | hardly here: the bends of the last and next seconds are others |
| turning, shaking or speed, either run | not riding: standing |

Speed shapes the prior as well: how fast the other run is expected to pass.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.gps import place_evidence
from mtbsync_core.alignment.emission.pictures import Evidence, independent_share
from mtbsync_core.telemetry.track import STEP_S, Telemetry, Track

Floats = NDArray[np.float64]

_CHUNK = 64
"""Rows at a time: 64 take 30 MB beside the result for ten minutes, all of them a gigabyte."""
_MOVING_MPS, _STANDING_MPS = 1.5, 0.4
_BEND_REACH_M, _BEND_REACH_S, _LAGS = 25.0, 4.0, 51
_LEAST_BEND = 0.15
"""Spread of the heading over a window, rad, below which there are no bends to compare."""
_BEND_FIT, _BEND_AGAINST = 0.5, -1.0
"""Correlation of two windows from which bends have nothing against a place; nats a look where it is 0 or less.
On simulated runs 99 of 100 true places have 0.78 by distance and 0.61 by time, strange ones -0.84 to 0.8.
"""
_OWN_SHARE, _OWN_PACE, _SPEED_NOISE_MPS = 0.5, 0.12, 0.2
"""Of a deviation from the usual speed, the rider's own share (hard simulated pairs, 0, 0.3, 0.6 and 1: median 0.059,
0.054, 0.049 and 0.046 s); the usual size of that, as a share of the speed; and the noise of a receiver's speed."""
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
    bends = _Bends.of(ref, new, t_ref, t_new, ratio) if ref.motion is not None and new.motion is not None else None
    left = evidence.log_ratio.copy()
    for first in range(0, len(t_new), _CHUNK):
        rows = slice(first, first + _CHUNK)
        if ref.track is not None and new.track is not None:
            left[rows] += np.minimum(place_evidence(ref.track, new.track, t_new[rows], t_ref), 0)
        if bends is not None:
            left[rows] += bends.against(rows) * share[rows, None].astype(np.float32)
    riding = np.where(_stands(new, t_new), _RIDES * share, 0.0)
    return replace(evidence, log_ratio=left, riding=riding, pace=_pace(new.track, t_new) if new.track else None)


def _pace(track: Track, t_s: Floats) -> Floats:
    """How much faster than all in all, as log2, the other run is expected to pass at times (N,), by this run's speed: a
    rider who is quicker than usual here is partly so for the trail's sake, which both are, and partly for his own.
    """
    speed = np.interp(t_s, track.t_s, track.speed_mps)
    riding = speed > _MOVING_MPS if (speed > _MOVING_MPS).any() else speed > 0
    usual = float(np.median(speed[riding])) if riding.any() else 1.0
    own = _OWN_SHARE * _OWN_PACE**2 / (_OWN_PACE**2 + (_SPEED_NOISE_MPS / usual) ** 2)
    faster = own * np.log2(np.maximum(speed, _STANDING_MPS) / usual)
    return np.where(np.interp(t_s, track.t_s, track.known, left=0, right=0) > 0, faster, 0.0)


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


@dataclass(frozen=True, slots=True, eq=False)
class _Bends:
    """Signatures of the bends around the moments of both runs (N, lags), (G, lags), and where there are any."""

    new: NDArray[np.float32]
    ref: NDArray[np.float32]
    new_bends: NDArray[np.bool_]
    ref_bends: NDArray[np.bool_]

    @classmethod
    def of(cls, ref: Telemetry, new: Telemetry, t_ref: Floats, t_new: Floats, ratio: float) -> _Bends:
        """The heading against the way gone: distance where both runs know it, else time in motion, so that pace and
        stops do not come in between.
        """
        metres = ref.track is not None and new.track is not None
        reach, scale = (_BEND_REACH_M, 1.0) if metres else (_BEND_REACH_S, float(np.sqrt(ratio)))
        (a, bends_a), (b, bends_b) = (
            _signatures(side, t, reach * stretch, metres=metres)
            for side, t, stretch in ((new, t_new, 1 / scale), (ref, t_ref, scale))
        )
        return cls(a, b, bends_a, bends_b)

    def against(self, rows: slice) -> NDArray[np.float32]:
        """Nats against each place of the reference for some new moments, by the correlation of the bends."""
        nats = np.clip(1 - self.new[rows] @ self.ref.T / _BEND_FIT, 0, 1) * np.float32(_BEND_AGAINST)
        return np.where(self.new_bends[rows, None] & self.ref_bends, nats, np.float32(0))


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
