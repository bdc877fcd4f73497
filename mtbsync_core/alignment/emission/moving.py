"""How the new run moves, as a source: who is seen to stand does not ride on, and who is quicker than usual shifts the
prior of the other run's speed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.grid import Contribution, Floats, Moments, effective_share
from mtbsync_core.telemetry.track import Telemetry, Track


@dataclass(frozen=True, slots=True, kw_only=True)
class MovingOptions:
    """Speeds of a receiver, what they are worth, and how much of a rider's pace is his own, not the trail's."""

    moving_mps: float = 1.5
    """A receiver that tells more is believed that the rider moves, whatever is felt; walking pace."""
    standing_mps: float = 0.4
    """One that tells less is believed that he stands: twice the noise of its speed."""
    wrong: float = 0.1
    """Share of samples in which sensors see a rider stand who rides. That they see one move is no news: the model also
    stands for a moment where one run is much slower, and maps get worse when it may not (median 0.044 s to 0.049 s)."""
    own_share: float = 0.5
    """How much of the own part counts. Hard simulated pairs with 0, 0.3, 0.6 and 1: median 0.059, 0.054, 0.049 and
    0.046 s."""
    own_sd: float = 0.12
    """Standard deviation of the own part, as a share of the speed."""
    noise_mps: float = 0.2
    """Standard deviation of a receiver's speed."""


def moving(_ref: Telemetry, new: Telemetry, at: Moments, options: MovingOptions | None = None) -> Contribution | None:
    """Log odds of riding where the new run is seen to stand, and the expected pace where its GPS tells a speed."""
    if new.is_empty:
        return None
    o = options or MovingOptions()
    against = np.where(_stands(new, at.new_s, o), np.log(o.wrong) * effective_share(at.new_s, at.independent_s), 0.0)
    return Contribution(riding=against, pace=_pace(new.track, at.new_s, o) if new.track else None)


def _pace(track: Track, t_s: Floats, o: MovingOptions) -> Floats:
    """Shrinkage estimate of log2 of how much faster than all in all the other run passes at times (N,): a rider who is
    quicker than usual here is partly so for the trail's sake, which both are, and partly for his own.
    """
    speed = np.interp(t_s, track.t_s, track.speed_mps)
    riding = speed > o.moving_mps if (speed > o.moving_mps).any() else speed > 0
    usual = float(np.median(speed[riding])) if riding.any() else 1.0
    own = o.own_share * o.own_sd**2 / (o.own_sd**2 + (o.noise_mps / usual) ** 2)
    faster = own * np.log2(np.maximum(speed, o.standing_mps) / usual)
    return np.where(np.interp(t_s, track.t_s, track.known, left=0, right=0) > 0, faster, 0.0)


def _stands(telemetry: Telemetry, t_s: Floats, o: MovingOptions) -> NDArray[np.bool_]:
    """Whether the rider is seen to stand at times (N,). The speed of a receiver has the last word."""
    stands = np.zeros(len(t_s), bool)
    if telemetry.motion is not None:
        stands = _at(telemetry.motion.t_s, telemetry.motion.still, t_s) > 0.5
    if telemetry.track is not None:
        track = telemetry.track
        speed = np.where(_at(track.t_s, track.known, t_s) == 1, _at(track.t_s, track.speed_mps, t_s), np.nan)
        stands = (stands & ~(speed > o.moving_mps)) | (speed < o.standing_mps)
    return np.asarray(stands)


def _at(clock: Floats, values: NDArray[np.floating | np.bool_], t_s: Floats) -> Floats:
    return np.asarray(np.interp(t_s, clock, values, left=np.nan, right=np.nan), np.float64)
