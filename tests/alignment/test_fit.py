"""The monotone fit: exact on exact pairs, unmoved by wild ones, strictly increasing on whatever it is given."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import solveh_banded

from mtbsync_core.alignment.curve.curve import Curve
from mtbsync_core.alignment.curve.fit import FitOptions, Segment, fit, fit_segments
from mtbsync_core.alignment.curve.least_squares import inverse_diagonal
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.errors import EvidenceError
from mtbsync_core.markers import Z90


def test_a_straight_line_is_found_exactly() -> None:
    ref = np.arange(0, 60, 0.3)
    warp = fit(Segment(ref, 2.0 + 1.1 * ref, np.full(len(ref), 0.05)))
    np.testing.assert_allclose(warp.to_new(ref[3:-3]), 2.0 + 1.1 * ref[3:-3], atol=2e-3)


def test_wild_pairs_do_not_move_it() -> None:
    rng = np.random.default_rng(3)
    ref = np.arange(0, 60, 0.3)
    new = ref + 0.8 * np.sin(ref / 6)
    measured = new + 0.03 * rng.standard_normal(len(ref))
    measured[rng.random(len(ref)) < 0.2] += rng.choice([-4.0, 4.0])
    warp = fit(Segment(ref, measured, np.full(len(ref), 0.05)))
    assert np.nanmedian(np.abs(warp.to_new(ref) - new)) < 0.02
    assert np.nanpercentile(np.abs(warp.to_new(ref) - new), 95) < 0.08


def test_many_pairs_that_scatter_do_not_make_it_as_sure_as_if_each_erred_alone() -> None:
    """Neighbours ride the same other line: most of what they are off, the warp is off with them."""
    rng = np.random.default_rng(5)
    ref = np.arange(0, 60, 0.05)

    def spread(scatter: float) -> float:
        new = ref + scatter * rng.standard_normal(len(ref))
        return float(np.median(fit(Segment(ref, new, np.full(len(ref), 0.1))).sigma_s))

    assert 0.06 < spread(0.1) < 0.09
    assert spread(0.01) < 0.05


def test_a_stop_stays_sharp() -> None:
    """Six seconds at one place: the map is steep there and straight on both sides."""
    new = np.arange(0, 40, 0.3)
    ref = np.where(new < 15, new, np.where(new < 21, 15.0, new - 6))
    warp = fit(Segment(ref, new, np.full(len(new), 0.05)))
    at = np.array([10.0, 13.0, 17.0, 25.0])
    np.testing.assert_allclose(warp.to_new(at), [10.0, 13.0, 23.0, 31.0], atol=0.1)


def _after_a_fall(*user: UserPair) -> Curve:
    """Riding up to 20 s, black up to 22 s, then the place of the fall up to 28 s. Before the picture is black it seems
    0.3 s further on for half a second, as where coming to a halt is taken for riding.
    """
    new = np.arange(0, 40, 0.1)
    ref = np.where(new < 20, new, np.where(new < 28, 20.0, new - 8))
    ref = np.where((new > 19.75) & (new < 20.3), ref + 0.3, ref)
    segments = [
        Segment(ref[use], new[use], np.full(use.sum(), 0.05), [pair for pair in user if low < pair.new_s < high])
        for low, high in ((0, 20.25), (22, 40))
        for use in [(new > low) & (new < high)]
    ]
    curve = fit_segments(segments, FitOptions(), ends_s=(32.0, 40.0))
    assert curve is not None
    return curve


def test_a_stand_behind_a_gap_is_not_cut_off_for_what_ran_too_far_before_it() -> None:
    curve = _after_a_fall()
    np.testing.assert_allclose(curve.to_ref([22.5, 24.0, 26.0, 27.5]), 20.0, atol=0.05)
    np.testing.assert_allclose(curve.to_new([19.0, 21.0]), [19.0, 29.0], atol=0.05)
    assert len(curve.gaps) == 1


def test_the_place_of_a_fall_may_be_before_or_behind_the_gap() -> None:
    """From 19.9 to 28 s the run is at about 20 s of the reference: any of these may be the moment."""
    warp = _after_a_fall().warp()
    found, sd = warp.to_new(19.99), warp.uncertainty(19.99)
    assert found - Z90 * sd < 20.0
    assert found + Z90 * sd > 23.5
    assert warp.uncertainty([19.5, 20.5]).max() < 0.06


def test_a_pair_of_the_user_stays_where_segments_are_put_in_order() -> None:
    given = UserPair(20.2, 20.1)
    assert float(_after_a_fall(given).to_new(given.ref_s)) == pytest.approx(given.new_s, abs=1e-3)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=6, max_size=80))
def test_any_pairs_give_a_strictly_increasing_warp_or_a_clear_error(points: list[tuple[float, float]]) -> None:
    ref, new = (np.array(column) for column in zip(*points, strict=True))
    try:
        warp = fit(Segment(ref, new, np.full(len(ref), 0.1)))
    except EvidenceError:
        assert np.ptp((ref + new) / 2) < 1.0
        return
    assert (np.diff(warp.ref_s) > 0).all() and (np.diff(warp.new_s) > 0).all() and (warp.sigma_s > 0).all()


def test_the_spread_grows_where_there_are_no_pairs() -> None:
    ref = np.concatenate([np.arange(0, 20, 0.3), np.arange(30, 50, 0.3)])
    warp = fit(Segment(ref, ref, np.full(len(ref), 0.05))).warp()
    assert warp.uncertainty(25.0) > 2 * warp.uncertainty(10.0)


def test_too_few_pairs_are_not_enough() -> None:
    with pytest.raises(EvidenceError):
        fit(Segment(np.array([1.0, 2, 3]), np.array([1.0, 2, 3]), np.ones(3)))


def test_selected_inversion_agrees_with_the_full_inverse() -> None:
    rng = np.random.default_rng(1)
    n = 12
    band = np.zeros((3, n))
    band[0, 2:], band[1, 1:], band[2] = rng.uniform(-1, 1, n - 2), rng.uniform(-1, 1, n - 1), 6 + rng.random(n)
    inverse = np.column_stack([solveh_banded(band, unit) for unit in np.eye(n)])
    np.testing.assert_allclose(inverse_diagonal(band), np.diag(inverse), rtol=1e-9)


@pytest.mark.parametrize("knot_s", [0.5, 30.25, 100.0, 500.75])
def test_an_end_a_hair_beside_a_knot_is_that_knot(knot_s: float) -> None:
    t = np.nextafter(knot_s, 0) + 0.3 * np.arange(40)
    for offset in np.linspace(0.1, 9.7, 25):  # some of which round two knots of a clock to one value
        segment = Segment(t + offset, t - offset, np.full(40, 0.05))
        assert (np.diff(fit(segment).ref_s) > 0).all()
