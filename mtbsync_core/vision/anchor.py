"""Anchors: the zero crossing of the forward part of the relative pose, from the essential matrices of some frame pairs.

A new frame is matched with the reference frames around its coarse place. From each pair the essential matrix gives
the relative pose; m = -t_z * median(inverse depth) is the signed forward distance between the cameras in units of the
scene's depth. m crosses zero when the cameras are level along the trail, however far apart their lines are; the
crossing of a robust line through m(t_ref) is the anchor, exact to a part of a frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.options import paced
from mtbsync_core.robust import mad_sd
from mtbsync_core.telemetry.lens import Lens
from mtbsync_core.telemetry.track import Floats
from mtbsync_core.vision.features import Features
from mtbsync_core.vision.registry import Matcher


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorOptions:
    """How a crossing is looked for, and what it is believed."""

    near_s: float = paced(0.45, 0.5)
    """Reference seconds about the crossing in which m is as good as straight: 2.7 m at riding speed, in a scene 5 to
    10 m deep. Half: hard pairs 0.038 to 0.046 s in the median; twice: 0.037 s, and intervals hold less (0.88 to 0.86).
    The slower the pace the shorter the way, since speeds change within seconds at any: walking laps (pace 6.3) err by
    0.17, 0.22, 0.24, 0.30 and 0.37 s with 0.7, 1.0, 1.4, 2.0 and 2.8 s."""
    near_samples: float = 1.6
    """The same in samples of the reference, where they are far apart, so that three are near. Half: as exact on
    simulated runs of two samples a second; twice: 0.026 to 0.028 and 0.049 to 0.054 s in the median (easy and hard)."""
    coarse_s: float = paced(0.3, 0.5)
    """Spacing of the frames that find the crossing roughly; half doubles the work of that pass."""
    fewest_frames: int = 3
    """Of a line: two always fit one."""
    nearest: int = 3
    """Frames next to the coarse place that are tried first."""
    most_pairs: int = 300
    """Pairs of corners for one essential matrix. Half: as exact, for a sixth less work."""
    fewest_inliers: int = 12
    """Corners from which a frame counts: a relative pose has 5 unknowns, so 5 pairs always fit."""
    above_chance: float = 2.0
    """Inliers over the root of the pairs from which a frame counts: unrelated frames hardly ever have so many. With
    1.4 intervals of real pairs hold less (0.81 to 0.78)."""
    tolerance: float = 0.005
    """Epipolar distance of an inlier, in focal lengths: 1.9 pixels in a picture 640 wide."""
    widest_rad: float = 1.35
    """Angle from the axis at which rays end: at a right angle the tangent is infinite."""
    corners_above_chance: float = 20.0
    """With which `level_sd` holds; the variance is as their number."""
    level_sd: float = 0.03
    """Standard deviation of m of two frames at one place, whatever the pace; of simulated runs, as the next."""
    level_sd_per_m: float = 0.35
    """What it grows by with m itself, since depths differ. Half: hard pairs 0.049 to 0.058 s in the median."""
    pace_sd: float = 0.3
    """Relative standard deviation of the slope of m about the usual one near by. Twice: easy pairs 0.106 to 0.114 s,
    hard ones 0.257 to 0.240 s (P95)."""


_MEDIAN_OF_SQUARE = 0.455
"""Median of a standard normal variable's square (chi-squared, one degree of freedom)."""

_NOWHERE = (np.nan, np.inf, np.nan)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The new run's moment `t_new` is the reference's `t_ref`, `sigma_s` (reference seconds), by `n_inliers` corners.

    `t_ref` is NaN where corners agree and no crossing was found: the place is verified, not refined.
    """

    t_new: float
    t_ref: float
    sigma_s: float
    n_inliers: int
    pace: float = float("nan")
    """Slope of m at the crossing, 1/s: the speed in units of the scene's depth."""
    lead: float = float("nan")
    """By how much the reference camera is ahead about the coarse place, over the scene's depth: the median of m; NaN
    where corners do not agree."""


def find_anchor(
    t_new: float,
    new: Features,
    t_ref: Floats,
    ref: Sequence[Features],
    place_s: float,
    *,
    reach_s: float,
    matcher: Matcher,
    lenses: tuple[Lens, Lens] = (Lens(), Lens()),
    options: AnchorOptions | None = None,
    usual_pace: float | None = None,
    levels: dict[float, Level | None] | None = None,
) -> Anchor:
    """Anchor of one new frame.

    Few reference frames may lie near the crossing, and two of them fit any line. With the usual slope of anchors near
    by as its prior, one or two will do; without, that of a robust line through three or more is.

    Args:
        t_new, new: its time, seconds of the new clock, and its corners.
        t_ref: times of the reference frames around the coarse place, seconds of the reference clock, shape (K,).
        ref: their corners.
        place_s, reach_s: the coarse place on the reference clock, and how far the crossing may lie from it.
        lenses: of the reference and of the new run. The error of one that is not known cancels at the crossing when
            both runs get the same and the cameras point the same way.
        usual_pace: the slope of m that anchors near by have, 1/s; None where it is not known.
        levels: what was found of reference frames before, by their time; filled.
    """
    o = options or AnchorOptions()
    levels = {} if levels is None else levels

    def levels_of(frames: NDArray[np.intp]) -> Floats:
        """A row for each of these frames that counts: seconds from the coarse place, and the fields of `Level`."""
        for k in frames.tolist():
            if t_ref[k] not in levels:
                levels[t_ref[k]] = _level(new, ref[k], matcher, lenses, o)
        rows = [(t - place_s, *found) for t in t_ref[frames].tolist() if (found := levels[t])]
        return np.array(rows, float).reshape(-1, 4)

    def crossing_of(frames: NDArray[np.intp]) -> tuple[float, float, float]:
        """Of these frames, seconds from the coarse place, with its standard deviation, and the slope there."""
        t, m, _, weight = levels_of(frames).T
        slope = usual_pace
        if slope is None:
            slope = _slope(t, m, weight) if len(t) >= o.fewest_frames else np.nan
        crossing, sigma, pace = _crossing(t, m, weight, slope, o) if slope > 0 else _NOWHERE
        return (crossing, sigma, pace) if abs(crossing) <= reach_s else _NOWHERE

    crossing, sigma, pace = _NOWHERE
    near_s = o.near_s
    # What the nearest frames do not show, those further off will not.
    if len(levels_of(np.argsort(np.abs(t_ref - place_s))[: o.nearest])):
        spacing = max(float(np.median(np.diff(t_ref))), 1e-3) if len(t_ref) > 1 else o.coarse_s
        near_s = max(near_s, o.near_samples * spacing)
        some = np.arange(0, len(t_ref), max(1, round(o.coarse_s / spacing)))
        # Most places are off by less than that: what lies further off is looked at only where these have no crossing.
        crossing, sigma, pace = crossing_of(some[np.abs(t_ref[some] - place_s) <= near_s])
        if not abs(crossing) <= near_s:
            crossing, sigma, pace = crossing_of(some)
    if np.isfinite(crossing):
        # Once more with all frames near it: m bends away from a line further off.
        crossing, sigma, pace = crossing_of(np.flatnonzero(np.abs(t_ref - place_s - crossing) <= near_s))
    counted = {t: found for t, found in levels.items() if found}
    most = max((found.n_inliers for found in counted.values()), default=0)
    about = [found.m for t, found in counted.items() if abs(t - place_s) <= near_s]
    return Anchor(t_new, place_s + crossing, sigma, most, pace, float(np.median(about)) if about else float("nan"))


class Level(NamedTuple):
    """Signed forward distance `m` of the new camera from the reference camera over scene depth, by `n_inliers` corners,
    of which so many are `above_chance`.
    """

    m: float
    n_inliers: int
    above_chance: float


def _level(new: Features, ref: Features, matcher: Matcher, lenses: tuple[Lens, Lens], o: AnchorOptions) -> Level | None:
    """None where the frames have no more in common than chance gives."""
    pairs, x, y = paired_rays(new, ref, matcher, lenses[::-1], o)
    if len(pairs) < o.fewest_inliers:
        return None
    pose = relative_pose(x, y, o.tolerance)
    if pose is None:
        return None
    keep, rotation, t = pose
    n = int(keep.sum())
    if n < max(o.fewest_inliers, o.above_chance * np.sqrt(len(pairs))):
        return None
    x, y = x[keep], y[keep]
    turned = np.column_stack([x, np.ones(n)]) @ rotation.T
    p = turned[:, :2] / turned[:, 2:]
    toward = t[:2] - t[2] * y
    moved = np.asarray(y - p, np.float64)
    inverse_depth = (moved * toward).sum(axis=1) / np.maximum((toward**2).sum(axis=1), 1e-9)
    # Over the depth from half-way between the cameras m is more nearly odd about the crossing; over that from the new
    # one, the zero of the line lay up to 0.02 s late on simulated runs.
    half_way = inverse_depth / np.maximum(1 + t[2] * inverse_depth / 2, 0.1)
    near = median_inverse_depth(np.abs(half_way), moved, toward)
    above = n - matcher.by_chance * float(np.sqrt(len(pairs)))
    return Level(-float(t[2]) * near, n, above)


class RelativePose(NamedTuple):
    """`rotation` (3, 3) and unit `translation` (3,) from one camera to the other, and which pairs `keep` to it."""

    keep: NDArray[np.bool_]
    rotation: Floats
    translation: Floats


def relative_pose(x: Floats, y: Floats, tolerance: float) -> RelativePose | None:
    """From the essential matrix of the rays x / z, y / z (N, 2) of the same points, the surest pairs first, found by
    USAC; None where they are degenerate.

    Args:
        tolerance: epipolar distance of an inlier, in focal lengths.
    """
    neither = np.eye(3), np.eye(3), np.zeros(4), np.zeros(4)  # camera matrix nor distortion
    try:
        matrix, mask = cv2.findEssentialMat(x, y, *neither, _search(tolerance))
    except cv2.error:  # such as all on one line
        return None
    if matrix is None or matrix.shape != (3, 3) or not mask.any():
        return None
    keep = mask.ravel() > 0
    _, rotation, translation, _ = cv2.recoverPose(matrix, x[keep], y[keep], np.eye(3))
    return RelativePose(keep, np.asarray(rotation, np.float64), np.asarray(translation, np.float64).ravel())


def median_inverse_depth(inverse_depth: Floats, moved: Floats, toward: Floats) -> float:
    """Weighted median of inverse depths (N,), by inverse variance: of the scene, and of what the corners' noise, as it
    is across the epipolar lines, makes of them where parallax is small.

    Args:
        moved, toward: by how much corners moved beside their rotation, and how far a unit of inverse depth moves them,
            both (N, 2).
    """
    parallax = np.maximum((toward**2).sum(axis=1), 1e-9)
    across = moved[:, 0] * toward[:, 1] - moved[:, 1] * toward[:, 0]
    noise = float(np.median(across**2 / parallax)) / _MEDIAN_OF_SQUARE
    scene = (float(np.median(inverse_depth)) / 2) ** 2
    order = np.argsort(inverse_depth)
    weight = np.cumsum(1 / (noise / parallax[order] + scene + 1e-12))
    return float(inverse_depth[order][np.searchsorted(weight, weight[-1] / 2)])


def _search(tolerance: float) -> cv2.UsacParams:
    """USAC as its "accurate" preset, but trying the surest matches first (PROSAC: Chum & Matas, CVPR 2005): 300 trials
    then find about as many inliers as 1000 at random, and hardly fewer than 5000 (benchmarks/README.md). By default it
    scores by MSAC, polishes by least squares, and is the same each time.
    """
    search = cv2.UsacParams()
    search.confidence = 0.999
    search.threshold = tolerance
    search.maxIterations = 300
    search.sampler = cv2.SAMPLING_PROSAC
    search.loMethod = cv2.LOCAL_OPTIM_INNER_AND_ITER_LO
    search.loIterations = 10
    return search


def paired_rays(
    one: Features, other: Features, matcher: Matcher, lenses: tuple[Lens, Lens], o: AnchorOptions
) -> tuple[NDArray[np.intp], Floats, Floats]:
    """Corners of two frames that look alike, the surest first, as their numbers (N, 2), and the `rays` (N, 2) of each
    frame's, through its own lens.
    """
    pairs = matcher.pairs(one, other, o.most_pairs)
    sides = zip((one, other), pairs.T, lenses, strict=True)
    x, y = (rays(side.xy[column], lens, o.widest_rad) for side, column, lens in sides)
    return pairs, x, y


def rays(xy: NDArray[np.float32], lens: Lens, widest_rad: float) -> Floats:
    """Picture coordinates to x / z, y / z of the viewing ray."""
    if lens.flat:
        return np.asarray(xy * np.tan(lens.half_rad), dtype=np.float64)
    radius = np.hypot(xy[:, 0], xy[:, 1]).astype(np.float64)
    stretch = np.tan(np.minimum(radius * lens.half_rad, widest_rad)) / np.maximum(radius, 1e-9)
    return np.asarray(xy * stretch[:, None], dtype=np.float64)


def _slope(t: Floats, m: Floats, support: Floats) -> float:
    """Slope of a line through (t, m) by iteratively reweighted least squares, with Cauchy weights times `support`; NaN
    where m does not rise along the trail.
    """
    weight, line = support, np.zeros(2)
    for _ in range(10):
        root = np.sqrt(weight)
        line = np.linalg.lstsq(np.column_stack([root, root * t]), root * m, rcond=None)[0]
        residual = m - line[0] - line[1] * t
        spread = float(mad_sd(residual, about=0.0)) + 1e-4
        weight = support / (1 + (residual / (1.5 * spread)) ** 2)
    return float(line[1]) if line[1] > 1e-4 else np.nan


def _crossing(t: Floats, m: Floats, support: Floats, usual: float, o: AnchorOptions) -> tuple[float, float, float]:
    """Zero of a line through (t, m), its standard deviation, and the line's slope, by Bayesian linear regression with a
    normal prior about the `usual` slope and Cauchy weights; the standard deviation is that of the ratio, to first
    order. NaN where the slope is far below.
    """
    if not len(t):
        return _NOWHERE
    line, kept, covariance = np.array([0.0, usual]), np.ones(len(t)), np.eye(2)
    precision = np.diag([1e-6, (o.pace_sd * usual) ** -2])
    for _ in range(8):
        sd = np.hypot(o.level_sd, o.level_sd_per_m * (line[0] + line[1] * t))
        weight = kept * support / o.corners_above_chance / sd**2
        rows = np.stack([np.ones_like(t), t])
        covariance = np.linalg.inv((rows * weight) @ rows.T + precision)
        line = covariance @ ((rows * weight) @ m + precision @ np.array([0.0, usual]))
        kept = 1 / (1 + ((m - line[0] - line[1] * t) / (2 * sd)) ** 2)
    if line[1] < usual / 4:
        return _NOWHERE
    crossing = -line[0] / line[1]
    by = np.array([-1.0, -crossing]) / line[1]
    return float(crossing), float(np.sqrt(by @ covariance @ by)), float(line[1])
