"""Whose markers they are, and where: timelines with clips, and files that know positions only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaFile, MediaInfo
from mtbsync_core.timecode import Rate
from otio_adapters.build import build_timeline, frame_time, time_range
from otio_adapters.formats import FORMATS
from otio_adapters.of_video import markers_of_video
from otio_adapters.reading import ReadOptions
from otio_adapters.writing import WriteOptions

RATE = Rate(25)


def media(name: str = "ref.mp4", **changes: Any) -> MediaInfo:
    values: dict[str, Any] = {"start_timecode": None, "files": ()}
    values.update(changes)
    return MediaInfo(Path(name), RATE.fps, 1920, 1080, 60.0, 1500, "h264", 0, **values)


def times(timeline: otio.schema.Timeline, recording: MediaInfo | None, start: str | None = None) -> list[float]:
    return [marker.t_s for marker in markers_of_video(timeline, recording, start=start).markers]


@pytest.mark.parametrize("owner", ["timeline", "clip", "both"])
@pytest.mark.parametrize("timecode", [None, "10:00:00:00"])
def test_what_was_built_comes_back(owner: Any, timecode: str | None) -> None:
    recording = media(start_timecode=timecode)
    markers = [Marker("a", 1.2, 0.4, "Red", "note"), Marker("b", 20.0)]
    found = markers_of_video(build_timeline(recording, markers, owner=owner), recording)
    assert [(m.name, m.t_s, round(m.duration_s, 6), m.colour, m.comment) for m in found.markers] == [
        ("a", 1.2, 0.4, "Red", "note"),
        ("b", 20.0, 0.0, "Blue", ""),
    ]
    assert [m.marker_id for m in found.markers] == ["M001", "M002"] and not found.issues


def test_a_trimmed_clip_behind_a_gap() -> None:
    timeline = build_timeline(media(start_timecode="10:00:00:00"), [])
    clip = timeline.tracks[0][0]
    clip.source_range = time_range(900000 + 250, 500, RATE)  # 10 s into the file, for 20 s
    timeline.tracks[0].insert(0, otio.schema.Gap(source_range=time_range(0, 125, RATE)))
    for frame in (50, 125, 250, 700):
        timeline.tracks.markers.append(otio.schema.Marker(f"at {frame}", time_range(frame, 0, RATE)))
    found = markers_of_video(timeline, media())
    assert [(m.name, m.t_s) for m in found.markers] == [("at 125", 10.0), ("at 250", 15.0)]
    assert [(i.kind, i.count) for i in found.issues] == [("elsewhere", 2)]


def test_chapters_lie_one_behind_the_other() -> None:
    chapters = (MediaFile(Path("GX010001.MP4")), MediaFile(Path("GX020001.MP4"), 700.0))
    timeline = build_timeline(media("GX020001.MP4"), [Marker("a", 5.0)])
    recording = MediaInfo(Path("GX010001.MP4"), RATE.fps, 1920, 1080, 900.0, 22500, "h264", files=chapters)
    assert times(timeline, recording) == [705.0]


def test_another_name_and_none_at_all() -> None:
    timeline = build_timeline(media("proxy.mov"), [Marker("a", 1.0)])
    found = markers_of_video(timeline, media())
    assert [m.t_s for m in found.markers] == [1.0] and [i.kind for i in found.issues] == ["other_name"]
    timeline.tracks[0].append(build_timeline(media("other.mp4"), []).tracks[0][0].clone())
    with pytest.raises(UsageError, match=r"proxy\.mov, other\.mp4"):
        markers_of_video(timeline, media())


def edl(start: str, *seconds: float) -> otio.schema.Timeline:
    timeline = build_timeline(media(start_timecode=start), [Marker("m", t) for t in seconds])
    text = FORMATS["resolve-edl"].write(timeline, WriteOptions()).texts[0]
    read = FORMATS["resolve-edl"].read
    assert read is not None
    return read(text, ReadOptions(rate=RATE))


def test_an_edl_needs_to_know_where_the_recording_sits() -> None:
    assert times(edl("10:00:00:00", 1.0, 59.0), media(start_timecode="10:00:00:00")) == [1.0, 59.0]
    assert times(edl("01:00:00:00", 1.0), media()) == [1.0]
    assert times(edl("00:00:00:00", 1.0), media()) == [1.0]
    assert times(edl("01:00:00:00", 130.0), media(), "01:02:00:00") == [10.0]
    assert times(edl("01:00:00:00", 30.0), None) == [30.0]
    with pytest.raises(UsageError, match="where the recording sits"):
        markers_of_video(edl("01:00:00:00", 1.0, 130.0), media())
    with pytest.raises(FormatError):
        markers_of_video(edl("01:00:00:00", 1.0), media(), start="01:00:00:25")


def test_markers_before_the_recording_are_named() -> None:
    found = markers_of_video(edl("01:00:00:00", 1.0, 12.0), media(), start="01:00:10:00")
    assert [m.t_s for m in found.markers] == [2.0]
    assert [(i.kind, i.count) for i in found.issues] == [("outside_video", 1)]


def test_a_timeline_without_markers_has_none() -> None:
    empty = otio.schema.Timeline("T", global_start_time=frame_time(90000, RATE))
    assert markers_of_video(empty, media()).markers == ()
