"""The best times of many runs: fastest run, best of sectors, and the best that can be joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.markers import Z90
from mtbsync_core.timing.deviation import of_sum
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import Floats, Indexes, Stack, TimedRun
from mtbsync_core.timing.sectors import SectorTimes
from mtbsync_core.timing.speed import Pace, pace_at

TOLERANCE = 0.10
"""How unlike two speeds at a seam may be to be called joinable: a tenth."""


@dataclass(frozen=True, slots=True)
class Seam:
    """A line at which one run is left for another: how many times as fast the second one passes, with the ends of the
    90 % interval.
    """

    line: int
    before: int
    behind: int
    ratio: float
    lo: float
    hi: float


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """A run for each sector, `run` (S,), with its time there, `seconds` (S,), and all of it with half the width of its
    90 % interval; -1 and NaN where no run is clean, and then the total is NaN. `seams` where the run changes.

    `seconds` is what is expected of a time that was chosen for being the least (`expected`): a hair more than measured.
    """

    run: Indexes
    seconds: Floats
    total_s: float
    margin_s: float
    seams: tuple[Seam, ...]


def fastest(times: SectorTimes, among: NDArray[np.bool_] | None = None) -> int | None:
    """The run (its number) with the least time over all sectors, of those that are clean in all; None where none is.

    Args:
        among: (R,) which runs are asked: those of one rider (own best), of one day or group (best of the set); None:
            all (overall best).
    """
    whole = np.where(times.clean.all(axis=1), times.seconds.sum(axis=1), np.inf)
    whole = whole if among is None else np.where(among, whole, np.inf)
    found = int(np.argmin(whole))
    return found if np.isfinite(whole[found]) else None


def expected(times: SectorTimes) -> Floats:
    """The time that is expected of each clean run in each sector, (R, S), given how all of them ride; infinite where a
    run is not clean.

    Of many times that err the least is as a rule too small. What a time exceeds the sector's mean by is shrunk by the
    share of the variance between runs that is riding and not timing, so that the least of what is left is not
    (empirical Bayes with a normal prior; Efron & Morris 1973, Efron 2011 on the bias of selection).
    """
    use = times.clean & np.isfinite(times.seconds)
    count = np.maximum(use.sum(axis=0), 1)
    mean = np.where(use, times.seconds, 0.0).sum(axis=0) / count
    off = np.where(use, times.seconds - mean, 0.0)
    timing = np.where(use, times.sigma_s**2, 0.0)
    riding = np.maximum((off**2).sum(axis=0) / np.maximum(count - 1, 1) - timing.sum(axis=0) / count, 0.0)
    share = np.where(count > 1, riding / np.maximum(riding + timing, 1e-12), 1.0)
    return np.where(use, mean + share * off, np.inf)


def theoretical_best(runs: Sequence[TimedRun], lines: SectorLines, times: SectorTimes) -> Best:
    """The least clean time of each sector, whoever rode it, summed up."""
    run = np.where(times.clean.any(axis=0), np.argmin(expected(times), axis=0), -1)
    return _chosen(runs, lines, times, run)


def joinable_best(
    runs: Sequence[TimedRun], lines: SectorLines, times: SectorTimes, *, tolerance: float = TOLERANCE
) -> Best:
    """The least sum of clean times in which a run is left for another only where both pass the line equally fast.

    Dynamic programming over the sectors (Bellman 1957): the best way to end a sector with each run, from the best ways
    to end the one before.

    Args:
        tolerance: by how much the speeds of both may differ at a seam, a share.
    """
    wanted = expected(times)
    log_pace = np.log(pace_at(Stack.of(runs), lines.t_ref[1:-1]).value)
    so_far, came = wanted[:, 0], []
    for sector in range(1, wanted.shape[1]):
        here = log_pace[:, sector - 1]
        joins = np.abs(here[:, None] - here[None, :]) <= np.log1p(tolerance)
        np.fill_diagonal(joins, val=True)
        ways = np.where(joins, so_far[:, None], np.inf)
        came.append(np.argmin(ways, axis=0))
        so_far = ways.min(axis=0) + wanted[:, sector]
    last = int(np.argmin(so_far))
    if not np.isfinite(so_far[last]):
        return _chosen(runs, lines, times, np.full(wanted.shape[1], -1))
    way = [last]
    for before in reversed(came):
        way.append(int(before[way[-1]]))
    return _chosen(runs, lines, times, np.array(way[::-1]))


def _chosen(runs: Sequence[TimedRun], lines: SectorLines, times: SectorTimes, run: Indexes) -> Best:
    sectors = np.arange(len(run))
    seconds = np.where(run >= 0, expected(times)[run, sectors], np.nan)
    stack = Stack.of(runs)
    counts = np.zeros((len(runs), len(lines.t_ref)))
    np.add.at(counts, (run[run >= 0], sectors[run >= 0] + 1), 1.0)
    np.add.at(counts, (run[run >= 0], sectors[run >= 0]), -1.0)
    total = float(seconds.sum())
    of_runs = of_sum(counts, stack.at(lines.t_ref)[1], lines.t_ref)
    margin = float(Z90 * np.linalg.norm(of_runs)) if np.isfinite(total) else float("nan")
    pace = pace_at(stack, lines.t_ref)
    return Best(run, seconds, total, margin, tuple(_seams(run, pace)))


def _seams(run: Indexes, pace: Pace) -> list[Seam]:
    seams = []
    for line in np.flatnonzero((np.diff(run) != 0) & (run[:-1] >= 0) & (run[1:] >= 0)) + 1:
        before, behind = int(run[line - 1]), int(run[line])
        ratio = pace.ratio(behind, before)
        seams.append(Seam(int(line), before, behind, *(float(x[line]) for x in (ratio.value, ratio.lo, ratio.hi))))
    return seams
