"""Any run against any, speeds by way of the map, and the figures of a loss."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtbsync_core.telemetry.track import Track
from mtbsync_core.timing.compare import delta, losses, relative_delta
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import TimedRun
from mtbsync_core.timing.speed import kmh, ratio_of_speeds
from mtbsync_core.timing.why import places, why
from mtbsync_core.warp import TimeWarp
from tests.timing.made import END_S, run, stopped

LINES = SectorLines(np.array([2.0, 12.0, 22.0, 32.0, 42.0]), ("start", "a", "b", "c", "finish"))


def dipping(at_s: float, depth: float = 0.5, width_s: float = 1.5, name: str = "dips") -> TimedRun:
    """One that passes a place slowly: its speed over the trail's falls to `depth` there."""
    t = np.arange(0.0, END_S + 0.1, 0.25)
    pace = 1 / (1 - (1 - depth) * np.exp(-((t[:-1] + 0.125 - at_s) ** 2) / width_s**2))
    new = np.concatenate([[0.0], np.cumsum(0.25 * pace)])
    return TimedRun(name=name, warp=TimeWarp(t, new, np.full(len(t), 0.02)))


def track(speed_mps: float, end_s: float) -> Track:
    """Even riding."""
    t = np.arange(0.0, end_s, 0.1)
    zero = np.zeros(len(t))
    return Track(t, zero, zero, zero, np.full(len(t), speed_mps), speed_mps * t, zero + 1, zero == 0, "GPS9")


@settings(max_examples=25)
@given(st.floats(0.8, 1.2), st.floats(0.8, 1.2), st.floats(0.0, 50.0))
def test_a_to_b_is_minus_b_to_a(a: float, b: float, starts_at: float) -> None:
    one, other = run(pace=a, starts_at=starts_at), run(pace=b)
    t = np.array([0.0, 10.0, 33.0])
    there, back = delta(one, other, t), delta(other, one, t)
    np.testing.assert_allclose(there.seconds, -back.seconds, atol=1e-9)
    np.testing.assert_allclose(there.seconds, (a - b) * t, atol=1e-9)
    np.testing.assert_allclose(there.hi, -back.lo, atol=1e-9)


def test_what_is_less_than_what_is_known_is_not_sure() -> None:
    found = delta(run(pace=1.001), run(), np.array([10.0, 50.0]))
    assert not found.sure.any()
    assert delta(run(pace=1.02), run(), np.array([50.0])).sure.all()


def test_the_relative_gap_is_none_at_both_ends() -> None:
    a, b = dipping(20.0), run(pace=0.9)
    found = relative_delta(a, b, np.array([2.0, 15.0, 25.0, 42.0]), span=(2.0, 42.0))
    np.testing.assert_allclose(found.seconds[[0, 3]], 0.0, atol=1e-9)
    assert found.seconds[1] < 0 < found.seconds[2]


def test_losses_sum_up() -> None:
    found = losses(dipping(25.0), run(pace=0.98), LINES)
    assert found.total_s[-1] == pytest.approx(found.seconds.sum())
    assert found.sure.all()
    assert int(np.argmax(found.seconds)) == 2
    assert (found.total_margin_s[1:] > 0).all()


def test_speeds_are_the_inverse_of_paces() -> None:
    ratio = ratio_of_speeds(run(pace=1.25), run(), np.array([0.0, 20.0, END_S]))
    np.testing.assert_allclose(ratio.value, 0.8)
    assert (ratio.lo < 0.8).all()
    assert (ratio.hi > 0.8).all()


def test_kmh_come_by_way_of_the_map_where_one_has_gps() -> None:
    a, b = run(pace=1.25), run(track=track(5.0, 61.0))
    speeds = kmh([a, b], np.array([20.0, 40.0]))
    np.testing.assert_allclose(speeds, [[14.4, 14.4], [18.0, 18.0]])
    assert np.isnan(kmh([a, run()], np.array([20.0]))).all()


def test_the_place_of_a_loss_is_found_with_what_went_before() -> None:
    a, b = dipping(26.0), run()
    (place,) = places(a, b, LINES)
    assert place.sector == 2
    assert place.lost_s > place.margin_s > 0
    assert 22.0 <= place.span[0] < 26.0 < place.span[1] <= 32.0
    assert place.clip == pytest.approx((place.span[0] - 3, place.span[0] + 3))
    said = place.why
    assert said.lowest.t_ref == pytest.approx(26.0, abs=0.2)
    assert said.lowest.ratio == pytest.approx(0.52, abs=0.05)
    assert said.slowed_s == pytest.approx(24.8, abs=0.4)
    assert set(said.causes) == {"slower in the middle", "slowed down"}
    assert said.slowed_margin_m is None


def test_with_gps_a_moment_is_known_in_metres() -> None:
    said = why(dipping(26.0), run(track=track(5.0, 61.0)), LINES, 2)
    assert said.slowed_margin_s is not None
    assert said.slowed_margin_m == pytest.approx(5.0 * said.slowed_margin_s, rel=0.02)


def test_a_loss_that_is_not_sure_is_no_place() -> None:
    assert places(run(pace=1.0005), run(), LINES) == []


def test_a_stop_and_another_line_are_named() -> None:
    name = LINES.sectors[2]
    said = why(stopped(27.0, 4.0, tags={name: "B"}), run(tags={name: "A"}), LINES, 2)
    assert {"stop", "another line"} <= set(said.causes)
    assert said.stood_s == pytest.approx(4.0, abs=0.3)
    assert said.lines == ("B", "A")


def test_an_even_loss_is_slower_from_entry_to_exit() -> None:
    assert why(run(pace=1.2), run(), LINES, 1).causes == ("slower entry", "slower exit")
