"""The drawing tools behind the pictures of single things: a sheet in metres with leaves, stems and plain shapes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.demo.noise import Floats, Image, fractal, image_of

_FINE = 2  # supersampling while drawing

Colour = tuple[int, int, int]
"""Blue, green, red, 0..255."""
Palette = tuple[Colour, Colour]
"""The darkest and the lightest colour of foliage."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Colour (rows, columns, 3) BGR 0..255 premultiplied by alpha, alpha (rows, columns) 0..1, pixels per metre;
    `anchor_px` is the column of the foot, which stands on the last row."""

    colour: Image
    alpha: Image
    ppm: float
    anchor_px: float


class Sheet:
    """A canvas in metres: x to the right of the foot, y upwards; drawn at `_FINE` times the final resolution."""

    def __init__(self, rng: np.random.Generator, width_m: float, height_m: float, ppm: float) -> None:
        self.rng, self.ppm = rng, ppm
        self.k = ppm * _FINE
        self.rows, self.columns = int(height_m * self.k), int(width_m * self.k)
        self.width_m = width_m
        self.canvas = np.zeros((self.rows, self.columns, 4), np.uint8)

    def pixels(self, points_m: NDArray[np.floating]) -> NDArray[np.int32]:
        """Canvas coordinates (x, y) of points in metres, shape (..., 2)."""
        x = (points_m[..., 0] + self.width_m / 2) * self.k
        y = self.rows - points_m[..., 1] * self.k
        return np.stack((x, y), axis=-1).round().astype(np.int32)

    def leaves(
        self, centre_m: Floats, size_m: Floats, angle: Floats, shade: Floats, palette: Palette, slim: float = 0.45
    ) -> None:
        """Diamonds, dark ones first; `shade` 0..1 runs through the palette (BGR, dark to light)."""
        direction = np.stack((np.cos(angle), np.sin(angle)), axis=-1) * size_m[:, None]
        across = np.stack((-direction[:, 1], direction[:, 0]), axis=-1) * slim
        corners = np.stack((centre_m - direction, centre_m + across, centre_m + direction, centre_m - across), axis=1)
        pixels = self.pixels(corners)
        level = np.clip((shade * 9).astype(int), 0, 9)
        dark, light = np.array(palette[0], float), np.array(palette[1], float)
        for step in range(10):
            chosen = pixels[level == step]
            half = len(chosen) // 2
            for part, tint in ((chosen[:half], 0.92), (chosen[half:], 1.08)):
                colour = np.clip((dark + (light - dark) * step / 9) * tint, 0, 255)
                cv2.fillPoly(self.canvas, list(part), (*colour.tolist(), 255.0))

    def trunk(
        self,
        height_m: float,
        radius_m: float,
        bark: Colour,
        *,
        bend_m: float = 0.0,
        flare: float = 0.5,
        contrast: float = 0.5,
        bands: bool = False,
    ) -> None:
        """A round stem from the ground to `height_m`, with bark, light from the left and moss at the foot."""
        y = (self.rows - np.arange(self.rows) - 0.5)[:, None] / self.k
        x = ((np.arange(self.columns) + 0.5) / self.k - self.width_m / 2)[None, :]
        centre = bend_m * np.sin(2.2 * y / height_m) + 0.01 * np.sin(7.0 * y)
        radius = radius_m * (1 - 0.75 * np.clip(y / height_m, 0, 1)) + flare * radius_m * np.exp(-y / 0.22)
        # Only the columns that the stem can reach: most of a tree's sheet is crown.
        near = np.flatnonzero((x[0] > (centre - radius).min()) & (x[0] < (centre + radius).max()))
        x, canvas = x[:, near], self.canvas[:, near[0] : near[-1] + 1]
        q = (x - centre) / radius
        inside = (np.abs(q) < 1) & (y < height_m)
        roundness = np.sqrt(np.clip(1 - (q * 0.96 + 0.22) ** 2, 0.02, 1))
        grain = fractal(self.rng, 256, 24, 3)
        column = ((q * 0.5 + 0.5) * 90).astype(int) % 256
        row = (y * 16).astype(int) % 256
        texture = 1 + contrast * (2 * grain[column, row] - 1)
        shade = (0.35 + 0.75 * roundness) * texture
        colour = np.array(bark, np.float32)[None, None, :] * shade[..., None]
        moss = np.clip(1.1 - y / 1.3 + 0.8 * (grain[row, column] - 0.5), 0, 0.8)[..., None]
        colour = colour * (1 - moss) + np.array((40, 92, 74), np.float32) * shade[..., None] * moss
        if bands:  # birch: dark scars around a white stem
            scar = fractal(self.rng, 256, 32, 2)[(y * 28).astype(int) % 256, column // 6] > 0.62
            colour[scar & inside] *= 0.3
        canvas[inside, :3] = np.clip(colour, 0, 255)[inside].astype(np.uint8)
        canvas[inside, 3] = 255

    def polygon(self, points_m: list[tuple[float, float]], colour: Colour) -> None:
        """A filled polygon with plain colour (BGR)."""
        cv2.fillPoly(self.canvas, [self.pixels(np.array(points_m))], (*map(float, colour), 255.0))

    def picture(self) -> Picture:
        """The finished picture, premultiplied and reduced to the final resolution."""
        alpha = self.canvas[..., 3:].astype(np.float32) / 255
        whole = np.concatenate((self.canvas[..., :3] * alpha, alpha), axis=2)
        size = (self.columns // _FINE, self.rows // _FINE)
        small = image_of(cv2.resize(whole, size, interpolation=cv2.INTER_AREA))
        return Picture(small[..., :3].copy(), small[..., 3].copy(), self.ppm, size[0] / 2)
