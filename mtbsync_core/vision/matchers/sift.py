"""Corners (Shi & Tomasi, "Good features to track", CVPR 1994) at three scales, described by upright SIFT (Lowe,
"Distinctive image features from scale-invariant keypoints", IJCV 2004) and compared by the Hellinger kernel (RootSIFT:
Arandjelovic & Zisserman, CVPR 2012).

Two runs of one trail are filmed nearly upright, so no corner is given a direction of its own: that of a leaf is not the
same on another day. The price: of cameras that are turned against each other by 15 degrees a sixth of the matches are
lost, by 20 half, by 30 all (the layout of whole pictures ends there too).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.vision.features import Features, described, enlarged, unique
from mtbsync_core.vision.inner_products import inner_products
from mtbsync_core.vision.registry import Extractor, Matcher


@dataclass(frozen=True, slots=True, kw_only=True)
class Sift:
    """Upright SIFT at Shi-Tomasi corners, 128 bytes each, by the Hellinger distance."""

    n_features: int = 500
    by_chance: float = 1.4
    ratio: float = 0.9
    """Of the distances to the best and the second-best match (Lowe 2004)."""
    widest: int = 480
    """Pixels to which pictures are reduced: cost goes with the square."""
    scales: tuple[float, ...] = (0.62, 0.27, 0.11)
    """Shares of the corners that are looked for in the picture, at half and at a quarter of its size."""
    quality: float = 0.005
    """Least strength of a corner, of the strongest one: shaded forest has little contrast."""
    apart: int = 4
    """Least distance of two corners, pixels of the scale."""
    size: float = 4.0
    """Diameter of a corner in pixels of its scale; SIFT describes six times that."""

    def extractor(self, n_features: int) -> Extractor:
        """Corners at three scales."""
        sift = cv2.SIFT.create()

        def extract(luma: NDArray[np.uint8]) -> Features:
            picture = _reduced(enlarged(luma), self.widest)
            points, codes = sift.compute(picture, self._corners(picture, n_features))
            return described(points, codes, picture, 128)

        return extract

    def _corners(self, picture: NDArray[np.uint8], n: int) -> list[cv2.KeyPoint]:
        found, first_layer = [], 1 << 8  # OpenCV packs octave and layer into one number
        for octave, share in enumerate(self.scales):
            zoom = 2**octave
            small = _reduced(picture, picture.shape[1] // zoom)
            xy = cv2.goodFeaturesToTrack(small, max(1, round(share * n)), self.quality, self.apart)
            for x, y in [] if xy is None else (zoom * (xy[:, 0] + 0.5) - 0.5).tolist():
                found.append(cv2.KeyPoint(x, y, self.size * zoom, angle=0, octave=octave | first_layer))
        return found

    def pairs(self, a: Features, b: Features, most: int) -> NDArray[np.intp]:
        """Nearest by the Hellinger distance, with the ratio test."""
        if min(len(a), len(b)) < 2:
            return np.zeros((0, 2), np.intp)
        likeness = inner_products(_rooted(a), _rooted(b))
        rows, best = np.arange(len(a)), likeness.argmax(axis=1)
        top = likeness[rows, best]
        likeness[rows, best] = -1
        # Squared distance of unit vectors is 2 - 2 cos.
        ratio = np.sqrt((1 - np.minimum(top, 1)) / np.maximum(1 - likeness.max(axis=1), 1e-9))
        good = np.flatnonzero(ratio < self.ratio)
        good = good[np.argsort(ratio[good], kind="stable")]
        return unique(np.column_stack([good, best[good]]), most)


def _rooted(features: Features) -> NDArray[np.float32]:
    codes = features.descriptors.astype(np.float32)
    return np.asarray(np.sqrt(codes / np.maximum(codes.sum(axis=1, keepdims=True), 1)))


def _reduced(luma: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """The picture, no wider than `width` pixels."""
    if luma.shape[1] <= width:
        return luma
    size = width, max(1, round(luma.shape[0] * width / luma.shape[1]))
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)


MATCHER: Matcher = Sift()
