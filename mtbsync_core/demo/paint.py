"""What the ground looks like, seen from above: forest floor, tread, planks, roots and stones, in this run's light.

The periods of the textures have no common multiple within a trail, so no two places look the same. Both runs look up
the same textures, but the sun's flecks lie elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mtbsync_core.demo.noise import Floats, Image, Picture8, fractal, image_of, picture_of
from mtbsync_core.demo.trail import Place, Trail

_TILE_PX = 512
_FLOOR_M, _TREAD_M, _BROAD_M, _EDGE_M, _SHADE_M, _STONE_M = 8.39, 5.69, 96.6, 13.8, 23.3, 3.37
"""Side of the ground that each texture covers before it repeats."""
_WOOD, _ROOT, _STONE = (82, 112, 132), (52, 74, 98), (128, 134, 138)
_AUTUMN_FLOOR = np.array([0.75, 0.92, 1.45], np.float32)
_PLANK_M = 0.21


@dataclass(frozen=True, slots=True)
class Tiles:
    """Periodic textures of one world, each as a pyramid of halves: BGR floor and tread, and three plain noises."""

    floor: list[Image]
    tread: list[Image]
    broad: list[Image]
    edge: list[Image]
    stone: list[Image]


def make_tiles(seed: int) -> Tiles:
    """Textures of the world of `seed`."""
    rng = np.random.default_rng([seed, 404])
    soil = _tinted(rng, 24, 5, (20, 40, 38), (70, 120, 120))
    leaves = _tinted(rng, 60, 3, (15, 45, 40), (60, 140, 120))
    tread = _tinted(rng, 16, 5, (50, 70, 90), (120, 150, 175))
    floor = _littered(rng, image_of((soil + leaves) / 2))
    noises = (fractal(rng, _TILE_PX, cells, 4) for cells in (8, 12, 22))
    return Tiles(*map(_pyramid, (floor, tread, *noises)))


def make_shade(rng: np.random.Generator, dapple: float) -> list[Image]:
    """Sun flecks of one run: a factor on the colour of the ground."""
    flecks = np.where(fractal(rng, _TILE_PX, 20, 4) > 0.52, 1 + dapple, 1 - dapple).astype(np.float32)
    return _pyramid(image_of(cv2.GaussianBlur(flecks, (0, 0), 1.5, borderType=cv2.BORDER_REFLECT)))


def _tinted(rng: np.random.Generator, cells: int, octaves: int, dark: tuple[int, ...], light: tuple[int, ...]) -> Image:
    level = fractal(rng, _TILE_PX, cells, octaves, 0.6)[..., None]
    grain = fractal(rng, _TILE_PX, cells * 3, max(1, octaves - 1))[..., None]
    low, high = np.array(dark, np.float32), np.array(light, np.float32)
    return image_of(np.clip((low + (high - low) * level) * (0.7 + 0.6 * grain), 0, 255))


def _littered(rng: np.random.Generator, floor: Image) -> Image:
    """Fallen leaves and twigs; those that would cross the seam are left out."""
    picture = floor.copy()
    for _ in range(1500):
        x, y = rng.uniform(6, _TILE_PX - 6, 2)
        angle, long = rng.uniform(0, np.pi), rng.uniform(1.5, 4.5)
        wide = long * rng.uniform(0.25, 0.6)
        light = rng.uniform(0.55, 1.25)
        colour = (38 * light, (66 + rng.uniform(0, 40)) * light, 104 * light)
        ellipse = ((float(x), float(y)), (2 * float(long), 2 * float(wide)), float(np.degrees(angle)))
        cv2.ellipse(picture, ellipse, colour, -1)
    return image_of(picture)


def _pyramid(texture: Image) -> list[Image]:
    """Halves down to 8 pixels, each with one row and column repeated, so that it can be looked up up to its seam."""
    levels = []
    while texture.shape[0] >= 8:
        levels.append(image_of(cv2.copyMakeBorder(texture, 0, 1, 0, 1, cv2.BORDER_WRAP)))
        half = len(texture) // 2
        texture = image_of(cv2.resize(texture, (half, half), interpolation=cv2.INTER_AREA))
    return levels


def _tile(pyramid: list[Image], side_m: float, x_m: Floats, y_m: Floats, cell_m: float) -> Image:
    """The texture at ground points, taken from the level whose pixels are about as large as the cells asked for."""
    level = int(np.clip(np.round(np.log2(max(cell_m / (side_m / _TILE_PX), 1.0))), 0, len(pyramid) - 1))
    texture = pyramid[level]
    size = texture.shape[0] - 1
    maps = [image_of(((value / side_m) % 1.0 * size).astype(np.float32)) for value in (x_m, y_m)]
    return image_of(cv2.remap(texture, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


class Painter:
    """Paints blocks of ground of one run."""

    def __init__(self, trail: Trail, tiles: Tiles, shade: list[Image], season: float) -> None:
        self._trail, self._tiles, self._shade = trail, tiles, shade
        # Where leaves have turned, they have fallen as well.
        self._floor_tint = 1 + season * (_AUTUMN_FLOOR - 1)

    def block(self, x_m: float, y_m: float, cell_m: float, size: int) -> Picture8:
        """Colours (size, size, 3) BGR of the square whose low corner is at (x_m, y_m); rows go with y."""
        steps = (np.arange(size) + 0.5) * cell_m
        x, y = np.meshgrid(x_m + steps, y_m + steps)
        terrain, tiles = self._trail.terrain, self._tiles
        beside = np.abs(terrain.lookup(terrain.u_m, x, y))
        broad = _tile(tiles.broad, _BROAD_M, x, y, cell_m)
        colour = _tile(tiles.floor, _FLOOR_M, x, y, cell_m) * self._floor_tint
        if self._trail.scenes is not None:
            colour *= self._trail.scenes.ground(np.asarray(terrain.lookup(terrain.s_m, x, y), np.float64))
        if float(beside.min()) < 2.0 + cell_m:
            s = terrain.lookup(terrain.s_m, x, y)
            half_width = np.interp(s, self._trail.s_m, self._trail.half_width_m).astype(np.float32)
            ragged = _tile(tiles.edge, _EDGE_M, x, y, cell_m)
            on_tread = np.clip(0.5 - 4.0 * (beside - half_width) - 2.2 * (ragged - 0.5), 0, 1)[..., None]
            tread = _tile(tiles.tread, _TREAD_M, x, y, cell_m)
            # Two faint ruts where the wheels run.
            tread *= (1 - 0.16 * np.exp(-(((beside - 0.16) / 0.09) ** 2)))[..., None]
            colour += on_tread * (tread - colour)
            for place in self._trail.places:
                self._place(place, colour, s, beside, x, y, cell_m)
        light = (0.6 + 0.8 * broad) * _tile(self._shade, _SHADE_M, x, y, cell_m)
        return picture_of(np.clip(colour * light[..., None], 0, 255).astype(np.uint8))

    def _place(self, place: Place, colour: Image, s: Image, beside: Image, x: Floats, y: Floats, cell_m: float) -> None:
        """Paint what a named place has on the tread itself."""
        away = np.abs(s - np.float32(place.s_m)) - place.length_m / 2
        if float(away.min()) > 0 or place.kind not in ("bridge", "jump", "roots", "rocks"):
            return
        if place.kind in ("bridge", "jump"):
            plank = s / _PLANK_M
            number = np.floor(plank)
            tone = 0.8 + 0.35 * np.abs(np.sin(number * 12.9898))
            # From afar the gaps are narrower than a cell, and would come and go.
            gap = np.clip((np.abs(plank - number - 0.5) - 0.42) / 0.05, 0, 1) * (cell_m < _PLANK_M / 4)
            wood = np.array(_WOOD, np.float32) * (tone * (1 - 0.75 * gap))[..., None]
            over = (np.clip((0.85 - beside) / 0.04, 0, 1) * np.clip(-away / 0.05, 0, 1))[..., None]
            colour += over * (wood - colour)
            return
        fade = np.clip(-away / 1.5, 0, 1) * np.clip((2.2 - beside) / 0.8, 0, 1)
        noise = _tile(self._tiles.stone, _STONE_M, x, y, cell_m)
        if place.kind == "roots":
            # The lines on which the noise has its mean value wander and join as roots do.
            line = np.clip(1 - np.abs(noise - 0.5) / 0.045, 0, 1)
            ink, body = (fade * np.sqrt(line))[..., None], (0.55 + 0.9 * line)[..., None]
            colour += ink * (np.array(_ROOT, np.float32) * body - colour)
        else:
            stone = (fade * np.clip((noise - 0.52) / 0.03, 0, 1))[..., None]
            face = np.array(_STONE, np.float32) * (0.45 + 1.1 * np.clip(noise - 0.35, 0, 0.6))[..., None]
            colour += stone * (face - colour)
