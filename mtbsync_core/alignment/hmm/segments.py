"""Segmentation: which samples of the new run lie on the common trail, in which unbroken segments."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.grid import FASTEST
from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.options import paced
from mtbsync_core.warp import Span

Floats = NDArray[np.float64]
Samples = NDArray[np.intp]


class StillShare(Protocol):
    """For how much of the time from one moment of a run's clock to another, seconds, it is at one place."""

    def __call__(self, first_s: float, last_s: float, at_s: float | None = None, /) -> float:
        """The largest share of any place, or that of the place at `at_s`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentOptions:
    """What parts two segments, and how long one has to be."""

    shortest_s: float = paced(2.0)
    """Seconds of the new clock: a shorter segment is chance, and a shorter time off the trail parts none. Half of it
    lets islands of agreement through, twice loses short visits to the common trail."""
    fewest: int = 4
    """Samples of a segment, as many as a fit needs."""
    ridden_s: float = paced(0.5)
    """Seconds of the reference clock that a segment has to go: a stop alone is one picture that looks alike, seen many
    times."""
    leap_s: float = paced(1.5)
    """Least step of a clock that is a leap, where no pictures tell whether the run moves over it. Half of it takes the
    end of a stop for one, twice hides short cuts of three seconds."""
    seen_leap_s: float = 1.0
    """The same where they do, at any pace: what is alike over that time is a stand to them. Twice hides cuts of two
    seconds."""
    leap_ratio: float = FASTEST
    """A leap is this much faster than the other clock."""
    join_s: float = paced(0.25)
    """Seconds of the other clock to which a place just before or behind a cut is known, by the way that is drawn on to
    it. Four times as much lets the model ride on behind the cut for 0.3 s."""
    still_share: float = 0.5
    """Share of a leap over which the run is at one place, from which on it is a stop; unless the rest is a leap of
    twice `leap_s`. Simulated stops have 0.7 to 1, cuts of 2 s 0.2 to 0.4."""
    still_blur: float = 1 / 6
    """Share of a leap to which it is known where a stand begins and ends, as `SelfSimilarityOptions` has it. Without
    it long stops are gaps; with twice, cuts of a few seconds beside a stand are none."""
    end_samples: int = 1
    """Samples at an end of a recording that may have no place for it to be where the common trail begins or ends."""
    end_s: float = 0.3
    """What a run may show beyond an end of the other one and still be held to be there: the tolerance of a marker. With
    twice of it markers in the first second may be half a second off, with half more of the ends is left out."""

    def is_leap(
        self, waited_s: Floats | float, went_s: Floats | float, least_s: float | None = None
    ) -> NDArray[np.bool_]:
        """Whether a step of both clocks is no riding: one goes on while hardly any time passes on the other.

        Args:
            waited_s, went_s: seconds from one sample to the next on its own clock and on the other one, any shape.
            least_s: least seconds that it goes on; None: `leap_s`.
        """
        least_s = self.leap_s if least_s is None else least_s
        return (np.asarray(went_s) >= least_s) & (went_s >= self.leap_ratio * np.asarray(waited_s))


SEGMENTS = SegmentOptions()


class Leap(NamedTuple):
    """What only one of two runs shows, as (from, to) seconds on each clock: a cut in the other's video, or a short cut.
    At these moments both are at one place; between them they are not.
    """

    ref_s: Span
    new_s: Span


def leaps_between(
    new_to_ref: Posterior,
    t_new: Floats,
    ref_to_new: Posterior,
    t_ref: Floats,
    still: tuple[StillShare, StillShare],
    options: SegmentOptions = SEGMENTS,
) -> list[Leap]:
    """Where the place of one run's samples leaps over time of the other run in which that one moves, in no order.

    The model over the samples of the run that was cut shows the leap between two of them; the model over the other
    run's samples has to put each of those in between somewhere, and may take them for a stop. It is one only if that
    run stands there for most of the time.

    Args:
        new_to_ref, ref_to_new: places of the samples at `t_new` (N,) and `t_ref` (R,) on the other clock, seconds.
        still: of the reference and of the new run.
    """
    over_ref = [Leap(there, here) for here, there in _steps(new_to_ref, t_new, still[0], options)]
    return over_ref + [Leap(here, there) for here, there in _steps(ref_to_new, t_ref, still[1], options)]


def _steps(places: Posterior, t_s: Floats, still: StillShare, o: SegmentOptions) -> Iterator[tuple[Span, Span]]:
    """The steps from one sample on the trail to the next that are leaps, on the samples' clock and on the other."""
    on_trail = np.flatnonzero(places.on_trail > 0.5)
    t, place = t_s[on_trail], places.mean_s[on_trail]
    waited, went = np.diff(t), np.diff(place)
    # Where the model has left the trail for a moment, it has to come back to where a ride would be. After a longer time
    # the segments are parted anyway, and a ride may have stopped or hurried meanwhile.
    usual = float(np.median(went / waited)) if len(waited) else 1.0
    off = (np.diff(on_trail) > 1) & (waited < o.shortest_s) & (went - usual * waited >= o.seen_leap_s)
    for k in np.flatnonzero(off | o.is_leap(waited, went, o.seen_leap_s)):
        here, there = (float(t[k]), float(t[k + 1])), (float(place[k]), float(place[k + 1]))
        share = still(*there)
        moving_s = max(0.0, 1 - share - o.still_blur) * (there[1] - there[0])
        if share < o.still_share or o.is_leap(here[1] - here[0], moving_s, 2 * o.leap_s):
            yield here, there


def beyond_ends(
    places: Posterior, t_s: Floats, other: Posterior, other_s: Floats, still: StillShare, o: SegmentOptions = SEGMENTS
) -> list[Span]:
    """What one run shows before the other one begins and after it ends, on its own clock: at most two spans.

    On the way the model may take it for a stop at the other run's first or last cell, and the fit would bend for it.
    Where the run stands at that end it is one: the other began, or ended, at that place.

    Args:
        places, other: of the samples at `t_s` (N,) and of the other run's at `other_s` (R,), each on the other clock.
        still: of the run itself.
    """
    on_trail = np.flatnonzero(places.on_trail > 0.5)
    beside = np.flatnonzero(other.on_trail > 0.5)
    if not len(on_trail) or not len(beside):
        return []
    first, last = beside[0], beside[-1]
    begins, ends = float(other.mean_s[first] - other.sd_s[first]), float(other.mean_s[last] + other.sd_s[last])

    def passes(low: float, high: float, end_s: float) -> bool:
        # A stand a few metres before the end looks much like it. It is there only if it looks like the end itself.
        return high - low > o.end_s and (high - low < o.seen_leap_s or still(low, high, end_s) < o.still_share)

    found = []
    if first <= o.end_samples and passes(float(t_s[on_trail[0]]), begins, begins):
        found.append((-np.inf, begins))
    if len(other_s) - 1 - last <= o.end_samples and passes(ends, float(t_s[on_trail[-1]]), ends):
        found.append((ends, np.inf))
    return found


def stands_beyond(
    beyond: Sequence[Span], places: Posterior, t_s: Floats, still: StillShare, o: SegmentOptions = SEGMENTS
) -> list[Span]:
    """Of what a run shows beyond the other one's ends, where it stands: there nothing but the way to the end, which may
    be short, tells the stand from the end, and at the end the run may be anywhen in it.

    Args:
        beyond: of `beyond_ends`.
        places: of the samples at `t_s` (N,), as `beyond_ends` had them.
    """
    on_trail = t_s[places.on_trail > 0.5]
    spans = [(max(first, float(on_trail[0])), min(last, float(on_trail[-1]))) for first, last in beyond]
    return [span for span in spans if span[0] < span[1] and still(*span) >= o.still_share]


def with_end_stands(
    places: Posterior, contradicting: Posterior, t_s: Floats, still: StillShare, o: SegmentOptions = SEGMENTS
) -> Posterior:
    """The places, with those that contradict the other run's where this run stands at its start or its end.

    All of a stand looks alike, so that the model over the other run's samples may ride through it before it is there.
    The model over this run's samples knows better where the other one passes it.

    Args:
        places, contradicting: of the samples at `t_s` (N,), without and with those that contradict.
        still: of the run itself.
    """
    there = np.flatnonzero(places.on_trail > 0.5)
    if not len(there):
        return places
    on_trail = places.on_trail.copy()
    for part, edge in ((slice(None, there[0]), there[0]), (slice(there[-1] + 1, None), there[-1])):
        t = t_s[part]
        if len(t) and still(min(t[0], t_s[edge]), max(t[-1], t_s[edge])) >= o.still_share:
            on_trail[part] = contradicting.on_trail[part]
    return replace(places, on_trail=on_trail)


def without_leapt(places: Posterior, t_s: Floats, leapt_s: Sequence[Span]) -> Posterior:
    """The places, off the trail for the samples at `t_s` (N,) that lie within a leap on their clock."""
    inside = np.zeros(len(t_s), bool)
    for first, last in leapt_s:
        inside |= (t_s > first) & (t_s < last)
    return replace(places, on_trail=np.where(inside, 0.0, places.on_trail))


def common_segments(
    new_to_ref: Posterior,
    t_new: Floats,
    leaps: Sequence[Leap] = (),
    sure: Collection[int] = (),
    options: SegmentOptions = SEGMENTS,
) -> list[Samples]:
    """Sample numbers (of the new run) of each unbroken segment on the common trail, in order.

    A segment ends where the new run leaves the trail for a while, and at each leap.

    Args:
        new_to_ref: places of the new samples, at `t_new` (N,) seconds, on the reference clock.
        sure: numbers of new samples that the user says are on the trail; no segment with one of them is too short.
    """
    o, place = options, new_to_ref.mean_s
    on_trail = np.flatnonzero(new_to_ref.on_trail > 0.5)
    t = t_new[on_trail]
    breaks = (np.diff(on_trail) > 1) & (np.diff(t) > o.shortest_s)
    for leap in leaps:
        middle = (leap.new_s[0] + leap.new_s[1]) / 2
        breaks |= (t[:-1] <= middle) & (t[1:] > middle)
    parts = np.split(on_trail, np.flatnonzero(breaks) + 1)
    return [
        part
        for part in parts
        if len(part) and (_lasts(part, place, t_new, o) or not set(part.tolist()).isdisjoint(sure))
    ]


def _lasts(part: Samples, place: Floats, t_new: Floats, o: SegmentOptions) -> bool:
    lasts = bool(t_new[part[-1]] - t_new[part[0]] >= o.shortest_s)
    return len(part) >= o.fewest and lasts and float(np.ptp(place[part])) >= o.ridden_s
