"""The camera's optics: where each pixel of a frame looks, row by row and during the exposure.

The world is drawn once per frame for a level pinhole camera, in which whatever stands upright is upright. One remap
from there gives pitch, roll, the equidistant fisheye and the rolling shutter, exactly, since all of them are turns
about the same point. Motion blur is the mean of such remaps over the exposure; how far the world has moved on within
it is taken from a corridor around the trail, not from each thing.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.demo.noise import Floats, Image, image_of
from mtbsync_core.demo.rider import CAMERA_HEIGHT_M, Ride

HALF_FOV = float(np.radians(48.0))
"""Angle from the middle of the picture to its side: a lens between GoPro's Linear and Wide."""
_READOUT_S = 0.012
"""Time from the first to the last row of the sensor."""
_LEVEL_SCALE = 0.76
"""Pixels of the level picture per pixel of the frame in its middle; the fisheye squeezes the sides 1.7 times."""
_WIDEST = 1.42
"""Tangent at which the level picture ends: beyond are only the lower corners of a picture that looks down."""
_HIGHEST, _LOWEST = 0.75, 1.7
_GRID_PX = 8
_WALL_M, _FAR_M = 3.0, 30.0
"""Trees stand about this far beside the rider; beyond the second distance nothing moves within an exposure."""
_BLUR_STEP_PX, _MOST_STEPS = 3.5, 4


@dataclass(frozen=True, slots=True)
class Optics:
    """Angle (rad) from the middle of the picture to its side, and whether the projection is rectilinear, so that
    tangents go with the distance from the middle; else, as in an equidistant fisheye, angles do.
    """

    half_rad: float = HALF_FOV
    flat: bool = False

    def diagonal_deg(self, width: int, height: int) -> float:
        """The angle from corner to corner."""
        longer = np.hypot(width, height) / width
        half = np.arctan(longer * np.tan(self.half_rad)) if self.flat else longer * self.half_rad
        return float(np.degrees(2 * half))


@dataclass(frozen=True, slots=True)
class View:
    """A level pinhole picture of `rows` x `columns` pixels, looking along `yaw` from `eye` (x, y, z in m): what is d
    ahead, r to the right and h above the eye is at column `middle` + `focal` r / d and row `horizon` - `focal` h / d.
    """

    eye: Floats
    yaw: float
    focal: float
    rows: int
    columns: int
    horizon: float
    middle: float


class Lens:
    """Turns level pictures into frames of `width` x `height` pixels."""

    def __init__(self, width: int, height: int, shutter_s: float, optics: Optics | None = None) -> None:
        self._width, self._height, self._shutter_s = width, height, shutter_s
        optics = optics or Optics()
        self.focal = _LEVEL_SCALE * width / 2 / (np.tan(optics.half_rad) if optics.flat else optics.half_rad)
        self._widest = max(_WIDEST, float(np.tan(min(1.05 * optics.half_rad, 1.2))))
        # One node more on each side, since the enlargement of a grid is flat beyond its outermost nodes.
        columns, rows = -(-width // _GRID_PX) + 2, -(-height // _GRID_PX) + 2
        self._full = (columns * _GRID_PX, rows * _GRID_PX)
        x = (np.arange(columns) - 0.5) * _GRID_PX - width / 2
        y = (np.arange(rows) - 0.5) * _GRID_PX - height / 2
        radius = np.maximum(np.hypot(x[None, :], y[:, None]), 1e-6)
        from_middle = radius / (width / 2)
        bent = np.arctan(from_middle * np.tan(optics.half_rad)) if optics.flat else from_middle * optics.half_rad
        angle = np.minimum(bent, 1.45)
        self._right = (np.sin(angle) / radius * x[None, :]).astype(np.float32)
        self._down = (np.sin(angle) / radius * y[:, None]).astype(np.float32)
        self._ahead = np.cos(angle).astype(np.float32)
        self._row_s = (y[:, None] / height * _READOUT_S).astype(np.float32)

    def aim(self, ride: Ride, i: int) -> tuple[View, list[tuple[Image, Image]]]:
        """The level picture that frame `i` needs, and for each moment of its exposure the maps (x, y) into it."""
        turn = float(np.hypot(ride.yaw_rate[i], ride.pitch_rate[i]) + 0.5 * abs(ride.roll_rate[i]))
        nearest = CAMERA_HEIGHT_M * 1.3
        smear = self.focal * self._shutter_s * (turn + float(ride.speed_mps[i]) / nearest)
        steps = int(np.clip(np.ceil(smear / _BLUR_STEP_PX), 1, _MOST_STEPS))
        moments = ((np.arange(steps) + 0.5) / steps - 0.5) * self._shutter_s
        # Rows and columns of the level picture, in units of the focal length from the horizon and the middle.
        looks = [self._look(ride, i, float(moment)) for moment in moments]
        x, y = np.stack(looks, axis=1)
        x_low, x_high = max(float(x.min()), -self._widest), min(float(x.max()), self._widest)
        y_low, y_high = max(float(y.min()), -_HIGHEST), min(float(y.max()), _LOWEST)
        middle, horizon = np.ceil(-x_low * self.focal) + 1, np.ceil(-y_low * self.focal) + 1
        view = View(
            eye=np.array([ride.x_m[i], ride.y_m[i], ride.z_m[i]]),
            yaw=float(ride.yaw[i]),
            focal=self.focal,
            rows=_even(horizon + y_high * self.focal),
            columns=_even(middle + x_high * self.focal),
            horizon=float(horizon),
            middle=float(middle),
        )
        maps = [(self._enlarged(x * self.focal + middle), self._enlarged(y * self.focal + horizon)) for x, y in looks]
        return view, maps

    def _look(self, ride: Ride, i: int, moment_s: float) -> tuple[Image, Image]:
        """Tangents right and down, in the level picture of the middle of the exposure, of what each node sees."""
        after = self._row_s + np.float32(moment_s)
        roll = np.float32(ride.roll[i]) + after * np.float32(ride.roll_rate[i])
        pitch = np.float32(ride.pitch[i]) + after * np.float32(ride.pitch_rate[i])
        turned = after * np.float32(ride.yaw_rate[i])
        cos, sin = np.cos(roll), np.sin(roll)
        right, down = self._right * cos - self._down * sin, self._right * sin + self._down * cos
        cos, sin = np.cos(pitch), np.sin(pitch)
        ahead, down = self._ahead * cos + down * sin, down * cos - self._ahead * sin
        right, ahead = right - ahead * turned, ahead + right * turned
        ahead = np.maximum(ahead, np.float32(0.2))
        x, y = right / ahead, down / ahead
        # What is d ahead now was d + speed * time ahead in the middle of the exposure.
        nearness = np.maximum(np.maximum(y / np.float32(CAMERA_HEIGHT_M), np.abs(x) / np.float32(_WALL_M)), 1 / _FAR_M)
        shrink = 1 - nearness * after * np.float32(ride.speed_mps[i])
        return x * shrink, y * shrink

    def _enlarged(self, grid: NDArray[np.floating]) -> Image:
        whole = cv2.resize(image_of(grid), self._full, interpolation=cv2.INTER_LINEAR)
        return image_of(whole[_GRID_PX : _GRID_PX + self._height, _GRID_PX : _GRID_PX + self._width])


def _even(size: float) -> int:
    return -(-int(np.ceil(size) + 2) // 2) * 2
