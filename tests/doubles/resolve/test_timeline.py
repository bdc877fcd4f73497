"""Timelines of the double: where frames count from, settings, tracks, selection, playhead, pages. Facts 1.2, 1.3."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from mtbsync_core import timecode as core
from tests.doubles.resolve import ResolveDoubleError, Scene, Session, crowded, menu_globals
from tests.doubles.resolve.timecode import frame_of, label_of


def project_of(scene: Scene) -> Any:
    """The project's proxy."""
    return menu_globals(Session(scene.world))["resolve"].GetProjectManager().GetCurrentProject()


@pytest.mark.parametrize(
    ("rate", "drop", "label", "frame"),
    [
        ("24", False, "01:00:00:00", 86400),
        ("30", False, "01:00:00:00", 108000),
        ("30000/1001", True, "01:00:00;00", 107892),
        ("30000/1001", False, "00:10:00:00", 18000),
        ("60000/1001", False, "00:00:01:00", 60),
        ("60000/1001", True, "00:01:00;04", 3600),
        ("120000/1001", False, "00:00:00:119", 119),
    ],
)
def test_labels(rate: str, drop: bool, label: str, frame: int) -> None:
    assert frame_of(label, Fraction(rate), drop) == frame
    assert label_of(frame, Fraction(rate), drop) == label


@pytest.mark.parametrize(("num", "den", "drop"), [(24, 1, False), (30000, 1001, True), (60000, 1001, True)])
def test_labels_agree_with_the_package(num: int, den: int, drop: bool) -> None:
    rate = core.Rate(num, den, drop)
    for frame in [*range(0, 20000, 7), *range(107800, 108000)]:
        label = label_of(frame, rate.fps, drop)
        assert label == core.label_of(frame, rate)
        assert frame_of(label, rate.fps, drop) == frame


def test_start_and_items_are_absolute_and_the_end_is_exclusive() -> None:
    scene = Scene(rate="24")
    item = scene.place(scene.media("/media/a.mp4", rate="24", frames=240), at=10)
    timeline = project_of(scene).GetCurrentTimeline()
    (proxy,) = timeline.GetItemListInTrack("video", 1)
    assert (timeline.GetStartFrame(), timeline.GetStartTimecode()) == (86400, "01:00:00:00")
    assert (proxy.GetStart(), proxy.GetEnd(), proxy.GetDuration()) == (86410, 86650, 240)
    assert timeline.GetEndFrame() == item.start + 240


@pytest.mark.parametrize(
    ("rate", "drop", "version", "number", "flag"),
    [
        ("30000/1001", True, "21.1", 29.97, "1"),
        ("60000/1001", False, "21.1", 59.94, "0"),
        ("24000/1001", False, "20.3", 23.976, "0"),
        ("25", False, "21.1", 25.0, "0"),
        ("30000/1001", True, "19.0.2", "29.97 DF", "1"),
    ],
)
def test_the_rate_as_it_reads(rate: str, drop: bool, version: str, number: object, flag: str) -> None:
    timeline = project_of(Scene(version=version, rate=rate, drop=drop)).GetCurrentTimeline()
    assert timeline.GetSetting("timelineFrameRate") == number
    assert timeline.GetSetting("timelineDropFrameTimecode") == flag
    if version == "21.1":
        assert timeline.GetSettings() == timeline.GetSetting()
    with pytest.raises(ResolveDoubleError, match="timelineFramerate"):
        timeline.GetSetting("timelineFramerate")


def test_without_custom_settings_a_timeline_answers_with_the_project() -> None:
    scene = Scene(rate="24")
    other = scene.add_timeline("50", rate="50")
    timeline = project_of(scene).GetTimelineByIndex(2)
    assert timeline.GetSettings()["timelineFrameRate"] == 50.0
    other.custom_settings = False
    assert timeline.GetSettings()["timelineFrameRate"] == 24.0
    assert timeline.GetSettings()["useCustomSettings"] == "0"


def test_tracks_list_transitions_too() -> None:
    timeline = project_of(crowded()).GetCurrentTimeline()
    listed = timeline.GetItemListInTrack("video", 1)
    assert [item.GetName() for item in listed[:3]] == ["plain.mp4", "Cross Dissolve", "plain.mp4"]
    assert listed[1].GetMediaPoolItem() is None
    assert timeline.GetItemListInTrack("video", 9) == []
    with pytest.raises(ResolveDoubleError, match="Video"):
        timeline.GetTrackCount("Video")


def test_off_the_current_timeline_some_calls_are_wrong() -> None:
    scene = Scene()
    other = scene.add_timeline("Other")
    scene.place(scene.media("/media/a.mp4"), timeline=other)
    other.video[0].locked = True
    scene.mark(other, 5)
    project = project_of(scene)
    timeline = project.GetTimelineByIndex(2)
    (item,) = timeline.GetItemListInTrack("video", 1)
    assert (timeline.GetIsTrackEnabled("video", 1), timeline.GetIsTrackLocked("video", 1)) == (False, False)
    assert item.SetClipEnabled(False) is False
    assert (list(timeline.GetMarkers()), item.GetStart()) == ([5], 108000)
    assert project.GetCurrentTimeline().GetName() == "Timeline 1"
    assert project.SetCurrentTimeline(timeline) is True
    assert (timeline.GetIsTrackEnabled("video", 1), timeline.GetIsTrackLocked("video", 1)) == (True, True)
    assert item.SetClipEnabled(False) is True
    assert project.GetTimelineByIndex(3) is None


def test_selection_brings_audio_in_any_order() -> None:
    scene = Scene()
    media = scene.media("/media/a.mp4")
    scene.select(scene.place(media), scene.place(media, at=4000))
    timeline = project_of(scene).GetCurrentTimeline()
    seen = [(item.GetTrackTypeAndIndex(), item.GetStart()) for item in timeline.GetSelectedClips()]
    assert seen == [(["audio", 1], 112000), (["audio", 1], 108000), (["video", 1], 112000), (["video", 1], 108000)]
    scene.select()
    assert timeline.GetSelectedClips() == []


def test_the_playhead() -> None:
    scene = Scene(drop=True)
    low, high = scene.media("/media/low.mp4"), scene.media("/media/high.mp4")
    scene.place(low, track=1)
    upper = scene.place(high, track=2)
    timeline = project_of(scene).GetCurrentTimeline()
    assert timeline.GetCurrentTimecode() == "01:00:00;00"
    assert timeline.GetCurrentVideoItem() is None  # never moved
    assert timeline.SetCurrentTimecode("01:00:01;00") is True
    assert timeline.GetCurrentVideoItem().GetName() == "high.mp4"
    upper.enabled = False
    assert timeline.GetCurrentVideoItem().GetName() == "low.mp4"
    assert timeline.SetCurrentTimecode("09:00:00;00") is True  # also past the end
    assert timeline.GetCurrentVideoItem() is None


@pytest.mark.parametrize("page", ["media", "fusion"])
def test_pages_without_a_timeline(page: str) -> None:
    scene = crowded()
    scene.timeline.playhead = scene.timeline.start
    resolve = menu_globals(Session(scene.world))["resolve"]
    timeline = resolve.GetCurrentTimeline()
    assert timeline.GetCurrentVideoItem() is not None
    assert (resolve.OpenPage(page), resolve.GetCurrentPage()) == (True, page)
    assert (timeline.GetCurrentTimecode(), timeline.GetCurrentVideoItem()) == (None, None)
    assert resolve.OpenPage("Edit") is False


def test_timelines_come_and_go() -> None:
    scene = crowded()
    project = project_of(scene)
    pool = project.GetMediaPool()
    made = pool.CreateEmptyTimeline("made")
    assert (made.GetStartTimecode(), project.GetCurrentTimeline().GetName()) == ("01:00:00;00", "made")
    assert made.GetMediaPoolItem().GetTimeline().GetName() == "made"
    assert pool.CreateEmptyTimeline("made") is None
    assert pool.DeleteTimelines([made]) is True
    assert (made.GetName(), made.AddMarker(0, "Blue", "x", "", 1)) == (None, False)
    assert project.GetCurrentTimeline().GetName() == "Timeline 1"


def test_no_project_and_no_timeline() -> None:
    scene = Scene()
    scene.project.current = ""
    assert project_of(scene).GetCurrentTimeline() is None
    scene.world.project = None
    resolve = menu_globals(Session(scene.world))["resolve"]
    assert resolve.GetProjectManager().GetCurrentProject() is None
    assert resolve.GetCurrentTimeline() is None
