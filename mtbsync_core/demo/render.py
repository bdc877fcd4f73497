"""One run as pictures: ground and things through an action camera with its faults.

The world is drawn for a wide pinhole camera; one remap then bends it to an equidistant fisheye and shears it by the
rolling shutter. Motion blur follows the camera's turn during the exposure; exposure drifts as a camera's does, and
every frame has sensor noise.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.demo.difficulty import RunStyle
from mtbsync_core.demo.ground import Ground, make_tiles
from mtbsync_core.demo.noise import Floats, Image, Picture8, fractal, make_signal, picture_of
from mtbsync_core.demo.rider import Ride
from mtbsync_core.demo.scatter import scatter
from mtbsync_core.demo.things import Billboards
from mtbsync_core.demo.trail import Trail

HALF_FOV = float(np.radians(48.0))
"""Angle from the middle of the picture to its side: a lens between GoPro's Linear and Wide."""
_MARGIN = 1.05
"""The pinhole picture is larger than the final one by this, in pixels: it is squeezed most at the sides."""
_READOUT_S = 0.012
"""Time from the first to the last row of the sensor."""
_PIVOT = 110.0


class Renderer:
    """Draws the frames of one ride. `run_rng` is the run's own randomness: light, losses, noise."""

    def __init__(
        self, trail: Trail, ride: Ride, style: RunStyle, run_rng: np.random.Generator, width: int, height: int
    ) -> None:
        self._ride, self._style, self._width, self._height = ride, style, width, height
        self._wide = (round(width * _MARGIN / 16) * 16, round(height * _MARGIN / 16 * 1.12) * 16)
        self._focal = self._wide[0] / 2 / np.tan(HALF_FOV + 0.04)
        things = scatter(trail, run_rng, style)
        shade = fractal(run_rng, 512, 20, 4)
        foliage_seed = int(run_rng.integers(1, 2**31))
        tiles = make_tiles(trail.seed, foliage_seed, style.rustled)
        self._ground = Ground(trail, tiles, shade, *self._wide, self._focal)
        self._things = Billboards(things, trail.seed, foliage_seed, *self._wide, self._focal)
        self._exposure = make_signal(run_rng, 1 / 8, 1 / 3, 0.10)
        self._noise = [_grain(run_rng, style.noise, height, width) for _ in range(6)]
        self._map_x, self._map_y = self._lens()
        self._row = (np.arange(height, dtype=np.float32) / height - 0.5)[:, None]
        self._tone = self._tone_curve()

    def frames(self) -> Iterator[Picture8]:
        """All frames, (height, width, 3) BGR, in order."""
        for i in range(len(self._ride.t_s)):
            yield self.frame(i)

    def frame(self, i: int) -> Picture8:
        """Picture8 `i` of the ride."""
        ride = self._ride
        eye = np.array([ride.x_m[i], ride.y_m[i], ride.z_m[i]])
        axes = _axes(ride.yaw[i], ride.pitch[i], ride.roll[i])
        picture = self._ground.draw(eye, axes)
        self._things.draw(picture, float(ride.s_m[i]), eye, axes, float(ride.roll[i]))
        # What turns left moves right in the picture; what turns up moves down.
        flow = np.array([ride.yaw_rate[i], ride.pitch_rate[i]]) * self._focal
        picture = _blurred(picture, flow * self._style.shutter_s)
        x = self._map_x + self._row * np.float32(flow[0] * _READOUT_S)
        y = self._map_y + self._row * np.float32(flow[1] * _READOUT_S)
        bent = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return self._developed(picture_of(bent), i)

    def _developed(self, picture: Picture8, i: int) -> Picture8:
        gain = float(np.exp(self._exposure(self._ride.t_s[i : i + 1])[0])) * self._style.brightness
        lit = cv2.transform(picture, np.diag(np.array(self._style.white_balance, np.float32)) * np.float32(gain))
        noisy = cv2.add(lit, self._noise[i % len(self._noise)], dtype=cv2.CV_8U)
        return picture_of(cv2.LUT(noisy, self._tone))

    def _tone_curve(self) -> Picture8:
        level = np.arange(256, dtype=np.float64)
        curve = np.clip((level - _PIVOT) * self._style.contrast + _PIVOT, 0, 255)
        return np.round(255 * (curve / 255) ** self._style.gamma).astype(np.uint8)

    def _lens(self) -> tuple[Image, Image]:
        """Where each final pixel lies in the pinhole picture."""
        x, y = np.meshgrid(
            np.arange(self._width) - self._width / 2 + 0.5, np.arange(self._height) - self._height / 2 + 0.5
        )
        radius = np.hypot(x, y)
        angle = radius / (self._width / 2) * HALF_FOV
        stretch = np.tan(angle) / np.maximum(radius, 1e-6) * self._focal
        return (
            (x * stretch + self._wide[0] / 2).astype(np.float32),
            (y * stretch + self._wide[1] / 2).astype(np.float32),
        )


def _grain(rng: np.random.Generator, sd: float, height: int, width: int) -> NDArray[np.int16]:
    """Sensor noise, the same in all three channels."""
    plane = np.round(rng.normal(0, sd, (height, width))).astype(np.int16)
    return np.repeat(plane[..., None], 3, axis=2)


def _axes(yaw: float, pitch: float, roll: float) -> Floats:
    """Rows: right, down, forward of the camera in the world (x east, y north, z up)."""
    forward = np.array([np.cos(yaw) * np.cos(pitch), np.sin(yaw) * np.cos(pitch), np.sin(pitch)])
    level = np.array([np.sin(yaw), -np.cos(yaw), 0.0])
    up = np.cross(level, forward)
    return np.stack([level * np.cos(roll) - up * np.sin(roll), -(up * np.cos(roll) + level * np.sin(roll)), forward])


def _blurred(picture: Picture8, flow_px: Floats) -> Picture8:
    """Smeared along a straight line of the given length; shorter than two pixels is not worth it."""
    length = float(np.hypot(*flow_px))
    if length < 2:
        return picture
    size = int(min(length, 25)) | 1
    kernel = np.zeros((size, size), np.float32)
    middle, step = size // 2, flow_px / length * (size / 2)
    ends = [[round(middle + sign * float(d)) for d in step] for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0)
    return picture_of(cv2.filter2D(picture, -1, kernel / kernel.sum()))
