"""Pairs of the user: the warp goes through them, solving again is what aligning anew is, and nonsense is refused."""

from __future__ import annotations

import numpy as np
import pytest

from mtbsync_core.alignment.curve.fit import Segment, fit
from mtbsync_core.alignment.emission.grid import hold
from mtbsync_core.alignment.emission.pictures import picture_emission
from mtbsync_core.alignment.hmm.forward_backward import resmooth, smooth
from mtbsync_core.alignment.hmm.transition import TransitionOptions
from mtbsync_core.alignment.pipeline import solve
from mtbsync_core.alignment.preparation import Prepared, prepare
from mtbsync_core.alignment.user_pairs import UserPair, in_order
from mtbsync_core.errors import UsageError
from tests.alignment.trail_of_numbers import Trail, index_of, ride

NOISE = 2.5


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    """The new run looks elsewhere from second 14 to 26."""
    trail, elsewhere = Trail.of(1), Trail.of(2)
    ref, (t, place) = ride(40, speed=6, seed=1), ride(40, speed=6, seed=2)
    seen = trail.seen(place, seed=2, noise=NOISE)
    fog = (t > 14) & (t < 26)
    seen[fog] = elsewhere.seen(place, seed=3, noise=NOISE)[fog]
    return prepare(index_of(ref[0], trail.seen(ref[1], seed=1, noise=NOISE)), index_of(t, seen))


@pytest.mark.slow
def test_the_warp_goes_through_a_pair_among_good_pictures(prepared: Prepared) -> None:
    before = solve(prepared).usable_warp()
    pair = UserPair(float(before.to_ref(8.0)) + 0.15, 8.0)
    after = solve(prepared, [pair])
    assert float(after.usable_warp().to_new(pair.ref_s)) == pytest.approx(pair.new_s, abs=1e-3)
    assert float(after.usable_warp().uncertainty(pair.ref_s)) <= 0.02
    assert after.options["user"] == [[pair.ref_s, pair.new_s]]
    rows = after.pairs.source == "user"
    assert rows.sum() == 1 and after.pairs.valid[rows].all()
    # Far from it nothing changes.
    assert float(after.usable_warp().to_ref(35.0)) == pytest.approx(float(before.to_ref(35.0)), abs=0.02)


@pytest.mark.slow
def test_a_pair_in_a_gap_makes_an_island(prepared: Prepared) -> None:
    before = solve(prepared).usable_warp()
    assert before.place(20.0) == "gap"
    after = solve(prepared, [UserPair(20.2, 20.0)]).usable_warp()
    assert float(after.to_new(20.2)) == pytest.approx(20.0, abs=1e-3)
    assert after.place(16.5) == "gap" and len(after.gaps) == 2


@pytest.mark.slow
@pytest.mark.parametrize("pair", [UserPair(9.0, 5.0), UserPair(5.0, 9.0), UserPair(25.0, 5.0), UserPair(12.0, 33.0)])
def test_a_pair_beats_pictures_that_say_otherwise(prepared: Prepared, pair: UserPair) -> None:
    warp = solve(prepared, [pair]).warp
    assert warp is not None
    assert float(warp.to_new(pair.ref_s)) == pytest.approx(pair.new_s, abs=1e-3)


@pytest.mark.slow
def test_solving_again_is_aligning_anew(prepared: Prepared) -> None:
    pairs = [UserPair(6.2, 6.0), UserPair(20.2, 20.0), UserPair(33.0, 33.0)]
    again = solve(prepared, pairs).usable_warp()
    anew = solve(prepare(prepared.ref, prepared.new, user=pairs), pairs).usable_warp()
    np.testing.assert_allclose(again.new_s, anew.new_s, atol=1e-4)
    assert again.gaps == anew.gaps
    plain = solve(prepared)
    assert plain.options["user"] == [] and float(plain.usable_warp().to_ref(8.0)) == pytest.approx(8.0, abs=1.0)


@pytest.mark.slow
@pytest.mark.parametrize("off_s", [0.0, 0.4, 12.0])
def test_the_quick_way_finds_what_the_whole_way_finds(off_s: float) -> None:
    rng = np.random.default_rng(5)
    t = np.arange(0.0, 90.0, 0.3)
    matrix = rng.standard_normal((len(t), len(t))).astype(np.float32)
    matrix += 3 * np.exp(-0.5 * ((t[None] - t[:, None]) / 0.4) ** 2).astype(np.float32)
    rows, options = picture_emission(matrix, t, t), TransitionOptions()
    held = hold(rows, np.array([40.0]), np.array([40.0 + off_s]))
    quick = resmooth(held, options, smooth(rows, options), held.known).posterior
    whole = smooth(held, options).posterior
    there = whole.on_trail > 0.01
    np.testing.assert_allclose(quick.on_trail, whole.on_trail, atol=1e-4)
    np.testing.assert_allclose(quick.mean_s[there], whole.mean_s[there], atol=1e-3)
    assert abs(whole.mean_s[np.abs(t - 40.0).argmin()] - 40.0 - off_s) < 0.7


def test_the_fit_goes_through_pins_and_stays_in_order() -> None:
    t = np.arange(0, 60, 0.3)
    pins = [UserPair(10.0, 10.6), UserPair(10.2, 10.61), UserPair(40.0, 39.0), UserPair(59.9, 60.0)]
    warp = fit(Segment(t, t, np.full(len(t), 0.05), pins))
    for pin in pins:
        assert float(warp.to_new(pin.ref_s)) == pytest.approx(pin.new_s, abs=1e-3)
    assert float(warp.to_new(25.0)) == pytest.approx(25.0, abs=0.02)


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([(10, 20), (12, 18)], "10=20 and 12=18 contradict"),
        ([(10, 20), (10, 21)], "contradict"),
        ([(10, 20), (99, 21)], "reference is 50.0 s"),
        ([(-1, 20)], "lies outside"),
    ],
)
def test_nonsense_is_a_usage_error(pairs: list[tuple[float, float]], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        in_order((UserPair(*pair) for pair in pairs), 50, 60)


def test_the_same_pair_twice_is_one() -> None:
    assert in_order([UserPair(5, 6), UserPair(5, 6), UserPair(1, 2)]) == [(1, 2), (5, 6)]
