"""Local features of one frame: corners with binary descriptors (ORB), the raw material of geometric verification.

Rublee et al., "ORB: an efficient alternative to SIFT or SURF", ICCV 2011. Kept in the index, so that verification
decodes nothing again.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_SMALL = 320
"""Frames narrower than this are enlarged first: ORB's 31-pixel patch would cover a fifth of a 160-pixel frame."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Corners of one frame: `xy` (n, 2) in pixels from the picture's middle divided by half its width (so x runs from
    -1 to 1), `angle` (n,) degrees, `scale` (n,) patch size in the same unit, `descriptors` (n, 32) uint8.
    """

    xy: NDArray[np.float32]
    angle: NDArray[np.float32]
    scale: NDArray[np.float32]
    descriptors: NDArray[np.uint8]


class OrbExtractor:
    """Finds up to `n_features` corners in a luma frame. One per thread: OpenCV's detectors are not re-entrant."""

    def __init__(self, n_features: int = 800, *, clahe: bool = False) -> None:
        self._orb = cv2.ORB.create(nfeatures=n_features, fastThreshold=7)
        self._clahe = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)) if clahe else None

    def __call__(self, luma: NDArray[np.uint8]) -> Features:
        """Corners of a frame of shape (H, W)."""
        height, width = luma.shape
        zoom = 1
        while width * zoom < _SMALL:
            zoom += 1
        picture = luma if zoom == 1 else cv2.resize(luma, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
        if self._clahe is not None:
            picture = self._clahe.apply(picture)
        points, descriptors = self._orb.detectAndCompute(picture, None)
        if descriptors is None:
            nothing = np.zeros(0, np.float32)
            return Features(np.zeros((0, 2), np.float32), nothing, nothing, np.zeros((0, 32), np.uint8))
        half = width * zoom / 2
        middle = np.array([half - 0.5, height * zoom / 2 - 0.5])
        xy = np.array([p.pt for p in points])
        return Features(
            xy=((xy - middle) / half).astype(np.float32),
            angle=np.array([p.angle for p in points], np.float32),
            scale=np.array([p.size / half for p in points], np.float32),
            descriptors=np.asarray(descriptors, np.uint8),
        )
