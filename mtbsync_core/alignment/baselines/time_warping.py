"""Dynamic time warping over the layouts of the pictures, by the package `fastdtw`, to compare the lattice with.

It joins the first pictures of both runs and the last ones, whatever they show, and has no word for a part that only one
of them shows (Salvador & Chan 2007).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.user_pairs import UserPair, crosses

Floats = NDArray[np.float64]

_DIMENSIONS = 16
"""Principal components of the descriptors that are compared: fastdtw computes every distance in Python."""
_SHARED_S = 1.0
"""Neighbouring pairs of a path err together for about this long."""


def warped_pairs(
    ref: NDArray[np.float32], new: NDArray[np.float32], t_ref: Floats, t_new: Floats, user: Sequence[UserPair] = ()
) -> TimePairs:
    """The pairs of the cheapest path. What would cross a pair of the user is not valid.

    Args:
        ref, new: standardised layouts, shapes (R, ...) and (N, ...).
        t_ref, t_new: their times, seconds, (R,) and (N,).
    """
    from fastdtw import fastdtw

    few_ref, few_new = _principal(ref.reshape(len(ref), -1), new.reshape(len(new), -1))
    _, path = fastdtw(few_ref, few_new, dist=math.dist)
    i, j = np.array(path).T
    here, there = t_new[j], t_ref[i]
    every = float(max(np.median(np.diff(t_ref)), np.median(np.diff(t_new))))
    sigma = np.full(len(here), every * math.sqrt(max(1.0, _SHARED_S / every)))
    return TimePairs.of(here, there, sigma, source="path", valid=~crosses(there, here, user))


def _principal(ref: NDArray[np.float32], new: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """Both runs in the directions in which their pictures differ most; distances in all of them are mostly noise."""
    from scipy.linalg import eigh

    both = np.concatenate([ref, new])
    last = both.shape[1] - 1
    _, strongest = eigh(both.T @ both, subset_by_index=[last + 1 - _DIMENSIONS, last])
    return ref @ strongest, new @ strongest
