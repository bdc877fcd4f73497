"""How errors of two places go together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtbsync_core.timing.deviation import correlation, of_difference, of_sum

SIGMA = st.floats(0.001, 1.0)


def test_errors_are_alike_nearby_and_independent_far_away() -> None:
    assert correlation(0.0) == pytest.approx(1.0)
    assert 0.6 < correlation(0.3) < 0.8
    assert abs(correlation(5.0)) < 1e-4


@settings(max_examples=25)
@given(SIGMA, SIGMA, st.floats(0.0, 20.0))
def test_a_time_is_known_no_worse_than_the_sum_and_no_better_than_the_difference(a: float, b: float, at: float) -> None:
    assert abs(a - b) - 1e-9 <= of_difference(a, b, at) <= a + b
    assert of_difference(a, b, at) == pytest.approx(of_difference(b, a, -at))


@settings(max_examples=25)
@given(st.lists(st.tuples(SIGMA, st.floats(0.0, 30.0)), min_size=2, max_size=12))
def test_all_matrices_of_places_are_covariances(places: list[tuple[float, float]]) -> None:
    sigma, t = np.array(places).T
    covariance = correlation(t[:, None] - t) * sigma[:, None] * sigma
    assert np.linalg.eigvalsh(covariance).min() > -1e-9


@settings(max_examples=25)
@given(SIGMA, SIGMA, st.floats(0.0, 5.0))
def test_a_sum_of_one_sector_is_a_difference(a: float, b: float, at: float) -> None:
    counts, sigma = np.array([-1.0, 1.0]), np.array([a, b])
    assert float(of_sum(counts, sigma, np.array([3.0, 3.0 + at]))) == pytest.approx(
        float(of_difference(a, b, at)), abs=1e-7
    )


def test_two_sectors_of_one_run_are_one() -> None:
    sigma, t = np.full(3, 0.05), np.array([0.0, 10.0, 20.0])
    first, second = np.array([-1.0, 1.0, 0.0]), np.array([0.0, -1.0, 1.0])
    whole = of_sum(first + second, sigma, t)
    assert whole == pytest.approx(float(of_difference(0.05, 0.05, 20.0)))
    of_two_runs = np.linalg.norm(of_sum(np.stack([first, second]), np.full((2, 3), 0.05), t))
    assert of_two_runs > whole
