"""`Features`: the local features of one frame, and `FeatureStore` for those of a recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.vision.frame_store import Arrays, FrameStore


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Corners of one frame: `xy` (n, 2) float32 in pixels from the picture's middle divided by half its width (so x
    runs from -1 to 1), `descriptors` (n, D), of the type that the matcher chose.
    """

    xy: NDArray[np.float32]
    descriptors: NDArray[Any]

    def __len__(self) -> int:
        return len(self.xy)

    def where(self, keep: NDArray[np.bool_]) -> Features:
        """Some of them: `keep` (n,)."""
        return self if keep.all() else Features(self.xy[keep], self.descriptors[keep])


class FeatureStore(FrameStore[Features]):
    """The features of many frames."""

    @staticmethod
    def _split(frame: Features) -> Arrays:
        return np.asarray(frame.xy, np.float32), frame.descriptors

    @staticmethod
    def _join(arrays: Arrays) -> Features:
        return Features(*arrays)


def described(points: Sequence[cv2.KeyPoint], codes: Any, luma: NDArray[np.uint8], width: int) -> Features:
    """Features of OpenCV's key points in a picture, and their `codes` of `width` bytes; None of both is no feature."""
    xy = np.reshape([point.pt for point in points], (-1, 2))
    descriptors = np.zeros((0, width), np.uint8) if codes is None else np.asarray(codes, np.uint8)
    return Features(centred(xy, luma.shape[1], luma.shape[0]), descriptors)


def centred(points: NDArray[np.floating], width: int, height: int) -> NDArray[np.float32]:
    """Pixel positions (n, 2), the first pixel's middle being (0, 0), in the unit of `Features.xy`."""
    return np.asarray((points - np.array([width - 1, height - 1]) / 2) / (width / 2), dtype=np.float32)


def enlarged(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """At least 320 wide, by a whole number: the 30 pixels around a corner would be a fifth of a 160-pixel frame."""
    zoom = -(-320 // luma.shape[1])
    if zoom == 1:
        return luma
    return np.asarray(cv2.resize(luma, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC), np.uint8)


def unique(pairs: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """The first `most` pairs of (k, 2), sorted by sureness, of which none shares its second corner with an earlier."""
    _, first = np.unique(pairs[:, 1], return_index=True)
    return pairs[np.sort(first)[:most]]
