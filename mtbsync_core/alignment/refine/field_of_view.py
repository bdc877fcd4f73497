"""`zoom_between`: how much narrower one camera sees than the other, where their files do not tell, from the anchors.

With a wrong ratio of their angles of view the cameras seem level where riding on makes up for the zoom: further on
where the scene is far than where it is near, and mostly nowhere at all. With the right one they are level close to
where the pictures have them, and all by as much. So the ratio is that with which most anchors agree (laps of a small
car, the new one zoomed by 1.176: 15 of 100 moments have a crossing at a ratio of 1, 90 at the right one; benchmarks).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.hmm.forward_backward import Posterior
from mtbsync_core.vision.anchor import Anchor

Floats = NDArray[np.float64]

_STEP = 0.03
_ROUGH = range(-12, 13, 3)
"""Steps of the natural logarithm of the ratio; the most, 1.43, is more than between GoPro's Wide and its Linear."""
_ROUGHLY, _CLOSELY = 20, 60
"""Moments to look at."""
_AGREE_S = 0.1
FEWEST, _LEAST_SHARE = 12, 0.2
"""Anchors that agree at the best ratio, and their share of those where corners agree: fewer name no ratio."""


class Zoom(NamedTuple):
    """`ratio` of the reference's angle of view to the new run's, and what its uncertainty makes of places: `sd_s`, the
    standard deviation, reference seconds, of an error that all anchors share.
    """

    ratio: float
    sd_s: float


def zoom_between(find: Callable[[float, int], Sequence[Anchor]], forth: Posterior, t_new: Floats) -> Zoom | None:
    """The zoom of the new run against the reference, 1 where it may be 1; None where the anchors name none.

    Args:
        find: the anchors (t_new, t_ref) with that ratio, of about so many moments.
        forth: the coarse places of the new samples, of the reference clock.
        t_new: their times (N,), seconds of the new clock.
    """
    rough = {step: _agreement(find(_ratio(step), _ROUGHLY), forth, t_new) for step in _ROUGH}
    best = max(rough, key=lambda step: rough[step].anchors)
    near = {step: _agreement(find(_ratio(step), _CLOSELY), forth, t_new) for step in (best - 1, best, best + 1)}
    top = max(near.values())
    if top.anchors < FEWEST or top.share < _LEAST_SHARE:
        return None
    for way in (-1, 1):
        for step in range(best + 2 * way, best + 6 * way, way):
            near[step] = _agreement(find(_ratio(step), _CLOSELY), forth, t_new)
            if near[step].anchors < top.anchors / 2:
                break
    # The middle of all that is above half of the top, since the top itself is flat; and its error, as of known zooms.
    steps = np.array(sorted(near))
    weight = np.array([max(0.0, near[step].anchors - top.anchors / 2) for step in steps])
    middle = float((weight * steps).sum() / weight.sum())
    sd = 2 * float(np.sqrt((weight * (steps - middle) ** 2).sum() / weight.sum() / top.anchors))
    per_step = (near[best + 1].off_s - near[best - 1].off_s) / 2
    return Zoom(_ratio(middle) if abs(middle) > 2 * sd else 1.0, sd * abs(per_step))


class _Agreement(NamedTuple):
    """How many anchors agree about how far they are from the pictures, their share of those that might, and how far
    that is, reference seconds.
    """

    anchors: float
    share: float
    off_s: float


def _agreement(found: Sequence[Anchor], forth: Posterior, t_new: Floats) -> _Agreement:
    off = np.array([a.t_ref - np.interp(a.t_new, t_new, forth.mean_s) for a in found if np.isfinite(a.t_ref)])
    if not len(off):
        return _Agreement(0.0, 0.0, 0.0)
    middle = float(np.median(off))
    agree = float(np.exp(-0.5 * ((off - middle) / _AGREE_S) ** 2).sum())
    return _Agreement(agree, agree / sum(a.n_inliers > 0 for a in found), middle)


def _ratio(step: float) -> float:
    return float(np.exp(_STEP * step))
