"""What the day cost everybody, told apart from what riders did: a two-way layout of riders and days at each place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.timing.runs import Floats, TimedRun
from mtbsync_core.timing.sectors import SectorTimes

FEWEST_RUNS = 10
"""Clean runs of a sector below which nothing is said."""
FALSE_SHARE = 0.10
"""How often one of all that is said of a trail may be false by chance."""


@dataclass(frozen=True, slots=True)
class DayEffect:
    """What a day cost everybody in one sector against the mean of all days, seconds, with the ends of an interval that
    holds for all sectors and days at once in 90 of 100; `sure` where it holds no zero.
    """

    sector: int
    date: str
    seconds: float
    lo: float
    hi: float

    @property
    def sure(self) -> bool:
        """Whether it may be said."""
        return self.lo > 0 or self.hi < 0


def day_effects(runs: Sequence[TimedRun], times: SectorTimes) -> list[DayEffect]:
    """The effects of all days in all sectors that can be told, sure or not.

    Each sector is an additive two-way layout, time = rider + day, by least squares (Scheffe 1959, chapter 4): a rider's
    mean and a day's are told apart by riders who rode on several days. So two riders at least have to have ridden on
    two days or more, and ten runs to be clean. The intervals are Student's, widened to a joint error of `FALSE_SHARE`
    over all that is told (Bonferroni).
    """
    riders, days = (np.array([getattr(run, name) for run in runs]) for name in ("rider", "date"))
    known = (riders != "") & (days != "")
    estimates = []
    for sector in range(times.seconds.shape[1]):
        use = known & times.clean[:, sector] & np.isfinite(times.seconds[:, sector])
        use &= _connected(riders, days, use)
        if use.sum() >= FEWEST_RUNS:
            estimates += _of_sector(sector, riders[use], days[use], times.seconds[use, sector])
    from scipy.special import stdtrit

    level = 1 - FALSE_SHARE / (2 * max(1, len(estimates)))
    return [
        DayEffect(sector, day, value, value - half, value + half)
        for sector, day, value, sd, freedom in estimates
        for half in (float(stdtrit(freedom, level)) * sd,)
    ]


def _connected(riders: NDArray[np.str_], days: NDArray[np.str_], use: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Runs on days that riders of several days have in common: only these tell a day from a rider, (R,)."""
    several = [r for r in set(riders[use].tolist()) if len(set(days[use & (riders == r)].tolist())) > 1]
    if len(several) < 2:
        return np.zeros(len(riders), bool)
    groups: list[set[str]] = []
    for rider in several:
        mine = set(days[use & (riders == rider)].tolist())
        groups = [g for g in groups if not g & mine] + [mine.union(*(g for g in groups if g & mine))]
    most = max(groups, key=len)
    return np.isin(days, sorted(most)) & np.isin(riders, several)


def _of_sector(
    sector: int, riders: NDArray[np.str_], days: NDArray[np.str_], seconds: Floats
) -> list[tuple[int, str, float, float, int]]:
    who, rider = np.unique(riders, return_inverse=True)
    when, day = np.unique(days, return_inverse=True)
    # Days as deviations that sum to zero: the last one is minus the sum of the others.
    sums = np.vstack([np.eye(len(when) - 1), -np.ones(len(when) - 1)])
    design = np.column_stack([np.eye(len(who))[rider], sums[day]])
    freedom = len(seconds) - design.shape[1]
    if freedom < 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        return []
    solved = np.linalg.lstsq(design, seconds)[0]
    variance = float(((seconds - design @ solved) ** 2).sum()) / freedom
    of_days = slice(len(who), None)
    covariance = variance * np.linalg.inv(design.T @ design)[of_days, of_days]
    effects, spread = sums @ solved[of_days], np.sqrt(np.einsum("dk,kl,dl->d", sums, covariance, sums))
    return [
        (sector, str(name), float(value), float(sd), freedom)
        for name, value, sd in zip(when, effects, spread, strict=True)
    ]
