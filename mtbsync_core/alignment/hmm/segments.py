"""Which samples of the new run lie on the common trail, in which unbroken stretches, and one warp through them all."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.hmm.forward_backward import Posterior
from mtbsync_core.warp import TimeWarp

Floats = NDArray[np.float64]
Samples = NDArray[np.intp]

_SHORTEST_S = 2.0
"""A stretch must last this long on the new clock to count; shorter islands of agreement are chance."""
_RIDDEN_S = 0.5
"""A stretch must go so far on the reference clock: a stop alone is one picture that looks alike, seen many times."""
_LEAP_S = 1.5
_LEAP_RATIO = 4.0
"""A step of the reference clock this long, and this much faster than the new clock, is a leap, not riding."""


def stretches(
    forth: Posterior, t_new: Floats, back: Posterior, t_ref: Floats, sure: Collection[int] = ()
) -> list[Samples]:
    """Sample numbers (of the new run) of each unbroken stretch on the common trail, in order.

    A stretch ends where the new run leaves the trail, and where it leaps over reference time that has no place in the
    new run (a short cut). A leap over reference time that has one is a pause of the reference, and does not end it.

    Args:
        forth: places of the new samples, at `t_new` (N,) seconds, on the reference clock.
        back: places of the reference samples, at `t_ref` (R,) seconds, on the new clock.
        sure: numbers of new samples that the user says are on the trail; no stretch with one of them is too short.
    """
    parts: list[list[int]] = []
    for i in np.flatnonzero(forth.on_trail > 0.5):
        if parts and _continues(parts[-1][-1], int(i), forth, t_new, back, t_ref):
            parts[-1].append(int(i))
        else:
            parts.append([int(i)])
    return [np.array(p, np.intp) for p in parts if _lasts(p, forth, t_new) or not set(p).isdisjoint(sure)]


def join(warps: Sequence[TimeWarp]) -> TimeWarp:
    """One warp through all stretches, with a gap between each two. Overlaps from extended ends are cut off.

    Raises:
        ValueError: no warp given.
    """
    if not warps:
        raise ValueError("nothing to join")
    ref, new, sigma = (getattr(warps[0], name) for name in ("ref_s", "new_s", "sigma_s"))
    gaps: list[int] = []
    for warp in warps[1:]:
        keep = (warp.ref_s > ref[-1] + 1e-3) & (warp.new_s > new[-1] + 1e-3)
        if keep.sum() >= 2:
            gaps.append(len(ref) - 1)
            ref = np.concatenate([ref, warp.ref_s[keep]])
            new = np.concatenate([new, warp.new_s[keep]])
            sigma = np.concatenate([sigma, warp.sigma_s[keep]])
    return TimeWarp(ref, new, sigma, frozenset(gaps))


def clip_to(warp: TimeWarp, ref_end_s: float, new_end_s: float) -> TimeWarp:
    """The part of a gapless warp within 0 to the end of each recording, cut exactly at the ends."""
    low = max(0.0, float(np.interp(0.0, warp.new_s, warp.ref_s)))
    high = min(ref_end_s, float(np.interp(new_end_s, warp.new_s, warp.ref_s)))
    low, high = max(low, float(warp.ref_s[0])), min(high, float(warp.ref_s[-1]))
    inner = (warp.ref_s > low + 1e-6) & (warp.ref_s < high - 1e-6)
    ref = np.concatenate([[low], warp.ref_s[inner], [high]])
    new = np.interp(ref, warp.ref_s, warp.new_s)
    return TimeWarp(ref, new, np.interp(ref, warp.ref_s, warp.sigma_s))


def _lasts(part: list[int], forth: Posterior, t_new: Floats) -> bool:
    ridden = float(np.ptp(forth.mean_s[part]))
    return len(part) >= 4 and bool(t_new[part[-1]] - t_new[part[0]] >= _SHORTEST_S) and ridden >= _RIDDEN_S


def _continues(last: int, here: int, forth: Posterior, t_new: Floats, back: Posterior, t_ref: Floats) -> bool:
    waited, went = t_new[here] - t_new[last], forth.mean_s[here] - forth.mean_s[last]
    if here - last > 1 and waited > _SHORTEST_S:
        return False
    if went < _LEAP_S or went < _LEAP_RATIO * waited:
        return True
    between = (t_ref > forth.mean_s[last]) & (t_ref < forth.mean_s[here])
    return bool(back.on_trail[between].mean() > 0.5) if between.any() else True
