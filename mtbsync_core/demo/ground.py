"""The ground as the camera sees it: the height field, painted from maps around the camera, behind haze.

Columns of the picture are walked outwards over the terrain, which gives the depth of every ground pixel. What lies
there is looked up in three maps around the camera, fine, middle and coarse, each painted block by block as the ride
goes on.
"""

from __future__ import annotations

import cv2
import numpy as np

from mtbsync_core.demo.lens import View
from mtbsync_core.demo.noise import Image, Picture8, image_of, picture_of
from mtbsync_core.demo.paint import Painter
from mtbsync_core.demo.trail import Trail

HAZE_BGR = (150.0, 165.0, 160.0)
SKY_BGR = (205.0, 215.0, 210.0)
HAZE_M = 60.0
"""Distance at which haze covers all but 1/e of a colour."""
_FAR_M = 90.0
_SKY_TANGENT = 0.16
"""Height above the horizon, as a tangent, from which the sky is clear of haze."""
_GRID_ROWS, _GRID_COLUMNS = 4, 16
_DEPTHS_M = np.geomspace(0.8, _FAR_M, 36)
# Cell size (m), map size (cells), depth up to which it is used (m, at `_FOCAL_PX`), largest depth it can hold (m).
_LEVELS = ((0.025, 1792, 7.0, 15.0), (0.1, 1664, 22.0, 55.0), (0.4, 768, np.inf, _FAR_M))
_FOCAL_PX = 286.0
_BLOCK = 128
_ROOM = 0.55
"""A row of the picture is taken from one map, but may reach this much farther than its typical depth: 1 / 0.55."""


class Ground:
    """Draws the ground of one run into level pictures."""

    def __init__(self, trail: Trail, painter: Painter) -> None:
        self._trail = trail
        self._maps = [_GroundMap(painter, cell, size) for cell, size, _, _ in _LEVELS]
        self._haze, self._sky = np.array((*HAZE_BGR, 0.0)), np.array((*SKY_BGR, 0.0))

    def draw(self, view: View) -> Picture8:
        """The picture (rows, columns, 4): sky, haze and ground in BGR, and a channel for those who draw on it."""
        height = (view.horizon - np.arange(view.rows)) / view.focal
        share = np.clip(height / _SKY_TANGENT, 0, 1)[:, None]
        backdrop = (self._haze + (self._sky - self._haze) * share).astype(np.uint8)
        picture = np.repeat(backdrop[:, None, :], view.columns, axis=1)
        inverse = self._inverse_depth(view)
        seen = np.flatnonzero(inverse.max(axis=1) > 0)
        if not len(seen):
            return picture
        top = int(seen[0]) * _GRID_ROWS
        full = image_of(cv2.resize(inverse, (inverse.shape[1] * _GRID_COLUMNS, inverse.shape[0] * _GRID_ROWS)))
        full = full[top : view.rows, : view.columns]
        # A fifth of a row may lie farther away than the map that the row is taken from is meant for.
        typical = np.sort(inverse[seen[0] :], axis=1)[:, inverse.shape[1] // 5]
        scale = view.focal / _FOCAL_PX
        depth_of_row = np.repeat(1 / np.maximum(typical, 1e-6), _GRID_ROWS)[: len(full)]
        ground = np.empty((len(full), view.columns, 4), np.uint8)
        upper = len(full)
        for ground_map, (_, _, reach, limit) in zip(self._maps, _LEVELS, strict=True):
            room = limit * _ROOM if limit < _FAR_M else np.inf
            beyond = np.flatnonzero(depth_of_row[:upper] >= min(reach * scale, room))
            lower, upper = upper, (int(beyond[-1]) + 1 if len(beyond) else 0)
            if lower > upper:
                ground[upper:lower] = ground_map.look(view, full[upper:lower], 1 / limit)
        clear = np.exp(np.float32(-1 / HAZE_M) / np.maximum(full, 1 / _FAR_M))
        clear = image_of(clear * np.minimum(full * (_FAR_M * 8), 1))
        picture[top : top + len(full)] = cv2.blendLinear(ground, picture[top : top + len(full)], clear, 1 - clear)
        return picture

    def _inverse_depth(self, view: View) -> Image:
        """1 / depth (1/m) of the ground on a grid of rows and columns; 0 where there is sky."""
        terrain = self._trail.terrain
        columns = (np.arange(-(-view.columns // _GRID_COLUMNS)) + 0.5) * _GRID_COLUMNS - 0.5
        rows = (np.arange(-(-view.rows // _GRID_ROWS)) + 0.5) * _GRID_ROWS - 0.5
        aside = (columns - view.middle) / view.focal
        cos, sin = np.cos(view.yaw), np.sin(view.yaw)
        x = view.eye[0] + np.multiply.outer(cos + sin * aside, _DEPTHS_M)
        y = view.eye[1] + np.multiply.outer(sin - cos * aside, _DEPTHS_M)
        drop = (view.eye[2] - terrain.lookup(terrain.z_m, x, y)) / _DEPTHS_M
        # From near to far the ground rises in the picture; what does not rise is hidden behind what is nearer.
        edge = np.minimum.accumulate(view.horizon + view.focal * drop, axis=1)[:, ::-1]
        near = 1 / _DEPTHS_M[::-1]
        lines = [np.interp(rows, line, near, left=0.0) for line in edge]
        return np.stack(lines, axis=1).astype(np.float32)


class _GroundMap:
    """A square map around the camera, painted where it is looked at; it wraps, so nothing is ever moved."""

    def __init__(self, painter: Painter, cell_m: float, size: int) -> None:
        self._painter, self._cell, self._size = painter, cell_m, size
        self._paint: Picture8 = np.zeros((size, size, 4), np.uint8)
        self._held = np.full((size // _BLOCK, size // _BLOCK, 2), np.iinfo(np.int64).min)

    def look(self, view: View, inverse: Image, least: float) -> Picture8:
        """Colours of the ground for pixels of inverse depth `inverse` (1/m), never farther than 1 / `least`."""
        depth = 1 / np.maximum(inverse, np.float32(least))
        aside = ((np.arange(view.columns) - view.middle) / view.focal).astype(np.float32)
        cos, sin = np.cos(view.yaw), np.sin(view.yaw)
        # Counted from the map's last turn, so that coordinates stay within what remap can take.
        turn = self._cell * self._size
        start = [float(value) % turn / self._cell - 0.5 for value in view.eye[:2]]
        x = depth * ((cos + sin * aside) / np.float32(self._cell)).astype(np.float32) + np.float32(start[0])
        y = depth * ((sin - cos * aside) / np.float32(self._cell)).astype(np.float32) + np.float32(start[1])
        # Neighbours of this grid are less than a block apart on the ground.
        rows, columns = np.r_[0 : len(x) : 3, len(x) - 1], np.r_[0 : view.columns : 12, view.columns - 1]
        self._fill(view, x[np.ix_(rows, columns)], y[np.ix_(rows, columns)])
        # Wrapped here: OpenCV's own wrapping of whole pictures is several times slower than that of a seam.
        for axis in (x, y):
            axis -= np.floor(axis * np.float32(1 / self._size)) * np.float32(self._size)
        return picture_of(cv2.remap(self._paint, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP))

    def _fill(self, view: View, x: Image, y: Image) -> None:
        turns = [int(float(value) // (self._cell * self._size)) * (self._size // _BLOCK) for value in view.eye[:2]]
        column = np.floor(x / _BLOCK).astype(np.int64) + turns[0]
        row = np.floor(y / _BLOCK).astype(np.int64) + turns[1]
        code = np.unique(row * 1_000_003 + column + 500_000)
        blocks = self._size // _BLOCK
        for one in code.tolist():
            r, c = divmod(one, 1_000_003)
            c -= 500_000
            held = self._held[r % blocks, c % blocks]
            if held.tolist() == [r, c]:
                continue
            held[:] = r, c
            top, left = r % blocks * _BLOCK, c % blocks * _BLOCK
            self._paint[top : top + _BLOCK, left : left + _BLOCK, :3] = self._painter.block(
                c * _BLOCK * self._cell, r * _BLOCK * self._cell, self._cell, _BLOCK
            )
