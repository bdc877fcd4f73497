"""How much of the time a run stands from one moment to another, by the similarity of its own pictures to each other.

Pictures of one place are alike up to noise, however long the run stands there; along the way they become unlike within
a second or two of riding. Held against the recording's own levels that depends neither on pace nor on sampling: what
looks the same after a while is the same place, and where that is so no way is lost if the other run does not show it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from mtbsync_core.options import paced

Floats = NDArray[np.float64]
Compare = Callable[[NDArray[np.floating], NDArray[np.floating]], NDArray[np.float32]]
"""Similarities (N, R) of pictures (R, ...) and (N, ...), as of `Describer.compare`."""


_TOGETHER = 128
"""Pictures that are compared at once with those a second beside them, and with as many of the whole recording: a long
stand must not be what they are standardised by."""
_WITHIN = 5
"""Pictures in the time over which a run moves or does not. Twice costs four times as much and changes nothing."""
_BLOCKS = 6
"""Parts of a time in which standing and moving are told apart. Half of it blurs the ends of stands; at twice stands in
noisy pictures fall apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfSimilarityOptions:
    """Where the line is drawn between standing and moving."""

    share: float = 0.55
    """Least similarity of standing pictures, 0 being that of unrelated ones and 1 that of neighbours where the run is
    slowest. Over 2 s stands of simulated runs have 0.67 to 0.85; riding has 0.05 to 0.1, one in a hundred above 0.4,
    on simulated and real film. Half of it takes slow corners for stands, 0.8 half of the stands for riding."""
    slowest_share: float = 0.95
    """Quantile of neighbours' similarities that stands for pictures of one place. 0.8 to 0.99 move it by a tenth."""
    fine: int = 24
    """Pictures that stand for the time that is asked about. Half of it is noisier, twice standardises stands away."""
    apart_s: float = paced(1.0)
    """Seconds that two pictures are apart which tell whether the run moves between them: 6 m of riding. Half takes
    slow riding for standing, twice shortens stands by a second."""
    most: int = 400
    """Pictures of the whole recording that the levels are taken from. Half or twice: no change."""


@dataclass(frozen=True, slots=True, eq=False)
class SelfSimilarity:
    """The pictures of one run: `descriptors` (N, ...) at `t_s` (N,) seconds, and how two sets of them are compared."""

    t_s: Floats
    descriptors: NDArray[np.floating]
    compare: Compare
    options: SelfSimilarityOptions = SelfSimilarityOptions()

    def still_share(self, first_s: float, last_s: float, at_s: float | None = None) -> float:
        """Share of the pictures from one moment to another that show one place: the most that are like one of them, or
        those that are like the picture at `at_s`, one of the two moments or one between them.
        """
        o, n = self.options, len(self.t_s)
        first, last = np.searchsorted(self.t_s, (first_s - 1e-6, last_s + 1e-6))
        inside = np.arange(first, last)
        if len(inside) < 2:
            inside = np.arange(max(0, first - 1), min(n, last + 1))
        inside = inside[np.unique(np.linspace(0, len(inside) - 1, o.fine).round().astype(int))]
        # Each with its neighbour, for both levels. A long stand must not be what all pictures are standardised by.
        sample = np.arange(0, n - 1, max(1, n // o.most))
        sample = sample[(sample < first - 1) | (sample >= last)] if last - first < n / 2 else sample
        some = np.unique(np.concatenate([sample, sample + 1, inside]))
        alike = self.compare(self.descriptors[some], self.descriptors[some])
        at, here = np.searchsorted(some, sample), np.searchsorted(some, inside)
        neighbours, unrelated = float(np.quantile(alike[at + 1, at], o.slowest_share)), float(np.median(alike))
        between = alike[np.ix_(here, here)].astype(np.float64)
        np.fill_diagonal(between, neighbours)
        # The mean over pictures next to each other, so that noise of single ones makes none unlike.
        between = uniform_filter(between, max(1, len(here) // _BLOCKS), mode="nearest")
        shares = (between > unrelated + o.share * (neighbours - unrelated)).mean(axis=0)
        return float(shares.max() if at_s is None else shares[np.abs(self.t_s[inside] - at_s).argmin()])

    def moving(self, at_s: Floats) -> NDArray[np.bool_]:
        """Whether the run moves at times (M,): the pictures half of `apart_s` before and after are of two places. Of
        fewer pictures than four nothing tells, and it moves.
        """
        o, n = self.options, len(self.t_s)
        few = np.flatnonzero(np.diff(np.floor(self.t_s / (o.apart_s / _WITHIN)), prepend=-1))
        if len(few) < 4:
            return np.ones(len(at_s), bool)
        t, found = self.t_s[few], np.zeros(len(few), bool)
        spread = few[few < n - 2][:: max(1, len(few) // _TOGETHER)]
        for low in range(0, len(few), _TOGETHER):
            rows = np.arange(low, min(low + _TOGETHER, len(few)))
            before, after = (np.searchsorted(t, t[rows] + side * o.apart_s / 2).clip(1, len(t) - 2) for side in (-1, 1))
            near = few[before[0] - 1 : after[-1] + 2]
            some = np.unique(np.concatenate([spread, spread + 1, spread + 2, near]))
            alike = self.compare(self.descriptors[some], self.descriptors[some]).astype(np.float64)
            at, here = np.searchsorted(some, spread), np.searchsorted(some, near)
            unrelated = float(np.median(alike))
            one_place = self._one_place(alike - unrelated, at)
            between, first = alike[np.ix_(here, here)], before[0] - 1
            # The mean over pictures next to each other, so that noise of single ones makes none unlike; all as far
            # apart, since of few pictures a second the next one is half as far, and looks like standing.
            apart = np.mean([between[before - first + k, after - first + k] for k in (-1, 0, 1)], axis=0)
            found[rows] = apart < unrelated + o.share * one_place
        return found[np.searchsorted((t[1:] + t[:-1]) / 2, at_s)]

    def _one_place(self, alike: Floats, at: NDArray[np.intp]) -> float:
        """Similarity of two pictures of one place, above that of unrelated ones: that of neighbours where the run is
        slowest, extrapolated to no distance by that of next but one there. A stand has both alike; of sparse samples of
        a run without one even neighbours show two places.

        Args:
            alike: similarities (K, K) of pictures with each other, above that of unrelated ones.
            at: which of these have their next two pictures behind them.
        """
        near, further = alike[at, at + 1], alike[at, at + 2]
        both = near + further  # told by both, so that noise makes neither the larger one
        slowest = both >= np.quantile(both, self.options.slowest_share)
        here, there, most = float(np.median(near[slowest])), float(np.median(further[slowest])), float(alike.max())
        return min(here * here / max(there, 1e-9), most) if here > there else here
