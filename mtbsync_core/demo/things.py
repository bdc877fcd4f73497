"""Billboards: what stands beside the trail, drawn far to near with true parallax."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.demo.assets import draw_assets
from mtbsync_core.demo.ground import HAZE_BGR, HAZE_M
from mtbsync_core.demo.noise import Floats
from mtbsync_core.demo.scatter import Things

_NEAR_M = 0.6
_BEHIND_M, _AHEAD_M = 2.0, 80.0
_SMALLEST_PX = 3.0
_HAZE_LEVEL = sum(HAZE_BGR) / 3 / 255
_AUTUMN = np.array([[0.6, 0, 0, 0], [0, 0.75, 0, 0], [0, 1.15, 0, 0], [0, 0, 0, 1]], np.float32)
"""Turned foliage: blue and green fade, red takes what green was (rows: BGRA of the output)."""


class Billboards:
    """Draws the things of one run into a pinhole picture of `width` x `height` pixels, focal length `focal_px`.

    Rustled plants are drawn with `foliage_seed`: the same kind and size at the same place, other leaves.
    """

    def __init__(
        self, things: Things, world_seed: int, foliage_seed: int, width: int, height: int, focal_px: float
    ) -> None:
        self._things, self._width, self._height, self._focal = things, width, height, focal_px
        sheets = [world_seed, *([foliage_seed] if things.rustled.any() else [])]
        summer = [[_pyramid(p.colour, p.alpha, p.ppm, p.anchor_px) for p in draw_assets(seed, 1.0)] for seed in sheets]
        autumn = [
            [[(cv2.transform(image, _AUTUMN), *rest) for image, *rest in levels] for levels in sheet]
            for sheet in summer
        ]
        self._levels = (summer, autumn)

    def draw(self, picture: NDArray[np.uint8], s_m: float, eye: Floats, axes: Floats, roll: float) -> None:
        """Draw what is near arc length `s_m`, as seen from `eye` along `axes` (right, down, forward)."""
        t = self._things
        first, last = np.searchsorted(t.s_m, [s_m - _BEHIND_M, s_m + _AHEAD_M])
        offset = np.stack([t.x_m[first:last], t.y_m[first:last], t.z_m[first:last]], axis=1) - eye
        right, down, depth = (offset @ axes.T).T
        safe = np.maximum(depth, _NEAR_M)
        x = right / safe * self._focal + self._width / 2
        y = down / safe * self._focal + self._height / 2
        scale = self._focal / safe * t.scale[first:last]
        seen = (depth > _NEAR_M) & (depth < t.reach_m[first:last]) & (np.abs(x - self._width / 2) < self._width)
        order = np.flatnonzero(seen)
        order = order[np.argsort(-depth[order])]
        cos, sin = np.cos(roll), np.sin(roll)
        for k in order:
            self._paste(picture, int(first + k), float(x[k]), float(y[k]), float(scale[k]), float(depth[k]), cos, sin)

    def _paste(
        self, picture: NDArray[np.uint8], n: int, x: float, y: float, scale: float, depth: float, cos: float, sin: float
    ) -> None:
        t = self._things
        levels = self._levels[int(t.turned[n])][int(t.rustled[n])][t.asset[n]]
        level = next((one for one in reversed(levels) if one[1] >= 0.75 * scale), levels[0])
        image, ppm, anchor = level
        zoom = scale / ppm
        rows, columns = image.shape[:2]
        half = columns * zoom * 0.62 + 0.15 * rows * zoom * abs(sin) + 1
        left, right = int(max(0, x - half)), int(min(self._width, x + half + 1))
        top, bottom = int(max(0, y - rows * zoom - 2)), int(min(self._height, y + 2))
        if right - left < 2 or bottom - top < 2 or rows * zoom < _SMALLEST_PX:
            return
        side = -1.0 if t.mirrored[n] else 1.0
        # Picture to asset: turn back by the roll, undo the zoom, move the foot to the anchor.
        matrix = np.array([[side * cos, side * sin, 0.0], [-sin, cos, 0.0]]) / zoom
        matrix[:, 2] = matrix[:, :2] @ (left - x, top - y) + (anchor, rows)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        warped = cv2.warpAffine(image, matrix, (right - left, bottom - top), flags=flags)
        clear = float(np.exp(-depth / HAZE_M))
        alpha = cv2.merge([cv2.extractChannel(warped, 3)] * 3)
        own = cv2.cvtColor(warped, cv2.COLOR_BGRA2BGR)
        colour = cv2.addWeighted(own, clear * float(t.tone[n]), alpha, (1 - clear) * _HAZE_LEVEL, 0.0)
        region = picture[top:bottom, left:right]
        cv2.multiply(region, cv2.bitwise_not(alpha), dst=region, scale=1 / 255)
        cv2.add(region, colour, dst=region)


def _pyramid(
    colour: NDArray[np.float32], alpha: NDArray[np.float32], ppm: float, anchor_px: float
) -> list[tuple[NDArray[np.uint8], float, float]]:
    """Premultiplied BGRA at full, half, quarter ... resolution, with pixels per metre and the foot's column."""
    image = np.dstack([colour, alpha * 255])
    levels = []
    while True:
        levels.append((np.clip(image, 0, 255).astype(np.uint8), ppm, anchor_px))
        if min(image.shape[:2]) < 16 or len(levels) == 7:
            return levels
        rows, columns = image.shape[:2]
        image = cv2.resize(image, (columns // 2, rows // 2), interpolation=cv2.INTER_AREA)
        ppm, anchor_px = ppm / 2, anchor_px / 2
