"""A section that is ridden again after a crash: the later ride of it counts, and the first one is told."""

from __future__ import annotations

import numpy as np
import pytest

from mtbsync_core.alignment.pipeline import align_indexes
from mtbsync_core.alignment.result import Alignment
from tests.alignment.trail_of_numbers import Trail, index_of, ride

Floats = np.ndarray
STEP = 0.3
CRASH_M, BACK_M = 150.0, 105.0


def crashed(stand_s: float, seed: int) -> tuple[Floats, Floats, Floats]:
    """Times, places and whether the camera looks along the trail: up to a crash, lying there, back on foot looking the
    other way, and once more from there.
    """
    _, place = ride(40, speed=6, seed=seed)
    first, again = place[place < CRASH_M], place[place >= BACK_M]
    lies = np.full(round(stand_s / STEP), CRASH_M)
    walks = np.arange(CRASH_M, BACK_M, -3.0 * STEP)
    parts = [first, lies, walks, again]
    ahead = np.concatenate([np.full(len(part), part is not walks) for part in parts])
    whole = np.concatenate(parts)
    return np.arange(len(whole)) * STEP, whole, ahead


def with_a_crash(stand_s: float, seed: int) -> tuple[Alignment, Floats, Floats]:
    """The alignment, and the places of both runs at its reference moments every 0.1 s from 105 m to 150 m, metres."""
    trail, elsewhere = Trail.of(seed), Trail.of(seed + 50)
    (ref_t, ref_m), (t, place, ahead) = ride(40, speed=6.2, seed=seed + 9), crashed(stand_s, seed)
    seen = trail.seen(place, seed=2)
    seen[~ahead] = elsewhere.seen(place, seed=3)[~ahead]
    found = align_indexes(index_of(ref_t, trail.seen(ref_m, seed=1)), index_of(t, seen))
    first, last = np.interp([BACK_M + 6, CRASH_M - 6], ref_m, ref_t).tolist()
    at = np.arange(first, last, 0.1)
    later = found.usable_warp().to_new(at)
    return found, np.interp(at, ref_t, ref_m), np.where(later > t[~ahead].max(), np.interp(later, t, place), np.nan)


@pytest.mark.slow
@pytest.mark.parametrize("stand_s", [0.0, 12.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_later_ride_of_a_section_counts_and_the_first_is_told(stand_s: float, seed: int) -> None:
    found, want, got = with_a_crash(stand_s, seed)
    assert np.abs(got - want).max() < 2.0
    assert any("ridden again" in reason for reason in found.reasons)
