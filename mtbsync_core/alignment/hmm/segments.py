"""Segmentation: which samples of the new run lie on the common trail, in which unbroken segments."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.grid import FASTEST
from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.options import paced

Floats = NDArray[np.float64]
Samples = NDArray[np.intp]


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
    """Least step of the reference clock that is a leap. Half of it takes the end of a stop for one, twice hides short
    cuts of three seconds."""
    leap_ratio: float = FASTEST
    """A leap is this much faster than the new clock."""

    def is_leap(self, waited_s: Floats | float, went_s: Floats | float) -> NDArray[np.bool_]:
        """Whether a step of both clocks is no riding: the reference goes on while hardly any time passes in the new
        run, as over a short cut.

        Args:
            waited_s, went_s: seconds from one sample to the next on the new clock and on the reference's, any shape.
        """
        return (np.asarray(went_s) >= self.leap_s) & (went_s >= self.leap_ratio * np.asarray(waited_s))


SEGMENTS = SegmentOptions()


def common_segments(
    new_to_ref: Posterior,
    t_new: Floats,
    ref_to_new: Posterior,
    t_ref: Floats,
    sure: Collection[int] = (),
    options: SegmentOptions = SEGMENTS,
) -> list[Samples]:
    """Sample numbers (of the new run) of each unbroken segment on the common trail, in order.

    A segment ends where the new run leaves the trail, and where it leaps over reference time that has no place in the
    new run: a short cut. Where the reference samples in between do have one, the reference paused, and it goes on.

    Args:
        new_to_ref: places of the new samples, at `t_new` (N,) seconds, on the reference clock.
        ref_to_new: places of the reference samples, at `t_ref` (R,) seconds, on the new clock.
        sure: numbers of new samples that the user says are on the trail; no segment with one of them is too short.
    """
    o, place = options, new_to_ref.mean_s
    on_trail = np.flatnonzero(new_to_ref.on_trail > 0.5)
    here, before = on_trail[1:], on_trail[:-1]
    waited = t_new[here] - t_new[before]
    breaks = (here - before > 1) & (waited > o.shortest_s)
    for k in np.flatnonzero(o.is_leap(waited, place[here] - place[before])):
        skipped = (t_ref > place[before[k]]) & (t_ref < place[here[k]])
        breaks[k] |= bool(skipped.any()) and not ref_to_new.on_trail[skipped].mean() > 0.5
    parts = np.split(on_trail, np.flatnonzero(breaks) + 1)
    return [
        part
        for part in parts
        if len(part) and (_lasts(part, place, t_new, o) or not set(part.tolist()).isdisjoint(sure))
    ]


def _lasts(part: Samples, place: Floats, t_new: Floats, o: SegmentOptions) -> bool:
    lasts = bool(t_new[part[-1]] - t_new[part[0]] >= o.shortest_s)
    return len(part) >= o.fewest and lasts and float(np.ptp(place[part])) >= o.ridden_s
