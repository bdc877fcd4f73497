"""A section of the reference that the new run rides again, as after a crash: the later ride of it counts.

The model takes whichever ride of the section fits the noise better, or the one that ends in lying on the ground, and
changes over somewhere in the middle. How far back the later ride fits the pictures is followed from where the model is
back on the trail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.grid import Emission, along
from mtbsync_core.alignment.hmm.forward_backward import Smoothed, resmooth
from mtbsync_core.alignment.hmm.loops import LoopOptions, best_way, breaks_of, usual_nats
from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.hmm.transition import TransitionOptions
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.warp import Span

Floats = NDArray[np.float64]


class Repeat(NamedTuple):
    """A section of the reference that the new run rides twice, seconds: `ref_s`, of both rides; `first_s` and `later_s`
    when they begin, on the new clock.
    """

    ref_s: Span
    first_s: float
    later_s: float


def later_rides(
    emission: Emission,
    options: TransitionOptions,
    found: Smoothed,
    clamped: Mapping[int, tuple[int, int]],
    o: LoopOptions,
) -> tuple[Emission, Smoothed, list[UserPair]]:
    """The emission and the posterior, held to the later ride of sections that the new run rides again, and where each
    of these begins; not where the user knows a place (`clamped`) of the first one.
    """
    begins: list[UserPair] = []
    for last, first in _returns(found.posterior, emission.t_new, o):
        now = found.posterior
        back, place = _followed(emission, now, first, -1.0, options.ratio, o)
        again = (now.on_trail > 0.5) & (now.mode_s > place + o.near_s)
        again[first:] = False
        if now.mode_s[last] - place < 2 * o.near_s or any(again[i] for i in clamped):
            continue
        begin = UserPair(place, float(emission.t_new[back]))
        held = held_near(emission, [begin.new_s], [begin.ref_s], 2 * o.near_s)
        other = resmooth(held, options, found, [back])
        # What lies on the ground looks like its place for as long as it lies there.
        lay = float(along(emission, np.where(again & (now.stopped > 0.5), now.mode_s, np.nan)).sum())
        least = now.log_evidence - lay - o.slack_nats - o.noise_nats * np.sqrt(len(emission.t_new))
        if other.posterior.log_evidence > least:
            emission, found = held, other
            begins.append(begin)
    return emission, found, begins


def held_near(emission: Emission, here_s: Sequence[float], there_s: Sequence[float], near_s: float) -> Emission:
    """The emission in which the row next to each moment can be only so near to its place, seconds of the columns'
    clock.
    """
    known = dict(emission.known)
    for here, there in zip(here_s, there_s, strict=True):
        low, high = (int((there + side * near_s) / emission.step_s) for side in (-1, 1))
        known.setdefault(int(np.abs(emission.t_new - here).argmin()), (max(0, low), max(1, high)))
    return replace(emission, known=known)


def ridden_twice(emission: Emission, now: Posterior, ratio: float, o: LoopOptions) -> list[Repeat]:
    """The sections that the new run rides again, of which the later ride is on the trail."""
    repeats = []
    for last, first in _returns(now, emission.t_new, o):
        _, end_s = _followed(emission, now, last, 1.0, ratio, o)
        if end_s - now.mode_s[first] >= ratio * o.look_s / 2:
            t = emission.t_new
            repeats.append(Repeat((float(now.mode_s[first]), end_s), float(t[last]), float(t[first])))
    return repeats


def _returns(now: Posterior, t: Floats, o: LoopOptions) -> list[tuple[int, int]]:
    """The breaks over which the reference goes on."""
    return [(last, first) for last, first in breaks_of(now, t, o) if now.mode_s[first] - now.mode_s[last] <= o.break_s]


def _followed(
    emission: Emission, now: Posterior, sample: int, side: float, ratio: float, o: LoopOptions
) -> tuple[int, float]:
    """The last sample behind one (`side` 1), or the first in front of it (-1), up to which pictures match on, and its
    place; told by half of `look_s` at a time.
    """
    place, least = float(now.mode_s[sample]), o.support * usual_nats(emission, now)
    short = replace(o, look_s=o.look_s / 2)
    while (way := best_way(emission, sample, place, side, ratio, short)) and way.nats > least:
        middle = (len(way.samples) - 1) // 2 if side > 0 else len(way.samples) // 2
        sample = int(way.samples[middle])  # half of them may be what matches, and the others not
        low, high = (max(0, int((way.place_s[middle] + x) / emission.step_s)) for x in (-o.near_s, o.near_s))
        place = emission.step_s * (low + int(emission.log_ratio[sample, low : high + 1].argmax()))
    return sample, place
