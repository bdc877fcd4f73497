"""Contrast between sampled frames becomes a log-likelihood ratio on an even grid over the reference clock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_PIVOT = 1.5
"""Contrast at which "here" and "elsewhere" are equally likely: the true place of real pairs lies at 2 to 4 robust
deviations, other places spread around 0 with deviation 1."""
_FLOOR, _CEILING = -2.0, 6.0
_INDEPENDENT_S = 0.3
"""Frames closer in time than this show nearly the same picture, so they share one frame's worth of evidence."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """`log_ratio` (N, G) float32, `t_new` (N,) seconds of the rows, `step_s` seconds between the columns; column j
    stands for the reference time j * step_s.
    """

    log_ratio: NDArray[np.float32]
    t_new: Floats
    step_s: float


def evidence(contrast: NDArray[np.float32], t_ref: Floats, t_new: Floats) -> Evidence:
    """Evidence from the contrast (N, R) of frames at `t_new` (N,) and `t_ref` (R,), seconds.

    Between reference samples the contrast follows a cubic (Hermite with central differences), so that two equally
    good neighbours put the peak between them.
    """
    step = float(np.clip(np.median(np.diff(t_ref)) / 3, 0.03, 0.1))
    grid = np.arange(0.0, t_ref[-1] + step / 2, step)
    fine = np.empty((len(contrast), len(grid)), np.float32)
    for rows in range(0, len(contrast), 128):  # in pieces: the cubic needs several times the memory of its result
        piece = _resample(contrast[rows : rows + 128], t_ref, grid)
        np.clip(piece, _FLOOR, _CEILING, out=fine[rows : rows + 128])
    share = np.minimum(1.0, np.gradient(t_new) / _INDEPENDENT_S).astype(np.float32)
    fine -= _PIVOT
    fine *= share[:, None]
    return Evidence(fine, t_new, step)


def _resample(rows: NDArray[np.float32], at: Floats, grid: Floats) -> NDArray[np.float32]:
    left = np.clip(np.searchsorted(at, grid, side="right") - 1, 0, len(at) - 2)
    width = at[left + 1] - at[left]
    x = np.clip((grid - at[left]) / width, 0.0, 1.0)
    rise = np.gradient(rows, at, axis=1).astype(np.float32)
    p0, p1 = (2 * x**3 - 3 * x**2 + 1).astype(np.float32), (3 * x**2 - 2 * x**3).astype(np.float32)
    m0, m1 = ((x**3 - 2 * x**2 + x) * width).astype(np.float32), ((x**3 - x**2) * width).astype(np.float32)
    return np.asarray(rows[:, left] * p0 + rise[:, left] * m0 + rows[:, left + 1] * p1 + rise[:, left + 1] * m1)
