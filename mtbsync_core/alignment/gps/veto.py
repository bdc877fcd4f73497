"""Whether two tracks can be of one trail at all (`apart`), and how far they lie apart over a map (`distance_along`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mtbsync_core.alignment.emission.positions import ELSEWHERE_M, PositionOptions, TrackSamples
from mtbsync_core.telemetry.track import Track, apart_m, explained_m, origin_of
from mtbsync_core.warp import TimeWarp


@dataclass(frozen=True, slots=True, kw_only=True)
class VetoOptions:
    """Where the lines are drawn."""

    every_m: float = 5.0
    """Spacing of the places that are held against each other."""
    least_m: float = 20.0
    """Common trail below which there is none."""
    cosine: float = 0.5
    """Of the angle between two directions of travel: within 60 degrees is the same, from 120 on is against it."""
    mostly: float = 3.0
    """By this factor must what runs against the other track be more than what runs with it."""


def apart(ref: Track, new: Track, options: VetoOptions | None = None) -> str | None:
    """Why the two tracks cannot be of one trail ridden in one direction, in words; None where they can.

    Tracks that are nowhere nearer than 30 m (or three standard deviations), and tracks that meet mostly against each
    other. A trail that one of them rides both ways is no such case.
    """
    from scipy.spatial import cKDTree

    o, origin = options or VetoOptions(), origin_of(ref)
    here, there = (along_way(track, origin, o) for track in (new, ref))
    if min(len(here.place_m), len(there.place_m)) * o.every_m < o.least_m:
        return None
    reach = max(ELSEWHERE_M, 3 * float(np.hypot(np.median(here.sigma_m), np.median(there.sigma_m))))
    tree = cKDTree(there.place_m)
    nearest = tree.query(here.place_m)[0]
    near = nearest <= reach
    if near.sum() * o.every_m < o.least_m:
        least = float(nearest.min())
        far = f"{least:.0f} m" if least < 1000 else f"{least / 1000:.0f} km"
        return f"the tracks are nowhere nearer than {far} to each other"
    same, against = np.zeros(len(near), bool), np.zeros(len(near), bool)
    for i in np.flatnonzero(near):
        turn = there.heading[tree.query_ball_point(here.place_m[i], reach)] @ here.heading[i]
        same[i], against[i] = (turn > o.cosine).any(), (turn < -o.cosine).any()
    only = against & ~same
    if only.sum() > o.mostly * same.sum():
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
    return apart_m(ref, new, t_ref[both], t_new[both])


def contradict(ref: Track | None, new: Track | None, warp: TimeWarp) -> tuple[bool, float] | None:
    """Whether the tracks are further apart over a map than both receivers and their bias explain, and how many metres
    they are apart in the median; None where that is not known.
    """
    off_m = distance_along(ref, new, warp) if ref is not None and new is not None else None
    if off_m is None or ref is None or new is None:
        return None
    return off_m > explained_m(ref, new, PositionOptions().bias_m), off_m


def along_way(track: Track, origin: tuple[float, float], o: VetoOptions) -> TrackSamples:
    """The track every few metres where it is known and going somewhere."""
    way = track.distance_m + 1e-6 * np.arange(len(track.t_s))
    samples = TrackSamples.of(track, np.interp(np.arange(0, way[-1], o.every_m), way, track.t_s), origin)
    use = samples.known & (samples.heading != 0).any(axis=1)
    return samples.at(use)
