"""Looks from one place err together: a run that stands is seen again and again from the same spot, with the same error.

Ten seconds at one place are a hundred looks, but no more than one of them knows where that place lies on the other
line. Counted as so many witnesses, they would pull the stop, and with it all of its seconds, to where that one error
has it, and be sure of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SHARED_S = 0.6
"""Neighbouring samples see the same corner from the same other line, so they err together for about this long."""
_CREEP = 1e-6


def repeats(t_s: Floats, place_s: Floats, on_trail: NDArray[np.bool_]) -> Floats:
    """How many times as long as `SHARED_S` the looks last that share an error with each: 1 while both runs ride alike.

    Args:
        t_s: times of the looks on one clock, seconds, ascending, shape (N,).
        place_s: their places on the other clock, seconds, shape (N,).
        on_trail: whether they have one, shape (N,).

    Returns:
        Shape (N,), at least 1: by how much the variance of a look is to be taken larger.
    """
    # Riding is what both clocks agree on: the lesser of what passed on the two. A standing run creeps, so that every
    # moment of riding has one time.
    apart = np.diff(t_s)
    passed = np.minimum(apart, np.diff(np.maximum.accumulate(place_s))) + _CREEP * apart
    passed = np.where(on_trail[1:] & on_trail[:-1], passed, apart)
    riding = np.concatenate([[0.0], np.cumsum(passed)])
    begin, end = (np.interp(riding + way * SHARED_S / 2, riding, t_s) for way in (-1, 1))
    return np.asarray(np.maximum(1.0, (end - begin) / SHARED_S), np.float64)
