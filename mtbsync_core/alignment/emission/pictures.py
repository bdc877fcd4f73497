"""The pictures' part: a tempered log-likelihood ratio, linear in the contrast of two pictures and clipped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.grid import Emission, Floats, effective_share


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureOptions:
    """Contrast is in robust standard deviations (`vision.similarity`), evidence in nats."""

    pivot: float = 1.5
    """Contrast at which "here" and "elsewhere" are equally likely: the true place of real pairs lies at 2 to 4, other
    places spread around 0 with deviation 1. Half of it moves no median; twice makes true pairs doubtful or refused."""
    floor: float = -2.0
    """Contrast below which a picture says no more, so that none rules a place out alone. Half or twice: no change."""
    ceiling: float = 6.0
    """The same above. Half of it doubles the error of maps without anchors: peaks are cut flat."""


def picture_emission(
    contrast: NDArray[np.float32], t_ref: Floats, t_new: Floats, options: PictureOptions | None = None
) -> Emission:
    """The emission of pictures from the contrast (N, R) of frames at `t_new` (N,) and `t_ref` (R,), seconds.

    Between reference samples the contrast follows a cubic (Hermite with central differences), so that two equally
    good neighbours put the peak between them.
    """
    o = options or PictureOptions()
    step = float(np.clip(np.median(np.diff(t_ref)) / 3, 0.03, 0.1))
    grid = np.arange(0.0, t_ref[-1] + step / 2, step)
    share = effective_share(t_new).astype(np.float32)
    # The largest thing in memory: half precision is good to 0.002 nats, and the cubic, which needs several times the
    # memory of its result, goes in pieces.
    fine = np.empty((len(contrast), len(grid)), np.float16)
    for rows in (slice(first, first + 128) for first in range(0, len(contrast), 128)):
        piece = np.clip(_resample(contrast[rows], t_ref, grid), o.floor, o.ceiling)
        fine[rows] = (piece - o.pivot) * share[rows, None]
    return Emission(fine, t_new, step)


def _resample(rows: NDArray[np.float32], at: Floats, grid: Floats) -> NDArray[np.float32]:
    left = np.clip(np.searchsorted(at, grid, side="right") - 1, 0, len(at) - 2)
    width = at[left + 1] - at[left]
    x = np.clip((grid - at[left]) / width, 0.0, 1.0)
    rise = np.gradient(rows, at, axis=1).astype(np.float32)
    p0, p1 = (2 * x**3 - 3 * x**2 + 1).astype(np.float32), (3 * x**2 - 2 * x**3).astype(np.float32)
    m0, m1 = ((x**3 - 2 * x**2 + x) * width).astype(np.float32), ((x**3 - x**2) * width).astype(np.float32)
    return np.asarray(rows[:, left] * p0 + rise[:, left] * m0 + rows[:, left + 1] * p1 + rise[:, left + 1] * m1)
