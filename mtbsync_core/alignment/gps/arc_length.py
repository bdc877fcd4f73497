"""A track on the clock of an even ride: place, not time, so that neither pace nor stops come between two runs.

On this clock a run passes 5 m of its way in a second, all along, and a stop of a minute is half a second. Two rides of
one trail then differ by the noise of the receivers alone, and the lattice, whose numbers are meant for seconds of
riding, says where one is in the other; the tracks themselves then tell when each was there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.positions import TrackSamples
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.errors import EvidenceError
from mtbsync_core.telemetry.track import Track
from mtbsync_core.warp import TimeWarp, strictly_increasing

Floats = NDArray[np.float64]

PACE_MPS = 5.0
_CREEP = 0.01
"""Even seconds per second that go by standing too: each moment keeps its own place on the even clock."""
_LEAST_M = 10.0
_KNOT_S = 1.0
_CLEAR_S = 1e-6
_REACH_M = 15.0
"""How far along the reference the nearest place is looked for, beyond three standard deviations."""
_POINT_M = 1.0
_FORGOTTEN_S = 120.0
"""Seconds after which a receiver's error is another one: between a walk under trees and satellites that rise."""
_AROUND_S, _PIN_NOISE = 2.0, 0.05
"""Even seconds around a pair whose looks tell the error there, and the share of its variance that they leave open."""


@dataclass(frozen=True, slots=True, eq=False)
class EvenWay:
    """`t_s` seconds of the recording's clock and `even_s` of the even one, from 0; both (N,), strictly rising."""

    track: Track
    t_s: Floats
    even_s: Floats

    @classmethod
    def of(cls, track: Track) -> EvenWay:
        """All of a track."""
        even = track.distance_m / PACE_MPS + _CREEP * track.t_s
        return cls(track, track.t_s, even - even[0])

    @property
    def length_s(self) -> float:
        """Even seconds from one end to the other."""
        return float(self.even_s[-1])

    def when(self, even_s: Floats | float) -> Floats:
        """Seconds of the recording at even seconds."""
        return np.asarray(np.interp(even_s, self.even_s, self.t_s))

    def where(self, t_s: Floats | float) -> Floats:
        """Even seconds at seconds of the recording."""
        return np.asarray(np.interp(t_s, self.t_s, self.even_s))

    def sigma_s(self, even_s: Floats) -> Floats:
        """Standard deviation of the place, in even seconds."""
        return np.interp(self.when(even_s), self.track.t_s, self.track.sigma_m) / PACE_MPS


def within(track: Track, end_s: float | None) -> Track:
    """What of a track was recorded from second 0 to `end_s` of the recording, None being the track's own end.

    Raises:
        EvidenceError: it goes less than 10 m there.
    """
    inside = (track.t_s >= -1e-6) & (track.t_s <= (np.inf if end_s is None else end_s + 1e-6))
    went = float(np.ptp(track.distance_m[inside])) if inside.any() else 0.0
    if went < _LEAST_M:
        raise EvidenceError(
            f"the {track.source} track goes only {went:.0f} m while the recording runs",
            "Check that both are of one ride; --gpx-offset says where they meet.",
        )
    return replace(
        track,
        t_s=track.t_s[inside],
        lat_deg=track.lat_deg[inside],
        lon_deg=track.lon_deg[inside],
        alt_m=track.alt_m[inside],
        speed_mps=track.speed_mps[inside],
        distance_m=track.distance_m[inside],
        sigma_m=track.sigma_m[inside],
        known=track.known[inside],
    )


def nearest_along(
    ref: EvenWay, new: EvenWay, even_new: Floats, about: Floats, about_sd: float, origin: tuple[float, float]
) -> Floats:
    """Even seconds (N,) of the reference's places that lie nearest to the new run's at `even_new` (N,).

    Looked for along the reference around `about` (N,), which is good to `about_sd`, in the same direction of travel,
    and taken between the points of the reference by projection on its direction.
    """
    fine = np.arange(0.0, ref.length_s, _POINT_M / PACE_MPS)
    there = TrackSamples.of(ref.track, ref.when(fine), origin)
    here = TrackSamples.of(new.track, new.when(even_new), origin)
    reach_m = _REACH_M + about_sd * PACE_MPS
    spread_m = 3 * PACE_MPS * np.hypot(ref.sigma_s(about), new.sigma_s(even_new))
    half = int(np.ceil((float(np.median(spread_m)) + reach_m) / _POINT_M))
    candidates = np.round(about / (_POINT_M / PACE_MPS)).astype(int)[:, None] + np.arange(-half, half + 1)
    candidates = candidates.clip(0, len(fine) - 1)
    off = here.place_m[:, None] - there.place_m[candidates]
    agree = (there.heading[candidates] * here.heading[:, None]).sum(axis=2)
    cost = (off**2).sum(axis=2) + np.where(agree < 0, np.inf, 0.0)
    cost += ((fine[candidates] - about[:, None]) * PACE_MPS / reach_m) ** 2
    best = cost.argmin(axis=1)
    rows = np.arange(len(best))
    chosen = candidates[rows, best]
    beyond = (off[rows, best] * there.heading[chosen]).sum(axis=1)
    return np.asarray(fine[chosen] + np.clip(beyond, -_POINT_M, _POINT_M) / PACE_MPS)


def without_steady_error(
    even_ref: Floats, even_new: Floats, new_s: Floats, sigma: Floats, pins: Sequence[UserPair]
) -> tuple[Floats, Floats]:
    """The places (N,) and their spread (N,) once pairs that match beyond doubt have told the receivers' error there.

    That error is a Gaussian process that is forgotten within minutes (Rasmussen & Williams 2006, equations 2.25 and
    2.26, with the exponential covariance).

    Args:
        even_ref, even_new: places and looks on the even clocks; `new_s` when the looks are on the recording's.
        pins: pairs on the even clocks.
    """
    if not pins:
        return even_ref, sigma
    late = even_ref - even_new
    at = np.interp([pin.new_s for pin in pins], even_new, new_s)
    told = np.array(
        [pin.ref_s - pin.new_s - late[np.abs(even_new - pin.new_s) <= _AROUND_S].mean() for pin in pins], np.float64
    )
    own, cross = (np.exp(-np.abs(np.subtract.outer(t, at)) / _FORGOTTEN_S) for t in (at, new_s))
    weight = np.linalg.solve(own + _PIN_NOISE * np.eye(len(at)), cross.T).T
    left = np.clip(1 - (weight * cross).sum(axis=1), 0.0, 1.0)
    return even_ref + weight @ told, sigma * np.sqrt(left)


def on_clocks(even: TimeWarp, ref: EvenWay, new: EvenWay) -> TimeWarp:
    """A gapless warp between even clocks as one between the clocks of the recordings.

    Knots where either recording passes another second. The spread of a place becomes half the time that the new run
    takes from one side of it to the other: much where it is slow, and all of a stop.
    """
    low, high = float(even.ref_s[0]), float(even.ref_s[-1])
    steps = [way.where(np.arange(way.t_s[0], way.t_s[-1], _KNOT_S)) for way in (ref, new)]
    at = np.concatenate([even.ref_s, steps[0], np.interp(steps[1], even.new_s, even.ref_s)])
    at = np.unique(at[(at >= low) & (at <= high)])
    there = np.interp(at, even.ref_s, even.new_s)
    sigma = np.interp(at, even.ref_s, even.sigma_s)
    ref_s, new_s = ref.when(at), new.when(there)
    spread = (new.when(there + sigma) - new.when(there - sigma)) / 2
    rising = strictly_increasing(ref_s, new_s, _CLEAR_S)
    return TimeWarp(ref_s[rising], new_s[rising], spread[rising])
