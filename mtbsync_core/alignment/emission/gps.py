"""What two GPS tracks say of where the new run is in the reference: evidence for the lattice, and the veto.

Place, not clock. Receivers err by a steady few metres for minutes (two cameras on one walkway: 3 m along the path at
DOP 1.5 to 2; alignment facts 2e), so within that nothing is preferred: the evidence is flat there, and leaves the
choice to the pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.telemetry.track import Track, enu, origin_of
from mtbsync_core.warp import TimeWarp

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

_STEADY_M = 6.0
"""Distance that two tracks of one trail may keep all along: twice the 3 m that were seen."""
ELSEWHERE_M = 30.0
"""Radius of where the run may be if it is not here: what lies further off is another trail."""
_LINE_RAD = 0.3
"""How much two riders' directions differ at one place for other reasons than noise: lines and braking."""
_CHORD_M = 16.0
_SHORTEST_CHORD_M = 5.0
"""A direction is that of the way from half of this before to half behind; of less there is none."""
_ODD = 0.02
"""Share of looks in which the receiver says just anything: no single look can rule a place out."""
_INDEPENDENT_S = 1.0
"""Looks closer in time share one look's worth of evidence."""
_CHUNK = 256

_EVERY_M = 5.0
_LEAST_M = 20.0
"""Common trail below which there is none."""
_SAME, _AGAINST = 0.5, -0.5
"""Cosines of 60 and 120 degrees."""
_MOSTLY = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """A track at some moments, arrays (K,) or (K, 2): place in metres, unit vector of the direction (zero where there
    is none) with its standard deviation in radians, standard deviation of the place, metres to the moments beside, and
    whether it is known at all.
    """

    place_m: Floats
    heading: Floats
    heading_rad: Floats
    sigma_m: Floats
    spacing_m: Floats
    known: NDArray[np.bool_]

    @classmethod
    def of(cls, track: Track, t_s: Floats, origin: tuple[float, float]) -> Looks:
        """The track at the moments `t_s` (K,), rising."""
        place = enu(track, origin)
        # Standing is given a creep, so that each distance has its moment.
        way = track.distance_m + 0.01 * (track.t_s - track.t_s[0])
        at = np.interp(t_s, track.t_s, way)
        behind, ahead = (_along(place, way, at + side * _CHORD_M / 2) for side in (-1, 1))
        chord = np.hypot(*(ahead - behind).T)
        long = chord > _SHORTEST_CHORD_M
        sigma = np.interp(t_s, track.t_s, track.sigma_m)
        nearest = np.clip(np.searchsorted(track.t_s, t_s), 0, len(track.t_s) - 1)
        inside = (t_s >= track.t_s[0]) & (t_s <= track.t_s[-1])
        spacing = np.abs(np.gradient(at)) if len(at) > 1 else np.zeros(len(at))
        return cls(
            place_m=_along(place, way, at),
            heading=np.where(long[:, None], (ahead - behind) / np.maximum(chord, 1e-9)[:, None], 0.0),
            heading_rad=np.hypot(_LINE_RAD, np.sqrt(2) * np.minimum(sigma, 3.0) / np.maximum(chord, 1.0)),
            sigma_m=sigma,
            spacing_m=spacing,
            known=inside & track.known[nearest],
        )


def place_evidence(ref: Track, new: Track, t_new: Floats, grid_s: Floats) -> Singles:
    """Log ratio in nats, shape (N, G), of "the new run is at this place of the reference" against "it is elsewhere".

    Two bivariate normal positions with an unknown common bias, against a uniform one within 30 m; times the directions
    of travel, von Mises about each other against uniform. Where either track is not known, 0. Looks closer than a
    second share a second's worth, so that the sum over a ride does not grow with the sampling.

    Args:
        t_new: moments of the new run (N,), rising, seconds of its clock.
        grid_s: moments of the reference (G,), rising, seconds of its clock.
    """
    origin = origin_of(ref)
    here, there = Looks.of(new, t_new, origin), Looks.of(ref, grid_s, origin)
    share = np.minimum(1.0, np.gradient(t_new) / _INDEPENDENT_S) if len(t_new) > 1 else np.ones(len(t_new))
    out = np.zeros((len(t_new), len(grid_s)), np.float32)
    for first in range(0, len(t_new), _CHUNK):
        rows = slice(first, first + _CHUNK)
        nats = _nats(here, there, rows) * share[rows, None].astype(np.float32)
        out[rows] = np.where(here.known[rows, None] & there.known, nats, 0.0)
    return out


def apart(ref: Track, new: Track) -> str | None:
    """Why the two tracks cannot be of one trail ridden in one direction, in words; None where they can.

    Tracks that are nowhere nearer than 30 m (or three standard deviations), and tracks that meet mostly against each
    other. A trail that one of them rides both ways is no such case.
    """
    from scipy.spatial import cKDTree

    origin = origin_of(ref)
    here, there = (_every(track, origin) for track in (new, ref))
    if min(len(here.place_m), len(there.place_m)) * _EVERY_M < _LEAST_M:
        return None
    reach = max(ELSEWHERE_M, 3 * float(np.hypot(np.median(here.sigma_m), np.median(there.sigma_m))))
    tree = cKDTree(there.place_m)
    nearest = tree.query(here.place_m)[0]
    near = nearest <= reach
    if near.sum() * _EVERY_M < _LEAST_M:
        least = float(nearest.min())
        return f"the tracks are nowhere nearer than {_far(least)} to each other"
    same, against = np.zeros(len(near), bool), np.zeros(len(near), bool)
    for i in np.flatnonzero(near):
        turn = there.heading[tree.query_ball_point(here.place_m[i], reach)] @ here.heading[i]
        same[i], against[i] = (turn > _SAME).any(), (turn < _AGAINST).any()
    only = against & ~same
    if only.sum() > _MOSTLY * same.sum():
        met = only.sum() + same.sum()
        return f"the tracks run in opposite directions over {only.sum() / met:.0%} of the trail that they share"
    return None


def distance_along(ref: Track, new: Track, warp: TimeWarp) -> float | None:
    """Metres between the two runs' positions in the median over a map; None where they are not both known."""
    t_new = new.t_s[new.known]
    t_ref = warp.to_ref(t_new)
    both = np.isfinite(t_ref) & (np.interp(t_ref, ref.t_s, ref.known, left=0, right=0) == 1)
    if not both.any():
        return None
    here, there = enu(new, origin_of(ref))[new.known][both], enu(ref, origin_of(ref))
    off = [here[:, k] - np.interp(t_ref[both], ref.t_s, there[:, k]) for k in (0, 1)]
    return float(np.median(np.hypot(*off)))


def _nats(here: Looks, there: Looks, rows: slice) -> Singles:
    """Single precision is good to a thousandth of a nat here, and twice as fast."""
    a, b = here.place_m[rows] - there.place_m[0], there.place_m - there.place_m[0]
    off = np.hypot(_outer(np.subtract, a[:, 0], b[:, 0]), _outer(np.subtract, a[:, 1], b[:, 1]))
    steady = np.maximum(_outer(np.add, here.spacing_m[rows], there.spacing_m) / 2, np.float32(_STEADY_M))
    variance = _outer(np.add, here.sigma_m[rows] ** 2, there.sigma_m**2)
    # The integral over the plane of a normal distribution with its top drawn out to a disc of radius `steady`.
    area = np.pi * steady**2 + np.sqrt(2 * np.pi**3) * steady * np.sqrt(variance) + 2 * np.pi * variance
    elsewhere = np.maximum(area, np.float32(np.pi * ELSEWHERE_M**2))
    place = elsewhere / area * np.exp(np.maximum(off - steady, 0) ** 2 / (-2 * variance))
    # Von Mises against uniform; the Bessel function by the first terms of its series for large arguments.
    cosine = (here.heading[rows] @ there.heading.T).astype(np.float32)
    kappa = 1 / _outer(np.add, here.heading_rad[rows] ** 2, there.heading_rad**2)
    going = np.sqrt(2 * np.pi * kappa) / (1 + 1 / (8 * kappa)) * np.exp(kappa * (cosine - 1))
    both = (here.heading[rows] != 0).any(axis=1)[:, None] & (there.heading != 0).any(axis=1)
    going = np.where(both, going, np.float32(1))
    keep, odd = np.float32(1 - _ODD), np.float32(_ODD)
    return np.asarray(np.log((keep * place + odd) * (keep * going + odd)), np.float32)


def _outer(operation: np.ufunc, a: Floats, b: Floats) -> Singles:
    return np.asarray(operation.outer(a.astype(np.float32), b.astype(np.float32)))


def _far(metres: float) -> str:
    return f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:.0f} km"


def _along(place: Floats, way: Floats, at: Floats) -> Floats:
    return np.stack([np.interp(at, way, place[:, k]) for k in (0, 1)], axis=1)


def _every(track: Track, origin: tuple[float, float]) -> Looks:
    """The track every few metres where it is known and going somewhere."""
    way = track.distance_m + 1e-6 * np.arange(len(track.t_s))
    looks = Looks.of(track, np.interp(np.arange(0, way[-1], _EVERY_M), way, track.t_s), origin)
    use = looks.known & (looks.heading != 0).any(axis=1)
    return Looks(*(getattr(looks, name)[use] for name in Looks.__slots__))
