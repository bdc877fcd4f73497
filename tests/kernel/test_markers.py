"""Transfer of markers: every one comes out, with honest numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mtbsync_core.markers import COLOURS, Z90, Marker, confidence_of, transfer
from mtbsync_core.warp import TimeWarp

WARP = TimeWarp(
    np.array([10.0, 20, 30, 40]), np.array([0.0, 20, 25, 30]), np.array([0.1, 0.1, 2.0, 2.0]), frozenset({1})
)


def test_each_status() -> None:
    moved = transfer([Marker(str(t), t) for t in (5.0, 15.0, 25.0, 35.0, 41.0)], WARP)
    assert [m.status for m in moved] == ["outside", "moved", "gap", "doubtful", "outside"]
    assert [m.t_new for m in moved] == [None, 10.0, None, 27.5, None]
    assert [m.needs_review for m in moved] == [True, False, True, True, True]
    with pytest.raises(ValueError, match="no place"):
        moved[0].on_new()


def test_the_interval_holds_nine_in_ten() -> None:
    (moved,) = transfer([Marker("a", 15.0)], WARP)
    assert moved.t_lo is not None and moved.t_hi is not None
    assert moved.t_hi - moved.t_lo == pytest.approx(2 * 1.6449 * 0.1, rel=1e-3)
    draws = np.random.default_rng(1).normal(10.0, 0.1, 20000)
    assert np.mean((draws > moved.t_lo) & (draws < moved.t_hi)) == pytest.approx(0.9, abs=0.01)


def test_confidence() -> None:
    assert confidence_of(0.0) == 1.0
    assert confidence_of(0.3) == pytest.approx(0.6827, abs=1e-4)
    assert confidence_of(0.15) == pytest.approx(0.9545, abs=1e-4)


def test_durations_follow_the_warp_where_the_end_has_a_place() -> None:
    inside, beyond, point = transfer([Marker("a", 12, 4), Marker("b", 35, 100), Marker("c", 12)], WARP)
    assert inside.duration_new_s == pytest.approx(8)
    assert beyond.duration_new_s == 100
    assert point.duration_new_s == 0
    there = Marker("a", 4.0, inside.duration_new_s, status="moved", confidence=inside.confidence)
    assert replace(inside.on_new(), margin_s=0) == there


def test_everything_but_the_time_is_kept() -> None:
    source = Marker("n", 15.0, 0.0, "Red", "c", "id", "hidden", {"x": "1"})
    (moved,) = transfer([source], WARP)
    assert moved.source is source
    there = Marker("n", 10.0, 0.0, "Red", "c", "id", "hidden", {"x": "1"}, "moved", False, Z90 * 0.1, moved.confidence)
    assert replace(moved.on_new(), margin_s=there.margin_s) == there
    assert moved.on_new().margin_s == pytest.approx(there.margin_s)


def test_a_moved_marker_says_how_sure_it_is() -> None:
    (fog,) = transfer([Marker("Fog", 35.0)], WARP)
    there = fog.on_new()
    assert (there.status, there.needs_review) == ("doubtful", True)
    assert there.margin_s == pytest.approx(Z90 * 2.0) and there.confidence == fog.confidence


def test_sixteen_colours() -> None:
    assert len(set(COLOURS)) == 16
