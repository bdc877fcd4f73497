"""One run as pictures: ground and things through an action camera with its faults.

The world is drawn for a level pinhole camera; the lens then turns it, bends it to an equidistant fisheye, shears it by
the rolling shutter and smears it over the exposure. Exposure drifts as a camera's does, and every frame has sensor
noise.
"""

from __future__ import annotations

import cv2
import numpy as np

from mtbsync_core.demo.difficulty import RunStyle
from mtbsync_core.demo.ground import Ground
from mtbsync_core.demo.lens import Lens, Optics
from mtbsync_core.demo.noise import Image, Picture8, image_of, make_signal, picture_of
from mtbsync_core.demo.paint import Painter, make_shade, make_tiles
from mtbsync_core.demo.rider import Ride
from mtbsync_core.demo.scatter import scatter
from mtbsync_core.demo.things import Billboards
from mtbsync_core.demo.trail import Trail

_PIVOT = 110.0
_BLACK, _SPAN = 16.0, 219.0  # luma of BT.601 video, 8 bit: 16 is black, 235 is white
_GRAINS = 6


class Renderer:
    """Draws the frames of one ride. `run_rng` is the run's own randomness: light, losses, noise."""

    def __init__(
        self,
        trail: Trail,
        ride: Ride,
        style: RunStyle,
        run_rng: np.random.Generator,
        width: int,
        height: int,
        optics: Optics | None = None,
    ) -> None:
        self._ride, self._style, self._size = ride, style, (width, height)
        self._lens = Lens(width, height, style.shutter_s, optics)
        things = scatter(trail, run_rng, style)
        painter = Painter(trail, make_tiles(trail.look), make_shade(run_rng, style.dapple), style.season)
        self._ground = Ground(trail, painter)
        self._things = Billboards(things, trail.look, run_rng, style.dapple)
        balance = np.clip(np.outer(np.arange(256), (*style.white_balance, 1.0)) + 0.5, 0, 255)
        self._balance = balance.astype(np.uint8)[:, None, :]
        self._exposure = make_signal(run_rng, 1 / 8, 1 / 3, 0.10)
        self._grain = np.round(run_rng.normal(0, style.noise, (_GRAINS, height, width))).astype(np.int16)

    def planes(self, i: int) -> Picture8:
        """Frame `i` of the ride as planar YUV 4:2:0, shape (1.5 height, width): what an encoder takes."""
        view, maps = self._lens.aim(self._ride, i)
        picture = self._ground.draw(view)
        self._things.draw(picture, view, float(self._ride.s_m[i]))
        if self._style.white_balance != (1.0, 1.0, 1.0):
            picture = picture_of(cv2.LUT(picture, self._balance))
        whole = picture_of(cv2.cvtColor(picture, cv2.COLOR_BGRA2YUV_I420))
        luma = whole[: view.rows]
        u, v = whole[view.rows :].reshape(2, view.rows // 2, view.columns // 2)
        width, height = self._size
        frame = np.empty((height * 3 // 2, width), np.uint8)
        gain = float(np.exp(self._exposure(self._ride.t_s[i : i + 1])[0])) * self._style.brightness
        frame[:height] = self._developed(_exposed(luma, maps), gain, i)
        # Colour has half the resolution and is looked at once, in the middle of the exposure.
        half = (width // 2, height // 2)
        x, y = (image_of(cv2.resize(one, half) * np.float32(0.5) - np.float32(0.25)) for one in maps[len(maps) // 2])
        chroma = frame[height:].reshape(2, height // 2, width // 2)
        strength = gain * self._style.contrast
        table = np.clip(np.round(128 + strength * (np.arange(256) - 128.0)), 16, 240).astype(np.uint8)
        for plane, source in zip(chroma, (u, v), strict=True):
            plane[:] = cv2.LUT(_looked_up(source, x, y), table)
        return frame

    def _developed(self, luma: Picture8, gain: float, i: int) -> Picture8:
        noisy = cv2.add(luma, self._grain[i % _GRAINS], dtype=cv2.CV_8U)
        level = (np.arange(256, dtype=np.float64) - _BLACK) / _SPAN * 255 * gain
        curve = np.clip((level - _PIVOT) * self._style.contrast + _PIVOT, 0, 255) / 255
        table = np.round(_BLACK + _SPAN * curve**self._style.gamma).astype(np.uint8)
        return picture_of(cv2.LUT(noisy, table))


def black(width: int, height: int) -> Picture8:
    """A frame without light, planar YUV 4:2:0, shape (1.5 height, width)."""
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    planes[:height] = int(_BLACK)
    return planes


def _exposed(luma: Picture8, maps: list[tuple[Image, Image]]) -> Picture8:
    """The mean of what each moment of the exposure sees."""
    mean = _looked_up(luma, *maps[0])
    for n, (x, y) in enumerate(maps[1:], start=1):
        mean = picture_of(cv2.addWeighted(mean, n / (n + 1), _looked_up(luma, x, y), 1 / (n + 1), 0.0))
    return mean


def _looked_up(plane: Picture8, x: Image, y: Image) -> Picture8:
    return picture_of(cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
