"""What riders' film has and a benchmark's has not: pictures drawn over, cropped and darkened, and clocks cut.

Everything is a function of the picture, of its second and of the side (0 the reference, 1 the new run), so that one
pair of files always gives the same pair. Sizes are shares of the picture's height or width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.score import Floats
from mtbsync_core.demo.encode import Encoding, encode
from mtbsync_core.files import replacing

Picture = NDArray[np.uint8]
"""BGR, shape (height, width, 3)."""
Draw = Callable[[Picture, float, int], Picture]
"""The picture of a moment (s) of a side, made anew or drawn into."""

DRAWN = 1
"""Raise this when anything here is drawn or encoded differently, and all files are made anew."""
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_DARK, _LIGHT, _RED = (25, 25, 25), (240, 240, 240), (40, 40, 220)


@dataclass(frozen=True, slots=True)
class Adversity:
    """What is done to a pair: to the pictures of both runs, and to their clocks.

    `cut_s` of the new run are left out of its middle; before its first picture it stands for `stands_s`; the first
    `late_s` of the reference are missing.
    """

    name: str
    ref: Draw | None = None
    new: Draw | None = None
    cut_s: float = 0.0
    stands_s: float = 0.0
    late_s: float = 0.0

    def missing(self, duration_s: float) -> tuple[float, float]:
        """From when to when the new run's own clock is cut, around the middle."""
        middle = duration_s / 2
        return middle - self.cut_s / 2, middle + self.cut_s / 2

    def ref_clock(self, t: Floats) -> Floats:
        """Seconds of the reference as it was to those of what is made of it; negative where it has none."""
        return t - self.late_s

    def new_clock(self, t: Floats, duration_s: float) -> Floats:
        """Seconds of the new run as it was to those of what is made of it; NaN in the cut."""
        start, end = self.missing(duration_s)
        kept = np.where(t < start, t, np.where(t >= end, t - self.cut_s, np.nan)) if self.cut_s else t
        return kept + self.stands_s


def write(source: Path, target: Path, what: Adversity, side: int) -> None:
    """One run of a pair with that done to it, at its own rate, atomically."""
    with av.open(str(source)) as file:
        rate = file.streams.video[0].average_rate or Fraction(30)
        count = sum(1 for _ in file.decode(video=0))
    pictures = _pictures(source, rate, count, what, side)
    first = next(pictures)
    height, width = (size // 2 * 2 for size in first.shape[:2])
    planes = (_planes(picture[:height, :width]) for picture in chain([first], pictures))
    with replacing(target) as scratch:
        encode(scratch, planes, width, height, Encoding(rate=rate, crf=20))


def _planes(picture: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_BGR2YUV_I420), np.uint8)


def _pictures(source: Path, rate: Fraction, count: int, what: Adversity, side: int) -> Iterator[Picture]:
    """The pictures of the changed run in order."""
    draw = what.new if side else what.ref
    made = 0

    def drawn(picture: Picture) -> Picture:
        nonlocal made
        made += 1
        return draw(picture.copy(), (made - 1) / float(rate), side) if draw else picture

    with av.open(str(source)) as file:
        start, end = what.missing(count / float(rate))
        for number, frame in enumerate(file.decode(video=0)):
            t = number / float(rate)
            if (side == 0 and t < what.late_s) or (side == 1 and what.cut_s and start <= t < end):
                continue
            picture = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
            if side == 1 and number == 0:
                for held in range(round(what.stands_s * rate)):
                    yield drawn(_standing(picture, held / float(rate)))
            yield drawn(picture)


def _standing(picture: Picture, t: float) -> Picture:
    """A rider who waits sways a little, and the sensor is noisy."""
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height), 0.5 * np.sin(2.1 * t), 1.01)
    turn[:, 2] += width * 0.004 * np.array([np.sin(3.3 * t), np.cos(2.7 * t)])
    moved = cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
    return _noisy(moved.astype(np.float32), 2.0, t, 1)


def _noisy(picture: NDArray[np.float32], sigma: float, t: float, side: int) -> Picture:
    rng = np.random.default_rng([round(t * 1000), side])
    return np.clip(picture + rng.normal(0, sigma, picture.shape), 0, 255).astype(np.uint8)


def gauges(picture: Picture, t: float, side: int) -> Picture:
    """Running digits, speed dial, a bar of heart rate and a map with a dot, as a camera's app burns them in."""
    height, width = picture.shape[:2]
    scale, thick = height / 400, max(1, round(height / 300))
    speed = 18 + 9 * np.sin(0.4 * t + side) + 5 * np.sin(1.3 * t + 2 * side)
    cv2.rectangle(picture, (0, 0), (round(0.62 * width), round(0.13 * height)), _DARK, -1)
    digits = f"{10 + side}:{31 + 7 * side}:{t % 60:05.2f}  {speed:4.1f} km/h"
    cv2.putText(picture, digits, (round(0.02 * width), round(0.1 * height)), _FONT, scale, _LIGHT, thick)
    centre, radius = (round(0.86 * width), round(0.8 * height)), round(0.15 * height)
    cv2.circle(picture, centre, radius, _DARK, -1)
    cv2.circle(picture, centre, radius, _LIGHT, thick)
    for mark in np.linspace(-2.2, 2.2, 9):
        x, y = np.sin(mark) * radius, -np.cos(mark) * radius
        inner, outer = ((round(centre[0] + r * x), round(centre[1] + r * y)) for r in (0.8, 0.97))
        cv2.line(picture, inner, outer, _LIGHT, thick)
    angle = (speed - 18) / 14 * 2.2
    tip = (round(centre[0] + 0.85 * radius * np.sin(angle)), round(centre[1] - 0.85 * radius * np.cos(angle)))
    cv2.line(picture, centre, tip, _RED, thick + 1)
    left, bottom = round(0.03 * width), round(0.95 * height)
    beat = 0.22 * width * (0.6 + 0.3 * np.sin(0.2 * t + 3 * side))
    cv2.rectangle(picture, (left, bottom - round(0.05 * height)), (left + round(0.22 * width), bottom), _DARK, -1)
    cv2.rectangle(picture, (left, bottom - round(0.05 * height)), (left + round(beat), bottom), (60, 180, 60), -1)
    way = np.linspace(0, 6, 40)
    path = np.stack([0.8 * width + 0.17 * width * way / 6, height * (0.12 + 0.05 * np.sin(1.7 * way))], axis=1)
    cv2.polylines(picture, [np.round(path).astype(np.int32)], False, _LIGHT, thick)
    here = path[int(t * 0.6) % len(path)]
    cv2.circle(picture, (round(here[0]), round(here[1])), max(2, round(0.015 * height)), _RED, -1)
    return picture


def handlebar(picture: Picture, t: float, side: int) -> Picture:
    """Bar, stem, cables and two gloves at the lower edge; it turns by some degrees and bobs."""
    height, width = picture.shape[:2]
    layer = np.zeros((height, width, 3), np.uint8)

    def at(x: float, y: float) -> tuple[int, int]:
        return round(x * width), round(y * height)

    def size(share: float) -> int:
        return max(1, round(share * height))

    cv2.line(layer, at(0.5, 1.0), at(0.5, 0.8), (50, 48, 46), size(0.1))
    cv2.line(layer, at(0.06, 0.82), at(0.94, 0.82), (35, 33, 30), size(0.05))
    cv2.rectangle(layer, at(0.43, 0.74), at(0.57, 0.84), (90, 90, 95), -1)
    for x, out in ((0.2, -1), (0.8, 1)):
        cv2.ellipse(layer, at(x, 0.81), (size(0.17), size(0.11)), 12 * out, 0, 360, (40, 90, 170), -1)
        for finger in range(4):
            middle = at(x + (finger - 1.5) * 0.045, 0.74)
            cv2.ellipse(layer, middle, (size(0.026), size(0.07)), 8 * out, 0, 360, (30, 60, 120), -1)
            cv2.ellipse(layer, middle, (size(0.026), size(0.07)), 8 * out, 0, 360, (15, 15, 15), 1)
        cv2.line(layer, at(x, 0.73), at(x - 0.12 * out, 0.69), (160, 160, 160), size(0.012))
        cv2.ellipse(layer, at(x - 0.12 * out, 0.85), (size(0.14), size(0.2)), 0, 180, 360, (20, 20, 20), size(0.012))
    angle = 6 * np.sin(0.9 * t + 1.7 * side) + 3 * np.sin(2.7 * t + side)
    turn = cv2.getRotationMatrix2D(at(0.5, 0.9), angle, 1.0)
    turn[1, 2] += height * 0.012 * np.sin(7 * t + side)
    turned = cv2.warpAffine(layer, turn, (width, height))
    drawn = turned.any(axis=2)
    picture[drawn] = turned[drawn]
    return picture


def rider_ahead(picture: Picture, t: float, side: int) -> Picture:
    """Another rider in front, a quarter of the width, elsewhere in each run and never still."""
    height, width = picture.shape[:2]
    wide = 0.25 * width
    middle = (0.36, 0.62)[side] + 0.1 * np.sin(0.35 * t + 2 * side) + 0.02 * np.sin(3 * t)
    foot = height * (0.88 + 0.02 * np.sin(4.3 * t + side))

    def at(x: float, y: float) -> tuple[int, int]:
        return round(middle * width + x * wide), round(foot - y * wide)

    def size(share: float) -> int:
        return max(1, round(share * wide))

    stroke = np.sin(7.5 * t + side)
    cv2.ellipse(picture, at(0, 0.28), (size(0.07), size(0.3)), 0, 0, 360, (20, 20, 20), -1)
    for leg in (-1, 1):
        knee = at(0.2 * leg, 0.55 + 0.1 * leg * stroke)
        cv2.line(picture, at(0.12 * leg, 0.95), knee, (70, 50, 40), size(0.16))
        cv2.line(picture, knee, at(0.17 * leg, 0.2 + 0.12 * leg * stroke), (70, 50, 40), size(0.11))
        cv2.line(picture, at(0.2 * leg, 1.5), at(0.46 * leg, 1.15), (40, 60, 190), size(0.12))
    cv2.ellipse(picture, at(0, 1.25), (size(0.32), size(0.42)), 0, 0, 360, (40, 60, 200), -1)
    for stripe in (-0.15, 0.0, 0.15):
        cv2.line(picture, at(-0.27, 1.3 + stripe), at(0.27, 1.22 + stripe), _LIGHT, size(0.03))
    cv2.rectangle(picture, at(-0.17, 1.5), at(0.17, 1.05), (90, 110, 60), -1)
    cv2.circle(picture, at(0.04 * stroke, 1.78), size(0.17), (30, 190, 220), -1)
    return picture


def portrait(picture: Picture, t: float, side: int) -> Picture:
    """9:16 out of the middle."""
    height, width = picture.shape[:2]
    wide = round(height * 9 / 16)
    left = (width - wide) // 2
    return picture[:, left : left + wide]


def zoomed(picture: Picture, t: float, side: int) -> Picture:
    """The middle 1 / 1.18 of each side, in the size of the whole."""
    height, width = picture.shape[:2]
    half = np.array([height, width]) / (2 * _ZOOM)
    top, left = np.round(np.array([height, width]) / 2 - half).astype(int)
    return np.asarray(cv2.resize(picture[top : height - top, left : width - left], (width, height)), np.uint8)


_ZOOM = 1.18


def headlamp(picture: Picture, t: float, side: int) -> Picture:
    """Night: a beam that sways, darkness around it, and a noisy sensor."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    away = (x - width * (0.5 + 0.05 * np.sin(1.1 * t))) ** 2 + (y - height * (0.6 + 0.03 * np.sin(2.3 * t))) ** 2
    light = 0.12 + 1.1 * np.exp(-away / (0.45 * height) ** 2)
    return _noisy(picture * light[..., None].astype(np.float32), 10.0, t, side)


ADVERSITIES = (
    Adversity("nothing"),
    Adversity("gauges", gauges, gauges),
    Adversity("handlebar", handlebar, handlebar),
    Adversity("rider", rider_ahead, rider_ahead),
    Adversity("9:16", new=portrait),
    Adversity("zoom", new=zoomed),
    Adversity("headlamp", new=headlamp),
    Adversity("cut", cut_s=10.0),
    Adversity("short cut", cut_s=2.0),
    Adversity("start", stands_s=1.0, late_s=0.4),
)
"""All of them. `start`: the new run starts 1.4 s before the reference's first picture, and stands for 1 s of it."""
