"""The timeline in the middle: names, places and rates."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import COLOURS, Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate, frames_of, label_of
from otio_adapters import colours
from otio_adapters.build import (
    build_timeline,
    colour_of,
    comment_of,
    frame_time,
    frames_at,
    rate_of,
    same_second,
    time_range,
)
from otio_adapters.file_urls import target_url


def media(start: str | None = "01:00:00;00", rate: Fraction = Fraction(30000, 1001), drop: bool = True) -> MediaInfo:
    path = Path("/rides/GX 010001.MP4")
    return MediaInfo(path, rate, 3840, 2160, 60.06, int(Fraction(6006, 100) * rate), "hevc", 0, start, drop)


def test_clip_and_start_timecode() -> None:
    timeline = build_timeline(media(), [])
    (clip,) = timeline.find_clips()
    assert (timeline.name, clip.name) == ("GX 010001", "GX 010001.MP4")
    assert timeline.global_start_time.value == 107892
    assert clip.available_range() == clip.source_range
    assert (clip.source_range.start_time.value, clip.source_range.duration.value) == (107892, 1800)
    assert clip.source_range.start_time.rate == 30000 / 1001
    assert clip.media_reference.target_url.endswith("/rides/GX%20010001.MP4")
    assert dict(timeline.metadata["mtbsync"]) == {"rate": "30000/1001", "drop": True, "width": 3840, "height": 2160}
    assert rate_of(timeline) == (Rate(30000, 1001, True), True)


def test_no_start_timecode() -> None:
    timeline = build_timeline(media(None), [], name="Mine")
    assert timeline.global_start_time is None
    assert next(iter(timeline.find_clips())).source_range.start_time.value == 0
    assert timeline.name == "Mine"


def test_a_start_timecode_that_does_not_exist() -> None:
    with pytest.raises(FormatError, match="drop frame skips"):
        build_timeline(media("01:01:00;00"), [])


def test_markers_lie_on_the_stack_counted_from_the_start_of_the_sequence() -> None:
    fps = Fraction(30000, 1001)
    marker = Marker("Drop", float(100 / fps), float(30 / fps), "Sand", "note", "m1", "hidden", {"line": "A"})
    point = Marker("Point", 1.0)
    timeline = build_timeline(media(), [marker, point])
    first, second = timeline.tracks.markers
    assert (first.marked_range.start_time.value, first.marked_range.duration.value) == (100, 30)
    assert (second.marked_range.start_time.value, second.marked_range.duration.value) == (30, 0)
    assert (first.color, second.color) == ("ORANGE", "BLUE")
    assert first.comment == first.metadata["Resolve_OTIO"]["Note"] == comment_of(first) == "note"
    own = first.metadata["mtbsync"]
    assert (own["marker_id"], own["custom"], dict(own["extra"])) == ("m1", "hidden", {"line": "A"})
    assert len(timeline.tracks[0].markers) == 0


def test_the_end_is_rounded_not_the_length() -> None:
    (marker,) = build_timeline(media(None, Fraction(10), False), [Marker("a", 0.14, 0.22)]).tracks.markers
    assert (marker.marked_range.start_time.value, marker.marked_range.duration.value) == (1, 3)


def test_a_timeline_survives_otio_json_with_hostile_text() -> None:
    text = '\ud800 <&>"|C: \x00 \u2028 🚵 ]]>'
    timeline = build_timeline(media(), [Marker(text, 1, 0, "", text, text, text, {text: text})], name=text)
    again = otio.adapters.read_from_string(otio.adapters.write_to_string(timeline, "otio_json"), "otio_json")
    assert again.is_equivalent_to(timeline)
    assert again.tracks.markers[0].name == '\ufffd <&>"|C: \ufffd \u2028 🚵 ]]>'


def test_colours_come_back_unless_recoloured() -> None:
    markers = build_timeline(media(), [Marker(c, 1, 0, c) for c in COLOURS]).tracks.markers
    assert [colour_of(m) for m in markers] == [(c, True) for c in COLOURS]
    markers[0].color = "RED"
    assert colour_of(markers[0]) == ("Red", True)
    assert colour_of(otio.schema.Marker(color="ORANGE")) == ("Sand", False)
    assert colour_of(otio.schema.Marker(color="#123456")) == ("Blue", False)
    assert colours.OTIO_OF.keys() == set(COLOURS)
    assert set(colours.OTIO_OF.values()) == set(colours.RESOLVE_OF)


@pytest.mark.parametrize(
    ("path", "url"),
    [
        (PurePosixPath("/a b/ü#1.mp4"), "file:///a%20b/%C3%BC%231.mp4"),
        (PureWindowsPath(r"D:\rides\GX010001.MP4"), "file:///D:/rides/GX010001.MP4"),
        (PureWindowsPath(r"\\nas\rides\a b.mp4"), "file://nas/rides/a%20b.mp4"),
    ],
)
def test_file_urls(path: PurePath, url: str) -> None:
    assert target_url(path) == url


def test_a_relative_path_becomes_a_full_one() -> None:
    assert target_url(Path("x.mp4")) == (Path.cwd() / "x.mp4").as_uri()


def test_the_rate_of_foreign_timelines() -> None:
    timeline = otio.schema.Timeline(global_start_time=otio.opentime.RationalTime(0, 29.97))
    assert rate_of(timeline) == (Rate(30000, 1001), False)
    timeline.global_start_time = otio.opentime.RationalTime(0, 25)
    assert rate_of(timeline) == (Rate(25), True)
    with pytest.raises(FormatError, match="frame rate"):
        rate_of(otio.schema.Timeline())


@given(frames=st.integers(0, 10**7), rate=st.sampled_from([Rate(30000, 1001), Rate(120000, 1001), Rate(100), Rate(24)]))
@settings(max_examples=60, deadline=None)
def test_frames_survive_otio_times(frames: int, rate: Rate) -> None:
    assert frames_at(frame_time(frames, rate), rate) == frames
    assert frames_at(time_range(frames, 7, rate).end_time_exclusive(), rate) == frames + 7
    assert frames_at(otio.opentime.RationalTime(float(rate.to_seconds(frames)), 1), rate) == frames


@pytest.mark.parametrize(
    ("label", "own", "rate", "expected"),
    [
        ("01:00:00:00", Rate(60000, 1001), Rate(25), "01:00:00:00"),
        ("14:32:05;24", Rate(60000, 1001, True), Rate(30000, 1001, True), "14:32:05;12"),
        ("00:01:00:00", Rate(60), Rate(30000, 1001, True), "00:01:00;02"),
        ("10:00:01:119", Rate(120), Rate(60), "10:00:01:59"),
    ],
)
def test_the_same_second_at_another_rate(label: str, own: Rate, rate: Rate, expected: str) -> None:
    assert label_of(same_second(frames_of(label, own), own, rate), rate) == expected
