"""Arc-length parametrisation of a track: place, not time, so that neither pace nor stops come between two runs.

On the clock of an even ride a run passes 5 m of its way in a second, all along, and a stop of a minute is half a
second. Two rides of one trail then differ by the noise of the receivers alone, and the lattice, whose numbers are meant
for seconds of riding, says where one is in the other; the tracks themselves then tell when each was there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.positions import TrackSamples
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.errors import EvidenceError
from mtbsync_core.telemetry.track import Track
from mtbsync_core.warp import TimeWarp, strictly_increasing

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArcLengthOptions:
    """The clock of an even ride, and what receivers do."""

    pace_mps: float = 5.0
    """Metres of way in a second of the even clock. Half or twice of it only rescales what the lattice means by a
    second of riding, as knots and cells go with it."""
    creep: float = 0.01
    """Even seconds per second that go by standing too: each moment keeps its own place on the even clock."""
    least_m: float = 10.0
    """Way of a track that is one, metres: half of it is what a receiver wanders while it stands."""
    knot_s: float = 1.0
    """Spacing of the knots of the map, seconds: that of most receivers' fixes."""
    clear_s: float = 1e-6
    """Least time between two knots, seconds."""
    reach_m: float = 15.0
    """How far along the reference the nearest place is looked for, beyond three standard deviations, metres."""
    point_m: float = 1.0
    """Spacing of the places looked at, metres; between them lies a straight line, so that half of it changes little."""
    forgotten_s: float = 120.0
    """Seconds after which a receiver's error is another one: between a walk under trees and satellites that rise. How
    far a pair of the user is believed is proportional to it."""
    around_s: float = 2.0
    """Even seconds around a pair of the user whose samples tell the error there."""
    open_share: float = 0.05
    """Share of the error's variance that they leave open."""


@dataclass(frozen=True, slots=True, eq=False)
class ArcLength:
    """`t_s` seconds of the recording's clock and `even_s` of the even one, from 0; both (N,), strictly rising."""

    track: Track
    t_s: Floats
    even_s: Floats
    options: ArcLengthOptions

    @classmethod
    def of(cls, track: Track, options: ArcLengthOptions) -> ArcLength:
        """All of a track."""
        even = track.distance_m / options.pace_mps + options.creep * track.t_s
        return cls(track, track.t_s, even - even[0], options)

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
        return np.interp(self.when(even_s), self.track.t_s, self.track.sigma_m) / self.options.pace_mps


def within(track: Track, end_s: float | None, options: ArcLengthOptions | None = None) -> Track:
    """What of a track was recorded from second 0 to `end_s` of the recording, None being the track's own end.

    Raises:
        EvidenceError: it goes less than 10 m there.
    """
    o = options or ArcLengthOptions()
    inside = (track.t_s >= -1e-6) & (track.t_s <= (np.inf if end_s is None else end_s + 1e-6))
    went = float(np.ptp(track.distance_m[inside])) if inside.any() else 0.0
    if went < o.least_m:
        raise EvidenceError(
            f"the {track.source} track goes only {went:.0f} m while the recording runs",
            "Check that both are of one ride; --gpx-offset says where they meet.",
        )
    columns = [f.name for f in fields(track) if f.name not in ("source", "timed")]
    return replace(track, **{name: getattr(track, name)[inside] for name in columns})


def nearest_along(
    ref: ArcLength, new: ArcLength, even_new: Floats, about: Floats, about_sd: float, origin: tuple[float, float]
) -> Floats:
    """Even seconds (N,) of the reference's places that lie nearest to the new run's at `even_new` (N,).

    Looked for along the reference around `about` (N,), which is good to `about_sd`, in the same direction of travel,
    and taken between the points of the reference by projection on its direction.
    """
    o = ref.options
    fine = np.arange(0.0, ref.length_s, o.point_m / o.pace_mps)
    there = TrackSamples.of(ref.track, ref.when(fine), origin)
    here = TrackSamples.of(new.track, new.when(even_new), origin)
    reach_m = o.reach_m + about_sd * o.pace_mps
    spread_m = 3 * o.pace_mps * np.hypot(ref.sigma_s(about), new.sigma_s(even_new))
    half = int(np.ceil((float(np.median(spread_m)) + reach_m) / o.point_m))
    candidates = np.round(about / (o.point_m / o.pace_mps)).astype(int)[:, None] + np.arange(-half, half + 1)
    candidates = candidates.clip(0, len(fine) - 1)
    off = here.place_m[:, None] - there.place_m[candidates]
    agree = (there.heading[candidates] * here.heading[:, None]).sum(axis=2)
    cost = (off**2).sum(axis=2) + np.where(agree < 0, np.inf, 0.0)
    cost += ((fine[candidates] - about[:, None]) * o.pace_mps / reach_m) ** 2
    best = cost.argmin(axis=1)
    rows = np.arange(len(best))
    chosen = candidates[rows, best]
    beyond = (off[rows, best] * there.heading[chosen]).sum(axis=1)
    return np.asarray(fine[chosen] + np.clip(beyond, -o.point_m, o.point_m) / o.pace_mps)


def krige_shared_error(
    even_ref: Floats, even_new: Floats, new_s: Floats, sigma: Floats, user: Sequence[UserPair], o: ArcLengthOptions
) -> tuple[Floats, Floats]:
    """Kriging of the error that the receivers share over minutes: the places (N,) and their standard deviations (N,)
    once the user's pairs have told that error where they are.

    It is a Gaussian process with exponential covariance (Rasmussen & Williams 2006, equations 2.25 and 2.26).

    Args:
        even_ref, even_new: places and samples on the even clocks; `new_s` when the samples are on the recording's.
        user: pairs on the even clocks.
    """
    if not user:
        return even_ref, sigma
    late = even_ref - even_new
    at = np.interp([pair.new_s for pair in user], even_new, new_s)
    known = np.array(
        [pair.ref_s - pair.new_s - late[np.abs(even_new - pair.new_s) <= o.around_s].mean() for pair in user],
        np.float64,
    )
    own, cross = (np.exp(-np.abs(np.subtract.outer(t, at)) / o.forgotten_s) for t in (at, new_s))
    weight = np.linalg.solve(own + o.open_share * np.eye(len(at)), cross.T).T
    left = np.clip(1 - (weight * cross).sum(axis=1), 0.0, 1.0)
    return even_ref + weight @ known, sigma * np.sqrt(left)


def on_clocks(even: TimeWarp, ref: ArcLength, new: ArcLength) -> TimeWarp:
    """A gapless warp between even clocks as one between the clocks of the recordings.

    Knots where either recording passes another second. The spread of a place becomes half the time that the new run
    takes from one side of it to the other: much where it is slow, and all of a stop.
    """
    low, high = float(even.ref_s[0]), float(even.ref_s[-1])
    steps = [way.where(np.arange(way.t_s[0], way.t_s[-1], way.options.knot_s)) for way in (ref, new)]
    at = np.concatenate([even.ref_s, steps[0], np.interp(steps[1], even.new_s, even.ref_s)])
    at = np.unique(at[(at >= low) & (at <= high)])
    there = np.interp(at, even.ref_s, even.new_s)
    sigma = np.interp(at, even.ref_s, even.sigma_s)
    ref_s, new_s = ref.when(at), new.when(there)
    spread = (new.when(there + sigma) - new.when(there - sigma)) / 2
    rising = strictly_increasing(ref_s, new_s, ref.options.clear_s)
    return TimeWarp(ref_s[rising], new_s[rising], spread[rising])
