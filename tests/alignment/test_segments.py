"""What counts as a segment on the common trail."""

from __future__ import annotations

import numpy as np

from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.hmm.segments import (
    StillShare,
    beyond_ends,
    common_segments,
    leaps_between,
    stands_beyond,
    with_end_stands,
)

T = np.arange(0.0, 20.0, 0.25)


def posterior(place_s: np.ndarray, on_trail: np.ndarray) -> Posterior:
    spread = np.full(len(place_s), 0.1)
    return Posterior(place_s, spread, place_s, on_trail.astype(float), np.zeros(len(place_s)), 50.0)


def still(share: float, there: float | None = None) -> StillShare:
    """A run that stands for this share of any time, and for the share `there` of it at the place that is asked for."""

    def of(_first: float, _last: float, at_s: float | None = None, /) -> float:
        return share if at_s is None or there is None else there

    return of


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


def test_off_the_trail_for_a_moment_and_back_further_on_is_a_leap() -> None:
    place = np.where(T < 10, T, T + 2)
    forth = posterior(place, (T < 9.5) | (T > 10.5))
    moves, stands = still(0.2), still(1.0)
    (leap,) = leaps_between(forth, T, posterior(T, np.zeros(len(T))), T, (moves, moves))
    assert leap.ref_s == (9.25, 12.75) and leap.new_s == (9.25, 10.75)
    assert not leaps_between(forth, T, posterior(T, np.zeros(len(T))), T, (stands, stands))


def test_what_is_shown_before_the_other_run_begins_and_after_it_ends_has_no_place() -> None:
    """The new run begins 2 s before the reference and ends 3 s after it: the model holds it at the ends' cells."""
    new, ref = posterior((T - 2).clip(0, 15), np.ones(len(T))), T[T <= 15]
    back = posterior(ref + 2, np.ones(len(ref)))
    assert beyond_ends(new, T, back, ref, still(0.2)) == [(-np.inf, 1.9), (17.1, np.inf)]
    assert beyond_ends(new, T, back, ref, still(1.0)) == []  # it stands at the gate
    late = posterior(ref + 2, (ref > 5) & (ref < 10))
    assert beyond_ends(new, T, late, ref, still(0.2)) == []  # the reference begins elsewhere


def test_a_stand_before_the_other_run_begins_is_no_stand_where_it_begins() -> None:
    """The new run waits a few metres before the reference's first place, which looks much like it, and then rides."""
    new, ref = posterior((T - 2).clip(0, 15), np.ones(len(T))), T[T <= 15]
    back = posterior(ref + 2, np.ones(len(ref)))
    assert beyond_ends(new, T, back, ref, still(0.9, there=0.1)) == [(-np.inf, 1.9), (17.1, np.inf)]


def test_a_run_that_stands_at_its_start_tells_where_it_does() -> None:
    """The other run's samples before that place look like the stand, and the model rides through it."""
    ones = np.ones(len(T))
    places, contradicting = posterior(T, T > 2), posterior(T, ones)
    assert with_end_stands(places, contradicting, T, still(1.0)).on_trail.tolist() == ones.tolist()
    assert with_end_stands(places, contradicting, T, still(0.1)).on_trail.tolist() == (T > 2).tolist()


def test_where_a_run_stands_beyond_the_other_ones_end_is_told() -> None:
    """It is not at the end that it stands, but how far from it nothing tells."""
    new = posterior((T - 2).clip(0, 15), np.ones(len(T)))
    beyond = [(-np.inf, 1.9), (17.1, np.inf)]
    assert stands_beyond(beyond, new, T, still(0.9, there=0.1)) == [(0.0, 1.9), (17.1, 19.75)]
    assert stands_beyond(beyond, new, T, still(0.2)) == []
