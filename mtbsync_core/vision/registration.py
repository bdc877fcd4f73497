"""How the picture of the new run lies on that of the reference, by local features of two frames.

Corners are paired as for the alignment; the homography is found by MAGSAC++ (Barath et al., CVPR 2020). It holds for
what is far away or flat; what is near lies elsewhere in two pictures from two places.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.vision.registry import matcher_named

Picture = NDArray[np.uint8]

_CORNERS, _PAIRS = 1500, 600
_FEW_CORNERS = 650
"""Enough for four numbers."""
_TOLERANCE = 0.01
"""Distance of an inlier, in half widths: 5 pixels of 960."""
_FEWEST, _ABOVE_CHANCE = 20, 1.5
"""Inliers that are asked for, and that over the root of the pairs: 60 pairs of unrelated frames had up to 6 and 0.6."""
_COARSE_TOLERANCE, _WELL_ABOVE_CHANCE = 0.03, 2.0
"""Likewise for a similarity: simulated frames of another place had up to 1.1 times the root, of the same place 2.7 and
more; a real pair 2.1 and more."""
_MOST_ZOOM = 3.0


def homography(ref: Picture, new: Picture) -> list[float] | None:
    """From places in the new picture to those in the reference's, both from 0 to 1 across and down; 9 numbers, by rows.

    None where too little is seen in both, or what was found would fold or blow up the picture.

    Args:
        ref, new: RGB, shape (H, W, 3).
    """
    luma = [np.asarray(cv2.cvtColor(one, cv2.COLOR_RGB2GRAY), np.uint8) for one in (ref, new)]
    xy = _paired(luma[0], luma[1], _CORNERS)
    if len(xy[0]) < _FEWEST:
        return None
    matrix, mask = cv2.findHomography(xy[1], xy[0], cv2.USAC_MAGSAC, _TOLERANCE, maxIters=2000, confidence=0.999)
    if matrix is None or mask is None or mask.sum() < max(_FEWEST, _ABOVE_CHANCE * np.sqrt(len(mask))):
        return None
    found = _in_units(np.asarray(matrix, np.float64), ref, new)
    return found if _is_sane(np.reshape(found, (3, 3))) else None


def similarity(ref: Picture, new: Picture) -> list[float] | None:
    """`homography` as a turn, a zoom and a shift alone: less exact where all is flat, but calm from frame to frame
    where things stand at all distances, of which a homography takes now these and now those.

    Args:
        ref, new: luma, shape (H, W).
    """
    xy = _paired(ref, new, _FEW_CORNERS)
    if len(xy[0]) < _FEWEST:
        return None
    matrix, mask = cv2.estimateAffinePartial2D(
        xy[1], xy[0], method=cv2.RANSAC, ransacReprojThreshold=_COARSE_TOLERANCE, maxIters=1000, confidence=0.999
    )
    if matrix is None or mask.sum() < max(_FEWEST, _WELL_ABOVE_CHANCE * np.sqrt(len(mask))):
        return None
    found = _in_units(np.vstack([matrix, [0, 0, 1]]), ref, new)
    return found if _is_sane(np.reshape(found, (3, 3))) else None


def _paired(ref: Picture, new: Picture, corners: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Places of corners in both lumas that look alike, (k, 2) each, in the unit of `Features.xy`."""
    matcher = matcher_named("sift")
    extract = matcher.extractor(corners)
    a, b = extract(np.ascontiguousarray(ref)), extract(np.ascontiguousarray(new))
    pairs = matcher.pairs(b, a, _PAIRS)
    return a.xy[pairs[:, 1]], b.xy[pairs[:, 0]]


def _in_units(matrix: NDArray[np.float64], ref: Picture, new: Picture) -> list[float]:
    found = _to_unit(ref) @ matrix @ np.linalg.inv(_to_unit(new))
    return [float(value) for value in (found / found[2, 2]).ravel()]


def _to_unit(picture: Picture) -> NDArray[np.float64]:
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
