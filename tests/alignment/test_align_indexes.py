"""The whole aligner, but for pictures, against exact truth on a trail of random descriptors."""

from __future__ import annotations

import numpy as np
import pytest

from mtbsync_core.alignment.pipeline import align_indexes
from mtbsync_core.errors import EvidenceError, RefusedError
from tests.alignment.trail_of_numbers import NOISE, Trail, aligned, index_of, metres_off, ride


@pytest.fixture(scope="module")
def trail() -> Trail:
    return Trail.of(1)


@pytest.fixture(scope="module")
def other_trail() -> Trail:
    return Trail.of(2)


@pytest.mark.slow
def test_two_rides_of_one_trail(trail: Trail) -> None:
    ref, new = ride(40, speed=6, seed=1), ride(36, speed=6.5, seed=2)
    result = aligned(trail, ref, new)
    assert result.verdict == "good"
    # Samples lie two metres apart; the map is several times finer than that.
    assert np.median(metres_off(result, ref, new)) < 0.6


@pytest.mark.slow
def test_a_stop_of_the_new_run_makes_the_map_steep(trail: Trail) -> None:
    ref, new = ride(40, speed=6, seed=1), ride(42, speed=6.5, seed=2, stops=((15, 6),))
    result = aligned(trail, ref, new)
    assert result.ok and not result.usable_warp().gaps
    assert result.usable_warp().slope(np.arange(5.0, 35.0, 0.1)).max() > 5
    assert np.median(metres_off(result, ref, new)) < 0.6


@pytest.mark.slow
def test_a_long_stop_is_no_surer_than_a_short_one(trail: Trail) -> None:
    """Looks from one place err together: there are more of them, not more witnesses."""
    ref = ride(40, speed=6, seed=1)
    short, long = (aligned(trail, ref, ride(36 + s, speed=6.5, seed=2, stops=((15, s),))).pairs for s in (3, 18))
    weight = [
        np.sum(1 / p.sigma_s[(p.t_new > 15.3) & (p.t_new < 15 + s - 0.3)] ** 2) for p, s in ((short, 3), (long, 18))
    ]
    assert weight[1] < 3 * weight[0]


@pytest.mark.slow
def test_a_stop_of_the_reference_makes_the_map_flat(trail: Trail) -> None:
    ref, new = ride(42, speed=6.5, seed=2, stops=((15, 6),)), ride(40, speed=6, seed=1)
    result = aligned(trail, ref, new)
    assert result.ok and not result.usable_warp().gaps
    assert result.usable_warp().slope(np.arange(5.0, 35.0, 0.1)).min() < 0.2


@pytest.mark.slow
def test_open_ends_are_outside(trail: Trail) -> None:
    ref, new = ride(40, speed=6, seed=1), ride(40, speed=6, seed=2, start_m=100)
    warp = aligned(trail, ref, new).usable_warp()
    start_on_ref = np.interp(100, ref[1], ref[0])
    assert warp.place(start_on_ref - 3) == "outside"
    assert warp.place(start_on_ref + 3) == "inside"
    assert warp.new_s[-1] < 32


@pytest.mark.slow
def test_a_detour_is_a_gap_on_both_clocks(trail: Trail, other_trail: Trail) -> None:
    ref, (t, place) = ride(45, speed=6, seed=1), ride(45, speed=6, seed=2)
    seen = trail.seen(place, seed=2, noise=NOISE)
    away = (t > 18) & (t < 28)
    seen[away] = other_trail.seen(place, seed=3, noise=NOISE)[away]
    result = align_indexes(index_of(ref[0], trail.seen(ref[1], seed=1, noise=NOISE)), index_of(t, seen))
    warp = result.usable_warp()
    (i,) = warp.gaps
    assert warp.new_s[i] == pytest.approx(18, abs=1.0) and warp.new_s[i + 1] == pytest.approx(28, abs=1.0)
    assert warp.place(23.0) == "gap"
    assert result.verdict == "check" and any("match nothing" in reason for reason in result.reasons)


@pytest.mark.slow
def test_a_short_cut_is_a_gap_of_the_reference(trail: Trail) -> None:
    ref, (t, place) = ride(45, speed=6, seed=1), ride(36, speed=6, seed=2)
    new = (t, np.where(t > 18, place + 50, place))
    warp = aligned(trail, ref, new).usable_warp()
    (i,) = warp.gaps
    assert warp.ref_s[i + 1] - warp.ref_s[i] == pytest.approx(8, abs=2)


@pytest.mark.slow
@pytest.mark.parametrize("backwards", [False, True])
def test_another_trail_and_the_wrong_direction_are_refused(trail: Trail, other_trail: Trail, backwards: bool) -> None:
    ref, new = ride(40, speed=6, seed=1), ride(40, speed=6, seed=2)
    seen = trail.seen(new[1], seed=2, noise=NOISE)[::-1] if backwards else other_trail.seen(new[1], seed=2)
    result = align_indexes(index_of(ref[0], trail.seen(ref[1], seed=1, noise=NOISE)), index_of(new[0], seen))
    assert result.verdict == "refused" and not result.ok and result.reasons
    with pytest.raises(RefusedError):
        result.usable_warp()


def test_too_short_a_run_is_not_enough_evidence(trail: Trail) -> None:
    ref, new = ride(40, speed=6, seed=1), ride(3, speed=6, seed=2)
    with pytest.raises(EvidenceError):
        aligned(trail, ref, new)
