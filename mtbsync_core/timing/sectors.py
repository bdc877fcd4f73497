"""`sector_times`: the time of every run between every two lines, its standard deviation, and what speaks against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.timing.deviation import of_difference
from mtbsync_core.timing.flags import Flags, Stands, sector_flags
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import Floats, Stack, TimedRun


@dataclass(frozen=True, slots=True, eq=False)
class SectorTimes:
    """Of R runs and S sectors, (R, S) each: `seconds` with one standard deviation `sigma_s`, `stood_s` seconds of
    standing within, and `flags` (`Flag`). NaN where a run does not have both lines.

    `seconds` holds the standing, or not, as it was asked for.
    """

    seconds: Floats
    sigma_s: Floats
    stood_s: Floats
    flags: Flags

    @property
    def clean(self) -> NDArray[np.bool_]:
        """Which times count for a best, (R, S)."""
        return self.flags == 0


def sector_times(runs: Sequence[TimedRun], lines: SectorLines, *, pauses: bool = True) -> SectorTimes:
    """Times between the lines.

    A time is new(b) - new(a) of the run's own clock: its camera's, which is good to some 0.005 %.

    Args:
        pauses: whether standing counts.
    """
    stack = Stack.of(runs)
    new_s, sigma_s = stack.at(lines.t_ref)
    stands = Stands(runs, stack)
    stood_s = stands.stood_s(new_s)
    seconds = np.diff(new_s, axis=1) - (0.0 if pauses else stood_s)
    sigma = of_difference(sigma_s[:, :-1], sigma_s[:, 1:], np.diff(lines.t_ref))
    return SectorTimes(seconds, sigma, stood_s, sector_flags(runs, stack, lines.t_ref, new_s, sigma_s, stands))
