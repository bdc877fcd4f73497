"""The ego mask of a recording: the part of its picture that moves with the camera and not with the world, such as
gauges, a watermark, the handlebar, gloves, a visor or dirt on the lens.

Two moments of a ride that lie far apart have no part of the trail in common. Corners that a matcher pairs between them
all the same, and at nearly the same place of the picture, are of what the camera carries along.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.vision.features import Features
from mtbsync_core.vision.registry import Matcher

logger = logging.getLogger(__name__)

Grid = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class EgoMaskOptions:
    """How the parts of a picture that move with the camera are told."""

    apart_s: float = 10.0
    """Seconds between two moments that have no part of the trail in common. A recording has no mask unless it is twice
    as long."""
    moments: int = 200
    """Pairs of moments that are compared."""
    reach: float = 0.1
    """How far a corner may move with a bar that turns, in half widths of the picture."""
    cells: tuple[int, int] = (18, 32)
    """Rows and columns in which corners are counted."""
    least_share: float = 0.15
    """Of the corners about a cell, the share that is found again far away in the ride, from which it is masked."""
    most: float = 0.6
    """Share of the picture above which a mask is not believed: the camera stood still, or hardly saw the world."""


@dataclass(frozen=True, slots=True, eq=False)
class EgoMask:
    """`masked` (rows, columns) are the cells of the picture that move with the camera; None where none are."""

    masked: NDArray[np.bool_] | None = None

    def visible(self, rows: int, columns: int) -> Grid:
        """The share of each cell of a grid of any size that shows the world."""
        if self.masked is None:
            return np.ones((rows, columns), np.float32)
        world = (~self.masked).astype(np.float32)
        # By a whole number of pixels a cell, so that areas are exact.
        fine = np.kron(world, np.ones((rows, columns), np.float32))
        return fine.reshape(rows, world.shape[0], columns, world.shape[1]).mean(axis=(1, 3), dtype=np.float32)

    def outside(self, corners: Features, aspect: float) -> Features:
        """The corners that lie in the world. `aspect`: the picture's height over its width."""
        if self.masked is None:
            return corners
        keep = ~self.masked[_cells(corners, aspect, self.masked.shape)]
        return Features(corners.xy[keep], corners.descriptors[keep])


def ego_mask(
    t_s: NDArray[np.float64],
    descriptors: NDArray[np.floating],
    corners: Sequence[Features],
    aspect: float,
    matcher: Matcher,
    options: EgoMaskOptions | None = None,
) -> EgoMask:
    """The ego mask of a recording with samples at `t_s` (N,), seconds; none where it has no corners or is short.

    Args:
        descriptors: of whole pictures (N, ...); moments are drawn by how much they change, so that standing counts little.
        corners: of each sample.
        aspect: the picture's height over its width.
        matcher: of the corners.
    """
    o = options or EgoMaskOptions()
    if not corners or t_s[-1] - t_s[0] < 2 * o.apart_s:
        return EgoMask()
    found, all_of = np.zeros(o.cells), np.zeros(o.cells)
    for i, j in _far_pairs(t_s, descriptors, o):
        one, other = corners[i], corners[j]
        pairs = matcher.pairs(one, other, min(len(one), len(other)))
        moved = np.hypot(*(one.xy[pairs[:, 0]] - other.xy[pairs[:, 1]]).T)
        for side, column in ((one, 0), (other, 1)):
            cells = _cells(side, aspect, o.cells)
            np.add.at(all_of, cells, 1)
            again = pairs[moved < o.reach, column]
            np.add.at(found, (cells[0][again], cells[1][again]), 1)
    about_found, about_all = (cv2.blur(count, (3, 3), borderType=cv2.BORDER_REPLICATE) for count in (found, all_of))
    masked = about_found > o.least_share * np.maximum(about_all, 1)
    if masked.mean() > o.most:
        return EgoMask()
    return EgoMask(masked) if masked.any() else EgoMask()


def _far_pairs(t_s: NDArray[np.float64], descriptors: NDArray[np.floating], o: EgoMaskOptions) -> list[tuple[int, int]]:
    """Samples that lie far apart, drawn by how much the picture changes about them."""
    flat = descriptors.reshape(len(t_s), -1)
    change = np.array([np.square(np.subtract(a, b, dtype=np.float32)).sum() for a, b in zip(flat[1:], flat, strict=False)])
    gone = np.concatenate([[0.0], np.cumsum(change + 1e-9)])
    at = np.interp((np.arange(o.moments) + 0.5) / o.moments * gone[-1], gone, np.arange(len(gone))).round().astype(int)
    rng = np.random.default_rng(0)
    pairs = []
    for i in at.tolist():
        far = at[np.abs(t_s[at] - t_s[i]) >= o.apart_s]
        if len(far):
            pairs.append((i, int(rng.choice(far))))
    return pairs


def _cells(corners: Features, aspect: float, shape: tuple[int, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    rows, columns = shape
    row = ((corners.xy[:, 1] / aspect + 1) / 2 * rows).astype(np.intp)
    column = ((corners.xy[:, 0] + 1) / 2 * columns).astype(np.intp)
    return row.clip(0, rows - 1), column.clip(0, columns - 1)
