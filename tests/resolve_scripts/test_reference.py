"""Which of the chosen recordings is the reference: by markers, colours, settings; never by order or guess."""

from __future__ import annotations

import pytest

from tests.doubles.resolve import Item, Quirks, Scene
from tests.resolve_scripts.stage import Stage, state

OURS = '{"mtbsync":1,"run":"20260101-000000-000-1","marker":"00000000m1"}'


@pytest.fixture
def scene(stage: Stage) -> Scene:
    """Two runs one after the other, without a marker."""
    scene = Scene(drop=True)
    scene.select(*[scene.place(scene.media(stage.file(name)), at=at) for name, at in (("a.mp4", 0), ("b.mp4", 4000))])
    return scene


def items(scene: Scene) -> tuple[Item, Item]:
    first, second = scene.timeline.video[0].items
    return first, second


def reference_of(stage: Stage, scene: Scene) -> str:
    """The file name of the reference that a transfer took, or what it said instead."""
    before = state(scene.world)
    if stage.run("transfer", scene.world):
        return str(stage.requests()[-1]["reference"]["path"]).rpartition("/")[2].rpartition("\\")[2]
    assert state(scene.world) == before
    return stage.log()


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("where", ["item", "pool", "timeline"])
def test_the_one_with_markers(stage: Stage, scene: Scene, which: int, where: str) -> None:
    item = items(scene)[which]
    if where == "timeline":
        scene.mark(scene.timeline, item.start - scene.timeline.start + 100, "jump")
    else:
        scene.mark(item if where == "item" else scene.world.media(item.media), 100, "jump")
    assert reference_of(stage, scene) == item.name
    (marker,) = stage.requests()[-1]["markers"]
    assert marker["t_s"] == pytest.approx(100 * 1001 / 30000)


def test_markers_of_the_item_come_before_those_of_the_pool_and_the_timeline(stage: Stage, scene: Scene) -> None:
    item = items(scene)[0]
    scene.mark(item, 100, "item")
    scene.mark(scene.world.media(item.media), 200, "pool")
    scene.mark(scene.timeline, 300, "timeline")
    assert reference_of(stage, scene) == "a.mp4"
    assert len(stage.requests()[-1]["markers"]) == 1


def test_own_markers_come_before_those_of_the_timeline_over_another(stage: Stage, scene: Scene) -> None:
    scene.mark(items(scene)[1], 100, "jump")
    scene.mark(scene.timeline, 50, "where the music begins")
    assert reference_of(stage, scene) == "b.mp4"


def test_ours_are_never_read(stage: Stage, scene: Scene) -> None:
    first, second = items(scene)
    scene.mark(second, 100, "carried", custom_data=OURS)
    scene.mark(scene.timeline, 4100, "carried", custom_data=OURS)
    assert "None of the chosen clips has a marker" in reference_of(stage, scene)
    scene.mark(first, 100, "jump")
    assert reference_of(stage, scene) == "a.mp4"


@pytest.mark.parametrize("how", ["flag", "colour", "settings", "settings with the ending"])
def test_where_both_have_markers(stage: Stage, scene: Scene, how: str) -> None:
    for item in items(scene):
        scene.mark(item, 100, "jump")
    assert "More than one of the chosen recordings has markers: a.mp4, b.mp4" in reference_of(stage, scene)
    second = items(scene)[1]
    if how == "flag":
        second.flags.append("Purple")
    elif how == "colour":
        second.color = "Purple"
    else:
        stage.settings(reference="B" if how == "settings" else "b.mp4")
    assert reference_of(stage, scene) == "b.mp4"


def test_stacked_clips_leave_open_whose_the_timelines_markers_are(stage: Stage) -> None:
    scene = Scene(drop=True)
    stacked = [
        scene.place(scene.media(stage.file(name)), track=track, at=0) for track, name in ((1, "a.mp4"), (2, "b.mp4"))
    ]
    scene.select(*stacked)
    scene.mark(scene.timeline, 100, "jump")
    assert "it is open whose the timeline's markers are: a.mp4 or b.mp4" in reference_of(stage, scene)
    stacked[1].flags.append("Purple")
    assert reference_of(stage, scene) == "b.mp4"


def test_stacked_in_part(stage: Stage) -> None:
    """One marker lies over both: that one of them has more does not make the other's its own."""
    scene = Scene(drop=True)
    first = scene.place(scene.media(stage.file("a.mp4")), track=1, at=0)
    second = scene.place(scene.media(stage.file("b.mp4")), track=2, at=2000)
    scene.select(first, second)
    scene.mark(scene.timeline, 100, "only over a")
    assert reference_of(stage, scene) == "a.mp4"
    scene.mark(scene.timeline, 2500, "over both")
    assert "it is open" in reference_of(stage, scene)


def test_a_colour_that_contradicts_the_markers_is_asked_about(stage: Stage, scene: Scene) -> None:
    first, second = items(scene)
    scene.mark(first, 100, "jump")
    second.flags.append("Purple")
    assert "which is the reference?" in reference_of(stage, scene)


def test_a_named_reference_without_markers(stage: Stage, scene: Scene) -> None:
    items(scene)[0].color = "Purple"
    assert "a.mp4 has no markers" in reference_of(stage, scene)


def test_one_recording_is_too_few(stage: Stage, scene: Scene) -> None:
    scene.select(items(scene)[0])
    assert "Two recordings are needed" in reference_of(stage, scene)


def test_nothing_selected(stage: Stage, scene: Scene) -> None:
    scene.select()
    assert "Select the reference clip and the new clip" in reference_of(stage, scene)
    scene.world.version = "20.3"
    assert "Give both clips the clip colour Orange" in reference_of(stage, scene)


def test_only_audio_selected(stage: Stage, scene: Scene) -> None:
    scene.world.quirks.selection_brings_linked = False
    scene.timeline.selection = [item.id for item in scene.timeline.audio[0].items]
    assert "Only audio is selected" in reference_of(stage, scene)


@pytest.mark.slow
@pytest.mark.parametrize("in_media_frames", [False, True])
def test_clip_markers_of_another_rate_are_refused(stage: Stage, in_media_frames: bool) -> None:
    """59.94 on 29.97: which rate counts is not known. Those of the pool and the timeline are certain."""
    quirks = Quirks(left_offset_in_media_frames=in_media_frames, item_markers_in_media_frames=in_media_frames)
    scene = Scene(drop=True, quirks=quirks)
    ref = scene.media(stage.file("a.mp4"), rate="60000/1001", frames=6000)
    scene.mark(ref, 2600, "jump")
    item = scene.place(ref, first=2000, after=3000)
    scene.select(item, scene.place(scene.media(stage.file("b.mp4")), track=2, at=4000))
    assert reference_of(stage, scene) == "a.mp4", "the item's are copies of the pool's"
    request = stage.requests()[-1]
    assert request["reference"]["from_s"] == pytest.approx(2000 * 1001 / 60000)
    assert request["markers"][0]["t_s"] == pytest.approx(2600 * 1001 / 60000)
    scene.timeline.markers.clear()
    ref.markers.clear()
    assert "file and timeline differ in frame rate" in reference_of(stage, scene)
    assert not stage.run("export", scene.world) and "their times are not known" in stage.log()
    item.markers.clear()
    scene.mark(scene.timeline, 300, "jump")
    assert reference_of(stage, scene) == "a.mp4"
