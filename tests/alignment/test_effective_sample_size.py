"""What a run sees while it stands is one look, however long it lasts."""

from __future__ import annotations

import numpy as np
import pytest

from mtbsync_core.alignment.curve.effective_sample_size import SharedErrorOptions, shared_sd, variance_inflation

EVERYWHERE = np.ones(400, bool)
T = np.arange(400) / 10.0
SHARED_S = SharedErrorOptions().shared_s


def test_where_both_ride_alike_every_look_counts() -> None:
    np.testing.assert_allclose(variance_inflation(T, T + 3.0, EVERYWHERE), 1.0, atol=1e-4)


def test_a_stop_counts_as_long_as_riding_of_the_shared_time() -> None:
    place = np.minimum(T, 15.0) + np.maximum(T - 19.0, 0.0)
    again = variance_inflation(T, place, EVERYWHERE)
    np.testing.assert_allclose(again[(T > 15.5) & (T < 18.5)], (4.0 + SHARED_S) / SHARED_S, rtol=0.02)
    np.testing.assert_allclose(again[(T < 14.5) | (T > 19.5)], 1.0, atol=1e-4)


def test_a_stand_of_the_other_run_is_no_repeat_of_this_one() -> None:
    """This run rides on while its places jump over the time that the other one stood."""
    place = T + np.where(T > 20.0, 9.0, 0.0)
    np.testing.assert_allclose(variance_inflation(T, place, EVERYWHERE), 1.0, atol=1e-4)


def test_looks_off_the_trail_stand_nowhere() -> None:
    place = np.minimum(T, 15.0) + np.maximum(T - 22.0, 0.0)
    off = (T > 14.95) & (T < 22.05)
    np.testing.assert_allclose(variance_inflation(T, place, ~off), 1.0, atol=1e-3)


def test_any_density_of_looks_gives_the_same() -> None:
    """Looks that are further apart than errors are shared still say how long the run stood."""
    sparse = np.arange(0.0, 40.0, 0.95)
    place = np.minimum(sparse, 15.0) + np.maximum(sparse - 19.0, 0.0)
    again = variance_inflation(sparse, place, np.ones(len(sparse), bool))
    assert again[(sparse > 16) & (sparse < 18)].min() > 6


def test_a_stop_knows_its_place_no_better_than_riding_does() -> None:
    """Looks from one spot agree to two cells of the model, and share the error of the pictures."""
    stands = (T > 15.0) & (T < 19.0)
    place = np.minimum(T, 15.0) + np.maximum(T - 19.0, 0.0)
    sd = shared_sd(np.where(stands, 0.01, 0.3), T, place, EVERYWHERE, SharedErrorOptions())
    in_passing = 0.3 * np.sqrt(2 * SHARED_S / 0.1)
    np.testing.assert_allclose(sd[(T < 14.0) | (T > 20.0)], in_passing, rtol=1e-3)
    within = (T > 15.5) & (T < 18.5)
    all_of_the_stop = 1 / np.sqrt((1 / sd[within] ** 2).mean() * 40)
    assert all_of_the_stop == pytest.approx(in_passing / np.sqrt(SHARED_S / 0.1), rel=0.1)
