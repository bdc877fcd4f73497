"""Where everything is in the picture: the runs, their names, who leads, the sector, the strip of the trail."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mtbsync_core.render.pictures import fitted


class Box(NamedTuple):
    """Pixels; all even for a picture."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Of a video of a size; `unit` is how many pixels a hundredth of the height of a wide 16:9 picture of its area
    has, by which letters are sized.
    """

    size: tuple[int, int]
    unit: float
    pictures: tuple[Box, ...]
    head: Box
    """Holds the sector, and who leads."""
    strip: Box
    names: tuple[tuple[int, int], ...]
    """Left upper corners of the names of the runs; right upper ones where x is counted from the right, below zero."""
    over_pictures: bool
    """Whether what is written lies on pictures, and needs a plate below it."""
    many: bool = False
    """Whether each run but the first tells its own lead."""


_HEAD, _STRIP = 0.135, 0.125
"""Shares of the height; at a picture that is higher than wide, of its width."""
_MARGIN = 0.012


def tiled(size: tuple[int, int], shapes: Sequence[tuple[int, int]]) -> Layout:
    """All runs beside and below each other, as large as they go; of two, who leads is told above them.

    Args:
        size: width and height of the video.
        shapes: those of the runs' pictures.
    """
    wide, high = size
    unit, many = _unit(size), len(shapes) > 2
    head = 0 if many else _even(unit * 100 * _HEAD)
    strip = _even(unit * 100 * _STRIP)
    area = Box(0, head, wide, high - head - strip)
    boxes = _grid(area, shapes)
    # The band between the pictures and the strip is left below, so that head and strip keep near the pictures.
    top = min(box.y for box in boxes)
    bottom = max(box.y + box.height for box in boxes)
    margin = _even(unit * 100 * _MARGIN)
    head_y = 0 if many else max(0, (top - head) // 2)
    strip_y = bottom + max(0, (high - bottom - strip) // 2)
    return Layout(
        size,
        unit,
        boxes,
        Box(margin, head_y, wide - 2 * margin, head),
        Box(margin * 2, strip_y, wide - 4 * margin, strip),
        tuple((box.x + margin, box.y + margin) for box in boxes),
        over_pictures=False,
        many=many,
    )


def inset(size: tuple[int, int], shapes: Sequence[tuple[int, int]]) -> Layout:
    """The new run, with the reference small in the right upper corner."""
    wide, high = size
    unit = _unit(size)
    margin = _even(unit * 100 * _MARGIN * 2)
    small = fitted(*shapes[0], (_even(wide * 0.3), _even(high * 0.3)))
    large = _centred(Box(0, 0, wide, high), shapes[1])
    corner = Box(wide - margin - small[0], margin, *small)
    names = (corner.x + margin // 2, corner.y + margin // 2), (margin, high - margin - _even(unit * 20))
    return _full(size, unit, (corner, large), names, Box(margin, margin, corner.x - 2 * margin, _even(unit * 13.5)))


def overlaid(size: tuple[int, int], shapes: Sequence[tuple[int, int]]) -> Layout:
    """Both runs fill the picture, one over the other."""
    unit = _unit(size)
    margin = _even(unit * 100 * _MARGIN * 2)
    whole = Box(0, 0, *size)
    y = size[1] - margin - _even(unit * 20)
    names = (margin, y), (-margin, y)
    head = Box(margin, margin, size[0] - 2 * margin, _even(unit * 13.5))
    return _full(size, unit, tuple(_centred(whole, shape) for shape in shapes), names, head)


def _full(
    size: tuple[int, int],
    unit: float,
    pictures: tuple[Box, ...],
    names: tuple[tuple[int, int], ...],
    head: Box,
) -> Layout:
    margin, strip = _even(unit * 2.4), _even(unit * 10.5)
    return Layout(
        size,
        unit,
        pictures,
        head,
        Box(margin, size[1] - margin - strip, size[0] - 2 * margin, strip),
        names,
        over_pictures=True,
    )


def _grid(area: Box, shapes: Sequence[tuple[int, int]]) -> tuple[Box, ...]:
    """Cells of one size, in as many columns as give the largest pictures; the last row is in the middle."""
    count = len(shapes)

    def cell(columns: int) -> tuple[int, int]:
        rows = math.ceil(count / columns)
        return area.width // columns // 2 * 2, area.height // rows // 2 * 2

    def shown(columns: int) -> int:
        return min(math.prod(fitted(*shape, cell(columns))) for shape in shapes)

    columns = max(range(1, count + 1), key=shown)
    rows = [list(range(at, min(at + columns, count))) for at in range(0, count, columns)]
    largest = [fitted(*shape, cell(columns)) for shape in shapes]
    wide, high = max(size[0] for size in largest), max(size[1] for size in largest)
    top = area.y + (area.height - high * len(rows)) // 2
    boxes = []
    for r, row in enumerate(rows):
        left = area.x + (area.width - wide * len(row)) // 2
        for c, run in enumerate(row):
            boxes.append(_centred(Box(_even(left + c * wide), _even(top + r * high), wide, high), shapes[run]))
    return tuple(boxes)


def _centred(area: Box, shape: tuple[int, int]) -> Box:
    wide, high = fitted(*shape, (area.width, area.height))
    return Box(_even(area.x + (area.width - wide) / 2), _even(area.y + (area.height - high) / 2), wide, high)


def _unit(size: tuple[int, int]) -> float:
    return min(math.sqrt(size[0] * size[1] * 9 / 16), size[0] * 0.85, size[1] * 1.2) / 100


def _even(pixels: float) -> int:
    return int(pixels) // 2 * 2
