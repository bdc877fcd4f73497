"""Ratio of two lenses' angles of view: resection with unknown focal length on what two frames of one run tell of depth.

Two frames of one recording, some metres apart, give the depths of corners by triangulation; a frame of the other one
that sees them, from a place between, has a pose and a focal length (PnPf; Bujnak, Kukelova & Pajdla 2008). Riding on
enlarges what is near by more than what is far, a narrower lens all of it alike: so corners of many depths tell the two
apart, in each frame for itself, wherever along the trail that is.

Depths that err make a lens seem narrower, by some hundredths. Asked both ways, with the depths of the one run and of
the other, that cancels in the difference of the logarithms.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.options import paced
from mtbsync_core.robust import mad_sd
from mtbsync_core.telemetry.lens import Lens, Lenses
from mtbsync_core.vision.anchor import AnchorOptions, Floats, paired_rays, rays, relative_pose
from mtbsync_core.vision.features import Features
from mtbsync_core.vision.index import FrameIndex
from mtbsync_core.vision.registry import Matcher, matcher_named


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreeViewOptions:
    """How frames are chosen, and what a resection is believed."""

    half_s: float = paced(0.2)
    """Seconds from the coarse place to either frame that tells depths: 2.4 m between them at riding speed. With 0.35
    half as many moments have corners enough."""
    moments: tuple[int, int] = (60, 240)
    """Moments that are looked at, each way; and how many where too few of these tell."""
    fewest_corners: int = 10
    """That all three frames see; 7 numbers are sought."""
    fewest_moments: int = 5
    """Each way; of fewer no ratio is given."""
    noise: float = 0.003
    """Standard deviation of a corner, focal lengths: a pixel in a picture 640 wide."""
    widest_sd: float = 0.3
    """Of the logarithm of a moment's ratio: others do not count."""
    moment_sd: float = 0.05
    """What a moment's ratio errs by besides, natural logarithm."""
    shared_sd: float = 0.01
    """What both ways share, natural logarithm: on simulated pairs zoomed by 1.18 and on one that is not, the ratio was
    off by 0.004 to 0.009."""


class _Depths(NamedTuple):
    """Of N corners that two frames see: which they are in either, their rays (N, 3) in the first, and their inverse
    depths (N,) with standard deviations, the frames being 1 apart; `rotation` (a vector) and `translation` to the
    second.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    ray: Floats
    inverse: Floats
    sd: Floats
    rotation: Floats
    translation: Floats


def ratio_by_three_views(
    ref: FrameIndex, new: FrameIndex, places: tuple[Posterior, Posterior], lenses: Lenses, o: ThreeViewOptions
) -> tuple[float, float] | None:
    """The natural logarithm of the ratio of the reference's angle of view to the new run's, over that of `lenses`, and
    its standard deviation; None where too few frames tell.

    Args:
        places: the coarse places of the new samples and of the reference samples.
    """
    matcher = matcher_named(new.matcher)
    ways = [
        _one_way(ref, new, places[0], (lenses.ref, lenses.new), matcher, o),
        _one_way(new, ref, places[1], (lenses.new, lenses.ref), matcher, o),
    ]
    if ways[0] is None or ways[1] is None:
        return None
    (forth, forth_sd), (back, back_sd) = ways[0], ways[1]
    return (forth - back) / 2, float(np.hypot(np.hypot(forth_sd, back_sd) / 2, o.shared_sd))


def _one_way(
    deep: FrameIndex,
    seen: FrameIndex,
    places: Posterior,
    lenses: tuple[Lens, Lens],
    matcher: Matcher,
    o: ThreeViewOptions,
) -> tuple[float, float] | None:
    """Robust mean of what frames of `seen` say, with the depths of `deep` at their places, and its deviation."""

    def one(i: int) -> tuple[float, float] | None:
        at = float(places.mean_s[i])
        first, second = (int(np.abs(deep.t_s - at - side * o.half_s).argmin()) for side in (-1, 1))
        depths = _depths(deep.corners(first), deep.corners(second), lenses[0], matcher) if first < second else None
        if depths is None:
            return None
        shared = _shared(depths, seen.corners(i), deep.corners(first), deep.corners(second), matcher)
        return (
            _resection(depths, seen.corners(i), *shared, lenses[1], o) if len(shared[0]) >= o.fewest_corners else None
        )

    on_trail = np.flatnonzero(places.on_trail > 0.5)
    found: list[tuple[float, float]] = []
    for moments in o.moments:
        if len(found) < o.fewest_moments:
            some = on_trail[:: max(1, len(on_trail) // moments)].tolist()
            with ThreadPoolExecutor(2) as pool:
                found = [pair for pair in pool.map(one, some) if pair is not None and pair[1] < o.widest_sd]
    if len(found) < o.fewest_moments:
        return None
    value, sd = np.array(found).T
    weight = 1 / (sd**2 + o.moment_sd**2)
    mean, kept = float(np.median(value)), np.ones(len(value))
    for _ in range(20):  # iteratively reweighted, with Cauchy weights
        kept = weight / (1 + weight * (value - mean) ** 2 / 4)
        mean = float((kept * value).sum() / kept.sum())
    return mean, 1.25 * float(mad_sd(value, about=mean)) / float(np.sqrt(len(value)))


def _depths(first: Features, second: Features, lens: Lens, matcher: Matcher) -> _Depths | None:
    a = AnchorOptions()
    pairs, x, y = paired_rays(first, second, matcher, (lens, lens), a)
    if len(pairs) < a.fewest_inliers:
        return None
    pose = relative_pose(x, y, a.tolerance)
    if pose is None or pose.keep.sum() < a.fewest_inliers:
        return None
    pairs, x, y = pairs[pose.keep], x[pose.keep], y[pose.keep]
    ray = np.column_stack([x, np.ones(len(x))])
    turned = ray @ pose.rotation.T
    t, depth = pose.translation, turned[:, 2:]
    toward, moved = (t[:2] - t[2] * y) / depth, y - turned[:, :2] / depth
    parallax = np.maximum((toward**2).sum(axis=1), 1e-9)
    inverse = (moved * toward).sum(axis=1) / parallax
    across = (moved[:, 0] * toward[:, 1] - moved[:, 1] * toward[:, 0]) / np.sqrt(parallax)
    sd = float(mad_sd(across, about=0.0)) / np.sqrt(parallax)
    known = (inverse > -2 * sd) & (sd < abs(float(np.median(inverse))) / 2 + 0.3 * np.abs(inverse))
    rotation = np.asarray(cv2.Rodrigues(pose.rotation)[0], np.float64).ravel()
    one, other = pairs[known].T
    return _Depths(one, other, ray[known], np.maximum(inverse[known], 0.0), sd[known], rotation, t)


def _shared(
    depths: _Depths, seen: Features, first: Features, second: Features, matcher: Matcher
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which corners of known depth a third frame sees as well, and which of its own these are; in two frames they must
    not be two.
    """
    most = AnchorOptions().most_pairs
    own = [dict(matcher.pairs(seen, frame, most)[:, ::-1].tolist()) for frame in (first, second)]
    both = [{own[0].get(a), own[1].get(b)} - {None} for a, b in zip(depths.first, depths.second, strict=True)]
    rows = [(row, one) for row, found in enumerate(both) if len(found) == 1 for one in found]
    where, which = np.array(rows, np.intp).reshape(-1, 2).T
    return where, which


def _resection(
    depths: _Depths,
    seen: Features,
    where: NDArray[np.intp],
    which: NDArray[np.intp],
    lens: Lens,
    o: ThreeViewOptions,
) -> tuple[float, float] | None:
    """How much narrower than `lens` the third frame's is, natural logarithm, and its standard deviation: least squares
    over its pose and that, with Cauchy loss and the noise of corners and of depths.
    """
    from scipy.optimize import least_squares

    ray, inverse, inverse_sd = depths.ray[where], depths.inverse[where], depths.sd[where]
    xy, widest_rad = seen.xy[which], AnchorOptions().widest_rad

    def projected(v: Floats) -> tuple[Floats, Floats]:
        points = ray @ cv2.Rodrigues(v[:3])[0].T + inverse[:, None] * v[3:6]
        depth = np.maximum(points[:, 2:], 0.05)
        return points[:, :2] / depth, depth

    def off(v: Floats, along: Floats, shrink: Floats) -> Floats:
        """Residuals in standard deviations (N, 2): smaller `along` the way that an error of depth moves a corner."""
        residual = projected(v)[0] - rays(
            xy, replace(lens, half_rad=lens.half_rad * np.exp(-v[6].clip(-1, 1))), widest_rad
        )
        part = (residual * along).sum(axis=1) * (1 - shrink)
        return np.asarray(((residual - part[:, None] * along) / o.noise).ravel())

    even = np.zeros((len(where), 2)), np.zeros(len(where))
    solve = partial(
        least_squares,
        loss="cauchy",
        max_nfev=60,
        x_scale=np.array([0.05] * 3 + [0.3] * 3 + [0.1]),
        kwargs={"along": even[0], "shrink": even[1]},
    )
    middle = np.concatenate([depths.rotation, depths.translation]) / 2  # between the two frames
    best = min((solve(off, np.append(middle, start)) for start in (-0.15, 0.15)), key=lambda found: float(found.cost))
    for _ in range(2):
        at, depth = projected(best.x)
        moves = (best.x[3:5] - at * best.x[5]) / depth * inverse_sd[:, None]
        far = np.maximum(np.hypot(*moves.T), 1e-12)
        noise = {"along": moves / far[:, None], "shrink": o.noise / np.hypot(o.noise, far)}
        best = solve(off, best.x, kwargs=noise)
    try:
        covariance = np.linalg.inv(best.jac.T @ best.jac)
    except np.linalg.LinAlgError:
        return None
    residual = np.hypot(*best.fun.reshape(-1, 2).T)
    if (residual < 3).sum() < o.fewest_corners - 2:
        return None
    spread = max(1.0, float(mad_sd(best.fun, about=0.0)))
    return float(best.x[6]), float(np.sqrt(max(covariance[6, 6], 0.0))) * spread
