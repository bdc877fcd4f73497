"""A timeline taken apart: clips at their places, markers in exact seconds of their owners."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

import opentimelineio as otio
import pytest

from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate
from otio_adapters.build import build_timeline, frame_time, time_range
from otio_adapters.content import content_of
from otio_adapters.file_urls import path_of, target_url

DROP = Rate(30000, 1001, True)
MEDIA = MediaInfo(Path("/r/new.mp4"), DROP.fps, 1920, 1080, 60.06, 1800, "h264", 0, "01:00:00;00", True)


def test_markers_of_a_clip_are_in_media_time() -> None:
    at = float(DROP.to_seconds(90))
    for owner in ("timeline", "clip"):
        content = content_of(build_timeline(MEDIA, [Marker("a", at, 0.5)], owner=owner))
        (mark,) = content.marks if owner == "timeline" else content.pieces[0].marks
        assert mark.frames(DROP) == (90, 15)
        assert content.all_marks() == ((mark,), 0)
    both = content_of(build_timeline(MEDIA, [Marker("a", at)], owner="both"))
    assert len(both.marks) == len(both.pieces[0].marks) == len(both.all_marks()[0]) == 1


def test_a_piece_knows_its_file() -> None:
    (piece,) = content_of(build_timeline(MEDIA, [])).pieces
    assert piece.media.rate == DROP and piece.media.start == 107892 and piece.media.size == (1920, 1080)
    assert piece.media.name == "new.mp4" and piece.media.length_s == DROP.to_seconds(1800)
    assert (piece.at_s, piece.media_in_s, piece.speed) == (0, 0, 1)


def test_a_retimed_piece_shows_its_markers_where_they_play() -> None:
    rate = Rate(50)
    timeline = build_timeline(MEDIA, [Marker("a", 6.0), Marker("b", 30.0)], owner="clip")
    clip = timeline.tracks[0][0]
    # From 4 s of the file on, for 5 s, twice as fast.
    start = clip.media_reference.available_range.start_time.rescaled_to(50.0)
    clip.source_range = otio.opentime.TimeRange(start + frame_time(200, rate), frame_time(250, rate))
    clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=2.0))
    timeline.tracks[0].insert(0, otio.schema.Gap(source_range=time_range(0, 100, rate)))
    content = content_of(timeline)
    (piece,) = content.pieces
    assert (piece.at_s, piece.length_s, piece.speed) == (2, 5, 2)
    marks, hidden = content.all_marks()
    assert hidden == 1 and abs(float(marks[0].start_s) - 3.0) < 0.01


def test_a_still_shows_one_instant() -> None:
    timeline = build_timeline(MEDIA, [Marker("a", 0.0), Marker("b", 1.0)], owner="clip")
    timeline.tracks[0][0].effects.append(otio.schema.FreezeFrame())
    marks, hidden = content_of(timeline).all_marks()
    assert [(mark.name, mark.start_s) for mark in marks] == [("a", 0)] and hidden == 1


def test_compound_clips_show_the_markers_in_them() -> None:
    inner = build_timeline(MEDIA, [Marker("early", 0.5), Marker("clip", 2.0), Marker("late", 9.0)], owner="clip")
    stack = inner.tracks.deepcopy()
    stack.markers.append(otio.schema.Marker("own", time_range(60, 0, DROP)))
    stack.source_range = time_range(30, 100, DROP)
    timeline = build_timeline(MEDIA, [])
    timeline.tracks[0].append(stack)
    content = content_of(timeline)
    assert [(mark.name, mark.frames(DROP)) for mark in content.gap_marks] == [
        ("own", (1800 + 60 - 30, 0)),
        ("clip", (1800 + 60 - 30, 0)),
    ]
    assert content.all_marks()[1] == content.unshown == 2


@pytest.mark.parametrize(
    "path",
    [
        PurePosixPath("/r/my rides/é #1.mp4"),
        PureWindowsPath("D:/my rides/100%.MP4"),
        PureWindowsPath("//nas/share/a b.mp4"),
    ],
)
def test_paths_survive_urls(path: PurePosixPath | PureWindowsPath) -> None:
    assert path_of(target_url(path)) == path


def test_paths_of_other_programs() -> None:
    assert path_of("file://localhost/D%3a/a%20b.mp4") == PureWindowsPath("D:/a b.mp4")
    assert path_of(r"D:\rides\a.mp4") == PureWindowsPath("D:/rides/a.mp4")
    assert path_of("/r/100%25.mp4") == PurePosixPath("/r/100%25.mp4")
    (piece,) = content_of(build_timeline(MEDIA, [])).pieces
    assert piece.at_s + piece.length_s == DROP.to_seconds(1800)
