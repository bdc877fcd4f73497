"""The ego mask of a recording: the part of its picture that moves with the camera and not with the world, such as
gauges, a watermark, the handlebar, gloves, a visor or dirt on the lens.

Two moments of a ride that lie far apart have no part of the trail in common. Corners that a matcher pairs between them
all the same, and at nearly the same place of the picture, are of what the camera carries along. A corner that is found
so would also be paired between two runs, and say that nothing has moved.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.vision.co_moving import CoMoving, CoMovingOptions, coherent
from mtbsync_core.vision.features import Features
from mtbsync_core.vision.registry import Matcher, whole_picture

logger = logging.getLogger(__name__)

Grid = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class EgoMaskOptions:
    """How the parts of a picture that move with the camera are told. Lengths are in half widths of the picture."""

    apart_s: float = 10.0
    """Seconds between two moments that have no part of the trail in common. A recording has no mask unless it is twice
    as long: on a path between houses these stay in view for 10 s."""
    moments: int = 200
    """Pairs of moments that are compared, 1.5 ms each."""
    cells: tuple[int, int] = (18, 32)
    """Rows and columns in which corners are counted."""
    moving: tuple[float, float] = (0.1, 0.2)
    """How far a corner may move, with a bar that turns, and the share of the corners about a cell that are found again
    so near, from which the cell is masked. Handlebars and gauges have 0.3 to 0.9; the world has 0.01 on simulated runs
    (at most 0.05), on real ones 0.03 (0.15). Half of the share masks 1 % of real runs without anything carried along;
    twice leaves 5 to 9 of 100 corners of a handlebar in."""
    fixed: tuple[float, float] = (0.01, 0.05)
    """The same of what stays at its place and is another thing at most times: running digits have 0.04 to 0.2, the
    world 0.003 (0.04)."""
    beside: float = 0.4
    """Of these shares, what suffices for a cell in one piece with one that has them, since the border of what moves is
    not always there. Without it 11 to 17 of 100 corners of a handlebar are left in, with it 2, with half of it 1."""
    most: float = 0.6
    """Share of the picture above which a mask is not believed: the camera stood still, or hardly saw the world."""


@dataclass(frozen=True, slots=True, eq=False)
class EgoMask:
    """`masked` (rows, columns) are the cells of the picture that move with the camera, None where none are; `co_moving`
    is what moves about in it and comes along, None where nothing does.
    """

    masked: NDArray[np.bool_] | None = None
    co_moving: CoMoving | None = None

    def visible(self, rows: int, columns: int) -> Grid:
        """The share of each cell of a grid of any size that shows the world (`registry.Visible`)."""
        if self.masked is None:
            return whole_picture(rows, columns)
        fine = np.kron(~self.masked, np.ones((rows, columns)))  # a whole number of these in each cell of both grids
        cells = fine.reshape(rows, self.masked.shape[0], columns, self.masked.shape[1])
        return np.asarray(cells.mean(axis=(1, 3)), np.float32)

    def world(self, corners: Features, t_s: float, aspect: float) -> NDArray[np.bool_]:
        """Which corners (n,) of the picture at `t_s` are of the world. `aspect`: its height over its width."""
        keep = np.ones(len(corners), np.bool_)
        if self.masked is not None:
            keep = ~self.masked[_cells(corners, aspect, self.masked.shape)]
        if self.co_moving is not None:
            keep[keep] = ~self.co_moving.among(corners.where(keep), t_s)
        return keep


NOTHING = EgoMask()
"""Of a recording in which everything is the world."""


def ego_mask(
    t_s: NDArray[np.float64],
    descriptors: NDArray[np.floating],
    corners: Sequence[Features],
    aspect: float,
    matcher: Matcher,
    options: EgoMaskOptions | None = None,
    objects: CoMovingOptions | None = None,
) -> EgoMask:
    """The ego mask of a recording with samples at `t_s` (N,), seconds; `NOTHING` where it is short.

    Args:
        descriptors: of whole pictures (N, ...). Moments are drawn by how much they change, so that standing counts
            little.
        corners: of each sample.
        aspect: the picture's height over its width.
        matcher: of the corners.
    """
    o = options or EgoMaskOptions()
    if t_s[-1] - t_s[0] < 2 * o.apart_s:
        return NOTHING
    apart, kinds = _far_pairs(t_s, descriptors, o), (o.moving, o.fixed)
    seen, again = np.zeros(o.cells, np.float32), np.zeros((2, *o.cells), np.float32)
    for i, j in apart:
        one, other = corners[i], corners[j]
        pairs = matcher.pairs(one, other, len(one))
        moved = np.hypot(*(one.xy[pairs[:, 0]] - other.xy[pairs[:, 1]]).T)
        for side, column in ((one, 0), (other, 1)):
            cells = _cells(side, aspect, o.cells)
            np.add.at(seen, cells, 1)
            for count, (reach, _) in zip(again, kinds, strict=True):
                found = pairs[moved < reach, column]
                np.add.at(count, (cells[0][found], cells[1][found]), 1)
    # In units of the share from which a cell is masked.
    found_again = np.max([_about(n) / _about(seen).clip(1) / s for n, (_, s) in zip(again, kinds, strict=True)], axis=0)
    sure = found_again > 1
    masked = _hysteresis(sure, found_again > o.beside)
    if masked.mean() > o.most:
        logger.warning(
            "%.0f %% of the picture hardly changes over the recording; all of it is taken as the trail",
            100 * masked.mean(),
        )
        return NOTHING
    mask = EgoMask(masked) if masked.any() else NOTHING
    chosen = {i: corners[i] for pair in apart[::4] for i in pair}
    kept = {i: one.where(EgoMask(sure).world(one, t_s[i], aspect)) for i, one in chosen.items()}
    return replace(mask, co_moving=_co_moving(t_s, kept, apart[::4], matcher, o.apart_s, objects or CoMovingOptions()))


def _co_moving(
    t_s: NDArray[np.float64],
    corners: dict[int, Features],
    apart: Sequence[tuple[int, int]],
    matcher: Matcher,
    apart_s: float,
    o: CoMovingOptions,
) -> CoMoving | None:
    """Objects that come along, None where the median of the pairs of moments `apart` shows none."""
    shown = []
    for one, other in ((corners[i], corners[j]) for i, j in apart):
        pairs = matcher.pairs(one, other, len(one))
        shown.append(int(coherent(one, other, pairs, o).sum()))
    usual = float(np.median(shown)) if shown else 0.0
    if usual < o.fewest:
        return None
    witnesses: list[tuple[float, Features]] = []
    # The most usual ones: where more is alike, a part of the trail may be ridden twice.
    for place in np.argsort(np.abs(np.array(shown) - usual), kind="stable").tolist():
        i = apart[place][0]
        if len(witnesses) < o.witnesses and all(abs(t_s[i] - at) >= apart_s / 2 for at, _ in witnesses):
            witnesses.append((float(t_s[i]), corners[i]))
    return CoMoving(matcher, witnesses, apart_s, o)


def _far_pairs(t_s: NDArray[np.float64], descriptors: NDArray[np.floating], o: EgoMaskOptions) -> list[tuple[int, int]]:
    """Samples that lie far apart, drawn by how much the picture changes about them."""
    flat = descriptors.reshape(len(t_s), -1)
    change = [float(np.square(np.subtract(a, b, dtype=np.float32)).sum()) for a, b in zip(flat[1:], flat, strict=False)]
    gone = np.cumsum([0.0, *change])
    drawn = np.searchsorted(gone, (np.arange(o.moments) + 0.5) / o.moments * gone[-1]).clip(0, len(t_s) - 1)
    rng = np.random.default_rng(0)
    pairs = []
    for i in drawn.tolist():
        far = drawn[np.abs(t_s[drawn] - t_s[i]) >= o.apart_s]
        if len(far):
            pairs.append((i, int(rng.choice(far))))
    return pairs


def _hysteresis(sure: NDArray[np.bool_], likely: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The connected parts of what is likely that hold something sure (Canny, PAMI 1986)."""
    _, part = cv2.connectedComponents((sure | likely).astype(np.uint8))
    return np.isin(part, part[sure])


def _about(count: Grid) -> Grid:
    """The sum over 3 x 3 cells."""
    return np.asarray(cv2.boxFilter(count, -1, (3, 3), normalize=False, borderType=cv2.BORDER_REPLICATE))


def _cells(corners: Features, aspect: float, shape: tuple[int, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and column (n,) of each corner's cell in a grid of this shape."""
    rows, columns = shape
    row = ((corners.xy[:, 1] / aspect + 1) / 2 * rows).astype(np.intp)
    column = ((corners.xy[:, 0] + 1) / 2 * columns).astype(np.intp)
    return row.clip(0, rows - 1), column.clip(0, columns - 1)
