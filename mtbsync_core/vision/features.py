"""`Features`: the local features of one frame, whoever found them; kept in the index, to decode nothing twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

_SMALL = 320


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Corners of one frame: `xy` (n, 2) float32 in pixels from the picture's middle divided by half its width (so x
    runs from -1 to 1), `descriptors` (n, D), of the type that the matcher chose.
    """

    xy: NDArray[np.float32]
    descriptors: NDArray[Any]

    def __len__(self) -> int:
        return len(self.xy)


def centred(points: NDArray[np.floating], width: int, height: int) -> NDArray[np.float32]:
    """Pixel positions (n, 2), the first pixel's middle being (0, 0), in the unit of `Features.xy`."""
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    return np.asarray((points - middle) / (width / 2), dtype=np.float32)


def enlarged(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A frame at least 320 wide, enlarged by a whole number if need be: a corner's surroundings, some 30 pixels, would
    else be a fifth of a 160-pixel frame.
    """
    zoom = -(-_SMALL // luma.shape[1])
    if zoom == 1:
        return luma
    return np.asarray(cv2.resize(luma, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC), np.uint8)
