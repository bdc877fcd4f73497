"""Cuts beside a stand, told by the time for which each run moves.

A run that comes to a stand brakes, and one that leaves it gets going: over the same way it moves for longer than the
other one, which rides through. Where it moves for less, a part of the way is missing from it. The model over either
run's samples hardly sees that, as long as less is missing than it costs to leave the trail: it takes the missing way
for riding on within the stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.hmm.segments import Leap
from mtbsync_core.options import paced
from mtbsync_core.telemetry.track import runs_of
from mtbsync_core.warp import Span

Floats = NDArray[np.float64]
Moving = NDArray[np.bool_]
"""Whether a run moves at each of its samples (N,), by its own pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOptions:
    """When a part of the way is missing beside a stand."""

    within_s: float = paced(2.5)
    """Seconds of the other run before a stand and behind it over which moving is counted: braking from 6 m/s."""
    missing_s: float = paced(0.6)
    """Seconds by which the run that stands moves for less than the other one. Seen: -1.5 to -0.1 without a cut, at
    simulated stops with braking; 0.5 at one without, since the place of a stand is known to a quarter of a second; 0.3
    to 1.2 where 1 s of way or more is missing. At 0.4 a stop without braking is a cut."""
    stands_s: float = paced(1.0)
    """Seconds that a stand lasts at least."""
    stands: int = 4
    """The same in steps from sample to sample, of which each end of a stand may be one off. With two, slow corners of
    rides that are sampled twice a second are taken for stands."""
    passes: float = 0.9
    """Share of `within_s` for which the other run moves: where both stop, neither is the measure of the other. Likewise
    of the way past a stand at an end of a recording."""
    rolls_s: float = paced(0.5)
    """To which a stand's ends are known: half of the time over which moving is told. A run rolls so long beside it."""


class Side(NamedTuple):
    """One of two runs: when its samples are (N,), their places on the other run's clock, and whether it moves."""

    t_s: Floats
    places: Posterior
    moving: Moving

    @property
    def step_s(self) -> float:
        """Seconds from one sample to the next."""
        return float(np.median(np.diff(self.t_s)))

    @property
    def path(self) -> tuple[Floats, Floats]:
        """Times of the samples on the trail and their places, seconds, ascending."""
        on_trail = self.places.on_trail > 0.5
        return self.t_s[on_trail], np.maximum.accumulate(self.places.mean_s[on_trail])

    def moving_s(self, first_s: float, last_s: float) -> float:
        """For how many of the seconds from one moment to another it moves."""
        share = (self.moving[1:].astype(float) + self.moving[:-1]) / 2
        passed = np.concatenate([[0.0], np.cumsum(share * np.diff(self.t_s))])
        return float(np.diff(np.interp([first_s, last_s], self.t_s, passed))[0])

    def stands(self, least_s: float) -> Iterator[Span]:
        """From when to when it stands."""
        for first, end in runs_of(~self.moving):
            if self.t_s[end - 1] - self.t_s[first] >= least_s:
                yield float(self.t_s[first]), float(self.t_s[end - 1])


def missing_at_stands(one: Side, other: Side, ratio: float, o: CutOptions) -> list[int]:
    """Samples of the other run of which each shows a part of the way that is missing from the one beside a stand.

    Args:
        ratio: seconds of the other run per second of the one, all in all.
    """
    t, place = one.path
    if not len(t):
        return []
    found = []
    for begin, end in one.stands(max(o.stands_s, o.stands * one.step_s)):
        there = (t >= begin) & (t <= end)
        if not there.any():
            continue
        at = float(np.median(place[there]))
        for side, edge in ((-1, begin), (1, end)):
            far = at + side * o.within_s
            if not place[0] < far < place[-1]:
                continue
            away = float(np.interp(far, place, t))
            passes_s = other.moving_s(*sorted((at, far)))
            missing_s = passes_s - ratio * one.moving_s(*sorted((edge, away)))
            if passes_s >= o.passes * o.within_s and missing_s >= o.missing_s:
                # Beside the stand itself, the run may still roll; and more is missing than the run moves for less.
                found.append(int(np.abs(other.t_s - at - side * (missing_s + o.missing_s) / 2).argmin()))
    return found


def passed_at_ends(one: Side, other: Side, o: CutOptions) -> list[tuple[Span, Span]]:
    """Where a run stands at its start or its end and is held to be where the other one rides, at most two: from when to
    when on the one's clock, and on the other's.

    The other run comes from before the one's first picture, or rides on behind its last one. All of a stand looks
    alike, so that the model spreads that way over it; but while one run stands, the other can be there for a moment.
    """
    t, place = one.path
    if not len(t):
        return []
    found = []
    others = list(other.stands(max(o.stands_s, o.stands * other.step_s)))
    for begin, end in one.stands(max(o.stands_s, o.stands * one.step_s)):
        low, high = np.interp([begin - o.rolls_s, end + o.rolls_s], t, place).tolist()
        if begin <= one.t_s[0] + o.rolls_s:
            since = max([low, *(last + o.rolls_s for first, last in others if first < high)])
            if _rides(other, since, high, o):
                found.append(((-np.inf, end + o.rolls_s), (-np.inf, high)))
        elif end >= one.t_s[-1] - o.rolls_s:
            until = min([high, *(first - o.rolls_s for first, last in others if last > low)])
            if _rides(other, low, until, o):
                found.append(((begin - o.rolls_s, np.inf), (low, np.inf)))
    return found


def _rides(run: Side, first_s: float, last_s: float, o: CutOptions) -> bool:
    """Whether a run rides from one moment to another, for long enough to come from elsewhere."""
    return last_s > first_s and run.moving_s(first_s, last_s) >= max(o.missing_s, o.passes * (last_s - first_s))


def leaps_beside_stands(ref: Side, new: Side, gone_ref: Sequence[int], gone_new: Sequence[int]) -> list[Leap]:
    """What only one run shows around these samples of the reference and of the new run, whose places, worked out
    again, know that they have none.
    """
    over_ref = [found for sample in gone_ref if (found := _missing_around(sample, ref, new))]
    over_new = [found[::-1] for sample in gone_new if (found := _missing_around(sample, new, ref))]
    return [Leap(ref_s, new_s) for ref_s, new_s in over_ref + over_new]


def _missing_around(sample: int, other: Side, one: Side) -> tuple[Span, Span] | None:
    """From when to when a part of the way is missing, seconds of the other run and of the one; None at its ends.

    Args:
        sample: of the other run, in that part; its places know that it has none.
    """
    on_trail = np.flatnonzero(other.places.on_trail > 0.5)
    behind = int(np.searchsorted(on_trail, sample))
    t, place = one.path
    if not 0 < behind < len(on_trail) or not len(t):
        return None
    first, last = other.t_s[on_trail[behind - 1 : behind + 1]].tolist()
    # The places of that side span the stand as well. Only what the run's own model puts into the missing part is there.
    return (first, last), (float(np.interp(first, place, t)), float(np.interp(last, place, t)))
