"""Contrast between sampled frames becomes a log-likelihood ratio on an even grid over the reference clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_PIVOT = 1.5
"""Contrast at which "here" and "elsewhere" are equally likely: the true place of real pairs lies at 2 to 4 robust
deviations, other places spread around 0 with deviation 1."""
_FLOOR, _CEILING = -2.0, 6.0
AWAY = (0, 0)
"""No cell at all."""
_FASTEST = 4.0
"""Seconds of the one clock per second of the other, at most, between a known moment and the sample next to it."""
_VOUCHED_S = 1.0
"""Whoever says that two moments match says that both runs are on the trail there, so long before and after at least."""
_INDEPENDENT_S = 0.3
"""Frames closer in time than this show nearly the same picture, so they share one frame's worth of evidence."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """`log_ratio` (N, G) float16, `t_new` (N,) seconds of the rows, `step_s` seconds between the columns; column j
    stands for the reference time j * step_s. `known` names rows that are on the trail beyond doubt, each with the first
    cell where it can be and the first behind those; or that are `AWAY` from it. `riding` (N,): what sensors have
    against it, log ratios of at most 0; `pace` (N,): how much faster than all in all the other run is expected to pass,
    log2. None without sensors.
    """

    log_ratio: NDArray[np.float16]
    t_new: Floats
    step_s: float
    known: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    riding: Floats | None = None
    pace: Floats | None = None

    @property
    def grid_s(self) -> Floats:
        """The reference times (G,) of the columns."""
        return np.arange(self.log_ratio.shape[1], dtype=np.float64) * self.step_s


def evidence(contrast: NDArray[np.float32], t_ref: Floats, t_new: Floats) -> Evidence:
    """Evidence from the contrast (N, R) of frames at `t_new` (N,) and `t_ref` (R,), seconds.

    Between reference samples the contrast follows a cubic (Hermite with central differences), so that two equally
    good neighbours put the peak between them.
    """
    step = float(np.clip(np.median(np.diff(t_ref)) / 3, 0.03, 0.1))
    grid = np.arange(0.0, t_ref[-1] + step / 2, step)
    share = independent_share(t_new).astype(np.float32)
    # The largest thing in memory: half precision is good to 0.002 nats, and the cubic, which needs several times the
    # memory of its result, goes in pieces.
    fine = np.empty((len(contrast), len(grid)), np.float16)
    for rows in (slice(first, first + 128) for first in range(0, len(contrast), 128)):
        piece = np.clip(_resample(contrast[rows], t_ref, grid), _FLOOR, _CEILING)
        fine[rows] = (piece - _PIVOT) * share[rows, None]
    return Evidence(fine, t_new, step)


def independent_share(t_s: Floats) -> Floats:
    """What each look at the times (N,) is worth, of a look that knows nothing of its neighbours."""
    return np.asarray(np.minimum(1.0, np.gradient(t_s) / _INDEPENDENT_S), np.float64)


def hold(evidence: Evidence, here_s: Floats, there_s: Floats) -> Evidence:
    """The evidence where it is known that the moments `here_s` (P,) of the rows' clock are at `there_s` (P,) of the
    columns' clock. The row next to each can be only where it can be reached from there.
    """
    cells = evidence.log_ratio.shape[1]
    known: dict[int, tuple[int, int]] = {}
    for here in here_s:
        beside = np.flatnonzero(np.abs(evidence.t_new - here) <= _VOUCHED_S)
        known.update(dict.fromkeys((int(i) for i in beside), (0, cells)))
    for here, there in zip(here_s, there_s, strict=True):
        i = int(np.abs(evidence.t_new - here).argmin())
        late = _FASTEST * (evidence.t_new[i] - here)
        low = int(np.clip(np.floor((there + min(0.0, late)) / evidence.step_s) - 1, 0, cells - 1))
        high = int(np.clip(np.ceil((there + max(0.0, late)) / evidence.step_s) + 2, low + 1, cells))
        if known.get(i, (0, cells)) != (0, cells):
            low, high = min(low, known[i][0]), max(high, known[i][1])
        known[i] = low, high
    return replace(evidence, known=known)


def along(evidence: Evidence, place_s: Floats) -> Floats:
    """The log ratios (N,) at the places (N,) of the rows, seconds of the columns' clock; 0 where that is NaN."""
    found = np.isfinite(place_s)
    column = np.clip(np.round(np.where(found, place_s, 0) / evidence.step_s), 0, evidence.log_ratio.shape[1] - 1)
    seen = evidence.log_ratio[np.arange(len(place_s)), column.astype(int)].astype(np.float64)
    return np.where(found, seen, 0.0)


def _resample(rows: NDArray[np.float32], at: Floats, grid: Floats) -> NDArray[np.float32]:
    left = np.clip(np.searchsorted(at, grid, side="right") - 1, 0, len(at) - 2)
    width = at[left + 1] - at[left]
    x = np.clip((grid - at[left]) / width, 0.0, 1.0)
    rise = np.gradient(rows, at, axis=1).astype(np.float32)
    p0, p1 = (2 * x**3 - 3 * x**2 + 1).astype(np.float32), (3 * x**2 - 2 * x**3).astype(np.float32)
    m0, m1 = ((x**3 - 2 * x**2 + x) * width).astype(np.float32), ((x**3 - x**2) * width).astype(np.float32)
    return np.asarray(rows[:, left] * p0 + rise[:, left] * m0 + rows[:, left + 1] * p1 + rise[:, left + 1] * m1)
