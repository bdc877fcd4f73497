"""What is written over the pictures: who leads by how much, and where all are on the trail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.render.playback import Show
from mtbsync_core.timing.compare import delta
from mtbsync_core.timing.runs import TimedRun

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """Of R runs at N moments of the video; places are seconds of the trail's clock."""

    place_s: Floats
    """(R, N) Where each run is after the time that has passed since counting began, whatever is shown of it."""
    delta_s: Floats
    """(R, N) By how much longer a run took than the first one from where counting began to where they are compared:
    above zero it is behind. NaN where that is not known."""
    margin_s: Floats
    """(R, N) Half of the 90 % interval of that."""
    compared_s: Floats
    """(R, N) The place where they are compared, that where both have been."""


def score(show: Show, t_s: Floats) -> Score:
    """At seconds of the video, (N,)."""
    part = np.clip(np.searchsorted(show.counts_s, t_s, side="right") - 1, 0, None)
    start, end = show.from_ref_s[part], show.to_ref_s[part]
    place = np.stack([place_after(run, start, t_s - show.counts_s[part]).clip(None, end) for run in show.runs])
    compared = np.array(np.broadcast_to(place[0], place.shape) if show.by_place else np.minimum(place, place[0]))
    led = np.full((2, *place.shape), np.nan)
    for n, start_s in enumerate(show.from_ref_s.tolist()):
        here = part == n
        for run, of_run in enumerate(show.runs):
            led[:, run, here] = lead(of_run, show.runs[0], compared[run, here], start_s)
    return Score(place, led[0], led[1], compared)


def score_on(new: TimedRun, reference: TimedRun, new_s: Floats) -> Score:
    """At moments of the new run's own clock, (N,): counting begins where its map does. The reference is the first of
    the two. NaN where the new run is not on the trail.
    """
    start_s = float(new.warp.ref_s[0])
    at = new.warp.to_ref(new_s)
    elapsed = new_s - float(new.warp.new_s[0])
    places = np.stack([place_after(run, np.full(len(new_s), start_s), elapsed) for run in (reference, new)])
    led = np.stack([np.full((2, len(new_s)), np.nan), lead(new, reference, at, start_s)], axis=1)
    return Score(places, led[0], led[1], np.stack([at, at]))


def lead(run: TimedRun, first: TimedRun, at_s: Floats, start_s: float) -> Floats:
    """Delta and half of its 90 % interval, (2, N)."""
    found = delta(run, first, at_s, start_s=start_s)
    return np.stack([found.seconds, (found.hi - found.lo) / 2])


def place_after(run: TimedRun, start_s: Floats, elapsed_s: Floats) -> Floats:
    """Where a run is so long after it passed `start_s`, (N,) all; over what is not mapped it is taken to go on evenly,
    and at the ends of the map it stays.
    """
    began = np.interp(start_s, run.warp.ref_s, run.warp.new_s)
    return np.interp(began + elapsed_s, run.warp.new_s, run.warp.ref_s)
