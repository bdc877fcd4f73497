"""Billboards: what stands beside the trail, drawn far to near with true parallax."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from mtbsync_core.demo.assets import draw_assets
from mtbsync_core.demo.ground import HAZE_BGR, HAZE_M
from mtbsync_core.demo.lens import View
from mtbsync_core.demo.noise import Picture8, fractal, image_of
from mtbsync_core.demo.scatter import Things
from mtbsync_core.demo.sheet import Picture

_NEAR_M = 0.6
_BEHIND_M, _AHEAD_M = 2.0, 80.0
_WIDEST_M = 8.0
"""No picture reaches farther from its foot."""
_HAZE_LEVEL = sum(HAZE_BGR) / 3 / 255
_AUTUMN = np.array([[0.6, 0, 0], [0, 0.75, 0], [0, 1.15, 0]], np.float32)
"""Turned foliage: blue and green fade, red takes what green was (rows: BGR of the output)."""
_BAND_PX = 110
_FLECKS_PX, _FLECKS_PER_M = 256, 26.0
"""Size of the picture of sun flecks, and its pixels per metre: flecks of about half a metre."""
_FLAGS = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
_NOTHING = (0.0, 0.0, 0.0, 255.0)


@dataclass(frozen=True, slots=True)
class _Part:
    """A band of a picture, cut to what is not transparent: BGR premultiplied by alpha, and 255 - alpha as the fourth
    channel. Its upper left corner is `x_px` right of the foot and `y_px` above it."""

    pixels: Picture8
    x_px: float
    y_px: float


class Billboards:
    """Draws the things of one run into level pictures."""

    def __init__(self, things: Things, look: int, run_rng: np.random.Generator, dapple: float) -> None:
        self._things, self._dapple = things, dapple
        # Where the sun comes through the crowns is another place in each run, on the things as on the ground.
        self._flecks = fractal(run_rng, _FLECKS_PX, 16, 3)
        self._sizes = [_halves(picture) for picture in draw_assets(look, 1.0)]
        self._fleck_at = run_rng.integers(0, _FLECKS_PX, (len(self._sizes), 2))
        self._finest = np.array([sizes[0].ppm for sizes in self._sizes])[things.asset]
        self._coarsest = np.array([len(sizes) - 1 for sizes in self._sizes])[things.asset]
        self._parts: dict[tuple[int, int, bool], list[_Part]] = {}
        self._matrix = np.zeros((2, 3))

    def draw(self, picture: Picture8, view: View, s_m: float) -> None:
        """Draw what is near arc length `s_m` into a picture of four channels (the last one is of no use afterwards)."""
        t = self._things
        near = slice(*np.searchsorted(t.s_m, [s_m - _BEHIND_M, s_m + _AHEAD_M]).tolist())
        x, y, z = t.x_m[near] - view.eye[0], t.y_m[near] - view.eye[1], t.z_m[near] - view.eye[2]
        cos, sin = np.cos(view.yaw), np.sin(view.yaw)
        depth, right = x * cos + y * sin, x * sin - y * cos
        safe = np.maximum(depth, _NEAR_M)
        scale = view.focal / safe
        column, row = view.middle + right * scale, view.horizon - z * scale
        scale *= t.scale[near]
        room = scale * _WIDEST_M
        seen = (depth > _NEAR_M) & (depth < t.reach_m[near]) & (column > -room) & (column < view.columns + room)
        order = np.flatnonzero(seen)
        order = order[np.argsort(-depth[order])]  # far to near
        # The coarsest picture that has at least three quarters of the pixels needed.
        level = np.floor(np.log2(np.maximum(self._finest[near] / (0.75 * scale), 1.0))).astype(np.intp)
        level = np.minimum(level, self._coarsest[near])
        clear = np.exp(-safe / HAZE_M)
        chosen = order + near.start
        keys = zip(t.asset[chosen].tolist(), level[order].tolist(), t.turned[chosen].tolist(), strict=True)
        looks = np.stack(
            (column, row, scale, np.where(t.mirrored[near], -1.0, 1.0), clear * t.tone[near], (1 - clear) * _HAZE_LEVEL)
        )
        for key, (at_x, at_y, size, side, light, haze) in zip(keys, looks[:, order].T.tolist(), strict=True):
            if key not in self._parts:
                self._parts[key] = self._bands(*key)
            asset, one_level, _ = key
            zoom = size / self._sizes[asset][one_level].ppm
            for part in self._parts[key]:
                self._paste(picture, part, at_x, at_y, zoom, side, light, haze)

    def _paste(
        self, picture: Picture8, part: _Part, x: float, y: float, zoom: float, side: float, light: float, haze: float
    ) -> None:
        rows, columns = part.pixels.shape[:2]
        high = y - part.y_px * zoom
        near_x, far_x = x + side * part.x_px * zoom, x + side * (part.x_px + columns) * zoom
        if side < 0:
            near_x, far_x = far_x, near_x
        left, right = max(0, int(near_x)), min(picture.shape[1], int(far_x) + 2)
        top, bottom = max(0, int(high)), min(picture.shape[0], int(high + rows * zoom) + 2)
        if right - left < 2 or bottom - top < 2:
            return
        matrix = self._matrix
        # From the centre of a pixel here to that of one in the part.
        matrix[0, 0], matrix[0, 2] = side / zoom, side * (left + 0.5 - x) / zoom - part.x_px - 0.5
        matrix[1, 1], matrix[1, 2] = 1 / zoom, (top + 0.5 - high) / zoom - 0.5
        warped = cv2.warpAffine(part.pixels, matrix, (right - left, bottom - top), flags=_FLAGS, borderValue=_NOTHING)
        cover = cv2.cvtColor(cv2.extractChannel(warped, 3), cv2.COLOR_GRAY2BGRA)
        colour = cv2.addWeighted(warped, light, cover, -haze, 255 * haze)
        region = picture[top:bottom, left:right]
        cv2.multiply(region, cover, dst=region, scale=1 / 255)
        cv2.add(region, colour, dst=region)

    def _bands(self, asset: int, level: int, turned: bool) -> list[_Part]:
        """The picture in bands, each as wide as what is in it: of a near tree only the trunk is seen."""
        size = self._sizes[asset][level]
        colour = image_of(cv2.transform(size.colour, _AUTUMN)) if turned else size.colour
        alpha = size.alpha[..., None]
        rows, columns = size.alpha.shape
        # Counted in metres from the foot, so that a fleck stays where it is when the thing comes nearer.
        down = (rows - np.arange(rows)) / size.ppm * _FLECKS_PER_M + self._fleck_at[asset, 0]
        across = (np.arange(columns) - size.anchor_px) / size.ppm * _FLECKS_PER_M + self._fleck_at[asset, 1]
        fleck = self._flecks[np.ix_(down.astype(np.intp) % _FLECKS_PX, across.astype(np.intp) % _FLECKS_PX)]
        colour = colour * (1 + self._dapple * np.clip((fleck - 0.5) * 6.0, -1, 1))[..., None]
        pixels = np.clip(np.concatenate((colour, 255 - 255 * alpha), axis=2) + 0.5, 0, 255).astype(np.uint8)
        cuts = np.linspace(0, rows, max(1, round(rows / _BAND_PX)) + 1).astype(int)
        parts = []
        for top, bottom in pairwise(cuts.tolist()):
            solid = np.flatnonzero((pixels[top:bottom, :, 3] < 250).any(axis=0))
            if len(solid):
                # One row more than its share: both bands fade out towards a common edge.
                left, right = int(solid[0]), int(solid[-1]) + 1
                cut = np.ascontiguousarray(pixels[top : bottom + 1, left:right])
                parts.append(_Part(cut, left - size.anchor_px, float(rows - top)))
        return parts


def _halves(size: Picture) -> list[Picture]:
    sizes = [size]
    while min(size.alpha.shape) >= 12 and len(sizes) < 7:
        rows, columns = size.alpha.shape
        small = (columns // 2, rows // 2)
        colour, alpha = (cv2.resize(plane, small, interpolation=cv2.INTER_AREA) for plane in (size.colour, size.alpha))
        ppm, anchor_px = size.ppm * small[1] / rows, size.anchor_px * small[0] / columns
        size = Picture(image_of(colour), image_of(alpha), ppm, anchor_px)
        sizes.append(size)
    return sizes
