"""Items of the double: positions in their sources, properties of their media. Facts 1.5, 1.6."""

from __future__ import annotations

from typing import Any

import pytest

from tests.doubles.resolve import Quirks, ResolveDoubleError, Scene, Session, crowded, menu_globals


def items_of(scene: Scene, kind: str = "video", track: int = 1) -> list[Any]:
    """Proxies of what is on a track of the current timeline."""
    timeline = menu_globals(Session(scene.world))["resolve"].GetCurrentTimeline()
    found: list[Any] = timeline.GetItemListInTrack(kind, track)
    return found


# Timeline rate, media rate, and for media frames 480 to 1440: duration, left offset, source end.
RATES = (
    ("30000/1001", "30000/1001", 960, 480, 1440),
    ("30000/1001", "60000/1001", 480, 240, 1439),
    ("30000/1001", "120000/1001", 240, 120, 1439),
    ("24", "30000/1001", 769, 384, 1439),
    ("25", "60000/1001", 400, 200, 1439),
    ("60000/1001", "30000/1001", 1920, 960, 1439),
)


@pytest.mark.parametrize(("rate", "media_rate", "duration", "left", "end"), RATES)
def test_positions_at_every_rate(rate: str, media_rate: str, duration: int, left: int, end: int) -> None:
    scene = Scene(rate=rate)
    media = scene.media("/media/a.mp4", rate=media_rate, frames=6000)
    scene.place(media, first=480, after=1440)
    for item in (*items_of(scene), *items_of(scene, "audio")):
        assert (item.GetDuration(), item.GetLeftOffset()) == (duration, left)
        assert item.GetSourceStartFrame() == 480
        assert abs(item.GetSourceEndFrame() - end) <= 1  # the duration was rounded to whole frames
        assert item.GetSourceStartTime() == pytest.approx(480 / float(media.fps))
    if rate == media_rate:
        assert items_of(scene)[0].GetSourceEndFrame() == end
        assert items_of(scene)[0].GetRightOffset() == 6000 - 1440


def test_left_offset_may_count_media_frames_but_not_for_audio() -> None:
    scene = Scene(quirks=Quirks(left_offset_in_media_frames=True))
    scene.place(scene.media("/media/a.mp4", rate="60000/1001"), first=480)
    assert (items_of(scene)[0].GetLeftOffset(), items_of(scene, "audio")[0].GetLeftOffset()) == (480, 240)


def test_source_times_include_the_start_timecode() -> None:
    scene = Scene(rate="25")
    scene.place(scene.media("/media/a.mov", rate="25", start="10:00:00:00"), first=50, after=100)
    (item,) = items_of(scene)
    assert (item.GetSourceStartTime(), item.GetSourceEndTime()) == (36002.0, 36004.0)
    assert item.GetSourceStartFrame() == 50
    assert item.GetMediaPoolItem().GetClipProperty("Start TC") == "10:00:00:00"


def test_source_start_may_be_one_low() -> None:
    scene = Scene(quirks=Quirks(source_start_low=1))
    media = scene.media("/media/a.mp4")
    scene.place(media, first=0, after=100)
    scene.place(media, at=100, first=200)
    assert [item.GetSourceStartFrame() for item in items_of(scene)] == [0, 199]
    assert [item.GetLeftOffset() for item in items_of(scene)] == [0, 200]


@pytest.mark.parametrize(("speed", "duration", "left"), [(50.0, 400, 200), (200.0, 100, 50)])
def test_retimed_items_have_warped_offsets(speed: float, duration: int, left: int) -> None:
    scene = Scene()
    scene.place(scene.media("/media/a.mp4"), first=100, after=300, speed=speed)
    (item,) = items_of(scene)
    assert (item.GetDuration(), item.GetLeftOffset()) == (duration, left)
    assert (item.GetSourceStartFrame(), item.GetSourceEndFrame()) == (100, 300)
    assert item.GetSpeed()["Percentage"] == speed


def test_a_freeze_frame_has_no_span() -> None:
    scene = Scene()
    scene.place(scene.media("/media/a.mp4"), first=100, after=300, speed=0.0)
    (item,) = items_of(scene)
    assert item.GetSpeed()["Percentage"] == 0.0
    assert (item.GetDuration(), item.GetSourceStartFrame(), item.GetSourceEndFrame()) == (200, 100, 100)


@pytest.mark.parametrize(("floats", "kind"), [(False, int), (True, float)])
def test_positions_are_int_or_float(floats: bool, kind: type) -> None:
    scene = Scene(quirks=Quirks(float_positions=floats))
    scene.place(scene.media("/media/a.mp4"))
    (item,) = items_of(scene)
    for position in (item.GetStart(), item.GetEnd(), item.GetDuration(), item.GetLeftOffset(), item.GetRightOffset()):
        assert type(position) is kind


def test_subframes() -> None:
    scene = Scene(rate="30000/1001")
    scene.place(scene.media("/media/a.mp4", rate="60000/1001"), first=481)
    (item,) = items_of(scene)
    assert (item.GetLeftOffset(), item.GetLeftOffset(True)) == (240, 240.5)


def test_links_colours_and_flags() -> None:
    scene = Scene()
    scene.place(scene.media("/media/a.mp4"))
    (item,) = items_of(scene)
    assert [other.GetTrackTypeAndIndex() for other in item.GetLinkedItems()] == [["audio", 1]]
    assert (item.GetClipColor(), item.SetClipColor("Cyan"), item.SetClipColor("Chocolate")) == ("", False, True)
    assert (item.GetClipColor(), item.ClearClipColor(), item.GetClipColor()) == ("Chocolate", True, "")
    assert (item.AddFlag("Chocolate"), item.AddFlag("Cyan"), item.GetFlagList()) == (False, True, ["Cyan"])
    assert (item.ClearFlags("All"), item.GetFlagList()) == (True, [])


def test_properties_are_text_but_two() -> None:
    scene = Scene()
    media = scene.media(r"C:\Trail\L\u00e4ufe\run 1.mp4", rate="60000/1001", frames=4174, proxy_path="/p/run 1.mov")
    scene.place(media)
    clip = items_of(scene)[0].GetMediaPoolItem()
    told = clip.GetClipProperty()
    assert {name: value for name, value in told.items() if not isinstance(value, str)} == {
        "FPS": 59.94,
        "Super Scale": 1,
    }
    assert (told["Frames"], told["Duration"], told["Drop frame"]) == ("4174", "00:01:09:34", "0")
    assert (told["File Name"], told["File Path"]) == ("run 1.mp4", media.path)
    assert (told["Proxy"], told["Proxy Media Path"], told["Online Status"]) == ("1280x720", "/p/run 1.mov", "Online")
    assert (clip.UnlinkProxyMedia(), clip.GetClipProperty("Proxy")) == (True, "None")
    with pytest.raises(ResolveDoubleError, match="Frame Rate"):
        clip.GetClipProperty("Frame Rate")


def test_what_is_no_plain_clip() -> None:
    scene = crowded()
    timeline = menu_globals(Session(scene.world))["resolve"].GetCurrentTimeline()
    seen = {}
    for item in timeline.GetSelectedClips():
        clip = item.GetMediaPoolItem()
        told = clip.GetClipProperty() if clip else {}
        seen[item.GetName()] = (item.GetType(), told.get("Type"), bool(told.get("File Path")))
    assert seen["Compound Clip 1"] == ("video", "Compound", False)
    assert seen["Timeline 0"] == ("video", "Timeline", False)
    assert seen["Solid Color"] == ("generator", None, False)
    assert seen["Cross Dissolve"] == ("transition", None, False)
    assert seen["music.wav"] == ("audio", "Audio", True)
    assert seen["silent.mp4"] == ("video", "Video", True)
    assert scene.world.media("offline.mp4").online is False


def test_placing_by_script() -> None:
    scene = Scene()
    media = scene.media("/media/a.mp4")
    scene.mark(media, 120)
    resolve = menu_globals(Session(scene.world))["resolve"]
    pool = resolve.GetMediaPool()
    clip = next(clip for clip in pool.GetRootFolder().GetClipList() if clip.GetName() == "a.mp4")
    info = {"mediaPoolItem": clip, "startFrame": 96, "endFrame": 192, "mediaType": 1, "trackIndex": 2}
    (item,) = pool.AppendToTimeline([{**info, "recordFrame": scene.timeline.start + 7}])
    assert (item.GetStart(), item.GetDuration(), item.GetLeftOffset()) == (scene.timeline.start + 7, 96, 96)
    assert list(item.GetMarkers()) == [120]
    with pytest.raises(ResolveDoubleError, match="other keys"):
        pool.AppendToTimeline([info])
    assert resolve.GetCurrentTimeline().DeleteClips([item]) is True
    assert (item.GetName(), item.AddMarker(0, "Blue", "x", "", 1)) == (None, False)


def test_a_subclip_begins_within_its_file() -> None:
    scene = Scene()
    scene.place(scene.media("/media/a.mp4", first=600, frames=300), first=20, after=100)
    (item,) = items_of(scene)
    properties = item.GetMediaPoolItem().GetClipProperty()
    assert [properties[name] for name in ("Start", "End", "Frames")] == ["600", "899", "300"]
    assert (item.GetLeftOffset(), item.GetSourceStartFrame(), item.GetSourceEndFrame()) == (20, 620, 700)


def test_offsets_may_be_a_hair_under_a_whole_number() -> None:
    scene = Scene(quirks=Quirks(offset_hair_under=True))
    scene.place(scene.media("/media/a.mp4"), first=20, after=100)
    assert 19.9 < items_of(scene)[0].GetLeftOffset() < 20


def test_values_are_in_the_words_of_the_interface() -> None:
    scene = Scene()
    scene.world.language = "ja"
    scene.place(scene.media("/media/a.jpg", type="Still"), linked_audio=False)
    properties = items_of(scene)[0].GetMediaPoolItem().GetClipProperty()
    assert (properties["Type"], properties["File Path"]) == ("\u9759\u6b62\u753b", "/media/a.jpg")


def test_without_a_mixed_frame_rate_format_each_frame_is_one() -> None:
    scene = Scene(quirks=Quirks(frame_for_frame=True))
    scene.place(scene.media("/media/a.mp4", rate="60000/1001"), first=100, after=300)
    (item,) = items_of(scene)
    assert (item.GetDuration(), item.GetLeftOffset()) == (200, 100)
    assert (item.GetSourceStartFrame(), item.GetSourceEndFrame()) == (100, 299)
    timeline = menu_globals(Session(scene.world))["resolve"].GetCurrentTimeline()
    assert timeline.GetSetting("timelineFrameRateMismatchBehavior") == "none"


def test_disabled_items_and_items_without_an_id() -> None:
    scene = Scene()
    shown, hidden = scene.place(scene.media("/media/a.mp4")), scene.transition(at=4000)
    shown.enabled = False
    scene.world.without_id.append(hidden.id)
    assert [item.GetClipEnabled() for item in items_of(scene)] == [False, True]
    assert [item.GetUniqueId() for item in items_of(scene)] == [shown.id, None]


def test_a_compound_is_not_counted_as_a_timeline() -> None:
    scene = Scene()
    inner = scene.add_timeline("Compound Clip 1")
    inner.is_compound, scene.project.current = True, inner.id
    project = menu_globals(Session(scene.world))["resolve"].GetCurrentProject()
    assert project.GetCurrentTimeline().GetName() == "Compound Clip 1"
    assert project.GetTimelineCount() == 1 and project.GetTimelineByIndex(2) is None


def test_what_is_selected_in_an_opened_compound_is_not_told() -> None:
    scene = Scene(quirks=Quirks(compound_is_open=True))
    scene.select(scene.place(scene.media("/media/a.mp4")))
    assert menu_globals(Session(scene.world))["resolve"].GetCurrentTimeline().GetSelectedClips() == []


def test_a_bladed_item_is_two_with_the_same_markers() -> None:
    scene = Scene()
    item = scene.place(scene.media("/media/a.mp4"), first=100, after=300)
    scene.mark(item, 120, "ours", custom_data="stamp")
    second = scene.blade(item, 80)
    left, right = items_of(scene)
    assert [(one.GetDuration(), one.GetLeftOffset()) for one in (left, right)] == [(80, 100), (120, 180)]
    assert left.GetMarkers() == right.GetMarkers() and left.GetMarkers()[120]["customData"] == "stamp"
    assert right.GetUniqueId() == second.id != item.id and len(right.GetLinkedItems()) == 1


def test_a_duplicate_timeline_has_items_of_its_own() -> None:
    scene = Scene()
    scene.select(scene.place(scene.media("/media/a.mp4")))
    scene.mark(scene.timeline, 7, "ours", custom_data="stamp")
    first = scene.timeline
    twin = scene.duplicate("Timeline 2")
    assert scene.world.timeline() is twin and twin.markers == first.markers and twin.markers[0] is not first.markers[0]
    assert not {item.id for _, _, item in twin.items()} & {item.id for _, _, item in first.items()}
    timeline = menu_globals(Session(scene.world))["resolve"].GetCurrentTimeline()
    assert len(timeline.GetSelectedClips()) == 2 and timeline.GetName() == "Timeline 2"
