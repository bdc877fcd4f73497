"""How far a time between two places may be off: the one place that knows how errors of a map at two places go together.

A map's errors are those of pictures, which average out within a second, and those of lines: who rides another line is
level with the reference a little earlier or later, for as long as he is on that line. So errors of near places are
alike, and of a time between the two only what is not alike is left.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

CORRELATION_S = 1.0
"""Trail seconds after which errors of a map are alike by 1/e only."""
LASTING = 0.0
"""Share of the variance that all of a map has in common: cameras mounted otherwise, lenses."""


def correlation(apart_s: ArrayLike) -> Floats:
    """Correlation of a map's errors at places so many trail seconds apart, any shape.

    Exponential (that of an Ornstein-Uhlenbeck process; Rasmussen & Williams 2006, equation 4.24) above a constant.
    """
    return LASTING + (1 - LASTING) * np.exp(-np.abs(np.asarray(apart_s, dtype=np.float64)) / CORRELATION_S)


def of_difference(sigma_a: ArrayLike, sigma_b: ArrayLike, apart_s: ArrayLike) -> Floats:
    """Standard deviation of the time between two places of one run, of those of both places, seconds, any shapes.

    Propagation of uncertainty with correlated inputs (JCGM 100:2008, equation 13).
    """
    a, b = np.asarray(sigma_a, dtype=np.float64), np.asarray(sigma_b, dtype=np.float64)
    return np.sqrt(np.maximum(a**2 + b**2 - 2 * correlation(apart_s) * a * b, 0.0))
