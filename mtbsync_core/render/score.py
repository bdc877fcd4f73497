"""What is written over the pictures: who leads by how much, in which sector, and where both are on the trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.markers import Z90
from mtbsync_core.render.playback import Show
from mtbsync_core.warp import TimeWarp

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """Of R runs at N moments of the video; places are seconds of the first run's clock."""

    elapsed_s: Floats
    """(N,) Since counting began, of a run that rides on."""
    place_s: Floats
    """(R, N) Where each run is after that time."""
    delta_s: Floats
    """(R, N) By how much longer a run took than the first one from where counting began to the place where both have
    been: above zero it is behind. NaN where that is not known."""
    margin_s: Floats
    """(R, N) Half of the 90 % interval of that."""
    compared_s: Floats
    """(R, N) The place where they are compared."""


def score(show: Show, t_s: Floats) -> Score:
    """At seconds of the video, (N,)."""
    part = np.clip(np.searchsorted(show.counts_s, t_s, side="right") - 1, 0, None)
    start, end = show.from_ref_s[part], show.to_ref_s[part]
    elapsed = t_s - show.counts_s[part]
    place = np.stack([_place_after(warp, start, elapsed).clip(None, end) for warp in show.warps])
    compared = np.broadcast_to(place[0], place.shape) if show.by_place else np.minimum(place, place[0])
    found = [delta(warp, start, at) for warp, at in zip(show.warps, compared, strict=True)]
    return Score(elapsed, place, np.stack([d for d, _ in found]), np.stack([m for _, m in found]), compared)


def delta(warp: TimeWarp, start_s: Floats, at_s: Floats) -> tuple[Floats, Floats]:
    """By how much longer the new run took than the reference from `start_s` to `at_s`, both (N,) on the reference's
    clock, and half of its 90 % interval; NaN where a place is not mapped. Errors of the two places are taken as
    independent.
    """
    found = warp.to_new(at_s) - warp.to_new(start_s) - (at_s - start_s)
    return found, Z90 * np.hypot(warp.uncertainty(at_s), warp.uncertainty(start_s))


def sector_of(lines_s: Sequence[float], at_s: Floats) -> NDArray[np.intp]:
    """The number of the last line at or before each place, (N,); -1 before the first."""
    return np.searchsorted(np.asarray(lines_s, float), at_s + 1e-9, side="right").astype(np.intp) - 1


def _place_after(warp: TimeWarp, start_s: Floats, elapsed_s: Floats) -> Floats:
    """Where a run is so long after it passed `start_s`; over what is not mapped it is taken to go on evenly."""
    began = np.interp(start_s, warp.ref_s, warp.new_s)
    return np.interp(began + elapsed_s, warp.new_s, warp.ref_s)
