"""Relative field of view: one-dimensional search for the ratio of two lenses' angles at which most anchors agree.

With a wrong ratio the cameras seem level where riding on makes up for the zoom: further on where the scene is far than
where it is near, and mostly nowhere at all. With the right one they are level close to where the pictures have them,
and all by as much (laps of a small car, the new one zoomed by 1.176: 15 of 100 moments have a crossing at a ratio of 1,
90 at the right one; benchmarks).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.options import paced
from mtbsync_core.vision.anchor import Anchor, Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldOfViewOptions:
    """The search, and what it takes to believe it."""

    step: float = 0.03
    """Of the natural logarithm of the ratio: 3 %. Every third is tried first, so the peak must be wider than 9 %."""
    most_steps: int = 12
    """To either side: 1.43, more than lies between GoPro's Wide and its Linear."""
    rough_moments: int = 20
    close_moments: int = 60
    """Moments that are looked at in the first search, and beside its best: the error goes with their root."""
    agree_s: float = paced(0.1)
    """Standard deviation of crossings about what all agree on."""
    fewest: int = 12
    least_share: float = 0.2
    """Anchors that agree at the best ratio, and their share of those where corners agree: fewer name no ratio."""

    def believes(self, top: Agreement) -> bool:
        """Whether anchors agree enough at the best ratio."""
        return top.agreeing >= max(self.fewest, self.least_share * top.verified)


class Agreement(NamedTuple):
    """What anchors say as a whole: at how many moments corners agree (`verified`), at how many of these there is a
    `crossing`, the median of the crossings' distance from the pictures' places `off_s`, reference seconds, and how many
    lie about that (`agreeing`, a sum of normal weights).
    """

    verified: int
    crossings: int
    off_s: float
    agreeing: float

    @classmethod
    def of(cls, anchors: Sequence[Anchor], coarse: Posterior, t_new: Floats, agree_s: float = 0.1) -> Agreement:
        """Of anchors along the coarse places of the new samples at `t_new` (N,), seconds of the new clock."""
        off = np.array([a.t_ref - np.interp(a.t_new, t_new, coarse.mean_s) for a in anchors if np.isfinite(a.t_ref)])
        middle = float(np.median(off)) if len(off) else 0.0
        agreeing = float(np.exp(-0.5 * ((off - middle) / agree_s) ** 2).sum())
        return cls(sum(a.n_inliers > 0 for a in anchors), len(off), middle, agreeing)


class RelativeFieldOfView(NamedTuple):
    """`ratio` of the reference's angle of view to the new run's, and what its uncertainty makes of places: `sd_s`, the
    standard deviation, reference seconds, of an error that all anchors share.
    """

    ratio: float
    sd_s: float


def relative_field_of_view(
    find: Callable[[float, int], Sequence[Anchor]],
    coarse: Posterior,
    t_new: Floats,
    options: FieldOfViewOptions | None = None,
    *,
    told: tuple[float, float] | None = None,
) -> RelativeFieldOfView | None:
    """The field of view of the reference over that of the new run, 1 where it may be 1; None where anchors name none.

    Args:
        find: the anchors with a given ratio, of about so many moments.
        coarse: the places of the new samples by pictures, seconds of the reference clock.
        t_new: their times (N,), seconds of the new clock.
        told: the natural logarithm of the ratio and its standard deviation, where three views tell them
            (`three_views`); the search is for recordings whose frames are too far apart for that.
    """
    o = options or FieldOfViewOptions()

    def tried(step: float, moments: int) -> Agreement:
        return Agreement.of(find(float(np.exp(o.step * step)), moments), coarse, t_new, o.agree_s)

    if told is not None:
        middle, sd = told[0] / o.step, told[1] / o.step
        near = {side: tried(middle + side, o.close_moments) for side in (-1, 0, 1)}
        best, top = 0, near[0]
    else:
        best, near, top = _searched(tried, o)
    if not o.believes(top):
        return None
    if told is None:
        middle, sd = _middle(near, top)
    per_step = (near[best + 1].off_s - near[best - 1].off_s) / 2
    return RelativeFieldOfView(float(np.exp(o.step * middle)) if abs(middle) > 2 * sd else 1.0, sd * abs(per_step))


def _searched(
    tried: Callable[[float, int], Agreement], o: FieldOfViewOptions
) -> tuple[int, dict[int, Agreement], Agreement]:
    """The step at which most anchors agree, roughly; what they say at the steps about it, down to half of that if it is
    believed; and at the top.
    """
    rough = {step: tried(step, o.rough_moments).agreeing for step in range(-o.most_steps, o.most_steps + 1, 3)}
    best = max(rough, key=lambda step: rough[step])
    near = {step: tried(step, o.close_moments) for step in (best - 1, best, best + 1)}
    top = max(near.values(), key=lambda found: found.agreeing)
    for way in (-1, 1) if o.believes(top) else ():
        for step in range(best + 2 * way, (o.most_steps + 1) * way, way):  # a bound nearer on one side draws the middle
            near[step] = tried(step, o.close_moments)
            if near[step].agreeing < top.agreeing / 2:
                break
    return best, near, top


def _middle(near: Mapping[int, Agreement], top: Agreement) -> tuple[float, float]:
    """The middle of all steps above half of the top, since the top itself is flat, and its standard deviation."""
    steps = np.array(sorted(near))
    weight = np.array([max(0.0, near[step].agreeing - top.agreeing / 2) for step in steps])
    middle = float((weight * steps).sum() / weight.sum())
    return middle, 2 * float(np.sqrt((weight * (steps - middle) ** 2).sum() / weight.sum() / top.agreeing))
