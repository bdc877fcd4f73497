"""One trail clock: the maps of all runs from the reference, solved together with maps from run to run.

Each run has a map from the reference, and some have maps to each other. All of them err, so that going from the
reference to b by way of a does not end where the map to b ends: triangles do not close. At each moment of the trail
each run's own second is moved by a correction c, so that the weighted squares of what remains are least:

    sum_r rho(c_r / sigma_r) + sum_(a, b) rho((b(own_a + c_a) - own_b - c_b) / sigma_ab)

rho being the Cauchy loss, so that a map that is wrong over a stretch loses its say there. Afterwards each run has one
map, all others follow from these, and every triangle closes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mtbsync_core.timing.runs import Floats, Stack, TimedRun
from mtbsync_core.warp import TimeWarp

_STEP_S = 0.25
"""Spacing of the trail moments at which the squares are summed: that of a map's knots."""
_CAUCHY_SD = 2.385
"""Standard deviations at which a map keeps half of its say; 95 % efficient for normal errors (Holland & Welsch 1977)
"""
_SWEEPS, _SETTLED_S = 100, 1e-5
"""Turns at most, and the largest change in the last one, seconds."""
_APART_S = 1e-4
"""Least time from a knot to the next once they are moved."""


@dataclass(frozen=True, slots=True, eq=False)
class PairMap:
    """A map from the own clock of run number `a` to that of run number `b`, each other than the reference."""

    a: int
    b: int
    warp: TimeWarp

    def seen_from_b(self) -> PairMap:
        """The same map the other way round."""
        return PairMap(self.b, self.a, self.warp.invert())


def solved(runs: Sequence[TimedRun], pairs: Sequence[PairMap]) -> list[TimedRun]:
    """The runs with maps that agree with each other and with the pairs as well as can be; in their order.

    Block coordinate descent: a run at a time is put where its map from the reference and its pairs want it, given where
    the others are (iteratively reweighted least squares).
    """
    problem = _Problem(runs, pairs)
    problem.settle(problem.paired)
    return [problem.result(n) for n in range(len(runs))]


def added(solved_runs: Sequence[TimedRun], run: TimedRun, pairs: Sequence[PairMap]) -> TimedRun:
    """One more run, put among runs that were solved already and stay as they are.

    Args:
        pairs: its maps to and from these; its own number is that behind the last of them.
    """
    number = len(solved_runs)
    problem = _Problem([*solved_runs, run], [pair for pair in pairs if number in (pair.a, pair.b)])
    problem.settle([number])
    return problem.result(number)


def closure_s(runs: Sequence[TimedRun], pair: PairMap) -> Floats:
    """How far a triangle is from closing, all along the trail: by way of the pair's map, less straight from the
    reference, seconds of run `b`, (T,); NaN where there is no way.
    """
    stack = Stack.of([runs[pair.a], runs[pair.b]])
    (a, b), _ = stack.at(_moments(stack))
    return pair.warp.to_new(a) - b


def _moments(stack: Stack) -> Floats:
    return np.arange(stack.ref_s.min(), stack.ref_s.max() + _STEP_S / 2, _STEP_S)


class _Problem:
    """Where all runs are, (R, T), and the maps between them."""

    def __init__(self, runs: Sequence[TimedRun], pairs: Sequence[PairMap]) -> None:
        stack = Stack.of(runs)
        self.runs, self.t_ref = runs, _moments(stack)
        self.own_s, self.sigma_s = stack.at(self.t_ref)
        self.at_s, self.variance = self.own_s.copy(), self.sigma_s**2
        # Each map is asked for the run that it leads to, so it is kept both ways.
        self.into: dict[int, list[PairMap]] = {}
        for pair in (*pairs, *(pair.seen_from_b() for pair in pairs)):
            if not runs[pair.b].is_reference:
                self.into.setdefault(pair.b, []).append(pair)
        self.paired = sorted(self.into)

    def settle(self, runs: Sequence[int]) -> None:
        """Put these runs where all agree best. The first two turns believe all maps alike: where to begin is not the
        reference's to say.
        """
        for turn in range(_SWEEPS):
            change = max((self._update(run, robust=turn > 1) for run in runs), default=0.0)
            if turn > 1 and change < _SETTLED_S:
                break

    def _update(self, run: int, *, robust: bool) -> float:
        """Put a run where the others want it; the largest change, seconds."""
        before = self.at_s[run]
        total, weighted, information = (np.zeros(len(before)) for _ in range(3))
        for wants, sd, variance in self._wishes(run):
            known = np.isfinite(wants) & np.isfinite(before)
            off = np.where(known, wants - before, 0.0) / sd if robust else 0.0
            say = known / sd**2 / (1 + (off / _CAUCHY_SD) ** 2)
            total, weighted = total + say, weighted + say * np.where(known, wants, 0.0)
            information = information + say / (1 + say * variance)
        there = total > 0
        total = np.where(there, total, 1.0)
        self.at_s[run] = np.where(there, weighted / total, np.nan)
        self.variance[run] = np.where(there, 1 / np.where(there, information, 1.0), np.nan)
        return float(np.nanmax(np.abs(self.at_s[run] - before), initial=0.0))

    def _wishes(self, run: int) -> Iterator[tuple[Floats, Floats, Floats]]:
        """Where each map would put a run, that map's deviation, and the variance of the place that it starts from."""
        yield self.own_s[run], _positive(self.sigma_s[run]), np.zeros(len(self.t_ref))
        for pair in self.into.get(run, ()):
            start_s = self.at_s[pair.a]
            slope = np.nan_to_num(pair.warp.slope(start_s))
            variance = slope**2 * np.nan_to_num(self.variance[pair.a])
            yield pair.warp.to_new(start_s), _positive(pair.warp.uncertainty(start_s)), variance

    def result(self, run: int) -> TimedRun:
        """The run with its map moved, its knots where they were on the trail clock."""
        if run not in self.into:
            return self.runs[run]
        warp, there = self.runs[run].warp, np.isfinite(self.at_s[run])
        if not there.any():
            return self.runs[run]
        moved = (self.at_s[run] - self.own_s[run])[there]
        share = np.sqrt(self.variance[run][there]) / np.maximum(self.sigma_s[run][there], 1e-4)
        new_s = warp.new_s + np.interp(warp.ref_s, self.t_ref[there], moved)
        ramp = _APART_S * np.arange(len(new_s))
        new_s = np.maximum.accumulate(new_s - ramp) + ramp
        sigma_s = warp.sigma_s * np.interp(warp.ref_s, self.t_ref[there], share).clip(max=1.0)
        return replace(self.runs[run], warp=replace(warp, new_s=new_s, sigma_s=sigma_s))


def _positive(sigma_s: Floats) -> Floats:
    return np.nan_to_num(sigma_s, nan=1.0).clip(1e-4)
