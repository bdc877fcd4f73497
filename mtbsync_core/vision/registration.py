"""`homography`: how the picture of the new run lies on that of the reference, by local features of two frames.

Corners are paired as for the alignment; the homography is found by MAGSAC++ (Barath et al., CVPR 2020). It holds for
what is far away or flat; what is near lies elsewhere in two pictures from two places.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.vision.features import Features
from mtbsync_core.vision.registry import matcher_named

_CORNERS, _PAIRS = 1500, 600
_TOLERANCE = 0.01
"""Distance of an inlier, in half widths: 5 pixels of 960."""
_FEWEST, _ABOVE_CHANCE = 20, 1.5
"""Inliers that are asked for, and that over the root of the pairs: 60 pairs of unrelated frames had up to 6 and 0.6."""
_MOST_ZOOM = 3.0


def homography(ref: NDArray[np.uint8], new: NDArray[np.uint8]) -> list[float] | None:
    """From places in the new picture to those in the reference's, both from 0 to 1 across and down; 9 numbers, by rows.

    None where too little is seen in both, or what was found would fold or blow up the picture.

    Args:
        ref, new: RGB, shape (H, W, 3).
    """
    return homography_of_luma(*(np.asarray(cv2.cvtColor(one, cv2.COLOR_RGB2GRAY), np.uint8) for one in (ref, new)))


def homography_of_luma(ref: NDArray[np.uint8], new: NDArray[np.uint8]) -> list[float] | None:
    """`homography` of two pictures as luma, shape (H, W)."""
    matcher = matcher_named("sift")
    extract = matcher.extractor(_CORNERS)
    a, b = extract(np.ascontiguousarray(ref)), extract(np.ascontiguousarray(new))
    found = _between(a, b, matcher.pairs(b, a, _PAIRS))
    if found is None:
        return None
    matrix = _to_unit(ref) @ found @ np.linalg.inv(_to_unit(new))
    if not _is_sane(matrix):
        return None
    return [float(value) for value in (matrix / matrix[2, 2]).ravel()]


def _between(ref: Features, new: Features, pairs: NDArray[np.intp]) -> NDArray[np.float64] | None:
    if len(pairs) < _FEWEST:
        return None
    matrix, mask = cv2.findHomography(
        new.xy[pairs[:, 0]], ref.xy[pairs[:, 1]], cv2.USAC_MAGSAC, _TOLERANCE, maxIters=2000, confidence=0.999
    )
    if matrix is None or mask is None or mask.sum() < max(_FEWEST, _ABOVE_CHANCE * np.sqrt(len(pairs))):
        return None
    return np.asarray(matrix, np.float64)


def _to_unit(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """From the unit of `Features.xy` to 0 to 1."""
    high, wide = picture.shape[:2]
    return np.array([[0.5, 0, 0.5], [0, 0.5 * wide / high, 0.5], [0, 0, 1]])


def _is_sane(matrix: NDArray[np.float64]) -> bool:
    """Whether the picture's corners keep their order, and its sides about their lengths."""
    corners = np.array([[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]], float) @ matrix.T
    if not np.all(corners[:, 2] * np.sign(matrix[2, 2]) > 1e-3):
        return False
    xy = corners[:, :2] / corners[:, 2:]
    sides = np.roll(xy, -1, axis=0) - xy
    following = np.roll(sides, -1, axis=0)
    turns = sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]
    lengths = np.hypot(*sides.T)
    return bool(np.all(turns > 0) and np.all((lengths > 1 / _MOST_ZOOM) & (lengths < _MOST_ZOOM)))
