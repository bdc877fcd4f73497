"""`follow`: dynamic programming over the parts between jumps of a receiver, for the chain of parts that a ride makes.

A step that is further than the speed explains ends a part. A ride is a chain of parts: from one to the next at no
cost where the next can be reached from it, whatever lies between; at the cost of `settled_s` seconds of fixes where it
cannot, but a receiver may have corrected itself. The chain that keeps the most seconds stays. So a short excursion is
left out, and a correction that lasts is followed, with a jump that nothing is known of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.telemetry.track import EQUATOR_M, Floats

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class JumpOptions:
    """How far a rider gets between two fixes, and what a correction is."""

    any_speed_mps: float = 40.0
    """Limit where no speed is told; twice of it where one is."""
    slack_m: float = 15.0
    slack_mps2: float = 8.0
    """Distance that noise alone may make, and the hardest change of speed: half of them calls sharp braking a jump."""
    settled_s: float = 20.0
    """Seconds that a receiver keeps to a place at the least after it corrected itself: reflections of a wall or a
    rock wander off sooner. An excursion that is undone may last twice of it."""
    correction_m: float = 1000.0
    """Furthest correction; beyond it one of the two places is none of this ride."""
    longest_s: float = 20.0
    """What a hole between two fixes counts for at the most."""


_O = JumpOptions()
_BACK = 8
"""Parts before one that are tried as its predecessor, besides the end of the best chain so far."""


def follow(t_s: Floats, lat_deg: Floats, lon_deg: Floats, speed_mps: Floats) -> tuple[NDArray[np.intp], Mask]:
    """Numbers of the fixes that stay, and which of those are the first after a jump; linear in the number of fixes.

    Args:
        t_s: (N,) rising; `speed_mps` (N,) over ground, NaN where it is not told.
    """
    if not len(t_s):
        return np.zeros(0, np.intp), np.zeros(0, bool)
    fixes = np.stack([t_s, lat_deg, lon_deg, np.cos(np.radians(lat_deg)), speed_mps])
    first = np.concatenate([[0], np.flatnonzero(_beyond_m(fixes[:, :-1], fixes[:, 1:]) > 0) + 1])
    last = np.append(first[1:], len(t_s)) - 1
    if len(first) == 1:
        return np.arange(len(t_s)), np.zeros(len(t_s), bool)
    steps = np.diff(t_s)
    kept_s = np.concatenate([[0.0], np.cumsum(np.minimum(steps, _O.longest_s))])
    seconds = (kept_s[last] - kept_s[first] + float(np.median(steps))).tolist()
    begins, ends = fixes[:, first], fixes[:, last]
    # Of a part and the one that lies `back` before it; the best so far is seldom further away.
    near = [_costs(ends[:, :-back], begins[:, back:]).tolist() for back in range(1, min(_BACK, len(first) - 1) + 1)]
    score, before, jumped = list[float](), list[int](), list[bool]()
    best = 0
    for k in range(len(first)):
        top, chosen, jump = 0.0, -1, False
        for i in {best, *range(max(0, k - _BACK), k)} if k else ():
            back = k - i
            cost = near[back - 1][i] if back <= _BACK else float(_costs(ends[:, i : i + 1], begins[:, k : k + 1])[0])
            if score[i] - cost > top:
                top, chosen, jump = score[i] - cost, i, cost > 0
        score.append(top + seconds[k])
        before.append(chosen)
        jumped.append(jump)
        best = k if score[k] > score[best] else best
    numbers, after, k = list[NDArray[np.intp]](), list[Mask](), best
    while k >= 0:
        part = np.arange(first[k], last[k] + 1)
        numbers.append(part)
        after.append((part == first[k]) & jumped[k])
        k = before[k]
    return np.concatenate(numbers[::-1]), np.concatenate(after[::-1])


def _beyond_m(end: Floats, begin: Floats) -> Floats:
    """Metres (M,) by which the way from each of some fixes to another is longer than the speed explains.

    Args:
        end, begin: columns (5, M) of times, places (degrees), the cosine of the latitude, and speeds.
    """
    dt = begin[0] - end[0]
    east = ((begin[2] - end[2] + 180.0) % 360.0 - 180.0) * begin[3]
    step = np.radians(np.hypot(begin[1] - end[1], east)) * EQUATOR_M
    told = np.fmax(begin[4], end[4])
    most = np.where(np.isfinite(told), 1.5 * told + _O.slack_mps2 * dt / 2, _O.any_speed_mps)
    return np.asarray(step - np.minimum(most, 2 * _O.any_speed_mps) * dt - _O.slack_m)


def _costs(end: Floats, begin: Floats) -> Floats:
    """Seconds of fixes (M,) that going on from the end of one part to the begin of another costs."""
    beyond = _beyond_m(end, begin)
    return np.where(beyond <= 0, 0.0, np.where(beyond <= _O.correction_m, _O.settled_s, np.inf))
