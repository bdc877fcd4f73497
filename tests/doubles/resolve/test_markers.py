"""Marker calls, each rule of facts 1.4."""

from __future__ import annotations

from typing import Any

import pytest

from tests.doubles.resolve import Quirks, ResolveDoubleError, Scene, Session, menu_globals


def timeline_of(scene: Scene) -> Any:
    """The current timeline's proxy."""
    return (
        menu_globals(Session(scene.world))["app"]
        .GetResolve()
        .GetProjectManager()
        .GetCurrentProject()
        .GetCurrentTimeline()
    )


@pytest.fixture
def scene() -> Scene:
    """3000 frames of one clip, which has two markers in the pool."""
    scene = Scene()
    media = scene.media("/media/a.mp4", frames=3000)
    scene.mark(media, 0, "first")
    scene.mark(media, 600, "second", color="Red", note="n", duration=3, custom_data="c")
    scene.place(media, first=500, after=2500)
    return scene


@pytest.fixture
def timeline(scene: Scene) -> Any:
    """Its timeline."""
    return timeline_of(scene)


def test_five_or_six_arguments(timeline: Any) -> None:
    assert timeline.AddMarker(0, "Blue", "a", "", 1) is True
    assert timeline.AddMarker(1, "Blue", "b", "note", 2, "data") is True
    assert timeline.AddMarker(2.0, "Blue", "c", "", 1, None) is True
    assert timeline.GetMarkers() == {
        0: {"color": "Blue", "duration": 1, "note": "", "name": "a", "customData": ""},
        1: {"color": "Blue", "duration": 2, "note": "note", "name": "b", "customData": "data"},
        2: {"color": "Blue", "duration": 1, "note": "", "name": "c", "customData": ""},
    }
    assert timeline.GetMarkers() is not timeline.GetMarkers()


@pytest.mark.parametrize(
    "bad",
    [
        *((5, "Blue", "x", "", 1), (6, "Blau", "x", "", 1), (6, "blue", "x", "", 1), (6, "", "x", "", 1)),
        *((6, "Blue", "", "only a note", 1), (6, "Blue", "x", "", 0), (6, "Apricot", "x", "", 1)),
    ],
)
def test_what_is_refused(timeline: Any, bad: tuple[object, ...]) -> None:
    timeline.AddMarker(5, "Green", "old", "", 1)
    before = timeline.GetMarkers()
    assert timeline.AddMarker(*bad) is False
    assert timeline.GetMarkers() == before


@pytest.mark.parametrize("odd", [(-1, "Blue", "x", "", 1), (1.5, "Blue", "x", "", 1), (1, "Blue", None, "", 1)])
def test_what_nobody_knows_is_loud(timeline: Any, odd: tuple[object, ...]) -> None:
    with pytest.raises(ResolveDoubleError):
        timeline.AddMarker(*odd)


@pytest.mark.parametrize("taken", [True, False])
def test_past_the_end_is_a_switch(scene: Scene, taken: bool) -> None:
    scene.world.quirks.marker_past_end = taken
    timeline = timeline_of(scene)
    assert timeline.AddMarker(1999, "Blue", "last frame", "", 1) is True
    assert timeline.AddMarker(2000, "Blue", "past", "", 1) is taken
    assert (2000 in timeline.GetMarkers()) is taken


@pytest.mark.parametrize(
    ("version", "quirk", "kind"),
    [("21.1", None, int), ("21.0.4", None, float), ("21.1", True, float), ("20.3", False, int)],
)
def test_keys_and_durations_are_int_or_float(version: str, quirk: bool | None, kind: type) -> None:
    scene = Scene(version=version, quirks=Quirks(float_markers=quirk))
    scene.mark(scene.timeline, 7)
    ((frame, marker),) = timeline_of(scene).GetMarkers().items()
    assert (type(frame), type(marker["duration"])) == (kind, kind)


def test_custom_data(timeline: Any) -> None:
    for frame in (9, 3):
        timeline.AddMarker(frame, "Blue", f"at {frame}", "", 1, "same")
    assert timeline.GetMarkerByCustomData("same")["name"] == "at 3"
    assert timeline.GetMarkerByCustomData("none") == {}
    assert timeline.UpdateMarkerCustomData(9, "other") is True
    assert timeline.UpdateMarkerCustomData(8, "other") is False
    assert (timeline.GetMarkerCustomData(9), timeline.GetMarkerCustomData(8)) == ("other", "")
    assert timeline.DeleteMarkerByCustomData("same") is True
    assert timeline.DeleteMarkerByCustomData("same") is False
    assert list(timeline.GetMarkers()) == [9]


def test_custom_data_may_be_cut_or_lose_characters(scene: Scene) -> None:
    scene.world.quirks = Quirks(custom_data_limit=4, custom_data_ascii=True)
    timeline = timeline_of(scene)
    timeline.AddMarker(1, "Blue", "x", "", 1, "\u00e41234")
    assert timeline.GetMarkerCustomData(1) == "?123"


def test_deleting(timeline: Any) -> None:
    for frame, color in enumerate(("Red", "Blue", "Red", "Green")):
        timeline.AddMarker(frame, color, "x", "", 1)
    assert timeline.DeleteMarkersByColor("Red") is True
    assert timeline.DeleteMarkerAtFrame(1) is True
    assert timeline.DeleteMarkerAtFrame(1) is False
    assert list(timeline.GetMarkers()) == [3]
    assert timeline.DeleteMarkersByColor("All") is True
    assert timeline.GetMarkers() == {}


def test_pool_markers_are_copied_when_placed(scene: Scene, timeline: Any) -> None:
    (item,) = timeline.GetItemListInTrack("video", 1)
    clip = item.GetMediaPoolItem()
    assert item.GetMarkers() == clip.GetMarkers()
    assert clip.AddMarker(700, "Blue", "later", "", 1) is True
    assert 700 not in item.GetMarkers()
    sibling = scene.place(scene.world.media("a.mp4"), track=2)
    assert [marker.frame for marker in sibling.markers] == [0, 600, 700]
    assert item.DeleteMarkerAtFrame(600) is True
    assert [marker.frame for marker in sibling.markers] == [0, 600, 700]


def test_pool_markers_are_within_the_clip(timeline: Any) -> None:
    clip = timeline.GetItemListInTrack("video", 1)[0].GetMediaPoolItem()
    assert clip.AddMarker(2999, "Blue", "last", "", 1) is True
    assert clip.AddMarker(3000, "Blue", "one too far", "", 1) is False
    assert clip.AddMarker(-1, "Blue", "before", "", 1) is False


def test_item_markers_are_keyed_in_source_frames(timeline: Any) -> None:
    (item,) = timeline.GetItemListInTrack("video", 1)
    (second,) = [frame for frame, marker in item.GetMarkers().items() if marker["name"] == "second"]
    assert item.GetStart() + second - item.GetLeftOffset() == timeline.GetStartFrame() + 100


@pytest.mark.parametrize(("in_media_frames", "keys"), [(False, [0, 300]), (True, [0, 600])])
def test_item_markers_of_another_rate_are_a_switch(in_media_frames: bool, keys: list[int]) -> None:
    scene = Scene(rate="30000/1001", quirks=Quirks(item_markers_in_media_frames=in_media_frames))
    media = scene.media("/media/fast.mp4", rate="60000/1001")
    for frame in (0, 600, 1):  # 1 falls on the frame of 0 when halved
        scene.mark(media, frame, f"at {frame}")
    scene.place(media)
    (item,) = timeline_of(scene).GetItemListInTrack("video", 1)
    assert sorted(item.GetMarkers()) == sorted({*keys, 1} if in_media_frames else keys)
    assert item.GetMarkers()[0]["name"] == "at 0"


def test_markers_may_need_the_edit_page(scene: Scene) -> None:
    scene.world.quirks.markers_on_edit_page_only = True
    scene.world.page = "color"
    assert timeline_of(scene).AddMarker(1, "Blue", "x", "", 1) is False
