"""Pace: how many times as slowly as on a fast ride a recording's pictures change, by their correlation time.

All that the model takes for granted of riding holds for so much of a way, not for so much time: which pictures show
nearly the same, how soon a speed changes, how far a corner is seen. Its numbers are written in seconds of a fast ride,
6 m/s, and hold for others times their pace (`options.at_pace`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.vision.registry import Describer, Visible, whole_picture

USUAL_S = 0.4
"""Correlation time up to which the pace is 1. Simulated rides at 6 m/s have 0.17 to 0.27 s, laps of a small car 0.5 s,
a walkway 0.7 s, walking laps outdoors 2.3 s. Median / 95th percentile, seconds, at 0.125, 0.25
and 0.5: walking laps 0.33 / 0.93 with half of them not placed, 0.36 / 0.79, 0.47 / 1.94 with 2 of 42 sure and wrong; a
simulated walk 0.105 / 0.72, 0.052 / 0.20, 0.047 / 0.17; laps of a small car 0.047 / 0.16, 0.036 / 0.17, 0.036 / 0.13,
and up to 0.35 14 s of them with a cut are refused."""
SAMPLES = 10.0
"""Samples in a second at the pace 1, at most. Twice as many cost twice and are no more exact (walking laps 0.36 / 0.79
and 0.44 / 1.36 s, a simulated walk 0.052 / 0.20 and 0.051 / 0.24 s)."""
FEWEST = 8.0
"""Seconds at the pace 1 that a recording is long at least: of fewer no chance can be told from likeness."""
_WINDOW, _WINDOWS = 128, 8
"""Samples of a stretch that is looked at, and stretches: a thousand pictures tell the pace of an hour."""


def correlation_time(
    descriptors: NDArray[np.floating],
    t_s: NDArray[np.float64],
    describer: Describer,
    visible: Visible = whole_picture,
) -> float:
    """The time in seconds after which a picture is as good as another one; 0 where that is less than the samples' own
    distance, which then cannot tell it.

    It is the lag at which a picture's similarity to others has fallen to 1/e of the way from 1 to that of unrelated
    pictures, by the median over the way: each sample has the weight 1 / its own lag, so that what is seen while
    standing counts as one look.

    Args:
        descriptors: of the samples, (N, ...).
        t_s: their times (N,), seconds, rising.
        visible: what they show of the world.
    """
    n = len(t_s)
    size = min(_WINDOW, n)
    starts = np.unique(np.linspace(0, n - size, min(_WINDOWS, -(-n // size))).astype(int))
    chosen = np.unique(np.add.outer(starts, np.arange(size)))
    alike = describer.compare(descriptors[chosen], descriptors[chosen], (visible, visible))
    floor = float(np.median(alike))
    level = floor + (1 - floor) / np.e
    lags = []
    for first in starts:
        rows = np.searchsorted(chosen, np.arange(first, first + size))
        block, at = alike[np.ix_(rows, rows)], t_s[first : first + size]
        for i in range(size):  # to the side on which there is more
            side = slice(i, None) if i < size // 2 else slice(i, None, -1)
            lags.append(_lag(block[i, side], np.abs(at[side] - at[i]), level))
    lag = np.sort(np.maximum(lags, 1e-3))
    way = np.cumsum(1 / lag)
    found = float(lag[np.searchsorted(way, way[-1] / 2)])
    return found if found > np.median(np.diff(t_s)) else 0.0


def _lag(alike: NDArray[np.float32], lag_s: NDArray[np.float64], level: float) -> float:
    """Where the similarity of a picture to those behind it, itself first, falls below a level."""
    below = np.flatnonzero(alike[1:] < level)
    if not len(below):
        return float(lag_s[-1])
    j = int(below[0])
    before, after = float(alike[j]) if j else 1.0, float(alike[j + 1])
    return float(lag_s[j] + (before - level) / max(before - after, 1e-6) * (lag_s[j + 1] - lag_s[j]))


def pace_of(correlation_s: float, duration_s: float) -> float:
    """The pace of a recording, or of a pair with the geometric means of both; 1 where it is faster than that."""
    return float(max(1.0, min(correlation_s / USUAL_S, duration_s / FEWEST)))
