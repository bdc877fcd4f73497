"""Which line is faster: the times of a sector by the line that was ridden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtbsync_core.robust import mad_sd
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import Stack, TimedRun
from mtbsync_core.timing.sectors import SectorTimes
from mtbsync_core.timing.speed import pace_at

FEWEST = 4
"""Clean runs of either line below which nothing is said: of three and three even the clearest order comes about by
chance in a tenth of cases (Mann & Whitney 1947)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sector: its tag, clean runs `n`, median and robust standard deviation of their times (s), and the
    median of their speeds at the sector's start and end over the reference's.
    """

    tag: str
    n: int
    median_s: float
    spread_s: float
    entry: float
    exit: float


@dataclass(frozen=True, slots=True)
class LineChoice:
    """The lines of one sector, the fastest median first, and how much less time the first takes than the second, with
    the ends of the 90 % interval; None where there are not enough runs.
    """

    sector: int
    lines: tuple[Line, ...]
    gain_s: float | None
    lo: float | None
    hi: float | None

    @property
    def verdict(self) -> str:
        """In words."""
        if self.gain_s is None or self.lo is None:
            return "not enough runs"
        first, second = self.lines[:2]
        if self.lo <= 0:
            return f"no difference between {first.tag} and {second.tag} that is sure"
        return f"{first.tag} is faster than {second.tag}"


def line_choices(runs: Sequence[TimedRun], lines: SectorLines, times: SectorTimes) -> list[LineChoice]:
    """One of each sector in which runs have tags.

    The interval is Welch's, of the difference of two means (Welch 1947): what lines differ by is held against what runs
    of one line differ by, errors of timing included.
    """
    speed = 1.0 / pace_at(Stack.of(runs), lines.t_ref).value
    found = []
    for sector, name in enumerate(lines.sectors):
        tags = np.array([run.tags.get(name, "") for run in runs])
        counts = times.clean[:, sector] & np.isfinite(times.seconds[:, sector]) & (tags != "")
        ridden = {str(tag): np.flatnonzero(counts & (tags == tag)) for tag in sorted(set(tags) - {""})}
        seconds = {tag: times.seconds[rows, sector] for tag, rows in ridden.items()}
        each = [_line(tag, seconds[tag], speed[rows][:, [sector, sector + 1]]) for tag, rows in ridden.items()]
        each.sort(key=lambda line: line.median_s if line.n else np.inf)
        if each:
            found.append(LineChoice(sector, tuple(each), *_gain([seconds[line.tag] for line in each[:2]])))
    return found


def _line(tag: str, seconds: np.ndarray, speeds: np.ndarray) -> Line:
    if not len(seconds):
        return Line(tag, 0, np.nan, np.nan, np.nan, np.nan)
    entry, exit_ = (float(x) for x in np.nanmedian(speeds, axis=0))
    return Line(tag, len(seconds), float(np.median(seconds)), float(mad_sd(seconds)), entry, exit_)


def _gain(seconds: Sequence[np.ndarray]) -> tuple[float, float, float] | tuple[None, None, None]:
    if len(seconds) < 2 or min(map(len, seconds)) < FEWEST:
        return None, None, None
    from scipy.special import stdtrit

    second, first = (np.asarray(x) for x in reversed(seconds))
    errors = [float(x.var(ddof=1)) / len(x) for x in (first, second)]
    gain, error = float(second.mean() - first.mean()), max(sum(errors), 1e-12)
    freedom = error**2 / max(sum(e**2 / (len(x) - 1) for e, x in zip(errors, (first, second), strict=True)), 1e-30)
    half = float(stdtrit(freedom, 0.95)) * np.sqrt(error)
    return gain, gain - half, gain + half
