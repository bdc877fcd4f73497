"""One lap, not parts of two.

Where a run shows a part of the trail twice, the likeliest ride may change over from one lap to the other wherever that
happens to fit the noise best, and markers would land in both. A break in the ride behind which the pictures go
on to match is such a change: it is closed, if that costs no more than noise explains.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.grid import AWAY, Emission, along
from mtbsync_core.alignment.hmm.forward_backward import Posterior, Smoothed, resmooth
from mtbsync_core.alignment.hmm.transition import TransitionOptions

Floats = NDArray[np.float64]

_BREAK_S = 8.0
"""Shorter breaks are crashes and pauses; a lap takes longer."""
_LOOK_S = 4.0
_RATIOS = (0.5, 0.7, 0.85, 1.0, 1.2, 1.4, 2.0)
_SUPPORT = 0.4
"""Share of the usual evidence that going on must have, for a break to be taken for a change of laps."""
_SLACK = (20.0, 2.0)
"""Nats that closing a break may cost: the price of changing over twice, and the noise of n samples times its root."""
_MOST = 6


def in_one_lap(
    rows: Emission, options: TransitionOptions, found: Smoothed, told: Mapping[int, tuple[int, int]]
) -> tuple[Emission, Smoothed]:
    """The evidence and the places, held to one lap where they changed over to another; `told`, what the user knows of
    the rows, stays.
    """
    for _ in range(_MOST):
        better = _closed(rows, options, found, told)
        if better is None:
            return rows, found
        rows, found = better
    return rows, found


def _closed(
    rows: Emission, options: TransitionOptions, found: Smoothed, told: Mapping[int, tuple[int, int]]
) -> tuple[Emission, Smoothed] | None:
    """The best way to close one break; None where none can be."""
    now = found.posterior
    breaks = _breaks(now, rows.t_new)
    least = now.log_evidence - _SLACK[0] - _SLACK[1] * np.sqrt(len(rows.t_new))
    shorter_s = _left_out_s(now, rows.t_new) - _BREAK_S
    there = np.flatnonzero(now.on_trail > 0.5)
    edges = [int(there[0]), *(i for pair in breaks for i in pair), int(there[-1])] if len(there) else []
    for k, (last, first) in enumerate(breaks):
        low, high = rows.t_new[last] - _LOOK_S, rows.t_new[first] + _LOOK_S
        if any(low <= rows.t_new[i] <= high for i in told):
            continue  # whoever knows a place there knows of the break
        parts = (edges[2 * k], last), (first, edges[2 * k + 3])
        tries = []
        for keep, drop, sample, side in ((0, 1, last, 1.0), (1, 0, first, -1.0)):
            if not _goes_on(rows, now, sample, side, options.ratio):
                continue
            known = _elsewhere(rows, now, parts[keep], parts[drop], side * _leap(now, rows.t_new, last, first, options))
            if any(i in told for i in known):
                continue
            # What was guessed in the part that goes to the other lap goes with it.
            first_i, last_i = parts[drop]
            guessed = {i for i in rows.known if first_i <= i <= last_i and i not in told}
            left = {i: cells for i, cells in rows.known.items() if i not in guessed}
            held = replace(rows, known={**left, **known})
            other = resmooth(held, options, found, guessed | set(known))
            if other.posterior.log_evidence > least and _left_out_s(other.posterior, rows.t_new) < shorter_s:
                tries.append((held, other))
        if tries:
            return max(tries, key=lambda pair: pair[1].posterior.log_evidence)
    return None


def _breaks(now: Posterior, t: Floats) -> list[tuple[int, int]]:
    """Neighbouring samples on the trail between which much of either run is left out."""
    found = []
    for i, j in pairwise(np.flatnonzero(now.on_trail > 0.5)):
        if max(t[j] - t[i], now.mode_s[j] - now.mode_s[i]) > _BREAK_S:
            found.append((int(i), int(j)))
    return found


def _left_out_s(now: Posterior, t: Floats) -> float:
    """Seconds of either run that the breaks leave out: of three laps, closing the break to the third may leave that to
    the second, which is the next to be closed.
    """
    return float(sum(max(t[j] - t[i], now.mode_s[j] - now.mode_s[i]) for i, j in _breaks(now, t)))


def _leap(now: Posterior, t: Floats, last: int, first: int, options: TransitionOptions) -> float:
    """Reference seconds that the break leaves out, over what the time that passed explains."""
    return float(now.mode_s[first] - now.mode_s[last] - options.ratio * (t[first] - t[last]))


def _elsewhere(
    rows: Emission, now: Posterior, keep: tuple[int, int], drop: tuple[int, int], leap: float
) -> dict[int, tuple[int, int]]:
    """What must hold if the part `drop` belongs to the lap of `keep`. When the reference leaps, its samples lie a lap
    nearer; when the new run shows the lap again, they lie nowhere.
    """
    if abs(leap) < _BREAK_S or (leap > 0) != (drop[0] > keep[0]):
        return dict.fromkeys(range(drop[0], drop[1] + 1), AWAY)
    far = drop[1] if drop[0] > keep[0] else drop[0]
    cells = rows.log_ratio.shape[1]
    low, high = (int((now.mode_s[far] - leap + side) / rows.step_s) for side in (-_BREAK_S, _BREAK_S))
    return {far: (min(max(0, low), cells - 1), min(max(1, high), cells))}


def _goes_on(rows: Emission, now: Posterior, sample: int, side: float, ratio: float) -> bool:
    """Whether the pictures go on to match behind a sample (`side` 1), or match in front of it already (-1)."""
    t = rows.t_new
    on_trail = np.where(now.on_trail > 0.5, now.mode_s, np.nan)
    usual = float(along(rows, on_trail).sum() / np.isfinite(on_trail).sum())
    ahead = np.flatnonzero((side * (t - t[sample]) > 0) & (side * (t - t[sample]) <= _LOOK_S))
    if len(ahead) < 2:
        return False
    paths = [now.mode_s[sample] + ratio * speed * (t[ahead] - t[sample]) for speed in _RATIOS]
    end = (rows.log_ratio.shape[1] - 1) * rows.step_s
    return max((_near(rows, ahead, p) for p in paths if p.min() >= 0 and p.max() <= end), default=0) > _SUPPORT * usual


def _near(rows: Emission, samples: NDArray[np.intp], path: Floats) -> float:
    """Mean over samples of the best log ratio within half a second of a path."""
    spread = np.arange(-0.5, 0.51, rows.step_s)
    columns = np.round((path[:, None] + spread) / rows.step_s).astype(int).clip(0, rows.log_ratio.shape[1] - 1)
    return float(rows.log_ratio[samples[:, None], columns].max(axis=1).mean(dtype=np.float64))
