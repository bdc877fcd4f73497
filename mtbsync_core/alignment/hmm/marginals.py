"""Moments of the posterior marginals: where each sample can be, in a few numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

Floats = NDArray[np.float64]

VALLEY = 1e-4
"""Share of the mode's probability below which a peak ends. Between two laps lie cells of 1e-9 and less; a tenth or ten
times of it moves the ends of a Gaussian peak by a twelfth of its 4.3 deviations."""

_TOGETHER = 15
"""Cells whose probability together makes a place likely, five samples: that of a stand lies in two cells, that of
riding in ten, and a cell by itself would make the stand likelier. Half and twice of it find the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Per new sample, shape (N,): `mean_s` and `sd_s` of the place on the reference clock given that the run is on
    the trail there, `mode_s` the likeliest place (mode of the density over `_TOGETHER` cells), and `on_trail`, the
    probability of being there at all, `stopped` of standing. `log_evidence` compares with never being on the trail.
    """

    mean_s: Floats
    sd_s: Floats
    mode_s: Floats
    on_trail: Floats
    stopped: Floats
    log_evidence: float


@dataclass(frozen=True, slots=True, eq=False)
class Marginals:
    """`rows` of numbers of N samples (7, N): the five columns of `Posterior`, then mean and standard deviation of the
    peak that holds the mode.
    """

    rows: Floats
    log_evidence: float

    @property
    def posterior(self) -> Posterior:
        """Over all places."""
        mean_s, sd_s, mode_s, on_trail, stopped, _, _ = self.rows
        return Posterior(mean_s, sd_s, mode_s, on_trail, stopped, self.log_evidence)

    @property
    def of_peaks(self) -> Posterior:
        """Given also that each place is in the peak that holds its mode.

        One part in a hundred that is a lap away would draw the mean by a third of a second, to where neither is.
        """
        _, _, mode_s, on_trail, stopped, mean_s, sd_s = self.rows
        return Posterior(mean_s, sd_s, mode_s, on_trail, stopped, self.log_evidence)


def marginal_rows(riding: Floats, stopped: Floats, at_s: Floats, step_s: float) -> Floats:
    """The rows of `Marginals` for n samples; 0 where nothing is on the trail.

    Args:
        riding, stopped: probability of being in a cell, riding and standing (n, W); `riding` is overwritten.
        at_s: place of each cell (W,), `step_s` apart.
    """
    standing = stopped.sum(axis=1)
    here = np.add(riding, stopped, out=riding)
    on_trail, mode = here.sum(axis=1), _modes(here)
    some = np.where(on_trail > 0, on_trail, 1.0)
    mean = np.einsum("ni,i->n", here, at_s) / some
    variance = np.einsum("ni,ni->n", here, (at_s - mean[:, None]) ** 2) / some
    peaks = np.array([_peak(cells, k, at_s) for cells, k in zip(here, mode.tolist(), strict=True)])
    sd, peak_sd = (np.sqrt(of + step_s**2 / 12) for of in (variance, peaks[:, 1]))
    rows: Floats = np.array([mean, sd, at_s[mode], on_trail, standing, peaks[:, 0], peak_sd])
    rows[:, on_trail == 0] = 0
    return rows


def _modes(here: Floats) -> NDArray[np.intp]:
    """The likeliest cell of each row (n, W), among those whose cells together are likeliest."""
    middle = uniform_filter1d(here, _TOGETHER, axis=1, mode="constant").argmax(axis=1)
    about = middle[:, None] + np.arange(_TOGETHER) - _TOGETHER // 2
    inside = (about >= 0) & (about < here.shape[1])
    values = np.where(inside, np.take_along_axis(here, about.clip(0, here.shape[1] - 1), axis=1), -1.0)
    return np.take_along_axis(about, values.argmax(axis=1)[:, None], axis=1)[:, 0]


def _peak(cells: Floats, mode: int, at_s: Floats) -> tuple[float, float]:
    """Mean and variance of the cells about the mode, on either side up to the first below `VALLEY` of it."""
    low = np.concatenate([[True], cells < VALLEY * cells[mode], [True]])
    first, end = mode + 1 - int(low[mode + 1 :: -1].argmax()), mode + int(low[mode + 1 :].argmax())
    here, places = cells[first:end], at_s[first:end]
    total = here.sum() or 1.0
    mean = (here * places).sum() / total
    return mean, (here * (places - mean) ** 2).sum() / total
