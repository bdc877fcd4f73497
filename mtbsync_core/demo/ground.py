"""The ground as the camera sees it: height field, tread and forest floor, shade and haze.

Rays of a coarse grid are walked to the terrain; where they land is interpolated for every pixel, and there tiles of
noise give the colour. The periods of the tiles have no common multiple within a trail, so no two places look the
same, and both runs of a pair look up the same tiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.demo.noise import Floats, Image, Picture8, fractal, image_of, picture_of
from mtbsync_core.demo.trail import Trail

HAZE_BGR = (150.0, 165.0, 160.0)
SKY_BGR = (205.0, 215.0, 210.0)
HAZE_M = 60.0
"""Distance at which haze covers all but 1/e of a colour."""
_FAR_M = 95.0
_HAZE, _SKY = np.array(HAZE_BGR, np.float32), np.array(SKY_BGR, np.float32)
_CELL_PX = 8
_TILE_PX = 512


@dataclass(frozen=True, slots=True)
class Tiles:
    """Periodic textures of one world: BGR floor and tread, and a broad brightness; 512 pixels and a repeated one."""

    floor: Picture8
    tread: Picture8
    broad: Image


def make_tiles(seed: int, litter_seed: int, rustled: float) -> Tiles:
    """Textures of the world of `seed`, with a share `rustled` of the leaf litter as `litter_seed` strewed it."""
    rng = np.random.default_rng([seed, 404])
    soil = _tinted(rng, 24, 5, (20, 40, 38), (70, 120, 120))
    leaves = _tinted(rng, 60, 3, (15, 45, 40), (60, 140, 120))
    strewn = _tinted(np.random.default_rng([litter_seed, 405]), 60, 3, (15, 45, 40), (60, 140, 120))
    leaves = cv2.addWeighted(leaves, 1 - rustled, strewn, rustled, 0.0).astype(np.uint8)
    floor = ((soil.astype(np.uint16) + leaves) // 2).astype(np.uint8)
    tread = _tinted(rng, 16, 5, (50, 70, 90), (120, 150, 175))
    return Tiles(_wrapped(floor), _wrapped(tread), _wrapped(fractal(rng, _TILE_PX, 8, 5)))


def _tinted(
    rng: np.random.Generator, cells: int, octaves: int, dark: tuple[int, ...], light: tuple[int, ...]
) -> Picture8:
    level = fractal(rng, _TILE_PX, cells, octaves, 0.6)[..., None]
    grain = fractal(rng, _TILE_PX, cells * 3, max(1, octaves - 1))[..., None]
    low, high = np.array(dark, np.float32), np.array(light, np.float32)
    return np.clip((low + (high - low) * level) * (0.7 + 0.6 * grain), 0, 255).astype(np.uint8)


class Ground:
    """Draws the ground of one run for a pinhole camera of `width` x `height` pixels and focal length `focal_px`."""

    def __init__(self, trail: Trail, tiles: Tiles, shade: Image, width: int, height: int, focal_px: float) -> None:
        self._trail, self._tiles, self._size = trail, tiles, (width, height)
        # Sun flecks differ in each run: they move with the sun.
        flecks = np.where(shade > 0.52, 1.4, 0.6).astype(np.float32)
        self._shade = _wrapped(cv2.GaussianBlur(flecks, (0, 0), 1.0))
        x, y = np.meshgrid(
            np.linspace(0, width - 1, width // _CELL_PX + 1), np.linspace(0, height - 1, height // _CELL_PX + 1)
        )
        rays = np.stack([(x - width / 2) / focal_px, (y - height / 2) / focal_px, np.ones_like(x)], axis=-1)
        self._rays = rays / np.linalg.norm(rays, axis=-1, keepdims=True)
        self._reach = np.geomspace(0.7, _FAR_M, 34).astype(np.float32)

    def draw(self, eye: Floats, axes: Floats) -> Picture8:
        """Picture (height, width, 3) BGR from `eye` (x, y, z in m); `axes` rows are right, down, forward."""
        rays = (self._rays @ axes).astype(np.float32)
        distance, hit = self._walk(eye, rays.reshape(-1, 3))
        shape = rays.shape[:2]
        distance = distance.reshape(shape)
        east, north = rays[..., 0] * distance, rays[..., 1] * distance
        terrain = self._trail.terrain
        at_x, at_y = east + np.float32(eye[0]), north + np.float32(eye[1])
        beside = np.abs(terrain.lookup(terrain.u_m, at_x, at_y))
        along = terrain.lookup(terrain.s_m, at_x, at_y)
        half_width = np.interp(along, self._trail.s_m, self._trail.half_width_m).astype(np.float32)
        coarse = np.dstack([east, north, distance, beside - half_width, hit.reshape(shape).astype(np.float32)])
        half = cv2.resize(coarse, (self._size[0] // 2, self._size[1] // 2))
        return self._shaded(eye, image_of(half))

    def _walk(self, eye: Floats, rays: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        reach, terrain = self._reach, self._trail.terrain
        at = [np.float32(eye[k]) + rays[:, k : k + 1] * reach for k in range(3)]
        above = at[2] - terrain.lookup(terrain.z_m, at[0], at[1])
        below = above < 0
        hit = np.asarray(below.any(axis=1), np.bool_)
        k = np.maximum(below.argmax(axis=1), 1)
        row = np.arange(len(rays))
        high, low = above[row, k - 1], above[row, k]
        share = np.clip(high / np.maximum(high - low, 1e-6), 0, 1)
        distance = reach[k - 1] + share * (reach[k] - reach[k - 1])
        return np.where(hit, distance, np.float32(_FAR_M)).astype(np.float32), hit

    def _shaded(self, eye: Floats, half: NDArray[np.float32]) -> Picture8:
        """Light, haze and the tread's edge are soft and worked out at half resolution; the two textures are not."""
        east, north, distance, edge, hit = _planes(half)
        broad = self._tile(self._tiles.broad, eye, east, north, 5.3)
        ragged = self._tile(self._tiles.broad, eye, east, north, 37.0, 200.0)
        on_tread = image_of(np.clip((0.5 - 4.0 * edge) - 1.6 * (ragged - 0.5), 0, 1))
        clear = np.exp(distance * np.float32(-1 / HAZE_M))
        gain = (0.6 + 0.8 * broad) * self._tile(self._shade, eye, east, north, 22.0) * clear * hit
        haze, sky = (1 - clear) * hit, 1 - hit
        veil = [image_of(haze * h + sky * s) for h, s in zip(_HAZE, _SKY, strict=True)]
        whole = cv2.resize(np.dstack([east, north, on_tread, gain]), self._size)
        east, north, on_tread, gain = _planes(whole)
        floor = self._tile(self._tiles.floor, eye, east, north, 61.0)
        tread = self._tile(self._tiles.tread, eye, east, north, 90.0)
        colour = image_of(cv2.blendLinear(floor, tread, 1 - on_tread, on_tread))
        colour *= cv2.merge([gain] * 3)
        colour += cv2.resize(cv2.merge(veil), self._size)
        return picture_of(cv2.convertScaleAbs(colour))

    def _tile(
        self, texture: NDArray[Any], eye: Floats, east: Image, north: Image, px_per_m: float, shift: float = 0.0
    ) -> NDArray[Any]:
        # Wrapped here, into a texture with one row and column repeated: OpenCV's own wrapping is several times slower.
        maps: list[Image] = []
        for away, start in ((east, eye[0] * px_per_m + shift), (north, eye[1] * px_per_m)):
            turns = away * np.float32(px_per_m / _TILE_PX) + np.float32(start / _TILE_PX % 1)
            turns -= np.floor(turns)
            turns *= np.float32(_TILE_PX)
            maps.append(turns)
        return cv2.remap(texture, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _planes(picture: NDArray[Any]) -> list[Image]:
    return [image_of(plane) for plane in cv2.split(picture)]


def _wrapped(texture: NDArray[Any]) -> NDArray[Any]:
    return cv2.copyMakeBorder(texture, 0, 1, 0, 1, cv2.BORDER_WRAP)
