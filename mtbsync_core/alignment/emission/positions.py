"""Positions as a source: two GPS tracks of one trail, bivariate normal about each other with an unknown common bias.

Place, not clock. Receivers err by some steady metres for minutes (two cameras on one walkway: 3 m along the path at
DOP 1.5 to 2), so within that nothing is preferred: the ratio is flat there, and leaves the choice
to the pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.grid import Contribution, Floats, Moments, Singles, effective_share
from mtbsync_core.telemetry.track import Telemetry, Track, enu, origin_of
from mtbsync_core.vision.inner_products import inner_products

ELSEWHERE_M = 30.0
"""Radius of where the run may be if it is not here: what lies further off is another trail, beyond what receivers
err by."""
_CHUNK = 256
"""Rows at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionOptions:
    """What receivers and riders do."""

    bias_m: float = 6.0
    """Distance that two tracks of one trail may keep all along: twice the 3 m that were seen. Half of it takes places
    away that are right under trees."""
    line_rad: float = 0.3
    """How much two riders' directions differ at one place for other reasons than noise: lines and braking."""
    chord_m: float = 16.0
    """A direction is that of the way from half of this before to half behind; shorter is noise, longer cuts bends."""
    shortest_chord_m: float = 5.0
    """Straight distance of its ends below which there is no direction."""
    odd: float = 0.02
    """Share of samples in which the receiver says just anything: no single one can rule a place out."""
    independent_s: float = 1.0
    """Samples closer in time share one sample's worth of evidence: their errors are the same."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackSamples:
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
    def of(
        cls, track: Track, t_s: Floats, origin: tuple[float, float], options: PositionOptions | None = None
    ) -> TrackSamples:
        """The track at the moments `t_s` (K,), rising."""
        o = options or PositionOptions()
        place = enu(track, origin)
        # Standing is given a creep, so that each distance has its moment.
        way = track.distance_m + 0.01 * (track.t_s - track.t_s[0])
        at = np.interp(t_s, track.t_s, way)
        behind, ahead = (_along(place, way, at + side * o.chord_m / 2) for side in (-1, 1))
        chord = np.hypot(*(ahead - behind).T)
        long = chord > o.shortest_chord_m
        sigma = np.interp(t_s, track.t_s, track.sigma_m)
        nearest = np.clip(np.searchsorted(track.t_s, t_s), 0, len(track.t_s) - 1)
        inside = (t_s >= track.t_s[0]) & (t_s <= track.t_s[-1])
        spacing = np.abs(np.gradient(at)) if len(at) > 1 else np.zeros(len(at))
        return cls(
            place_m=_along(place, way, at),
            heading=np.where(long[:, None], (ahead - behind) / np.maximum(chord, 1e-9)[:, None], 0.0),
            heading_rad=np.hypot(o.line_rad, np.sqrt(2) * np.minimum(sigma, 3.0) / np.maximum(chord, 1.0)),
            sigma_m=sigma,
            spacing_m=spacing,
            known=inside & track.known[nearest],
        )

    def at(self, chosen: slice | NDArray[np.bool_]) -> TrackSamples:
        """Some of the moments."""
        return TrackSamples(*(getattr(self, name)[chosen] for name in self.__slots__))


def positions(ref: Telemetry, new: Telemetry, at: Moments) -> Contribution | None:
    """The log ratio of the two tracks where both are known."""
    if ref.track is None or new.track is None:
        return None
    return Contribution(_ratios(ref.track, new.track, at.new_s, at.ref_s))


def position_log_ratio(ref: Track, new: Track, t_new: Floats, grid_s: Floats) -> Singles:
    """Log ratio in nats, shape (N, G), of "the new run is at this place of the reference" against "it is elsewhere".

    Two bivariate normal positions with an unknown common bias, against a uniform one within 30 m; times the directions
    of travel, von Mises about each other against uniform. Where either track is not known, 0. Samples closer than a
    second share a second's worth.

    Args:
        t_new: moments of the new run (N,), rising, seconds of its clock.
        grid_s: moments of the reference (G,), rising, seconds of its clock.
    """
    nats = _ratios(ref, new, t_new, grid_s)
    return np.concatenate([nats(slice(first, first + _CHUNK)) for first in range(0, len(t_new), _CHUNK)])


def _ratios(ref: Track, new: Track, t_new: Floats, grid_s: Floats) -> Callable[[slice], Singles]:
    o, origin = PositionOptions(), origin_of(ref)
    here, there = TrackSamples.of(new, t_new, origin, o), TrackSamples.of(ref, grid_s, origin, o)
    share = effective_share(t_new, o.independent_s).astype(np.float32)
    return lambda rows: _log_ratio(here.at(rows), there, o) * share[rows, None]


def _log_ratio(here: TrackSamples, there: TrackSamples, o: PositionOptions) -> Singles:
    """Nats, (n, G). Single precision is good to a thousandth of a nat here, and twice as fast."""
    a, b = here.place_m - there.place_m[0], there.place_m - there.place_m[0]
    off = np.hypot(_outer(np.subtract, a[:, 0], b[:, 0]), _outer(np.subtract, a[:, 1], b[:, 1]))
    bias = np.maximum(_outer(np.add, here.spacing_m, there.spacing_m) / 2, np.float32(o.bias_m))
    variance = _outer(np.add, here.sigma_m**2, there.sigma_m**2)
    # The integral over the plane of a normal distribution with its top drawn out to a disc of radius `bias`.
    area = np.pi * bias**2 + np.sqrt(2 * np.pi**3) * bias * np.sqrt(variance) + 2 * np.pi * variance
    elsewhere = np.maximum(area, np.float32(np.pi * ELSEWHERE_M**2))
    place = elsewhere / area * np.exp(np.maximum(off - bias, 0) ** 2 / (-2 * variance))
    # Von Mises against uniform; the Bessel function by the first terms of its series for large arguments.
    cosine = inner_products(here.heading, there.heading)
    kappa = 1 / _outer(np.add, here.heading_rad**2, there.heading_rad**2)
    going = np.sqrt(2 * np.pi * kappa) / (1 + 1 / (8 * kappa)) * np.exp(kappa * (cosine - 1))
    both = (here.heading != 0).any(axis=1)[:, None] & (there.heading != 0).any(axis=1)
    going = np.where(both, going, np.float32(1))
    keep, odd = np.float32(1 - o.odd), np.float32(o.odd)
    nats = np.log((keep * place + odd) * (keep * going + odd))
    return np.asarray(np.where(here.known[:, None] & there.known, nats, 0), np.float32)


def _outer(operation: np.ufunc, a: Floats, b: Floats) -> Singles:
    return np.asarray(operation.outer(a.astype(np.float32), b.astype(np.float32)))


def _along(place: Floats, way: Floats, at: Floats) -> Floats:
    return np.stack([np.interp(at, way, place[:, k]) for k in (0, 1)], axis=1)
