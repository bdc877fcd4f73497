"""Moments that a person says match: the map goes through them, whatever the pictures say."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import UsageError

USER_SIGMA_S = 0.01
"""What a pair of the user is trusted to; a person who steps through frames hits one in thirty milliseconds."""
_APART_S = 1e-3
"""Seconds below which two pairs are one: a tenth of a frame at 100 a second."""
_ORDER = "Give REF=NEW, the reference first."

Floats = NDArray[np.float64]


class UserPair(NamedTuple):
    """The reference shows at `ref_s` what the new run shows at `new_s`; seconds on each clock."""

    ref_s: float
    new_s: float

    def __str__(self) -> str:
        return f"{self.ref_s:g}={self.new_s:g}"


def beside(t_new: Floats, pairs: Iterable[UserPair]) -> list[int]:
    """The number of the new sample next to each pair."""
    return [int(np.abs(t_new - pair.new_s).argmin()) for pair in pairs]


def crosses(t_ref: Floats, t_new: Floats, user: Iterable[UserPair]) -> NDArray[np.bool_]:
    """Whether pairs (N,) say of one of the user that it comes before them in one run and behind them in the other."""
    crossing = np.zeros(len(t_ref), bool)
    for pair in user:
        crossing |= (t_ref - pair.ref_s) * (t_new - pair.new_s) < 0
    return crossing


def in_order(
    pairs: Iterable[UserPair], ref_end_s: float | None = None, new_end_s: float | None = None
) -> list[UserPair]:
    """The pairs by rising time, each once.

    Args:
        ref_end_s, new_end_s: durations of the recordings, where they are known.

    Raises:
        UsageError: a pair outside the recordings, or two that contradict each other.
    """
    found = sorted({UserPair(float(ref), float(new)) for ref, new in pairs})
    for pair in found:
        for name, t, end in (("reference", pair.ref_s, ref_end_s), ("new run", pair.new_s, new_end_s)):
            if t < 0 or (end is not None and t > end):
                known = f" is {end:.1f} s long" if end is not None else " begins at 0"
                raise UsageError(f"the pair {pair} lies outside: the {name}{known}", _ORDER)
    for a, b in pairwise(found):
        if b.ref_s - a.ref_s < _APART_S or b.new_s - a.new_s < _APART_S:
            raise UsageError(
                f"the pairs {a} and {b} contradict each other: what is later in one run must be later in the other",
                f"{_ORDER} Leave out one of them.",
            )
    return found
