"""How far a time between two places may be off: the one place that knows how errors of a map at two places go together.

A map is a smoothing spline through pairs of moments (docs/model.md, the curve). The errors of such a spline are alike
over its bandwidth, less than a second of riding, and those of places further apart are independent: what two lines or
two cameras differ by goes on for longer, but the spline follows it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

BANDWIDTH_S = 0.3
"""Of the spline, trail seconds. Of simulated pairs: see the autocorrelation in benchmarks/README.md, Times."""


def correlation(apart_s: ArrayLike) -> Floats:
    """Correlation of a map's errors at places so many trail seconds apart, any shape.

    That of a cubic smoothing spline, by its equivalent kernel (Silverman 1984): with x = apart / (sqrt(2) bandwidth)
    sqrt(2) exp(-x) sin(x + pi / 4). Its Fourier transform, 1 / (1 + w^4), is positive, so all its matrices are.
    """
    x = np.abs(np.asarray(apart_s, dtype=np.float64)) / (np.sqrt(2) * BANDWIDTH_S)
    return np.asarray(np.sqrt(2) * np.exp(-x) * np.sin(x + np.pi / 4))


def of_difference(sigma_a: ArrayLike, sigma_b: ArrayLike, apart_s: ArrayLike) -> Floats:
    """Standard deviation of the time between two places of one run, of those of both places, seconds, any shapes.

    Propagation of uncertainty with correlated inputs (JCGM 100:2008, equation 13).
    """
    a, b = np.asarray(sigma_a, dtype=np.float64), np.asarray(sigma_b, dtype=np.float64)
    return np.sqrt(np.maximum(a**2 + b**2 - 2 * correlation(apart_s) * a * b, 0.0))


def of_sum(counts: Floats, sigma_s: Floats, t_ref: Floats) -> Floats:
    """Standard deviation of weighted sums of one run's own seconds at L places, (...).

    Args:
        counts: (..., L) what each place counts: 1 at the end of a sector, -1 at its start.
        sigma_s: (..., L) deviations of the places; a place that counts 0 may have none (NaN).
        t_ref: (..., L) trail seconds of the places.
    """
    weighted = np.where(counts != 0, counts * sigma_s, 0.0)
    alike = correlation(t_ref[..., :, None] - t_ref[..., None, :])
    return np.sqrt(np.maximum(np.einsum("...l,...lm,...m->...", weighted, alike, weighted), 0.0))
