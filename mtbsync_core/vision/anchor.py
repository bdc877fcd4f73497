"""Local features say when two cameras are level: a sub-frame anchor from a handful of frame pairs.

A new frame is matched with the reference frames around its coarse place. From each pair the essential matrix gives
the relative pose; m = -t_z * median(inverse depth) is the signed forward distance between the cameras in units of the
scene's depth. m crosses zero when the cameras are level along the trail, however far apart their lines are; the
crossing of a robust line through m(t_ref) is the anchor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.robust import mad_sd
from mtbsync_core.telemetry.lens import Lens
from mtbsync_core.vision.features import Features
from mtbsync_core.vision.matchers import Matcher

Floats = NDArray[np.float64]

_NEAR_S = 0.45
"""Within this of the crossing m is as good as straight: 2.7 m at riding speed, against a scene 5 to 10 m deep."""
_COARSE_S = 0.3
_FEWEST_FRAMES = 3
_NEAREST = 3
_SPREAD_S, _LINE_S, _BESIDE_S, _CORNERS = 0.019, 0.02, 0.07, 20
"""Standard deviation of an anchor whose figures are these, see `_spread`."""
_LEAST, _MOST_CORNERS = 0.2, 60
"""Chance may make a figure as small as it likes: a fifth of the usual is the least that is believed. And what corners
gain was seen up to 60 of them."""
_CHANCE, _ABOVE_CHANCE = 1.4, 2.0
"""Among k pairs of corners of two unrelated frames about 1.4 sqrt(k) fit one essential matrix by chance (SIFT; ORB and
XFeat 1.55), hardly ever 2 sqrt(k). From there on frames count, by what is above chance."""
_MOST = 300
_FEWEST = 12
_TOLERANCE = 0.005
"""Epipolar tolerance in units of the focal length: 1.9 pixels in a picture 640 wide."""
_WIDEST = 1.35
_NO_LENS, _NO_DISTORTION = np.eye(3), np.zeros(4)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The new run's moment `t_new` is the reference's `t_ref`, `sigma_s` (reference seconds), by `n_inliers` corners.

    `t_ref` is NaN where the corners agree but no crossing was found: the place is verified, not refined.
    """

    t_new: float
    t_ref: float
    sigma_s: float
    n_inliers: int


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
) -> Anchor:
    """Anchor of one new frame.

    Args:
        t_new: its time, seconds of the new clock.
        new: its corners.
        t_ref: times of the reference frames around the coarse place, seconds of the reference clock, shape (K,).
        ref: their corners.
        place_s: the coarse place on the reference clock.
        reach_s: how far the crossing may lie from it.
        matcher: the one that found the corners.
        lenses: of the reference and of the new run. The error of one that is not known cancels at the crossing when
            both runs get the same and the cameras point the same way.
    """
    levels: dict[int, _Level | None] = {}

    def levels_of(frames: NDArray[np.intp]) -> tuple[Floats, ...]:
        for k in frames:
            if k not in levels:
                levels[int(k)] = _level(new, ref[k], matcher, lenses)
        seen = [
            (t_ref[k] - place_s, found.m, found.above_chance, found.beside) for k in frames if (found := levels[int(k)])
        ]
        return tuple(np.array(seen, float).reshape(-1, 4).T)

    def verdict(crossing: float, sigma: float) -> Anchor:
        most = max((found.n_inliers for found in levels.values() if found), default=0)
        return Anchor(t_new, place_s + crossing, sigma, most)

    levels_of(np.argsort(np.abs(t_ref - place_s))[:_NEAREST])
    if not any(levels.values()):
        return verdict(np.nan, np.inf)  # what the nearest frames cannot show, those further off will not
    spacing = max(float(np.median(np.diff(t_ref))), 1e-3) if len(t_ref) > 1 else _COARSE_S
    t, m, weight, _ = levels_of(np.arange(0, len(t_ref), max(1, round(_COARSE_S / spacing))))
    if len(t) < _FEWEST_FRAMES:
        return verdict(np.nan, np.inf)
    crossing, _, _ = _crossing(t, m, weight)
    if not abs(crossing) <= reach_s:
        return verdict(np.nan, np.inf)
    # Once more with all frames near it: m bends away from a line further off.
    t, m, weight, beside = levels_of(np.flatnonzero(np.abs(t_ref - place_s - crossing) <= _NEAR_S))
    if len(t) < _FEWEST_FRAMES:
        return verdict(np.nan, np.inf)
    crossing, sigma, pace = _crossing(t, m, weight)
    if not abs(crossing) <= reach_s:
        return verdict(np.nan, np.inf)
    return verdict(crossing, _spread(sigma, float(np.median(beside)) / pace, float(np.median(weight)), len(t)))


def _spread(sigma_s: float, beside_s: float, above_chance: float, frames: int) -> float:
    """Standard deviation of an anchor, seconds.

    About the exact truth of simulated runs its error grows with what the line says of itself (`sigma_s`, which says
    too little when few frames make the line), with the distance between the two cameras' lines across the trail, as the
    time that riding so far takes (`beside_s`: what lies between the cameras is seen by one of them only), and with
    fewer corners above chance.
    """
    line, aside = max(sigma_s / _LINE_S, _LEAST), max(beside_s / _BESIDE_S, _LEAST)
    corners = _CORNERS / min(above_chance, _MOST_CORNERS)
    return float(_SPREAD_S * np.cbrt(line * aside) * corners**0.25 * frames / (frames - 2))


@dataclass(frozen=True, slots=True)
class _Level:
    """Signed forward distance `m` of the new camera from the reference camera and distance `beside` its line, both over
    scene depth, by `n_inliers` corners.
    """

    m: float
    beside: float
    n_inliers: int
    above_chance: float


def _level(new: Features, ref: Features, matcher: Matcher, lenses: tuple[Lens, Lens]) -> _Level | None:
    """How far the two cameras are from level; None where the frames have no more in common than chance gives."""
    pairs = matcher.pairs(new, ref, _MOST)
    if len(pairs) < _FEWEST:
        return None
    x, y = _rays(new.xy[pairs[:, 0]], lenses[1]), _rays(ref.xy[pairs[:, 1]], lenses[0])
    try:
        matrix, mask = cv2.findEssentialMat(x, y, _NO_LENS, _NO_LENS, _NO_DISTORTION, _NO_DISTORTION, _search())
    except cv2.error:  # degenerate points, such as all on one line
        return None
    if matrix is None or matrix.shape != (3, 3):
        return None
    keep = mask.ravel() > 0
    n = int(keep.sum())
    if n < max(_FEWEST, _ABOVE_CHANCE * np.sqrt(len(pairs))):
        return None
    x, y = x[keep], y[keep]
    _, rotation, translation, _ = cv2.recoverPose(matrix, x, y, np.eye(3))
    turned = np.column_stack([x, np.ones(n)]) @ rotation.T
    p = turned[:, :2] / turned[:, 2:]
    t = translation.ravel()
    toward = t[:2] - t[2] * y
    inverse_depth = ((y - p) * toward).sum(axis=1) / np.maximum((toward**2).sum(axis=1), 1e-9)
    # That is over the depth from the new camera. Over the depth from half-way between the cameras m is more nearly odd
    # about the crossing; on simulated runs the zero of the line lay up to 0.02 s late without this.
    half_way = inverse_depth / np.maximum(1 + t[2] * inverse_depth / 2, 0.1)
    near = float(np.median(np.abs(half_way)))
    return _Level(-float(t[2]) * near, float(np.hypot(t[0], t[1])) * near, n, n - _CHANCE * float(np.sqrt(len(pairs))))


def _search() -> cv2.UsacParams:
    """USAC as its "accurate" preset, but trying the surest matches first (PROSAC: Chum & Matas, CVPR 2005): 300 trials
    then find about as many inliers as 1000 at random, and hardly fewer than 5000 (benchmarks/README.md).
    """
    search = cv2.UsacParams()
    search.confidence = 0.999
    search.threshold = _TOLERANCE
    search.maxIterations = 300
    search.sampler = cv2.SAMPLING_PROSAC
    search.score = cv2.SCORE_METHOD_MSAC
    search.loMethod = cv2.LOCAL_OPTIM_INNER_AND_ITER_LO
    search.loIterations = 10
    search.loSampleSize = 14
    search.final_polisher = cv2.LSQ_POLISHER
    search.final_polisher_iterations = 3
    search.isParallel = False
    search.randomGeneratorState = 0
    return search


def _rays(xy: NDArray[np.float32], lens: Lens) -> Floats:
    """Picture coordinates to x / z, y / z of the viewing ray."""
    if lens.flat:
        return np.asarray(xy * np.tan(lens.half_rad), dtype=np.float64)
    radius = np.hypot(xy[:, 0], xy[:, 1]).astype(np.float64)
    angle = np.minimum(radius * lens.half_rad, _WIDEST)
    stretch = np.where(radius > 1e-9, np.tan(angle) / np.maximum(radius, 1e-9), lens.half_rad)
    return np.asarray(xy * stretch[:, None], dtype=np.float64)


def _crossing(t: Floats, m: Floats, support: Floats) -> tuple[float, float, float]:
    """Zero of a robust line through (t, m), weighted by `support`, its standard deviation, and the line's slope; NaN
    where m does not rise along the trail.
    """
    weight = support
    line = np.zeros(2)
    spread = 0.0
    for _ in range(10):
        root = np.sqrt(weight)
        line = np.linalg.lstsq(np.column_stack([root, root * t]), root * m, rcond=None)[0]
        residual = m - line[0] - line[1] * t
        spread = float(mad_sd(residual, about=0.0)) + 1e-4
        weight = support / (1 + (residual / (1.5 * spread)) ** 2)
    if line[1] < 1e-4:
        return np.nan, np.inf, 0.0
    return float(-line[0] / line[1]), float(spread / line[1] / np.sqrt(len(t))), float(line[1])
