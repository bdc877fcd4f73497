"""The pictures' part: a tempered log-likelihood ratio, linear in the contrast of two pictures and clipped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from mtbsync_core.alignment.emission.grid import INDEPENDENT_S, Emission, Floats, effective_share
from mtbsync_core.options import paced


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureOptions:
    """Contrast is in robust standard deviations (`vision.similarity`), evidence in nats."""

    pivot: float = 1.5
    """Contrast at which "here" and "elsewhere" are equally likely: the true place of real pairs lies at 2 to 4, other
    places spread around 0 with deviation 1. Half of it moves no median; twice makes true pairs doubtful or refused."""
    floor: float = -2.0
    """Contrast below which a picture says no more, so that none rules a place out alone. Half or twice: no change."""
    ceiling: float = 6.0
    """The same above. Half of it doubles the error of maps without anchors: peaks are cut flat. So that they are not,
    all contrast is scaled down where the best of a picture is usually higher.
    """
    independent_s: float = paced(INDEPENDENT_S)
    """Samples closer in time share one sample's worth of evidence: they show nearly the same."""
    cell_s: tuple[float, float] = paced((0.03, 0.1), (1, 1))
    """Finest and coarsest cell of the grid; in between a third of the spacing of the reference samples."""

    def nats(self, contrast: NDArray[np.floating]) -> NDArray[np.floating]:
        """The log-likelihood ratio of contrast, of any shape, for a sample that is worth one."""
        return np.asarray(np.clip(contrast, self.floor, self.ceiling) - self.pivot)


def picture_emission(
    contrast: NDArray[np.float32], t_ref: Floats, t_new: Floats, options: PictureOptions | None = None
) -> Emission:
    """The emission of pictures from the contrast (N, R) of frames at `t_new` (N,) and `t_ref` (R,), seconds.

    Between reference samples the contrast follows a cubic (Hermite with central differences), so that two equally
    good neighbours put the peak between them.
    """
    o = options or PictureOptions()
    step = float(np.clip(np.median(np.diff(t_ref)) / 3, *o.cell_s))
    grid = np.arange(0.0, t_ref[-1] + step / 2, step)
    cubic = _hermite(t_ref, grid)
    usual_best = max(float(np.median(contrast.max(axis=axis))) for axis in (0, 1))
    scale = np.float32(o.ceiling / max(usual_best, o.ceiling))
    share = effective_share(t_new, o.independent_s).astype(np.float32)
    # The largest thing in memory: half precision is good to 0.002 nats, and 32 rows of single precision stay in cache.
    fine = np.empty((len(contrast), len(grid)), np.float16)
    for rows in (slice(first, first + 32) for first in range(0, len(contrast), 32)):
        nats = (contrast[rows].T * scale - np.float32(o.pivot)) * share[rows]
        rise = np.gradient(nats, t_ref, axis=0).astype(np.float32)
        piece = cubic @ np.concatenate([nats, rise])
        low, high = (np.float32(limit - o.pivot) * share[rows] for limit in (o.floor, o.ceiling))
        fine[rows] = np.clip(piece, low, high, out=piece).T
    return Emission(fine, t_new, step)


def _hermite(at: Floats, grid: Floats) -> csr_array:
    """The matrix (G, 2 R) from values and rises at the times `at` (R,) to a cubic's values at the times `grid` (G,),
    which beyond the ends are those at the ends.
    """
    left = np.clip(np.searchsorted(at, grid, side="right") - 1, 0, len(at) - 2)
    width = at[left + 1] - at[left]
    x = np.clip((grid - at[left]) / width, 0.0, 1.0)
    values = 2 * x**3 - 3 * x**2 + 1, 3 * x**2 - 2 * x**3
    rises = (x**3 - 2 * x**2 + x) * width, (x**3 - x**2) * width
    weights = np.stack([*values, *rises], axis=1).astype(np.float32)
    columns = left[:, None] + [0, 1, len(at), len(at) + 1]
    return csr_array((weights.ravel(), columns.ravel(), np.arange(len(grid) + 1) * 4), (len(grid), 2 * len(at)))
