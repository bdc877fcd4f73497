"""The time warp against its own inverse, and its refusal to answer where it knows nothing."""

from __future__ import annotations

import json
import math
from dataclasses import replace

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


@pytest.mark.slow
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


def same(a: TimeWarp | None, b: TimeWarp) -> None:
    """Both give the same answers, with the same standard deviations, and none at the same places."""
    assert a is not None
    t = np.union1d(np.linspace(b.ref_s[0] - 1, b.ref_s[-1] + 1, 301), b.ref_s)
    assert (np.isfinite(a.to_new(t)) == np.isfinite(b.to_new(t))).all()
    np.testing.assert_allclose(a.to_new(t), b.to_new(t), atol=1e-6)
    np.testing.assert_allclose(a.uncertainty(t), b.uncertainty(t), rtol=1e-6, atol=1e-9)
    # A bridge is a whole segment: its ends, its middle, and both outsides say all.
    places = [*t[[0, -1]], *b.ref_s, *(b.ref_s[1:] + b.ref_s[:-1]) / 2]
    assert [a.on_bridge(x) for x in places] == [b.on_bridge(x) for x in places]


@st.composite
def maps(draw: st.DrawFn) -> TimeWarp:
    """Maps with gaps and bridges."""
    steps = draw(STEPS)
    kinds = draw(st.lists(st.sampled_from(["seen", "seen", "bridge", "gap"]), min_size=len(steps), max_size=len(steps)))
    gaps, bridges = (frozenset(i for i, kind in enumerate(kinds) if kind == which) for which in ("gap", "bridge"))
    return replace(warp_of(steps), gaps=gaps, bridges=bridges)


@pytest.mark.slow
@given(warp=maps())
@settings(max_examples=80, deadline=None)
def test_the_inverse_of_the_inverse_is_the_map(warp: TimeWarp) -> None:
    there = warp.invert()
    assert (there.gaps, there.bridges) == (warp.gaps, warp.bridges)
    same(there.invert(), warp)
    np.testing.assert_array_equal(there.to_new(warp.new_s), warp.ref_s)


@pytest.mark.slow
@given(warp=maps())
@settings(max_examples=80, deadline=None)
def test_there_and_back_is_where_one_was_wherever_there_is_a_map(warp: TimeWarp) -> None:
    back = warp.compose(warp.invert())
    assert back is not None
    t = np.linspace(warp.ref_s[0] - 1, warp.ref_s[-1] + 1, 301)
    np.testing.assert_allclose(back.to_new(t), np.where(np.isfinite(warp.to_new(t)), t, np.nan), atol=1e-5)


@pytest.mark.slow
@given(first=maps(), second=maps())
@settings(max_examples=80, deadline=None)
def test_a_composed_map_answers_where_both_do_and_nowhere_else(first: TimeWarp, second: TimeWarp) -> None:
    both = first.compose(second)
    t = np.linspace(first.ref_s[0] - 1, first.ref_s[-1] + 1, 101)
    between = first.to_new(t)
    stepwise = second.to_new(between)
    if both is None:
        assert not np.isfinite(stepwise[1:] + stepwise[:-1]).any()
        return
    # Less than a microsecond may be missing at an edge.
    edges = np.abs(np.subtract.outer(t, both.ref_s)).min(axis=1) < 1e-4
    np.testing.assert_allclose(both.to_new(t)[~edges], stepwise[~edges], atol=1e-5)
    bridged = np.array(
        [first.on_bridge(a) or second.on_bridge(b) for a, b in zip(t.tolist(), between.tolist(), strict=True)]
    )
    assert [both.on_bridge(a) for a in t[~edges]] == (bridged & np.isfinite(stepwise))[~edges].tolist()


def test_composed_deviations_are_the_second_and_the_stretched_first() -> None:
    slower = TimeWarp(np.array([0, 5, 10.0]), np.array([0, 10, 20.0]), np.full(3, 0.3))
    faster = TimeWarp(np.array([0, 20.0]), np.array([0, 10.0]), np.full(2, 0.2))
    both = slower.compose(faster)
    assert both is not None
    assert float(both.uncertainty(5.0)) == pytest.approx(np.hypot(0.2, 0.5 * 0.3))
    # The second run stands for 8 s at what the first knows to 0.3 s: half of that time to either side.
    stands = TimeWarp(np.array([0, 9.99, 10.01, 20]), np.array([0, 10, 18, 28.0]), np.full(4, 0.1))
    beside = slower.compose(stands)
    assert beside is not None and float(beside.uncertainty(5.0)) == pytest.approx(4.3, abs=0.05)
    np.testing.assert_allclose(slower.invert().sigma_s, 0.15)
    assert slower.compose(TimeWarp(np.array([30, 40.0]), np.array([0, 1.0]), np.ones(2))) is None


@pytest.mark.slow
@given(warp=maps(), part=st.floats(0, 1))
@settings(max_examples=80, deadline=None)
def test_the_parts_of_a_cut_make_the_whole_again(warp: TimeWarp, part: float) -> None:
    t = float(warp.ref_s[0] + part * (warp.ref_s[-1] - warp.ref_s[0]))
    before, behind = warp.cut(t)
    if before is not None and behind is not None:
        same(TimeWarp.join([before, behind]), warp)
    for half, (low, high) in zip((before, behind), ((-math.inf, t), (t, math.inf)), strict=True):
        if half is not None:
            assert low <= half.ref_s[0] < half.ref_s[-1] <= high
            middle = (half.ref_s[1:] + half.ref_s[:-1]) / 2
            np.testing.assert_allclose(half.to_new(middle), warp.to_new(middle), atol=1e-9)


def test_joined_parts_have_a_gap_between_them_and_what_runs_back_is_cut_off() -> None:
    first = TimeWarp(np.array([0, 1, 2.0]), np.array([0, 1, 2.0]), np.full(3, 0.1), bridges=frozenset({1}))
    second = TimeWarp(np.array([1.5, 3, 4.0]), np.array([5, 6, 7.0]), np.full(3, 0.2))
    whole = TimeWarp.join([first, second])
    assert whole.ref_s.tolist() == [0, 1, 2, 3, 4] and whole.gaps == {2} and whole.bridges == {1}
    assert [segment.kind for segment in whole.segments()] == ["seen", "bridge", "gap", "seen"]
    assert [part.ref_s.tolist() for part in whole.parts()] == [[0, 1, 2], [3, 4]]
    filled = whole.bridged(np.array([2.5]), np.array([4.0]), np.array([0.3]))
    assert not filled.gaps and filled.bridges == {1, 2, 3}
    longer = whole.bridged(np.array([5.0, 6.0]), np.array([9.0, 11.0]), np.array([0.3, 0.4]))
    assert longer.gaps == {2} and longer.bridges == {1, 4, 5}
    earlier = whole.bridged(np.array([-1.0]), np.array([-1.5]), np.array([0.3]))
    assert earlier.gaps == {3} and earlier.bridges == {0, 2}
    with pytest.raises(ValueError, match="nothing to join"):
        TimeWarp.join([])


def test_a_map_clipped_at_both_clocks_is_cut_exactly_there_and_never_inside_a_gap() -> None:
    warp = TimeWarp.from_knots([(0, 0, 0.1), (10, 20, 0.3), (20, 30, 0.1), (30, 40, 0.1)], {1})
    part = warp.clip(ref=(2.0, 28.0), new=(5.0, 100.0))
    assert part is not None and part.mapped() == [(2.5, 10.0), (20.0, 28.0)]
    assert float(part.uncertainty(2.5)) == pytest.approx(0.15)
    inside = warp.clip(ref=(12.0, 25.0))
    assert inside is not None and inside.mapped() == [(20.0, 25.0)] and not inside.gaps
    assert warp.clip(ref=(12.0, 18.0)) is None and warp.clip(new=(50.0, 60.0)) is None


@pytest.mark.parametrize(("gap_s", "behind"), [(0.1, True), (0.29, True), (0.31, False), (1.0, False)])
def test_what_reaches_into_a_gap_too_short_to_be_a_place_may_be_behind_it(gap_s: float, behind: bool) -> None:
    """The new run stands unseen for 5 s, while the reference goes on by `gap_s`."""
    there = 10.0 + gap_s
    ref_s, new_s = np.array([[0.0, 10.0, there, 20.0], [0.0, 10.0, 15.0, 24.9]])
    warp = TimeWarp(ref_s, new_s, np.full(4, 0.05), frozenset({1}))
    half = warp.half_answers(np.array([9.95, there + 0.05, 5.0]), np.full(3, 0.08))
    through = 0.08 + (5.0 - gap_s) / 2
    assert half == pytest.approx([through if behind else 0.08] * 2 + [0.08], abs=0.03 + gap_s / 2 * behind)
