"""Canvas: the middle of a scene that two pictures of very unlike shapes, such as 9:16 and 16:9, are compared by.

It is as high as either picture. The wider one is cut to it, the taller one lies in its middle; so what both show has
one place and one scale in both.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.vision.features import Features
from mtbsync_core.vision.registry import Extractor, Visible

_TALLER = 2.0
"""How many times as tall, over its width, one picture is than another one that it is the middle of: 9:16 beside 16:9 is
3.2, beside 4:3 2.4. Cameras that look higher and lower as well, with 4:3 or 8:7 beside 16:9, are at 1.3 and 1.6."""
_ROUND_IT = 1.5
"""Width of the canvas over that of the taller picture, which needs room to be shifted. Log-likelihood per sample at the
true places at 1, 1.5, 2, and as wide as the wider picture: a hard simulated run 1.05, 1.13, 1.03, 0.71, an easy one
2.13, 2.11, 1.85, 1.28, laps of a small car 3.7, 3.55, 3.33, 3.30."""
_FINE = 16
"""Parts of a cell's width to which a picture's sides are known."""


def canvas_of(media: MediaInfo, other: MediaInfo) -> float | None:
    """Width over height of the canvas for two recordings; None where one is not much taller, and both are squeezed to
    one shape.
    """
    narrow, wide = sorted(m.width / m.height for m in (media, other))
    return _ROUND_IT * narrow if wide >= _TALLER * narrow else None


def on_canvas(luma: NDArray[np.uint8], canvas: float | None) -> NDArray[np.uint8]:
    """A picture cut to a canvas, or with its sides drawn out to it, which puts no edge where it ends."""
    if canvas is None:
        return luma
    return np.asarray(_middle(luma, round(luma.shape[0] * canvas), cv2.BORDER_REPLICATE), np.uint8)


def visible_on_canvas(visible: Visible, canvas: float, aspect: float, rows: int, columns: int) -> NDArray[np.float32]:
    """The share of each cell of a grid over a canvas that shows the world, by what is `visible` of the whole picture,
    `aspect` being its height over its width.
    """
    across = max(1, round(columns * _FINE / (canvas * aspect)))
    fine = _middle(visible(rows, across), columns * _FINE, cv2.BORDER_CONSTANT)
    return np.asarray(fine.reshape(rows, columns, _FINE).mean(axis=2), np.float32)


def corners_on_canvas(extract: Extractor, canvas: float) -> Extractor:
    """Corners of what a picture has of a canvas, at the canvas's scale, by their places in the picture."""

    def corners(luma: NDArray[np.uint8]) -> Features:
        shown = on_canvas(luma, canvas)
        found = extract(shown)
        xy = found.xy * np.float32(shown.shape[1] / luma.shape[1])
        return Features(xy, found.descriptors).where(np.abs(xy[:, 0]) <= 1)

    return corners


def _middle(picture: NDArray[Any], width: int, border: int) -> NDArray[Any]:
    """The middle columns of a picture; a narrower one lies in the middle of what a `border` of OpenCV makes."""
    more = width - picture.shape[1]
    left = abs(more) // 2
    if more < 0:
        return np.ascontiguousarray(picture[:, left : left + width])
    return np.asarray(cv2.copyMakeBorder(picture, 0, 0, left, more - left, border))
