"""How one of several places is chosen, and whether the models over either run's samples agree about it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.grid import Emission
from mtbsync_core.alignment.hmm.forward_backward import Smoothed, resmooth
from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.hmm.segments import SEGMENTS
from mtbsync_core.alignment.hmm.transition import TransitionOptions
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.options import paced

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementOptions:
    """When a place is torn between two parts of the reference, and when the two directions agree."""

    ratio_window_s: float = paced(3.0)
    """Seconds over which a rider's speed ratio is measured; shorter ones are noise of single samples."""
    ratio_limits: tuple[float, float] = (1 / 3, 3.0)
    """Overall speed ratios that are believed: a walker's to a rider's, and back."""
    torn_s: float = paced(2.5)
    """Standard deviation of a place that no blur explains: two parts of the reference fit."""
    most_choices: int = 20
    """Moments at which one of two parts is chosen, at most; each takes what hangs on it along."""
    contradicted: float = 0.1
    """Share of the reference samples that may contradict the new samples, as at stops and edges."""
    near_new_s: float = paced(1.0)
    near_ref_s: float = paced(0.3)
    """How far a place found from one run may lie from what the other says, on the new and the reference clock."""
    parted_s: float = paced(SEGMENTS.shortest_s)
    """Time off the trail that parts two segments, as in `SegmentOptions`."""


def overall_ratio(new_to_ref: Posterior, t_new: Floats, unknown: float, o: AgreementOptions) -> float:
    """Median reference seconds per new second while moving on the common trail, within 1/3 to 3."""
    later = np.searchsorted(t_new, t_new + o.ratio_window_s)
    here = np.flatnonzero(later < len(t_new))
    there = later[here]
    sure = (new_to_ref.on_trail[here] > 0.5) & (new_to_ref.on_trail[there] > 0.5)
    moving = (new_to_ref.stopped[here] < 0.5) & (new_to_ref.stopped[there] < 0.5)
    use = sure & moving
    if use.sum() < 4:
        return unknown
    went = new_to_ref.mean_s[there[use]] - new_to_ref.mean_s[here[use]]
    return float(np.clip(np.median(went / (t_new[there[use]] - t_new[here[use]])), *o.ratio_limits))


def decided(
    emission: Emission, options: TransitionOptions, found: Smoothed, o: AgreementOptions
) -> tuple[Emission, Smoothed, dict[int, tuple[float, float]]]:
    """Where the pictures fit two places, as when the reference shows a lap twice, the mean of both is neither: hold the
    moment that is torn most to its likelier place, let the others follow, and go on until none is torn. The samples
    that were held come last, each with its likelier place and the mean.
    """
    choices: dict[int, tuple[float, float]] = {}
    clamped = np.isin(np.arange(len(emission.t_new)), list(emission.known))
    for _ in range(o.most_choices):
        now = found.posterior
        torn = (
            ~clamped & (now.on_trail > 0.5) & (now.sd_s > o.torn_s) & (np.abs(now.mode_s - now.mean_s) > o.near_new_s)
        )
        if not torn.any():
            break
        i = int(np.where(torn, now.sd_s, 0.0).argmax())
        first, last = ((now.mode_s[i] + side) / emission.step_s for side in (-o.torn_s, o.torn_s))
        emission = replace(emission, known={**emission.known, i: (max(0, int(first)), int(last) + 1)})
        found = resmooth(emission, options, found, [i])
        choices[i] = float(now.mode_s[i]), float(now.mean_s[i])
    return emission, found, choices


def stands(ref_to_new: Posterior, t_ref: Floats, two_s: tuple[float, float], o: AgreementOptions) -> bool:
    """Whether the reference stands between two moments: all that it shows there is one moment of the new run."""
    between = (t_ref > min(two_s) + o.near_ref_s) & (t_ref < max(two_s) - o.near_ref_s)
    return not between.any() or float(np.ptp(ref_to_new.mean_s[between])) < o.near_new_s


def agreeing(
    new_to_ref: Posterior, t_new: Floats, ref_to_new: Posterior, t_ref: Floats, o: AgreementOptions
) -> NDArray[np.bool_]:
    """Whether the place of each reference sample is one that `new_to_ref` passes about that time, or leaps over there.

    Where that leaves the trail it passes nothing: reference samples next to a gap would else crowd into its edge.
    """
    there = np.flatnonzero(new_to_ref.on_trail > 0.5)
    if not len(there):
        return np.ones(len(t_ref), bool)
    t, place = t_new[there], new_to_ref.mean_s[there]
    edge = np.concatenate([[True], np.diff(t) > o.parted_s, [True]])
    first, last = t[edge[:-1]], t[edge[1:]]
    part = np.clip(np.searchsorted((first[1:] + last[:-1]) / 2, ref_to_new.mean_s), 0, len(first) - 1)
    low, high = (
        np.interp(np.clip(ref_to_new.mean_s + side, first[part], last[part]), t, place)
        for side in (-o.near_new_s, o.near_new_s)
    )
    return np.asarray((t_ref > low - o.near_ref_s) & (t_ref < high + o.near_ref_s))


def sure(new_to_ref: Posterior, t_new: Floats, o: AgreementOptions) -> list[UserPair]:
    """Places that are beyond doubt, one in a while, rising on both clocks."""
    found: list[UserPair] = []
    for i in np.flatnonzero((new_to_ref.on_trail > 0.95) & (new_to_ref.sd_s < o.near_new_s / 2)):
        pair = UserPair(float(new_to_ref.mean_s[i]), float(t_new[i]))
        if not found or min(pair.new_s - found[-1].new_s, pair.ref_s - found[-1].ref_s) > o.ratio_window_s:
            found.append(pair)
    return found
