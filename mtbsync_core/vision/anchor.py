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

from mtbsync_core.vision.features import Features

Floats = NDArray[np.float64]

HALF_FOV = 0.85
"""Angle in radians from the middle of the picture to its side, for an equidistant lens: 97 degrees across, between
GoPro's Linear (87) and Wide (118). Both runs get the same value; for two cameras that point the same way its error
cancels at the crossing."""
_NEAR_S = 0.45
"""Within this of the crossing m is as good as straight: 2.7 m at riding speed, against a scene 5 to 10 m deep."""
_COARSE_S = 0.3
_FEWEST_FRAMES = 3
_COMMON_S, _COMMON_INLIERS = 0.06, 40
"""Error that all frames of an anchor share (other line, moved leaves), for this many inliers: the spread of anchors on
simulated runs about exact truth, falling with the root of the inliers."""
_RATIO = 0.87
"""Of the distances to the best and the second-best match (Lowe 2004); foliage is self-similar, and the epipolar
constraint sorts out what this lets through."""
_MOST = 300
_FEWEST = 12
_TOLERANCE = 0.005
"""Epipolar tolerance in units of the focal length: 1.9 pixels in a picture 640 wide."""
_WIDEST = 1.35


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
    t_new: float, new: Features, t_ref: Floats, ref: Sequence[Features], place_s: float, *, reach_s: float
) -> Anchor:
    """Anchor of one new frame.

    Args:
        t_new: its time, seconds of the new clock.
        new: its corners.
        t_ref: times of the reference frames around the coarse place, seconds of the reference clock, shape (K,).
        ref: their corners.
        place_s: the coarse place on the reference clock.
        reach_s: how far the crossing may lie from it.
    """
    levels: dict[int, tuple[float, int] | None] = {}

    def crossing_of(frames: NDArray[np.intp]) -> tuple[float, float, NDArray[np.int_]]:
        for k in frames:
            if k not in levels:
                levels[int(k)] = _level(new, ref[k])
        seen = [(t_ref[k] - place_s, *found) for k in frames if (found := levels[int(k)]) is not None]
        if len(seen) < 2:
            return np.nan, np.inf, np.array([n for *_, n in seen], dtype=int)
        t, m, inliers = (np.array(column) for column in zip(*seen, strict=True))
        return *_crossing(t, m, inliers), inliers

    spacing = max(float(np.median(np.diff(t_ref))), 1e-3) if len(t_ref) > 1 else _COARSE_S
    crossing, _, inliers = crossing_of(np.arange(0, len(t_ref), max(1, round(_COARSE_S / spacing))))
    if abs(crossing) <= reach_s and len(inliers) >= _FEWEST_FRAMES:
        # Once more with all frames near it: m bends away from a line further off.
        crossing, sigma, inliers = crossing_of(np.flatnonzero(np.abs(t_ref - place_s - crossing) <= _NEAR_S))
        if abs(crossing) <= reach_s:
            common = _COMMON_S * np.sqrt(_COMMON_INLIERS / np.median(inliers))
            return Anchor(t_new, place_s + crossing, float(np.hypot(sigma, common)), int(inliers.max()))
    return Anchor(t_new, np.nan, np.inf, int(inliers.max(initial=0)))


def _level(new: Features, ref: Features) -> tuple[float, int] | None:
    """Signed forward distance of the new camera from the reference camera over scene depth, and the inlier count."""
    matched = _match(new, ref)
    if matched is None:
        return None
    x, y = _rays(matched[0]), _rays(matched[1])
    try:
        matrix, mask = cv2.findEssentialMat(x, y, np.eye(3), method=cv2.USAC_ACCURATE, prob=0.999, threshold=_TOLERANCE)
    except cv2.error:  # degenerate points, such as all on one line
        return None
    if matrix is None or matrix.shape != (3, 3):
        return None
    keep = mask.ravel() > 0
    n = int(keep.sum())
    if n < _FEWEST:
        return None
    x, y = x[keep], y[keep]
    _, rotation, translation, _ = cv2.recoverPose(matrix, x, y, np.eye(3))
    turned = np.column_stack([x, np.ones(n)]) @ rotation.T
    p = turned[:, :2] / turned[:, 2:]
    t = translation.ravel()
    toward = t[:2] - t[2] * y
    inverse_depth = ((y - p) * toward).sum(axis=1) / np.maximum((toward**2).sum(axis=1), 1e-9)
    return float(-t[2] * np.median(np.abs(inverse_depth))), n


def _match(new: Features, ref: Features) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    if min(len(new.xy), len(ref.xy)) < _FEWEST:
        return None
    candidates = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(new.descriptors, ref.descriptors, k=2)
    best: dict[int, cv2.DMatch] = {}
    for pair in candidates:
        if len(pair) == 2 and pair[0].distance < _RATIO * pair[1].distance:
            rival = best.get(pair[0].trainIdx)
            if rival is None or pair[0].distance < rival.distance:
                best[pair[0].trainIdx] = pair[0]
    good = sorted(best.values(), key=lambda match: match.distance)[:_MOST]
    if len(good) < _FEWEST:
        return None
    return new.xy[[m.queryIdx for m in good]], ref.xy[[m.trainIdx for m in good]]


def _rays(xy: NDArray[np.float32]) -> Floats:
    """Picture coordinates to x / z, y / z of the viewing ray, for an equidistant lens."""
    radius = np.hypot(xy[:, 0], xy[:, 1]).astype(np.float64)
    angle = np.minimum(radius * HALF_FOV, _WIDEST)
    stretch = np.where(radius > 1e-9, np.tan(angle) / np.maximum(radius, 1e-9), HALF_FOV)
    return np.asarray(xy * stretch[:, None], dtype=np.float64)


def _crossing(t: Floats, m: Floats, inliers: NDArray[np.int_]) -> tuple[float, float]:
    """Zero of a robust line through (t, m), and its standard deviation; NaN where m does not rise along the trail."""
    weight = inliers.astype(np.float64)
    line = np.zeros(2)
    spread = 0.0
    for _ in range(10):
        root = np.sqrt(weight)
        line = np.linalg.lstsq(np.column_stack([root, root * t]), root * m, rcond=None)[0]
        residual = m - line[0] - line[1] * t
        spread = 1.4826 * float(np.median(np.abs(residual))) + 1e-4
        weight = inliers / (1 + (residual / (1.5 * spread)) ** 2)
    if line[1] < 1e-4:
        return np.nan, np.inf
    return float(-line[0] / line[1]), float(spread / line[1] / np.sqrt(len(t)))
