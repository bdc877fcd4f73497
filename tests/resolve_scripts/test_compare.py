"""Compare Timeline: what Resolve makes of the file that the engine wrote, and what is left where it makes nothing."""

from __future__ import annotations

import html
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import pytest

from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate
from mtbsync_core.warp import TimeWarp
from otio_adapters.content import content_of
from otio_adapters.formats import FORMATS
from otio_adapters.retime import retimed_timeline
from otio_adapters.writing import WriteOptions
from resolve_scripts.mtbsync_resolve.report_page import ReportPage
from tests.doubles.resolve import Fault, Scene, two_runs
from tests.doubles.resolve.world import Folder, Item
from tests.resolve_scripts.stage import Stage, state

FPS = Fraction(30000, 1001)
WARP = TimeWarp(
    [0.0, 30.0, 40.0, 55.0, 100.0],  # type: ignore[arg-type] # arrays are made of them
    [2.0, 35.0, 41.0, 60.0, 99.0],  # type: ignore[arg-type]
    [0.0] * 5,  # type: ignore[arg-type]
    frozenset({2}),
)
DELTAS = ("spot 1", "spot 2 +1.50 \u00b10.05 s")


def file_for(
    scene: Scene, *, rate: Rate, span: tuple[float, float], size: tuple[int, int] = (1920, 1080)
) -> dict[str, Any]:
    """The file that the engine would write for both runs of a scene, and what it tells of it."""
    ref, new = (
        MediaInfo(Path(m.path), m.fps, 1920, 1080, m.frames / float(m.fps), m.frames, "h264", audio_channels=2)
        for m in scene.project.media[1:3]
    )
    marks = [Marker(name, 20.0 + 10 * n, 0.0, "Red") for n, name in enumerate(DELTAS)]
    timeline = retimed_timeline(WARP, ref, new, "side-by-side", marks, rate=rate, span=span)
    start = "01:00:00;00" if rate.drop else "01:00:00:00"
    text = FORMATS["resolve-otio"].write(timeline, WriteOptions(start_timecode=start, size=size)).texts[0]
    clips = [
        {
            "track": piece.track,
            "at": rate.to_frames(piece.at_s),
            "length": rate.to_frames(piece.at_s + piece.length_s) - rate.to_frames(piece.at_s),
            "path": str((new if piece.track else ref).path),
            "from_s": float(piece.media_in_s),
            "to_s": float(piece.media_in_s + piece.length_s * piece.speed),
        }
        for piece in content_of(timeline).pieces
    ]
    deltas = [{"id": f"m{n}", "text": name, "delta_s": 1.5, "half90_s": 0.05} for n, name in enumerate(DELTAS, 1)]
    event = {"verdict": "good", "reasons": ["evenly spread"], "zoom": [0.5, 0.5], "clips": clips, "deltas": deltas}
    return {"text": text, "event": event}


SPAN = (5.0, 95.0)


@pytest.fixture
def scene(stage: Stage) -> Scene:
    """The usual two runs, and an engine that wrote the timeline of both."""
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    scene.timeline.playhead = scene.timeline.start + 77
    stage.engine(timeline=file_for(scene, rate=Rate(30000, 1001, True), span=SPAN))
    return scene


def shown(scene: Scene, item: Item, frame: int) -> tuple[str, float]:
    """The file and its second that an item shows at an absolute frame of the timeline."""
    media = scene.world.media(item.media)
    past_s = (frame - item.start) / float(FPS) * item.speed / 100
    return media.name, item.source_start / float(media.fps) + past_s


def test_both_runs_are_in_step_on_the_new_timeline(stage: Stage, scene: Scene) -> None:
    before = state(scene.world)
    assert stage.run("compare", scene.world), stage.log()
    made = scene.world.timeline("new against ref")
    assert scene.project.current == made.id and (made.rate, made.start) == ("30000/1001", 107892)
    below, above = made.video
    frames = np.arange(round(90 * FPS))
    wanted = WARP.to_new(5.005 + frames / float(FPS))  # the span begins on the nearest frame, 150
    seen = np.zeros(len(frames), bool)
    for item in above.items:
        for frame in range(item.start, item.start + item.duration):
            name, at_s = shown(scene, item, frame)
            assert name == "new.mp4" and abs(at_s - wanted[frame - made.start]) <= 0.5 / float(FPS) + 1e-6
            seen[frame - made.start] = True
    inside = np.isfinite(wanted) & (wanted < 99.0)
    assert (seen | ~inside).all() and not seen[~np.isfinite(wanted)].any() and 2200 < seen.sum() < 2300
    (whole,) = below.items
    assert shown(scene, whole, made.start + 10) == ("ref.mp4", pytest.approx(5.005 + 10 / float(FPS)))
    assert [(item.zoom, item.pan) for item in (whole, *above.items)] == [(0.5, -480), *[(0.5, 480)] * len(above.items)]
    assert [track.items[0].duration for track in made.audio] == [whole.duration, above.items[0].duration]
    assert [(marker.name, marker.color) for marker in made.markers] == [(name, "Red") for name in DELTAS]
    # The person's own timeline, and the clips of the pool, are as they were.
    after = state(scene.world)
    assert after["timelines"][:1] == before["timelines"] and after["media"][:-1] == before["media"]
    page = stage.page()
    assert "spot 2 +1.50 \u00b10.05 s" in page and "evenly spread" in page and "mute the track" in page
    assert "not in their half" not in page and "another part of their file" not in page
    assert len(list((stage.config / "reports").glob("*.html"))) == 1


def test_what_the_engine_is_asked(stage: Stage, scene: Scene) -> None:
    scene.mark(scene.timeline.video[0].items[0], 800, "ANCHOR 1")
    scene.mark(scene.timeline.video[1].items[0], 830, "ANCHOR 1")
    assert stage.run("compare", scene.world), stage.log()
    (asked,) = stage.requests()
    assert asked["do"] == "compare" and asked["pictures"] is False and len(asked["anchors"]) == 1
    assert [one["name"] for one in asked["markers"]] == ["spot 1", "spot 2"]
    path = str(stage.config / "compare.otio")
    timecodes = {"ref_timecode": "00:00:00:00", "new_timecode": "00:00:00:00"}
    screen = {"width": 1920, "height": 1080}
    assert asked["timeline"] == {"path": path, "fps": "30000/1001", "drop": True, **screen, **timecodes}


def test_a_trail_pack_of_the_settings_has_no_video_to_show(stage: Stage, scene: Scene) -> None:
    stage.settings(reference="/clubs/wildcat.mtbtrail")
    assert stage.run("compare", scene.world), stage.log()
    assert "wildcat.mtbtrail has no video to show: the clip that has the markers is the reference." in stage.page()


def test_what_is_told_before_and_meanwhile(stage: Stage, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """As by a transfer: also from where the markers are, the moments that are set, and how far it is."""
    scene.mark(scene.timeline.video[0].items[0], 800, "ANCHOR 1")
    scene.mark(scene.timeline.video[1].items[0], 830, "ANCHOR 1")
    shown: list[tuple[str, float]] = []
    working = ReportPage.working

    def seen(self: ReportPage, title: str, lines: list[str], stage: str, share: float) -> None:
        working(self, title, lines, stage, share)
        shown.append((stage, share))

    monkeypatch.setattr(ReportPage, "working", seen)
    assert stage.run("compare", scene.world), stage.log()
    assert shown == [("starting the engine, 0 %", 0.0), ("compare, 33 %", 1 / 3)]
    told = ("2 markers on its clip.", "New: new.mp4.", "1 moments of new.mp4 are taken as you set them")
    assert all(one in stage.page() and one in stage.log() for one in told) and "compare ..." in stage.log()


@pytest.mark.slow
def test_a_taken_name_gets_a_number(stage: Stage, scene: Scene) -> None:
    for n in range(3):
        scene.project.current = scene.timeline.id
        assert stage.run("compare", scene.world), stage.log()
        name = "new against ref" + (f" {n + 1}" if n else "")
        assert scene.world.timeline().name == name and f"timeline {name}, which is open" in stage.page()


def test_clips_in_bins_are_found(stage: Stage, scene: Scene) -> None:
    scene.project.folders += [Folder("day", "Day", "master"), Folder("cam", "Cam", "day")]
    ref, new = scene.project.media[1:3]
    ref.folder, new.folder = "day", "cam"
    assert stage.run("compare", scene.world), stage.log()
    given = next(call.given[1] for call in scene.world.calls if call.call == "MediaPool.ImportTimelineFromFile")
    assert given["importSourceClips"] is False
    assert sorted(given["sourceClipsFolders"]) == ["<Folder Cam>", "<Folder Day>"]


def test_a_thing_in_a_bin_that_tells_nothing_of_itself_is_passed_over(stage: Stage, scene: Scene) -> None:
    odd = next(media for media in scene.project.media if media.timeline)
    assert scene.project.media[0] is odd  # looked at before both clips
    scene.world.faults = [Fault("none", "MediaPoolItem.GetClipProperty", skip=4, times=1)]
    assert stage.run("compare", scene.world), stage.log()
    hit = [call for call in scene.world.calls if call.call == "MediaPoolItem.GetClipProperty"][4]
    assert (hit.on, hit.answer) == (odd.name, "None")


def test_where_resolve_passes_over_the_places_they_are_set(stage: Stage, scene: Scene) -> None:
    scene.world.quirks.import_keeps_transform = False
    assert stage.run("compare", scene.world), stage.log()
    made = scene.world.timeline("new against ref")
    assert {(item.zoom, item.pan) for item in made.video[0].items} == {(0.5, -480)}
    assert {(item.zoom, item.pan) for item in made.video[1].items} == {(0.5, 480)}
    assert "not in their half" not in stage.page()


def test_what_resolve_does_not_take_is_told(stage: Stage, scene: Scene) -> None:
    scene.world.quirks.import_keeps_transform = False
    scene.world.quirks.import_keeps_markers = False
    scene.world.quirks.import_off_frames = 10
    scene.world.faults = [Fault("refuse", "TimelineItem.SetProperty")]
    assert stage.run("compare", scene.world), stage.log()
    page = stage.page()
    assert "pictures are not in their half of the screen" in page and "Position X -480" in page
    assert "took 0 of 2 markers" in page and "spot 2 +1.50" in page
    assert "clips show another part of their file" in page and "0.33 s" in page


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("refuse", "MediaPool.ImportTimelineFromFile"), "did not import the timeline"),
        (Fault("raise", "MediaPool.ImportTimelineFromFile"), "failed in ImportTimelineFromFile"),
        (Fault("none", "Timeline.GetItemListInTrack", skip=3), "did not lay the clips"),
        (Fault("raise", "TimelineItem.SetProperty"), "failed in SetProperty"),
        (Fault("none", "Timeline.GetMarkers", skip=1), "does not answer (GetMarkers)"),
    ],
)
def test_a_failure_leaves_nothing_behind(stage: Stage, scene: Scene, fault: Fault, words: str) -> None:
    scene.world.quirks.import_keeps_transform = False
    scene.world.faults = [fault]
    before = state(scene.world)
    assert not stage.run("compare", scene.world)
    assert words in stage.page() and "The timeline was not changed." in stage.page()
    assert state(scene.world) == before


def test_a_file_that_is_none_leaves_nothing_behind(stage: Stage, scene: Scene) -> None:
    told = file_for(scene, rate=Rate(30000, 1001, True), span=SPAN)
    stage.engine(timeline=dict(told, text="no timeline"))
    before = state(scene.world)
    assert not stage.run("compare", scene.world)
    assert html.escape(str(stage.config / "compare.otio")) in stage.page() and "File &gt; Import" in stage.page()
    assert state(scene.world) == before


def test_a_timeline_of_another_rate_is_refused(stage: Stage, scene: Scene) -> None:
    scene.world.quirks.import_at_rate = "24"
    before = state(scene.world)
    assert not stage.run("compare", scene.world)
    assert "a timeline of 24 frames a second" in stage.page() and state(scene.world) == before


def test_clips_that_are_not_where_the_engine_says_are_refused(stage: Stage, scene: Scene) -> None:
    told = file_for(scene, rate=Rate(30000, 1001, True), span=SPAN)
    told["event"]["clips"][-1]["at"] += 1
    stage.engine(timeline=told)
    before = state(scene.world)
    assert not stage.run("compare", scene.world)
    assert "1 of " in stage.page() and "are elsewhere" in stage.page() and state(scene.world) == before


def test_a_clip_that_went_offline_meanwhile_is_noticed(stage: Stage, scene: Scene) -> None:
    told = file_for(scene, rate=Rate(30000, 1001, True), span=SPAN)
    stage.engine(timeline=dict(told, text=told["text"].replace("new.mp4", "gone.mp4")))
    before = state(scene.world)
    assert not stage.run("compare", scene.world)
    assert "without their files" in stage.page() and state(scene.world) == before


def test_a_timeline_that_cannot_be_deleted_again_is_told(stage: Stage, scene: Scene) -> None:
    scene.world.quirks.import_at_rate = "24"
    scene.world.faults = [Fault("refuse", "MediaPool.DeleteTimelines")]
    assert not stage.run("compare", scene.world)
    page = stage.page()
    assert "new against ref could not be deleted again" in page and "The timeline was not changed." not in page


def test_two_laps_of_one_file(stage: Stage) -> None:
    scene = Scene()
    day = scene.media(stage.file("day.mp4"), frames=3000)
    first, second = scene.place(day, at=0, after=900), scene.place(day, at=1000, first=1500, after=2500)
    scene.mark(first, 300, "spot")
    scene.select(first, second)
    shown = [(0, 0.0, 30.03), (1, 51.0, 81.03)]
    tracks = []
    for _, from_s, _ in shown:
        range_ = otio.opentime.TimeRange(*(otio.opentime.RationalTime(n, float(FPS)) for n in (from_s * FPS, 900)))
        clip = otio.schema.Clip("day.mp4", otio.schema.ExternalReference(day.path), range_)
        tracks.append(otio.schema.Track(kind="Video", children=[clip]))
    timeline = otio.schema.Timeline("laps", global_start_time=otio.opentime.RationalTime(108000, float(FPS)))
    timeline.tracks.extend(tracks)
    clips = [
        {"track": track, "at": 0, "length": 900, "path": day.path, "from_s": from_s, "to_s": to_s}
        for track, from_s, to_s in shown
    ]
    event = {"verdict": "good", "reasons": [], "zoom": [0.5, 0.5], "clips": clips, "deltas": []}
    stage.engine(timeline={"text": otio.core.serialize_json_to_string(timeline), "event": event})
    assert stage.run("compare", scene.world), stage.log()
    assert scene.world.timeline().name == "day from 0.50.05 against day from 0.00.00"
    assert "No marker has a place in both runs." in stage.page() and "another part of their file" not in stage.page()


def test_chapters_are_refused(stage: Stage) -> None:
    scene = two_runs(stage.file("GX010001.MP4"), stage.file("new.mp4"))
    second = scene.place(scene.media(stage.file("GX020001.MP4")), at=9000)
    scene.timeline.selection.append(second.id)
    assert not stage.run("compare", scene.world)
    assert "several files of one recording" in stage.page() and "export-timeline" in stage.page()
    assert stage.requests() == []


def test_an_engine_that_cannot(stage: Stage, scene: Scene) -> None:
    before = state(scene.world)
    stage.engine(mode="refused")
    assert not stage.run("compare", scene.world)
    assert "no such codec" in stage.page() and state(scene.world) == before
    stage.engine(timeline=None)
    assert not stage.run("compare", scene.world)
    assert "wrote no timeline" in stage.page() and state(scene.world) == before


@pytest.mark.parametrize("version", ["18.5", "19.0.2", "20.3", "21.0.4"])
def test_older_versions(stage: Stage, version: str) -> None:
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"), version=version)
    for track in scene.timeline.video:
        track.items[0].color = "Orange"
    stage.engine(timeline=file_for(scene, rate=Rate(30000, 1001, True), span=SPAN))
    assert stage.run("compare", scene.world), stage.log()
    assert len(scene.world.timeline("new against ref").video[1].items) > 1
