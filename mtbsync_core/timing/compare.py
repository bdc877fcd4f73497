"""Any run against any, through the trail clock: the time delta all along, and what each sector cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.markers import Z90
from mtbsync_core.timing.deviation import of_difference, of_sum
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import Floats, Stack, TimedRun
from mtbsync_core.timing.sectors import SectorTimes, sector_times
from mtbsync_core.warp import Span


@dataclass(frozen=True, slots=True, eq=False)
class Delta:
    """How much longer a run took than another since a common start, seconds (N,): negative is ahead; with the ends of
    the 90 % interval. NaN where either has no place.
    """

    seconds: Floats
    lo: Floats
    hi: Floats

    @property
    def sure(self) -> NDArray[np.bool_]:
        """Where the interval holds no zero."""
        return (self.lo > 0) | (self.hi < 0)


def delta(a: TimedRun, b: TimedRun, t_ref: Floats, *, start_s: float | None = None) -> Delta:
    """The time delta of `a` to `b` at trail moments (N,).

    Args:
        start_s: the trail second at which it is zero; None: the first that both have.
    """
    start = max(a.warp.ref_s[0], b.warp.ref_s[0]) if start_s is None else start_s
    since, sd = _since(a, b, t_ref, start)
    return _of(since[0] - since[1], np.hypot(*sd))


def relative_delta(a: TimedRun, b: TimedRun, t_ref: Floats, *, span: Span) -> Delta:
    """The *relative gap*: the time delta with start and finish, `span` in trail seconds, made equal.

    The clock of `a` is stretched so that both take as long from the one to the other: what is left is where a run is
    quicker than its own pace would have it.
    """
    t = np.concatenate([t_ref, span])
    own, sigma = Stack.of([a, b]).at(t)
    since, whole = own[:, :-2] - own[:, -2:-1], own[:, -1:] - own[:, -2:-1]
    share, stretch = since / whole, np.array([[whole[1, 0] / whole[0, 0]], [1.0]])
    # What each run's own seconds at the place, the start and the finish count in the gap.
    counts = stretch[..., None] * np.stack([np.ones(share.shape), share[[0, 0]] - 1, -share[[0, 0]]], axis=-1)
    places = np.stack(np.broadcast_arrays(t_ref, *span), axis=-1)
    deviations = np.stack(np.broadcast_arrays(sigma[:, :-2], sigma[:, -2:-1], sigma[:, -1:]), axis=-1)
    return _of(stretch[0, 0] * since[0] - since[1], np.hypot(*of_sum(counts, deviations, places)))


def _since(a: TimedRun, b: TimedRun, t_ref: Floats, start: float) -> tuple[Floats, Floats]:
    """Own seconds of both runs since a trail second, and their standard deviations, (2, N) each."""
    own, sigma = Stack.of([a, b]).at(np.append(t_ref, start))
    return own[:, :-1] - own[:, -1:], of_difference(sigma[:, :-1], sigma[:, -1:], np.asarray(t_ref) - start)


def _of(seconds: Floats, sd: Floats) -> Delta:
    return Delta(seconds, seconds - Z90 * sd, seconds + Z90 * sd)


@dataclass(frozen=True, slots=True, eq=False)
class Losses:
    """What each sector cost a run against another, and all up to its end, seconds (S,): positive is lost.

    `margin_s` and `total_margin_s` are half the width of the 90 % intervals.
    """

    seconds: Floats
    margin_s: Floats
    total_s: Floats
    total_margin_s: Floats

    @property
    def sure(self) -> NDArray[np.bool_]:
        """Which intervals hold no zero, (S,)."""
        return np.abs(self.seconds) > self.margin_s


def losses(a: TimedRun, b: TimedRun, lines: SectorLines, *, pauses: bool = True) -> Losses:
    """What each sector cost `a` against `b`."""
    times = sector_times([a, b], lines, pauses=pauses)
    lost = times.seconds[0] - times.seconds[1]
    so_far = delta(a, b, lines.t_ref[1:], start_s=float(lines.t_ref[0]))
    # Behind a gap the delta is known again, where standing is not to be taken out of it.
    total = so_far.seconds if pauses else np.cumsum(lost)
    return Losses(lost, _margin(times), total, (so_far.hi - so_far.lo) / 2)


def _margin(times: SectorTimes) -> Floats:
    return np.asarray(Z90 * np.hypot(times.sigma_s[0], times.sigma_s[1]))
