"""The time warp against its own inverse, and its refusal to answer where it knows nothing."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtbsync_core.errors import FormatError
from mtbsync_core.warp import TimeWarp

STEPS = st.lists(st.tuples(st.floats(0.05, 60), st.floats(0.05, 60)), min_size=1, max_size=30)


def warp_of(steps: list[tuple[float, float]], gaps: frozenset[int] = frozenset()) -> TimeWarp:
    ref, new = np.cumsum([(0.5, 3.0), *steps], axis=0).T
    return TimeWarp(ref, new, np.linspace(0.01, 0.2, len(ref)), gaps)


@given(steps=STEPS, part=st.floats(0, 1))
@settings(max_examples=80, deadline=None)
def test_inverse(steps: list[tuple[float, float]], part: float) -> None:
    warp = warp_of(steps)
    t = float(warp.ref_s[0] + part * (warp.ref_s[-1] - warp.ref_s[0]))
    t = min(t, float(warp.ref_s[-1]))
    assert float(warp.to_ref(warp.to_new(t))) == pytest.approx(t, abs=1e-9)
    assert warp.place(t) == "inside"
    assert float(warp.slope(t)) > 0


@given(steps=STEPS)
@settings(max_examples=60, deadline=None)
def test_knots_are_exact_and_order_is_kept(steps: list[tuple[float, float]]) -> None:
    warp = warp_of(steps)
    assert np.array_equal(warp.to_new(warp.ref_s), warp.new_s)
    assert np.array_equal(warp.to_ref(warp.new_s), warp.ref_s)
    assert np.array_equal(warp.uncertainty(warp.ref_s), warp.sigma_s)
    inside = np.linspace(warp.ref_s[0], warp.ref_s[-1], 200)
    assert (np.diff(warp.to_new(inside)) >= 0).all()


@given(steps=STEPS, away=st.floats(1e-6, 1e6))
@settings(max_examples=60, deadline=None)
def test_outside_is_never_extrapolated(steps: list[tuple[float, float]], away: float) -> None:
    warp = warp_of(steps)
    for t in (warp.ref_s[0] - away, warp.ref_s[-1] + away, math.nan, math.inf):
        assert math.isnan(float(warp.to_new(t)))
        assert math.isnan(float(warp.uncertainty(t)))
        assert math.isnan(float(warp.slope(t)))
        assert warp.place(float(t)) == "outside"
    assert math.isnan(float(warp.to_ref(warp.new_s[-1] + away)))


@given(steps=STEPS, data=st.data())
@settings(max_examples=50, deadline=None)
def test_gaps_have_no_answer_in_either_direction(steps: list[tuple[float, float]], data: st.DataObject) -> None:
    gap = data.draw(st.integers(0, len(steps) - 1))
    warp = warp_of(steps, frozenset({gap}))
    middle_ref = (warp.ref_s[gap] + warp.ref_s[gap + 1]) / 2
    middle_new = (warp.new_s[gap] + warp.new_s[gap + 1]) / 2
    assert math.isnan(float(warp.to_new(middle_ref)))
    assert math.isnan(float(warp.to_ref(middle_new)))
    assert warp.place(float(middle_ref)) == "gap"
    assert warp.place(float(warp.ref_s[gap])) == warp.place(float(warp.ref_s[gap + 1])) == "inside"
    lengths = sum(b - a for a, b in warp.mapped()) + float(warp.ref_s[gap + 1] - warp.ref_s[gap])
    assert lengths == pytest.approx(float(warp.ref_s[-1] - warp.ref_s[0]))


@given(steps=STEPS)
@settings(max_examples=40, deadline=None)
def test_json_gives_the_same_warp(steps: list[tuple[float, float]]) -> None:
    warp = warp_of(steps, frozenset({0}))
    again = TimeWarp.from_knots(json.loads(json.dumps(warp.knots())), json.loads(json.dumps(sorted(warp.gaps))))
    assert np.array_equal(again.ref_s, warp.ref_s)
    assert np.array_equal(again.new_s, warp.new_s)
    assert np.array_equal(again.sigma_s, warp.sigma_s)
    assert again.gaps == warp.gaps


def test_slope_and_mapped_in_numbers() -> None:
    warp = TimeWarp(
        np.array([0, 10, 20, 30]), np.array([5, 15, 35, 40]), np.array([0.1, 0.2, 0.3, 0.4]), frozenset({1})
    )
    assert warp.to_new([0, 5, 25]).tolist() == [5, 10, 37.5]
    assert warp.slope([5, 25]).tolist() == [1, 0.5]
    assert float(warp.uncertainty(5)) == pytest.approx(0.15)
    assert warp.mapped() == [(0, 10), (20, 30)]


@pytest.mark.parametrize(
    "knots",
    [
        [],
        [[0, 0, 0]],
        [[0, 0, 0], [0, 1, 0]],
        [[0, 1, 0], [1, 1, 0]],
        [[0, 0, -1], [1, 1, 0]],
        [[0, 0, math.nan], [1, 1, 0]],
        [[0, 0], [1, 1]],
        [["a", 0, 0], [1, 1, 0]],
        [None, None],
    ],
)
def test_damaged_knots(knots: list[object]) -> None:
    with pytest.raises(FormatError):
        TimeWarp.from_knots(knots)


def test_a_gap_must_exist_and_arrays_are_read_only() -> None:
    with pytest.raises(FormatError, match="segment"):
        TimeWarp.from_knots([[0, 0, 0], [1, 1, 0]], [1])
    warp = TimeWarp.from_knots([[0, 0, 0], [1, 1, 0]])
    with pytest.raises(ValueError, match="read-only"):
        warp.ref_s[0] = 1


def test_a_bridge_has_answers_and_says_that_it_is_one() -> None:
    warp = TimeWarp.from_knots([(0, 0, 0.1), (1, 2, 0.1), (2, 3, 0.1), (3, 5, 0.1), (4, 6, 0.1)], {3}, {1, 2})
    assert [warp.on_bridge(t) for t in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 9.0)] == [
        *(False, False, True, True, True, False, False, False, False)
    ]
    assert float(warp.to_new(1.5)) == 2.5
    again = TimeWarp.from_knots(warp.knots(), warp.gaps, warp.bridges)
    assert (again.gaps, again.bridges) == (warp.gaps, warp.bridges)
    ends = TimeWarp.from_knots([(0, 0, 0.1), (1, 2, 0.1), (2, 3, 0.1)], bridges={1})
    assert [ends.on_bridge(t) for t in (1.0, 1.5, 2.0)] == [False, True, True]
    with pytest.raises(FormatError, match="either a gap or a bridge"):
        TimeWarp.from_knots([(0, 0, 0), (1, 1, 0)], {0}, {0})
