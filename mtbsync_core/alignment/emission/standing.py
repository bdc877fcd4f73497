"""For how much of a time a run stands, by the parallax between its own pictures: Wahba's problem, solved robustly.

A camera that only turns moves every corner by one rotation; one that goes somewhere moves near corners by more than far
ones. So what is left of the corners' ways beside the best rotation tells going from standing, where whole pictures may
look alike for seconds: straight on, over open ground.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from mtbsync_core.options import paced
from mtbsync_core.telemetry.lens import Lens
from mtbsync_core.vision.anchor import AnchorOptions, paired_rays
from mtbsync_core.vision.index import FrameIndex
from mtbsync_core.vision.registry import matcher_named

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingOptions:
    """Which pictures are compared, and what parallax is none."""

    apart_s: float = paced(0.5)
    """Seconds from one picture to the other: 3 m of riding. Half: slow riding shows as little as a sway."""
    pairs: int = 8
    """Pairs of pictures that stand for the time that is asked about. Twice changes nothing."""
    fewest_corners: int = 24
    """Two pictures tell nothing with fewer in common."""
    parallax: float = 0.01
    """Median way of a corner beside the rotation, in focal lengths, of a run that moves. Standing shows 0.002 to 0.006,
    a sway of the body with it; riding 0.017 to 0.3, on simulated and real film."""
    braking: float = 1 / 3
    """Share of a stop's time in which the run brakes and pulls away: the model does not part it from the stop. Without,
    a stop of 2.5 s of which 2.1 s are braking and pulling away is no stop."""


def standing_share(index: FrameIndex, lens: Lens, first_s: float, last_s: float, o: StandingOptions) -> float:
    """Share of the seconds from one moment of a run's clock to another over which it stops, at most, with `braking` and
    pulling away; 1 where nothing tells.
    """
    t = index.t_s
    if not index.features:
        return 1.0
    apart_s = min(o.apart_s, (last_s - first_s) / 2)
    begins = np.linspace(first_s, last_s - apart_s, o.pairs)
    told, stands = np.zeros(len(t), bool), np.zeros(len(t), bool)
    for begin in begins.tolist():
        one, other = (int(np.abs(t - at).argmin()) for at in (begin, begin + apart_s))
        other = min(max(other, one + 1), len(t) - 1)
        parallax = _parallax(index, lens, one, other, o) if one < other else None
        if parallax is not None:
            told[one : other + 1] = True
            stands[one : other + 1] |= parallax < o.parallax
    return min(1.0, float(stands[told].mean()) + o.braking) if told.any() else 1.0


def share_there(index: FrameIndex, lens: Lens, first_s: float, last_s: float, at_s: float, o: StandingOptions) -> float:
    """Share of the seconds from one moment of a run's clock to another over which it is where it is at a third, `at_s`;
    1 where nothing tells.
    """
    if not index.features:
        return 1.0
    t = index.t_s
    there = int(np.abs(t - at_s).argmin())
    some = {int(np.abs(t - at).argmin()) for at in np.linspace(first_s, last_s, o.pairs).tolist()} - {there}
    parallaxes = [_parallax(index, lens, one, there, o) for one in sorted(some)]
    told = [parallax < o.parallax for parallax in parallaxes if parallax is not None]
    return float(np.mean(told)) if told else 1.0


def _parallax(index: FrameIndex, lens: Lens, one: int, other: int, o: StandingOptions) -> float | None:
    """Median way of the corners of two pictures beside their rotation, focal lengths; None with too few in common."""
    corners = index.corners(one), index.corners(other)
    pairs, *sides = paired_rays(*corners, matcher_named(index.matcher), (lens, lens), AnchorOptions())
    if len(pairs) < o.fewest_corners:
        return None
    from_one, to_other = (_unit(xy) for xy in sides)
    weight, way = np.ones(len(pairs)), np.zeros(len(pairs))
    for _ in range(10):  # iteratively reweighted, with Cauchy weights
        rotation, _ = Rotation.align_vectors(to_other, from_one, weight)
        way = np.linalg.norm(to_other - rotation.apply(from_one), axis=1)
        weight = 1 / (1 + (way / max(float(np.median(way)), 1e-4)) ** 2)
    return float(np.median(way))


def _unit(xy: Floats) -> Floats:
    """Viewing rays x / z, y / z (N, 2) as unit vectors (N, 3)."""
    ray = np.column_stack([xy, np.ones(len(xy))])
    return np.asarray(ray / np.linalg.norm(ray, axis=1, keepdims=True), np.float64)
