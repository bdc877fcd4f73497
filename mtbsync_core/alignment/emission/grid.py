"""`Emission`: log-likelihood ratios of an HMM's observations on a grid over the reference clock, and the parts of which
sources make it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

INDEPENDENT_S = 0.3
"""Pictures, and bends, closer in time show nearly the same. Half of it makes maps without anchors a quarter more exact
and lets another trail pass as doubtful; twice makes them a third less exact."""
AWAY = (0, 0)
"""No cell at all."""
FASTEST = 4.0
"""Highest speed ratio of a ride, seconds of the one clock per second of the other; what is faster is a leap."""
_VOUCHED_S = 1.0
"""Whoever says that two moments match says that both runs are on the trail there, so long before and after at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Emission:
    """Log-likelihood ratios, natural logarithm, of "the new run is at this place" against "it is nowhere on the trail".

    `log_ratio` (N, G) float16; `t_new` (N,) seconds of the rows; `step_s` seconds between the columns: column j stands
    for the reference time j * step_s. `known` names rows that are on the trail beyond doubt, each with the first cell
    where it can be and the first behind those; or that are `AWAY` from it. `riding` (N,): log ratio of at most 0 of
    what is seen if the new run moves; `pace` (N,): log2 of how much faster than all in all the other run is expected to
    pass. None where no sensor tells.
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


class Moments(NamedTuple):
    """The rows (N,) and columns (G,) of a grid, seconds of the new and of the reference clock, how many reference
    seconds pass per new second all in all, and the distance in time of samples that are worth one each.
    """

    new_s: Floats
    ref_s: Floats
    ratio: float
    independent_s: float = INDEPENDENT_S


class Contribution(NamedTuple):
    """What one source adds to an emission; None where it says nothing. `places` gives float32 (n, G) for some of the
    rows, so that the whole need not be in memory; `riding` and `pace` as in `Emission`.
    """

    places: Callable[[slice], Singles] | None = None
    riding: Floats | None = None
    pace: Floats | None = None


def effective_share(t_s: Floats, independent_s: float = INDEPENDENT_S) -> Floats:
    """Effective size of each sample at the times (N,): neighbours closer than `independent_s` see nearly the same
    and share one sample's worth of evidence, so that a sum over a ride does not grow with the sampling.
    """
    return np.minimum(1.0, np.gradient(t_s) / independent_s) if len(t_s) > 1 else np.ones(len(t_s))


def hold(emission: Emission, here_s: Floats, there_s: Floats) -> Emission:
    """The emission where it is known that the moments `here_s` (P,) of the rows' clock are at `there_s` (P,) of the
    columns' clock. The row next to each can be only where it can be reached from there.
    """
    cells = emission.log_ratio.shape[1]
    known: dict[int, tuple[int, int]] = {}
    for here in here_s:
        beside = np.flatnonzero(np.abs(emission.t_new - here) <= _VOUCHED_S)
        known.update(dict.fromkeys((int(i) for i in beside), (0, cells)))
    for here, there in zip(here_s, there_s, strict=True):
        i = int(np.abs(emission.t_new - here).argmin())
        late = FASTEST * (emission.t_new[i] - here)
        low = int(np.clip(np.floor((there + min(0.0, late)) / emission.step_s) - 1, 0, cells - 1))
        high = int(np.clip(np.ceil((there + max(0.0, late)) / emission.step_s) + 2, low + 1, cells))
        if known.get(i, (0, cells)) != (0, cells):
            low, high = min(low, known[i][0]), max(high, known[i][1])
        known[i] = low, high
    return replace(emission, known=known)


def along(emission: Emission, place_s: Floats) -> Floats:
    """The log ratios (N,) at the places (N,) of the rows, seconds of the columns' clock; 0 where that is NaN."""
    found = np.isfinite(place_s)
    column = np.clip(np.round(np.where(found, place_s, 0) / emission.step_s), 0, emission.log_ratio.shape[1] - 1)
    seen = emission.log_ratio[np.arange(len(place_s)), column.astype(int)].astype(np.float64)
    return np.where(found, seen, 0.0)
