"""What counts as a segment on the common trail."""

from __future__ import annotations

import numpy as np

from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.hmm.segments import common_segments

T = np.arange(0.0, 20.0, 0.25)


def posterior(place_s: np.ndarray, on_trail: np.ndarray) -> Posterior:
    spread = np.full(len(place_s), 0.1)
    return Posterior(place_s, spread, place_s, on_trail.astype(float), np.zeros(len(place_s)), 50.0)


def numbers(place_s: np.ndarray, on_trail: np.ndarray) -> list[tuple[int, int]]:
    forth = posterior(place_s, on_trail)
    return [(int(part[0]), int(part[-1])) for part in common_segments(forth, T)]


def test_riding_with_a_stop_in_it_is_one_segment() -> None:
    place = np.interp(T, [0, 5, 12, 20], [0, 5, 5, 13])
    assert numbers(place, np.ones(len(T), bool)) == [(0, len(T) - 1)]


def test_a_stop_alone_is_no_segment() -> None:
    """Seen on a fork: the run stood for 7 s off the trail, and all of it looked like one picture of the reference."""
    place = np.where(T < 5, T, 9.0 + 0.01 * T)
    on_trail = (T < 5) | ((T > 8) & (T < 15))
    assert numbers(place, on_trail) == [(0, 19)]


def test_islands_are_too_short() -> None:
    assert numbers(T, (T < 5) | ((T > 8) & (T < 9.5))) == [(0, 19)]
