"""Where a recording was joined at a cut, told by a change point of verified corners.

Beside a cut the model knows both rides, before it and behind it, and not which of the two each sample between belongs
to: pictures alone may tell riding there no better than even from being off the trail. Corners do: those of a sample
agree with the reference by the epipolar geometry along one of the two ways, and along the other one not at all. So
either way is drawn on over the join, each sample votes for the way on which more of its corners are inliers, and the
join is where the votes before and behind it are split best (a change point of two Bernoulli sequences, Hinkley &
Hinkley 1970; by maximum likelihood where votes are wrong as often on either side).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.hmm.segments import Leap
from mtbsync_core.alignment.refine.anchor_search import anchors_of
from mtbsync_core.alignment.refine.options import RefineOptions
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.options import paced
from mtbsync_core.telemetry.lens import Lens, Lenses
from mtbsync_core.vision.index import FrameIndex
from mtbsync_core.warp import Span

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinOptions:
    """How far from a leap corners are asked, and when their votes are a join."""

    beside_s: float = paced(1.0)
    """Seconds before and behind the leap that the model found. It is off by 0.6 s at most on simulated runs."""
    more: float = 1.25
    """By how much more inliers a sample votes for a way; with fewer it votes for none. Where one run stands on both
    ways counts differ by chance."""
    fewest: int = 2
    """Votes on either side of a join."""
    agree: float = 0.8
    """Least share of all votes that the split explains. On simulated cuts it is 0.95 to 1."""


def joins(
    ref: FrameIndex,
    new: FrameIndex,
    places: tuple[Posterior, Posterior],
    leaps: Sequence[Leap],
    lenses: Lenses,
    refine: RefineOptions,
    options: JoinOptions,
    threads: int = 2,
) -> list[UserPair]:
    """The last verified place before each cut, and the first one behind it.

    Args:
        places: of the new samples on the reference clock, and of the reference samples on the new clock.
        leaps: what only one run shows, by the model.
    """
    if not ref.features or not new.features:
        return []
    found: list[UserPair] = []
    for leap in leaps:
        (ref_from, ref_to), (new_from, new_to) = leap
        if new_to - new_from <= ref_to - ref_from:
            both = _join(ref, new, places[0], leap.new_s, (lenses.ref, lenses.new), refine, options, threads)
            found += [UserPair(there, here) for here, there in both]
        else:
            both = _join(new, ref, places[1], leap.ref_s, (lenses.new, lenses.ref), refine, options, threads)
            found += [UserPair(here, there) for here, there in both]
    return found


def _join(
    other: FrameIndex,
    cut: FrameIndex,
    places: Posterior,
    leap_s: Span,
    lenses: tuple[Lens, Lens],
    refine: RefineOptions,
    o: JoinOptions,
    threads: int,
) -> list[Span]:
    """Moment of the run that was cut and its place in the other one, before the join and behind it; or nothing."""
    t = cut.t_s
    near = np.flatnonzero((t >= leap_s[0] - o.beside_s) & (t <= leap_s[1] + o.beside_s))
    drawn = [_drawn_on(places, t, edge, side, o.beside_s, t[near]) for edge, side in zip(leap_s, (-1, 1), strict=True)]
    ways = [way for way in drawn if way is not None]
    if len(ways) < 2:
        return []
    every_s = float(np.median(np.diff(other.t_s)))
    counts, at = [], []
    for way in ways:
        wanted = list(zip(near.tolist(), way.tolist(), strict=True))
        anchors = anchors_of(other, cut, wanted, every_s, refine.reach_s, refine.anchor, lenses, threads=threads)
        counts.append(np.array([anchor.n_inliers for anchor in anchors], float))
        at.append(np.array([anchor.t_ref for anchor in anchors]))
    before, behind = (a > o.more * b for a, b in (counts, counts[::-1]))
    split = _change_point(before, behind, o)
    if split is None:
        return []
    last, first = np.flatnonzero(before[:split])[-1], split + np.flatnonzero(behind[split:])[0]
    return [
        (float(t[near[k]]), float(at[side][k] if np.isfinite(at[side][k]) else ways[side][k]))
        for side, k in ((0, last), (1, first))
    ]


def _drawn_on(places: Posterior, t: Floats, edge_s: float, side: int, over_s: float, at_s: Floats) -> Floats | None:
    """The places at some moments, by the pace of those on the trail for `over_s` before (-1) or behind (1) an edge."""
    beside = np.flatnonzero((places.on_trail > 0.5) & (side * (t - edge_s) > -1e-6) & (side * (t - edge_s) < over_s))
    if len(beside) < 2:
        return None
    nearest = beside[-1] if side < 0 else beside[0]
    pace = float(np.median(np.diff(places.mean_s[beside]) / np.diff(t[beside])))
    return np.asarray(places.mean_s[nearest] + pace * (at_s - t[nearest]), np.float64)


def _change_point(before: NDArray[np.bool_], behind: NDArray[np.bool_], o: JoinOptions) -> int | None:
    """The number of samples in front of the join; None where votes are few, or no split explains them."""
    votes = before.astype(int) - behind
    explained = np.concatenate([[0], np.cumsum(votes)]) + behind.sum()
    split = int(explained.argmax())
    enough = before[:split].sum() >= o.fewest and behind[split:].sum() >= o.fewest
    return split if enough and explained[split] >= o.agree * (before.sum() + behind.sum()) else None
