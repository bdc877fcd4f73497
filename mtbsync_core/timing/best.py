"""The best times of many runs: fastest run, best of sectors, and the best that can be joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.markers import Z90
from mtbsync_core.timing.deviation import of_sum
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import Floats, Indexes, Stack, TimedRun
from mtbsync_core.timing.sectors import SectorTimes
from mtbsync_core.timing.speed import Pace, pace_at

_UNLIKELY = 0.25
"""When it is asked how low a joinable best may be, a seam counts at which speeds are as likely as this to agree; when
it is asked how high, none at which they are as likely as this not to. Not all seams are other than expected."""
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

    `seconds` is what is expected of a time that was chosen for being the least: a hair more than measured.
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
    return _posterior(times)[0]


def _posterior(times: SectorTimes) -> tuple[Floats, Floats]:
    """`expected`, and the standard deviation that is left, both (R, S)."""
    use = times.clean & np.isfinite(times.seconds)
    count = np.maximum(use.sum(axis=0), 1)
    mean = np.where(use, times.seconds, 0.0).sum(axis=0) / count
    off = np.where(use, times.seconds - mean, 0.0)
    timing = np.where(use, times.sigma_s**2, 0.0)
    riding = np.maximum((off**2).sum(axis=0) / np.maximum(count - 1, 1) - timing.sum(axis=0) / count, 0.0)
    share = np.where(count > 1, riding / np.maximum(riding + timing, 1e-12), 1.0)
    return np.where(use, mean + share * off, np.inf), np.sqrt(share * timing)


def theoretical_best(runs: Sequence[TimedRun], lines: SectorLines, times: SectorTimes) -> Best:
    """The least clean time of each sector, whoever rode it, summed up.

    The least of the expected times is as a rule too large, since any of them may be the least one; the expectation of
    the least is as a rule too small where times crowd at their lower end, which a normal prior does not know. The time
    of a sector is half-way between, and half of how far they are apart in the sum widens its interval.
    """
    likely, sd = _posterior(times)
    best = _chosen(runs, lines, likely, np.where(times.clean.any(axis=0), np.argmin(likely, axis=0), -1))
    half_s = (best.seconds - _expected_least(likely, sd)) / 2
    seconds = best.seconds - half_s
    margin_s = float(np.hypot(best.margin_s, half_s.sum()))
    return replace(best, seconds=seconds, total_s=float(seconds.sum()), margin_s=margin_s)


def _expected_least(mean: Floats, sd: Floats) -> Floats:
    """The expectation of the least of normal times, (S,) of (R, S): the integral of the probability that all exceed x
    (Arnold, Balakrishnan & Nagaraja 2008, A First Course in Order Statistics, section 3.1); NaN where there is none.
    """
    from scipy.special import ndtr

    lo, hi = (mean - 6 * sd).min(axis=0), (mean + 6 * sd).min(axis=0)
    lo, hi = np.where(np.isfinite(lo), (lo, hi), np.nan)
    x = np.linspace(lo, hi, 201)
    all_exceed = ndtr((mean - x[:, None]) / np.maximum(sd, 1e-9)).prod(axis=1)
    return lo + np.trapezoid(all_exceed, x, axis=0)


def joinable_best(
    runs: Sequence[TimedRun], lines: SectorLines, times: SectorTimes, *, tolerance: float = TOLERANCE
) -> Best:
    """The least sum of clean times in which a run is left for another only where both pass the line equally fast, which
    has to be more likely than not.

    Dynamic programming over the sectors (Bellman 1957): the best way to end a sector with each run, from the best ways
    to end the one before.

    Args:
        tolerance: by how much the speeds of both may differ at a seam, a share.
    """
    wanted = expected(times)
    pace = pace_at(Stack.of(runs), lines.t_ref[1:-1])
    odds = _joins(np.log(pace.value), pace.log_sd, float(np.log1p(tolerance)))
    ways = [_least(wanted, odds >= least) for least in (_UNLIKELY, 0.5, 1 - _UNLIKELY)]
    few, best, many = (_chosen(runs, lines, wanted, way) for way in ways)
    # Speeds that are not known well leave it open what can be joined.
    margin = max(best.total_s - few.total_s + few.margin_s, many.total_s - best.total_s + many.margin_s, best.margin_s)
    return replace(best, margin_s=margin)


def _least(wanted: Floats, joins: NDArray[np.bool_]) -> Indexes:
    """The run of each sector, (S,), in the least sum of times `wanted` (R, S) in which runs may follow each other as
    `joins` (S - 1, R, R) says; -1 where there is no way.
    """
    so_far, came = wanted[:, 0], []
    for sector in range(1, wanted.shape[1]):
        ways = np.where(joins[sector - 1], so_far[:, None], np.inf)
        came.append(np.argmin(ways, axis=0))
        so_far = ways.min(axis=0) + wanted[:, sector]
    if not np.isfinite(so_far.min()):
        return np.full(wanted.shape[1], -1)
    way = [int(np.argmin(so_far))]
    for before in reversed(came):
        way.append(int(before[way[-1]]))
    return np.array(way[::-1])


def _joins(log_pace: Floats, log_sd: Floats, tolerance: float) -> Floats:
    """How likely it is that the speeds of two runs differ by no more than the tolerance at each of L lines, of (R, L):
    (L, R, R); a run follows itself.
    """
    from scipy.special import ndtr

    pace, sd = log_pace.T, np.maximum(log_sd.T, 1e-9)
    apart, spread = pace[:, :, None] - pace[:, None, :], np.hypot(sd[:, :, None], sd[:, None, :])
    odds = ndtr((tolerance - apart) / spread) - ndtr((-tolerance - apart) / spread)
    odds[:, np.arange(len(log_pace)), np.arange(len(log_pace))] = 1.0
    return np.nan_to_num(odds)


def _chosen(runs: Sequence[TimedRun], lines: SectorLines, wanted: Floats, run: Indexes) -> Best:
    sectors = np.arange(len(run))
    seconds = np.where(run >= 0, wanted[run, sectors], np.nan)
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
