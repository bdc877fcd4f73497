"""One lap, not parts of two.

Where a run shows a part of the trail twice, the likeliest ride may change over from one lap to the other wherever that
happens to fit the noise best, and markers would land in both. A break in the ride behind which the pictures go
on to match is such a change: it is closed, if that costs no more than noise explains.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.grid import AWAY, Emission, along
from mtbsync_core.alignment.hmm.forward_backward import Smoothed, resmooth
from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.hmm.transition import TransitionOptions
from mtbsync_core.options import paced

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopOptions:
    """When a break in the ride is taken for a change of laps, and what closing it may cost."""

    break_s: float = paced(8.0)
    """Seconds of either clock that are left out. Shorter breaks are crashes and pauses; a lap takes longer."""
    look_s: float = paced(4.0)
    """Seconds behind a break over which the pictures are asked whether the ride went on."""
    near_s: float = paced(0.5)
    """Seconds of the reference beside the way it would have gone."""
    ratios: tuple[float, ...] = (0.5, 0.7, 0.85, 1.0, 1.2, 1.4, 2.0)
    """Speeds at which it may have gone on, in units of the expected ratio."""
    support: float = 0.4
    """Share of the usual evidence that going on must have."""
    slack_nats: float = 20.0
    """What closing a break may cost: the price of changing over twice."""
    noise_nats: float = 2.0
    """And the noise of n samples, times the root of n."""
    most: int = 6
    """Breaks that are closed, at most."""


def in_one_lap(
    emission: Emission,
    options: TransitionOptions,
    found: Smoothed,
    clamped: Mapping[int, tuple[int, int]],
    o: LoopOptions,
) -> tuple[Emission, Smoothed]:
    """The emission and the posterior, clamped to one lap where they changed over to another; `clamped`, what the user
    knows of the new samples, stays.
    """
    for _ in range(o.most):
        better = _closed(emission, options, found, clamped, o)
        if better is None:
            return emission, found
        emission, found = better
    return emission, found


def _closed(
    emission: Emission,
    options: TransitionOptions,
    found: Smoothed,
    clamped: Mapping[int, tuple[int, int]],
    o: LoopOptions,
) -> tuple[Emission, Smoothed] | None:
    """The best way to close one break; None where none can be."""
    now = found.posterior
    breaks = breaks_of(now, emission.t_new, o)
    least = now.log_evidence - o.slack_nats - o.noise_nats * np.sqrt(len(emission.t_new))
    shorter_s = _left_out_s(now, emission.t_new, o) - o.break_s
    there = np.flatnonzero(now.on_trail > 0.5)
    edges = [int(there[0]), *(i for pair in breaks for i in pair), int(there[-1])] if len(there) else []
    for k, (last, first) in enumerate(breaks):
        low, high = emission.t_new[last] - o.look_s, emission.t_new[first] + o.look_s
        if any(low <= emission.t_new[i] <= high for i in clamped):
            continue  # whoever knows a place there knows of the break
        parts = (edges[2 * k], last), (first, edges[2 * k + 3])
        tries = []
        for keep, drop, sample, side in ((0, 1, last, 1.0), (1, 0, first, -1.0)):
            if not _goes_on(emission, now, sample, side, options.ratio, o):
                continue
            known = _elsewhere(
                emission, now, parts[keep], parts[drop], side * _leap(now, emission.t_new, last, first, options), o
            )
            if any(i in clamped for i in known):
                continue
            # What was guessed in the part that goes to the other lap goes with it.
            first_i, last_i = parts[drop]
            guessed = {i for i in emission.known if first_i <= i <= last_i and i not in clamped}
            left = {i: cells for i, cells in emission.known.items() if i not in guessed}
            held = replace(emission, known={**left, **known})
            other = resmooth(held, options, found, guessed | set(known))
            if other.posterior.log_evidence > least and _left_out_s(other.posterior, emission.t_new, o) < shorter_s:
                tries.append((held, other))
        if tries:
            return max(tries, key=lambda pair: pair[1].posterior.log_evidence)
    return None


def breaks_of(now: Posterior, t: Floats, o: LoopOptions) -> list[tuple[int, int]]:
    """Neighbouring samples on the trail between which much of either run is left out."""
    found = []
    for i, j in pairwise(np.flatnonzero(now.on_trail > 0.5)):
        if max(t[j] - t[i], now.mode_s[j] - now.mode_s[i]) > o.break_s:
            found.append((int(i), int(j)))
    return found


def _left_out_s(now: Posterior, t: Floats, o: LoopOptions) -> float:
    """Seconds of either run that the breaks leave out: of three laps, closing the break to the third may leave that to
    the second, which is the next to be closed.
    """
    return float(sum(max(t[j] - t[i], now.mode_s[j] - now.mode_s[i]) for i, j in breaks_of(now, t, o)))


def _leap(now: Posterior, t: Floats, last: int, first: int, options: TransitionOptions) -> float:
    """Reference seconds that the break leaves out, over what the time that passed explains."""
    return float(now.mode_s[first] - now.mode_s[last] - options.ratio * (t[first] - t[last]))


def _elsewhere(
    emission: Emission, now: Posterior, keep: tuple[int, int], drop: tuple[int, int], leap: float, o: LoopOptions
) -> dict[int, tuple[int, int]]:
    """What must hold if the part `drop` belongs to the lap of `keep`. When the reference leaps, its samples lie a lap
    nearer; when the new run shows the lap again, they lie nowhere.
    """
    if abs(leap) < o.break_s or (leap > 0) != (drop[0] > keep[0]):
        return dict.fromkeys(range(drop[0], drop[1] + 1), AWAY)
    far = drop[1] if drop[0] > keep[0] else drop[0]
    cells = emission.log_ratio.shape[1]
    low, high = (int((now.mode_s[far] - leap + side) / emission.step_s) for side in (-o.break_s, o.break_s))
    return {far: (min(max(0, low), cells - 1), min(max(1, high), cells))}


def _goes_on(emission: Emission, now: Posterior, sample: int, side: float, ratio: float, o: LoopOptions) -> bool:
    """Whether the pictures go on to match behind a sample (`side` 1), or match in front of it already (-1)."""
    way = best_way(emission, sample, float(now.mode_s[sample]), side, ratio, o)
    return way is not None and way.nats > o.support * usual_nats(emission, now)


def usual_nats(emission: Emission, now: Posterior) -> float:
    """Mean log ratio of the samples on the trail."""
    on_trail = np.where(now.on_trail > 0.5, now.mode_s, np.nan)
    return float(along(emission, on_trail).sum() / np.isfinite(on_trail).sum())


class Way(NamedTuple):
    """Samples next to one (n,), where on the reference clock they would be (n,), and the mean log ratio there."""

    samples: NDArray[np.intp]
    place_s: Floats
    nats: float


def best_way(emission: Emission, sample: int, place_s: float, side: float, ratio: float, o: LoopOptions) -> Way | None:
    """The way that the pictures fit best behind a sample at a place (`side` 1) or in front of it (-1), at one of the
    speeds; None where there is none within the reference.
    """
    t = emission.t_new
    ahead = np.flatnonzero((side * (t - t[sample]) > 0) & (side * (t - t[sample]) <= o.look_s))
    if len(ahead) < 2:
        return None
    paths = [place_s + ratio * speed * (t[ahead] - t[sample]) for speed in o.ratios]
    end = (emission.log_ratio.shape[1] - 1) * emission.step_s
    ways = [Way(ahead, p, _near(emission, ahead, p, o.near_s)) for p in paths if p.min() >= 0 and p.max() <= end]
    return max(ways, key=lambda way: way.nats, default=None)


def _near(emission: Emission, samples: NDArray[np.intp], path: Floats, near_s: float) -> float:
    """Mean over samples of the best log ratio within `near_s` of a path."""
    spread = np.arange(-near_s, 1.02 * near_s, emission.step_s)
    columns = np.round((path[:, None] + spread) / emission.step_s).astype(int).clip(0, emission.log_ratio.shape[1] - 1)
    return float(emission.log_ratio[samples[:, None], columns].max(axis=1).mean(dtype=np.float64))
