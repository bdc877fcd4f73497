"""What can be made to go wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tests.doubles.resolve import Fault, ResolveDoubleError, Scene, Session, menu_globals


def spoilt(*faults: Fault) -> tuple[Scene, Any]:
    """A scene with a marker at 50, and its timeline's proxy, after which the faults begin to count."""
    scene = Scene()
    scene.place(scene.media("/media/a.mp4"))
    scene.mark(scene.timeline, 50)
    timeline = menu_globals(Session(scene.world))["resolve"].GetCurrentTimeline()
    scene.world.faults.extend(faults)
    return scene, timeline


def added(timeline: Any, frames: range) -> list[Any]:
    """The answers to adding markers there."""
    return [timeline.AddMarker(frame, "Blue", "x", "", 1) for frame in frames]


def test_markers_are_refused_at_chosen_frames() -> None:
    scene, timeline = spoilt(Fault("refuse", "Timeline.AddMarker", frames=[1, 3]))
    assert added(timeline, range(5)) == [True, False, True, False, True]
    assert [marker.frame for marker in scene.timeline.markers] == [50, 0, 2, 4]


def test_some_calls_go_well_before_and_after() -> None:
    _, timeline = spoilt(Fault("refuse", "*.AddMarker", skip=1, times=2))
    assert added(timeline, range(5)) == [True, False, False, True, True]


def test_a_refused_call_answers_by_its_kind() -> None:
    _, timeline = spoilt(Fault("refuse"))
    assert (timeline.GetIsTrackEnabled("video", 1), timeline.GetName(), timeline.GetMarkers()) == (False, None, None)
    assert timeline.GetItemListInTrack("video", 1) is None


def test_none_where_a_bool_is_due() -> None:
    scene, timeline = spoilt(Fault("none", "*.AddMarker"))
    assert added(timeline, range(1)) == [None]
    assert len(scene.timeline.markers) == 1


def test_answers_that_are_not_true() -> None:
    scene, timeline = spoilt(Fault("pretend", "*.AddMarker"), Fault("deny", "*.DeleteMarkerAtFrame"))
    assert added(timeline, range(2)) == [True, True]
    assert [marker.frame for marker in scene.timeline.markers] == [50]
    assert timeline.DeleteMarkerAtFrame(50) is False
    assert scene.timeline.markers == []


def test_calls_that_raise() -> None:
    _, timeline = spoilt(Fault("raise", "Timeline.GetMarkers", times=1))
    with pytest.raises(RuntimeError, match=r"Timeline\.GetMarkers"):
        timeline.GetMarkers()
    assert list(timeline.GetMarkers()) == [50]


def test_a_modal_window_stops_everything_from_then_on() -> None:
    scene, timeline = spoilt(Fault("modal", "*.AddMarker", skip=2))
    assert timeline.GetName() == "Timeline 1"
    assert added(timeline, range(4)) == [True, True, False, False]
    assert (timeline.GetName(), timeline.DeleteMarkerAtFrame(50)) == (None, False)
    scene.world.faults.clear()  # the window was closed
    assert timeline.GetName() == "Timeline 1"


def test_resolve_quits() -> None:
    scene, timeline = spoilt(Fault("gone", skip=3))
    assert added(timeline, range(3)) == [True] * 3
    with pytest.raises(RuntimeError, match="connection"):
        timeline.GetName()
    assert (timeline.GetName, hasattr(timeline, "GetName")) == (None, True)
    with pytest.raises(TypeError, match="not callable"):
        timeline.AddMarker(9, "Blue", "x", "", 1)
    assert len(scene.timeline.markers) == 4


def test_kill_needs_a_process_of_its_own() -> None:
    _, timeline = spoilt(Fault("kill"))
    with pytest.raises(ResolveDoubleError, match="needs the runner"):
        timeline.GetName()


def test_a_deed_that_is_none() -> None:
    with pytest.raises(ValueError, match="refuse, none"):
        Fault("explode")
