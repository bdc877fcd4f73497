"""The gap as it would be had both runs taken equally long: where one was ahead of his own even lead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mtbsync_core.markers import Z90
from mtbsync_core.timing.compare import losses
from mtbsync_core.timing.deviation import of_sum
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import Floats, Stack, TimedRun
from mtbsync_core.timing.sectors import sector_times


@dataclass(frozen=True, slots=True, eq=False)
class RelativeGap:
    """At the end of each sector, seconds (S,), with half the width of the 90 % interval; 0 at the last. NaN where a run
    has no place, and throughout where either lacks the first line or the last.
    """

    seconds: Floats
    margin_s: Floats


def relative_gap(a: TimedRun, b: TimedRun, lines: SectorLines, *, pauses: bool = True) -> RelativeGap:
    """The gap of `a` to `b` less its even share: as much of the whole gap as `b` has ridden of its time.

    gap(t) - gap(end) * time_b(t) / time_b(end): start and finish are made equal, and what is left tells where time was
    lost against an even spread. The deviation is that of this sum of own seconds, the shares taken as known.
    """
    gap = losses(a, b, lines, pauses=pauses).total_s
    ridden = np.cumsum(sector_times([b], lines, pauses=pauses).seconds[0])
    share = ridden / ridden[-1]
    sigma = Stack.of([a, b]).at(lines.t_ref)[1]
    margins = [_margin(sigma, lines.t_ref, n + 1, float(part)) for n, part in enumerate(share)]
    return RelativeGap(gap - gap[-1] * share, np.where(np.isfinite(gap * share), margins, np.nan))


def _margin(sigma_s: Floats, t_ref: Floats, line: int, share: float) -> float:
    counts = np.zeros(len(t_ref))
    for place, times in ((line, 1.0), (0, -1.0), (len(t_ref) - 1, -share), (0, share)):
        counts[place] += times
    return Z90 * of_sum(np.stack([counts, -counts]), sigma_s, t_ref) if np.isfinite(share) else np.nan
