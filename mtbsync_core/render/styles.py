"""The styles of a video: each has a layout, and puts the pictures of all runs into one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.media.colour import Planes
from mtbsync_core.render.ghost import Registration
from mtbsync_core.render.layout import Box, Layout, inset, overlaid, tiled

Compose = Callable[[Planes, Sequence[Planes], int], None]
"""Puts the pictures of all runs at moment k into the planes of a video picture, which are blank."""
Ahead = Callable[[Iterator[Sequence[Planes]]], Iterator[Sequence[Planes]]]
"""Gives the pictures of all runs, moment by moment, as it takes them; some are looked at before they are composed."""

BLANK = (26, 129, 127)
"""Luma and colour of what shows nothing: the ink of all our pictures, a little darker."""
_SWEEP_S = 8.0
_SWEEP = (0.22, 0.78)
"""The line of `wipe` goes across between these shares of the width, and back, in so many seconds."""
_WHITE = 235
_DIM = (0.42, 12)
"""Factor of luma, and what is added."""


@dataclass(frozen=True, slots=True)
class Styled:
    """A layout, and what fills it."""

    layout: Layout
    compose: Compose
    ahead: Ahead = iter


def side_by_side(size: tuple[int, int], shapes: Sequence[tuple[int, int]]) -> Styled:
    """All runs, as large as they go beside and below each other."""
    layout = tiled(size, shapes)
    return Styled(layout, _each_in_its_box(layout.pictures))


def picture_in_picture(size: tuple[int, int], shapes: Sequence[tuple[int, int]]) -> Styled:
    """The new run, with the reference small in a corner."""
    layout = inset(size, shapes)
    small, large = layout.pictures
    put = _each_in_its_box((large, small))

    def compose(planes: Planes, pictures: Sequence[Planes], k: int) -> None:
        put(planes, (pictures[1], pictures[0]), k)
        _frame(planes, small)

    return Styled(layout, compose)


def wipe(size: tuple[int, int], shapes: Sequence[tuple[int, int]], times_s: NDArray[np.float64]) -> Styled:
    """The reference left of a line, the new run right of it; the line goes to and fro.

    Args:
        times_s: of the moments, (N,).
    """
    layout = overlaid(size, shapes)
    middle, half = sum(_SWEEP) / 2, (_SWEEP[1] - _SWEEP[0]) / 2
    lines = size[0] * (middle + half * np.sin(2 * math.pi * times_s / _SWEEP_S))

    def compose(planes: Planes, pictures: Sequence[Planes], k: int) -> None:
        line = int(lines[k]) // 2 * 2
        put(planes, layout.pictures[0], pictures[0], columns=(0, line))
        put(planes, layout.pictures[1], pictures[1], columns=(line, size[0]))
        _fill(planes, Box(line - 2, 0, 4, size[1]), (_WHITE, 128, 128))

    return Styled(layout, compose)


def ghost(size: tuple[int, int], shapes: Sequence[tuple[int, int]], registration: Registration) -> Styled:
    """Both runs blended half and half, the new picture laid on the reference's; where they could not be registered,
    side by side.
    """
    layout = overlaid(size, shapes)
    beside = tiled(size, shapes)

    def compose(planes: Planes, pictures: Sequence[Planes], k: int) -> None:
        corners = registration.corners[k]
        if not np.isfinite(corners).all():
            for box, picture in zip(beside.pictures, pictures, strict=True):
                put(planes, box, _reduced(picture, box))
            return
        box = layout.pictures[0]
        for plane, ref, new, zoom in zip(planes, pictures[0], pictures[1], (1, 2, 2), strict=True):
            high, wide = ref.shape
            x, y = box.x // zoom, box.y // zoom
            laid = ref.copy()
            cv2.warpAffine(
                new,
                _pixels(corners, new.shape, ref.shape),
                (wide, high),
                dst=laid,
                flags=cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_TRANSPARENT,
            )
            np.copyto(plane[y : y + high, x : x + wide], cv2.addWeighted(ref, 0.5, laid, 0.5, 0))

    return Styled(layout, compose, registration.ahead)


def dimmed(picture: Planes) -> Planes:
    """Of a run that shows nothing here: darker, and without colour."""
    y, u, v = picture
    return cv2.LUT(y, _DIM_TABLE), np.full_like(u, 128), np.full_like(v, 128)  # type: ignore[return-value]


def blank(planes: Planes) -> None:
    """Fill a video picture."""
    for plane, value in zip(planes, BLANK, strict=True):
        plane.fill(value)


def _each_in_its_box(boxes: Sequence[Box]) -> Compose:
    def compose(planes: Planes, pictures: Sequence[Planes], _: int) -> None:
        for box, picture in zip(boxes, pictures, strict=True):
            put(planes, box, picture)

    return compose


def put(planes: Planes, box: Box, picture: Planes, columns: tuple[int, int] | None = None) -> None:
    """Copy a picture into its box, or what of it lies in some columns of the whole."""
    left, right = (box.x, box.x + box.width) if columns is None else columns
    left, right = max(left, box.x), min(right, box.x + box.width)
    if right <= left:
        return
    for plane, source, zoom in zip(planes, picture, (1, 2, 2), strict=True):
        y, high = box.y // zoom, box.height // zoom
        target = plane[y : y + high, left // zoom : right // zoom]
        np.copyto(target, source[:high, (left - box.x) // zoom : (right - box.x) // zoom])


def _fill(planes: Planes, box: Box, colour: tuple[int, int, int]) -> None:
    for plane, value, zoom in zip(planes, colour, (1, 2, 2), strict=True):
        plane[box.y // zoom : (box.y + box.height) // zoom, box.x // zoom : (box.x + box.width) // zoom] = value


def _frame(planes: Planes, box: Box) -> None:
    """A white edge around a picture."""
    for edge in (
        Box(box.x, box.y, box.width, 4),
        Box(box.x, box.y + box.height - 4, box.width, 4),
        Box(box.x, box.y, 4, box.height),
        Box(box.x + box.width - 4, box.y, 4, box.height),
    ):
        _fill(planes, edge, (_WHITE, 128, 128))


def _reduced(picture: Planes, box: Box) -> Planes:
    sizes = (box.width, box.height), (box.width // 2, box.height // 2), (box.width // 2, box.height // 2)
    y, u, v = (
        cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane, size in zip(picture, sizes, strict=True)
    )
    return y, u, v  # type: ignore[return-value]


def _pixels(corners: NDArray[np.float64], new: tuple[int, ...], ref: tuple[int, ...]) -> NDArray[np.float64]:
    """The affine map (2, 3) of a plane onto another, of shapes (H, W), in pixels."""
    unit = np.array([[0, 0], [1, 0], [1, 1]], np.float32)
    scale_new = np.array([new[1], new[0]], np.float32)
    scale_ref = np.array([ref[1], ref[0]], np.float32)
    # The first pixel's middle is (0, 0) to OpenCV.
    source, target = unit * scale_new - np.float32(0.5), corners[:3].astype(np.float32) * scale_ref - np.float32(0.5)
    return np.asarray(cv2.getAffineTransform(source, target), np.float64)


_DIM_TABLE = (np.arange(256) * _DIM[0] + _DIM[1]).astype(np.uint8)
