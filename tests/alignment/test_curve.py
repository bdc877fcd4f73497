"""What the spread across the curve of a warp is on the new clock."""

from __future__ import annotations

import numpy as np
import pytest

from mtbsync_core.alignment.curve.curve import Curve
from mtbsync_core.alignment.from_pairs import alignment_from_pairs
from mtbsync_core.markers import Marker, confidence_of, transfer
from tests.alignment.trail_of_numbers import Trail, aligned, ride


def riding(slope: float) -> Curve:
    ref = np.linspace(0, 60, 241)
    return Curve(ref, 5 + slope * ref, np.full(241, 0.1))


@pytest.mark.parametrize("slope", [0.5, 1.0, 2.0])
def test_where_the_new_run_is_slower_the_same_doubt_is_more_seconds(slope: float) -> None:
    np.testing.assert_allclose(riding(slope).warp().sigma_s[5:-5], 0.1 * (1 + slope) / 2, rtol=1e-9)


def test_it_is_the_spread_of_the_answers_of_curves_that_lie_elsewhere() -> None:
    rng = np.random.default_rng(0)
    ref = np.linspace(0, 60, 241)
    curve = Curve(ref, ref + 3 * np.sin(ref / 4), np.full(241, 0.2))
    shifts = 0.1 * rng.standard_normal(4000)
    for t in (10.0, 22.0, 37.5):
        answers = [np.interp(t, ref - h, curve.new_s + h) for h in shifts]
        assert float(curve.warp().uncertainty(t)) == pytest.approx(np.std(answers), rel=0.06)


def stopped() -> Curve:
    """The new run stands for 9 s at 30 s of the reference."""
    ref = np.concatenate([np.arange(0, 30, 0.25), 30 + np.linspace(0, 0.02, 37), np.arange(30.25, 60, 0.25)])
    new = np.concatenate([np.arange(0, 30, 0.25), 30 + np.linspace(0, 9, 37), np.arange(39.25, 69, 0.25)])
    return Curve(ref, new, np.full(len(ref), 0.05))


def test_a_marker_at_a_stop_may_be_anywhere_in_it_and_one_before_it_is_as_sure_as_ever() -> None:
    before, at, after = transfer([Marker("a", 29.0), Marker("b", 30.01), Marker("c", 31.0)], stopped().warp())
    assert before.status == after.status == "moved" and before.confidence > 0.99
    assert at.status == "doubtful" and at.t_lo is not None and at.t_hi is not None
    assert at.t_lo < 30.3 and at.t_hi > 38.7


@pytest.mark.parametrize("end", ["first", "last"])
def test_at_an_end_of_the_reference_a_marker_may_be_anywhere_in_a_stand_that_is_drawn_just_beyond_it(end: str) -> None:
    """The new run stands for 1.4 s where the reference begins (ends), and the curve has most of that 0.04 s beyond."""
    ref = np.concatenate([np.linspace(-0.04, 0.02, 15), np.arange(0.27, 30, 0.25)])
    new = np.concatenate([np.linspace(0, 1.4, 15), np.arange(1.65, 31.4, 0.25)])
    if end == "last":
        ref, new = 30 - ref[::-1], 32 - new[::-1]
    curve, at = Curve(ref, new, np.full(len(ref), 0.08)), {"first": 0.0, "last": 30.0}[end]
    warp = curve.warp_within((0.0, 30.0))
    assert warp is not None
    assert (float(warp.ref_s.min()), float(warp.ref_s.max())) == pytest.approx((max(ref[0], 0.0), min(ref[-1], 30.0)))
    (marker,) = transfer([Marker("a", at)], warp)
    assert marker.status == "doubtful" and marker.t_lo is not None and marker.t_hi is not None
    stand = (0.0, 1.4) if end == "first" else (30.6, 32.0)
    assert marker.t_lo == pytest.approx(stand[0], abs=0.4) and marker.t_hi == pytest.approx(stand[1], abs=0.4)
    assert curve.warp_within((40.0, 50.0)) is None


def test_a_gap_is_not_looked_over() -> None:
    curve = Curve(np.array([0, 10, 50, 60.0]), np.array([0, 10, 30, 40.0]), np.full(4, 0.1), frozenset({1}))
    np.testing.assert_allclose(curve.warp().sigma_s, 0.1)
    assert curve.warp().gaps == {1}


@pytest.mark.slow
def test_the_pairs_alone_are_as_sure_beside_a_stop_as_the_pictures_and_the_verdict_sees_what_the_file_says() -> None:
    """The new run stands for 10 s: a marker beside it may be anywhere in the stop, whichever way the map was made."""
    ref, new = ride(40, speed=6, seed=1), ride(46, speed=6.5, seed=2, stops=((15, 10),))
    whole = aligned(Trail.of(1), ref, new)
    alone = alignment_from_pairs(whole.pairs)
    t = np.arange(2, 36, 0.05)
    sure, again = (np.array([confidence_of(float(w.uncertainty(at))) for at in t]) for w in
                   (whole.usable_warp(), alone.usable_warp()))  # fmt: skip
    assert sure.min() < 0.2
    np.testing.assert_allclose(again, sure, atol=0.005)
    for found in (whole, alone):
        median = float(np.median(found.usable_warp().sigma_s))
        assert found.quality.median_sigma_s == pytest.approx(median, abs=1e-4)


def test_the_first_place_may_be_anywhen_in_a_stand_just_before_it_and_the_last_one_in_one_behind_it() -> None:
    ref = np.linspace(0, 60, 241)
    curve = Curve(ref, 5 + ref, np.full(241, 0.1))
    warp, plain = curve.warp([(0.0, 5.0), (65.0, 68.0)]), curve.warp()
    first, second, last = transfer([Marker("a", 0.0), Marker("b", 0.5), Marker("c", 60.0)], warp)
    assert first.status == last.status == "doubtful" and second.status == "moved"
    assert first.t_lo is not None and first.t_lo < 0.1 + 5 - 2.5 and last.t_hi is not None and last.t_hi > 66.4
    assert np.array_equal(warp.sigma_s[1:-1], plain.sigma_s[1:-1]) and np.array_equal(warp.new_s, plain.new_s)
