"""Which runs are compared with which: a run, and the fastest of all, of its rider or of its day, or another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtbsync_core.errors import UsageError
from mtbsync_core.timing.best import fastest
from mtbsync_core.timing.runs import TimedRun
from mtbsync_core.timing.sectors import SectorTimes

BEST, OWN_BEST, DAY_BEST = "best", "own-best", "day-best"
IS = {BEST: "the fastest of all", OWN_BEST: "the rider's own best", DAY_BEST: "the fastest of the day"}
EACH_WITH_EACH = 8
"""Up to so many runs, any run can be chosen against any on the page: 56 comparisons, some 700 kB."""
MOST = 150
"""Comparisons on one page, some 3 MB; of more runs those that were ridden last."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A run, the one it is compared with, both by number, and what that one is."""

    run: int
    against: int
    is_what: str = ""


def pairs_to_show(runs: Sequence[TimedRun], times: SectorTimes, of: str | None, against: str | None) -> list[Pair]:
    """The comparisons of the page, that which is shown first in front.

    Args:
        of: the run that is looked at; None: the newest by its day and name, but not the reference.
        against: `best`, `own-best`, `day-best`, or a run; None: `best`.

    Raises:
        UsageError: there is no such run, or it is compared with itself.
    """
    if len(runs) < 2:
        return []
    kinds = list(dict.fromkeys((against or BEST, *IS)))
    looked_at = named(runs, of) if of is not None else _newest(runs)
    if against is not None and against not in IS and named(runs, against) == looked_at:
        raise UsageError(f"{runs[looked_at].name} would be compared with itself", "Name another run with --against.")
    found: dict[tuple[int, int], Pair] = {}
    newest = sorted(range(len(runs)), key=lambda n: (runs[n].date, runs[n].name), reverse=True)
    for n in (looked_at, *(n for n in newest if n != looked_at)):
        for kind in kinds:
            pair = _pair(runs, times, n, kind)
            if pair is not None:
                found.setdefault((n, pair.against), pair)
        others = range(len(runs)) if len(runs) <= EACH_WITH_EACH else (0,)
        for other in others:
            if other != n:
                found.setdefault((n, other), Pair(n, other))
    return list(found.values())[:MOST]


def named(runs: Sequence[TimedRun], name: str) -> int:
    """The number of the run of this name, or of the one whose name ends so.

    Raises:
        UsageError: there is none, or there are several.
    """
    found = [n for n, run in enumerate(runs) if run.name == name]
    found = found or [n for n, run in enumerate(runs) if run.name.split("/")[-1] == name]
    if len(found) != 1:
        what = "several runs are" if found else "no run is"
        raise UsageError(f"{what} called {name}", f"There are {', '.join(run.name for run in runs)}.")
    return found[0]


def _newest(runs: Sequence[TimedRun]) -> int:
    others = range(1, len(runs))  # the reference is the first
    return max(others, key=lambda n: (runs[n].date, runs[n].name))


def _pair(runs: Sequence[TimedRun], times: SectorTimes, n: int, kind: str) -> Pair | None:
    """A run and what it is compared with; None where that is itself, or there is none."""
    if kind not in IS:
        other = named(runs, kind)
        return None if other == n else Pair(n, other)
    among = np.ones(len(runs), bool)
    if kind == OWN_BEST:
        among = np.array([bool(run.rider) and run.rider == runs[n].rider for run in runs])
    elif kind == DAY_BEST:
        among = np.array([bool(run.date) and run.date == runs[n].date for run in runs])
    what = IS[kind]
    if fastest(times, among) == n:
        among[n], what = False, "the next fastest"
    found = fastest(times, among)
    return None if found is None or found == n else Pair(n, found, what)
