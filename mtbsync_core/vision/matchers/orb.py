"""ORB corners with binary descriptors: Rublee et al., "ORB: an efficient alternative to SIFT or SURF", ICCV 2011."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.vision.features import Features, described, enlarged, unique
from mtbsync_core.vision.registry import Extractor, Matcher


@dataclass(frozen=True, slots=True, kw_only=True)
class Orb:
    """ORB corners, 32 bytes each, by Hamming distance."""

    n_features: int = 800
    by_chance: float = 1.55
    ratio: float = 0.87
    """Of the distances to the best and the second-best match (Lowe 2004); foliage is self-similar, and the epipolar
    constraint sorts out what this lets through."""

    def extractor(self, n_features: int) -> Extractor:
        """Corners by FAST, also weak ones: forest floor is soft."""
        orb = cv2.ORB.create(nfeatures=n_features, fastThreshold=7)

        def extract(luma: NDArray[np.uint8]) -> Features:
            picture = enlarged(luma)
            points, codes = orb.detectAndCompute(picture, None)
            return described(points, codes, picture, 32)

        return extract

    def pairs(self, a: Features, b: Features, most: int) -> NDArray[np.intp]:
        """Nearest by Hamming distance, with the ratio test."""
        if min(len(a), len(b)) < 2:
            return np.zeros((0, 2), np.intp)
        found = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(a.descriptors, b.descriptors, k=2)
        good = sorted(
            (first.distance, first.queryIdx, first.trainIdx)
            for first, second in found
            if first.distance < self.ratio * second.distance
        )
        return unique(np.array([pair for _, *pair in good], np.intp).reshape(-1, 2), most)


MATCHER: Matcher = Orb()
