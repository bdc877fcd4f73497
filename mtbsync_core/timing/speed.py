"""Speeds by way of the map: how fast two runs pass a place against each other, and in km/h where one has GPS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtbsync_core.markers import Z90
from mtbsync_core.timing.deviation import of_difference
from mtbsync_core.timing.runs import Floats, Stack, TimedRun

HALF_S = 0.5
"""A speed is the mean from so many trail seconds before a place to as many behind it: what a map resolves."""


@dataclass(frozen=True, slots=True, eq=False)
class Pace:
    """Own seconds per trail second around places, (R, L), and the standard deviation of its logarithm; NaN where a run
    has no place within `HALF_S`.
    """

    value: Floats
    log_sd: Floats

    def ratio(self, a: int, b: int) -> SpeedRatio:
        """How many times as fast as run `b` run `a` passes, at each place (L,)."""
        return SpeedRatio(self.value[b] / self.value[a], np.hypot(self.log_sd[a], self.log_sd[b]))


@dataclass(frozen=True, slots=True, eq=False)
class SpeedRatio:
    """Speeds of one run over those of another, (N,): above 1 is faster; `log_sd` one deviation of the logarithm."""

    value: Floats
    log_sd: Floats

    @property
    def lo(self) -> Floats:
        """Lower end of the 90 % interval."""
        return np.asarray(self.value * np.exp(-Z90 * self.log_sd))

    @property
    def hi(self) -> Floats:
        """Upper end of the 90 % interval."""
        return np.asarray(self.value * np.exp(Z90 * self.log_sd))


def pace_at(stack: Stack, t_ref: Floats, half_s: float = HALF_S) -> Pace:
    """The pace of all runs around trail moments (L,); at an end of a map that of the half that it has."""
    new_s, sigma_s = stack.at(np.concatenate([t_ref - half_s, t_ref, t_ref + half_s]))
    count = len(t_ref)
    before, here, behind = (slice(k * count, (k + 1) * count) for k in range(3))
    first, last = (np.where(np.isfinite(new_s[:, side]), new_s[:, side], new_s[:, here]) for side in (before, behind))
    sd_first, sd_last = (
        np.where(np.isfinite(new_s[:, side]), sigma_s[:, side], sigma_s[:, here]) for side in (before, behind)
    )
    passed = half_s * (np.isfinite(new_s[:, before]) + np.isfinite(new_s[:, behind]).astype(np.float64))
    rise = np.where(passed > 0, last - first, np.nan)
    return Pace(rise / np.where(passed > 0, passed, 1.0), of_difference(sd_first, sd_last, passed) / rise)


def ratio_of_speeds(a: TimedRun, b: TimedRun, t_ref: Floats) -> SpeedRatio:
    """How many times as fast as `b` run `a` passes, at trail moments (N,)."""
    return pace_at(Stack.of([a, b]), t_ref).ratio(0, 1)


def kmh(runs: Sequence[TimedRun], t_ref: Floats) -> Floats:
    """Speeds of all runs at trail moments (L,), km/h, (R, L): of their own GPS, else by way of the map from the first
    of the runs that has it there; NaN where none does.

    One place is one place: v_a / v_b is the inverse ratio of the seconds that both take for it.
    """
    stack = Stack.of(runs)
    own_s, pace = stack.at(t_ref)[0], pace_at(stack, t_ref).value
    told = np.full(own_s.shape, np.nan)
    for n, run in enumerate(runs):
        if run.track is not None and run.track.timed:
            known = np.interp(own_s[n], run.track.t_s, run.track.known, left=0.0, right=0.0) > 0.5
            told[n] = np.where(known, 3.6 * np.interp(own_s[n], run.track.t_s, run.track.speed_mps), np.nan)
    has = np.isfinite(told * pace)
    source = np.argmax(has, axis=0), np.arange(len(t_ref))
    carried = np.where(has.any(axis=0), (told * pace)[source], np.nan) / pace
    return np.where(np.isfinite(told), told, carried)
