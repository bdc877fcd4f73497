"""`.otio`: what Resolve and Premiere expect in it, real exports of Resolve, and files that are damaged."""

from __future__ import annotations

import json
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.markers import COLOURS, Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate, label_of
from otio_adapters.build import build_timeline, colour_of, comment_of, frame_time, seconds_at, time_range
from otio_adapters.content import content_of
from otio_adapters.formats import FORMATS
from otio_adapters.formats.otio import writer as otio_file
from otio_adapters.formats.otio.reader import read
from otio_adapters.of_video import markers_of_video
from otio_adapters.reading import ReadOptions
from otio_adapters.writing import PLAIN, WriteOptions
from tests.otio_adapters.editors import ride
from tests.real_files import nle_sample

FLAVOURS = ("otio", "resolve-otio", "premiere-otio")
SIXTY = Rate(60)
RATES = [
    *(Rate(n * 1000, 1001, True) for n in (30, 60, 120)),
    *(Rate(n * 1000, 1001) for n in (24, 30, 60, 120)),
    *(Rate(n) for n in (24, 25, 30, 48, 50, 60, 100, 120)),
]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)


def media(rate: Rate, start: str | None, path: str = "/r/new.mp4") -> MediaInfo:
    return MediaInfo(Path(path), rate.fps, 1920, 1080, 600, int(600 * rate.fps), "h264", 0, start, rate.drop)


def timeline_of(
    *markers: Marker, rate: Rate = SIXTY, start: str | None = "01:00:00:00", **how: Any
) -> otio.schema.Timeline:
    return build_timeline(media(rate, start), markers, name="Timeline 1", **how)


def retimed(rate: Rate = SIXTY, speed: float = 0.5) -> otio.schema.Timeline:
    """A gap of one second, two seconds from the tenth second of the file on, and what comes after."""
    timeline = timeline_of(rate=rate)
    track = timeline.tracks[0]
    clip = track[0]
    start = int(clip.source_range.start_time.value)
    one = rate.nominal
    later = clip.deepcopy()
    later.source_range = time_range(start, one, rate)
    clip.source_range = time_range(start + 10 * one, 2 * one, rate)
    clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=speed))
    track.insert(0, otio.schema.Gap(source_range=time_range(0, one, rate)))
    track.append(later)
    return timeline


def text_of(name: str, timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> str:
    return FORMATS[name].write(timeline, how).texts[0]


def plain(name: str, timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> otio.schema.Timeline:
    """The file as OpenTimelineIO alone reads it."""
    return otio.adapters.read_from_string(text_of(name, timeline, how), "otio_json")


def issues_of(name: str, timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> dict[str, int]:
    return {issue.kind: issue.count for issue in FORMATS[name].write(timeline, how).issues}


def facts(markers: Any) -> list[tuple[float, float, float, str, str, str]]:
    return [
        (
            m.marked_range.start_time.value,
            m.marked_range.start_time.rate,
            m.marked_range.duration.value,
            m.name,
            comment_of(m),
            colour_of(m)[0],
        )
        for m in markers
    ]


@pytest.mark.slow
@pytest.mark.parametrize("rate", RATES, ids=str)
@given(data=st.data())
@settings(max_examples=6, deadline=None)
def test_round_trip_is_exact_at_every_rate(rate: Rate, data: st.DataObject) -> None:
    start = label_of(data.draw(st.integers(0, rate.frames_per_day // 2)), rate)
    frames = data.draw(st.lists(st.integers(0, rate.frames_per_day // 3), unique=True, max_size=4))
    markers = [
        Marker(
            data.draw(TEXT.filter(bool)),
            float(rate.to_seconds(frame)),
            float(rate.to_seconds(data.draw(st.integers(1, 5000)))),
            data.draw(st.sampled_from(COLOURS)),
            data.draw(TEXT),
        )
        for frame in sorted(frames)
    ]
    timeline = timeline_of(*markers, rate=rate, start=start, owner=data.draw(st.sampled_from(["timeline", "both"])))
    for name in FLAVOURS:
        text = text_of(name, timeline)
        again = read(text)
        assert facts(again.tracks.markers) == facts(timeline.tracks.markers)
        assert facts(again.tracks[0][0].markers) == facts(timeline.tracks[0][0].markers)
        assert again.global_start_time == timeline.global_start_time
        assert content_of(again) == content_of(timeline)
        assert text_of(name, again) == text
        alone = otio.adapters.read_from_string(text, "otio_json")
        assert facts(alone.tracks.markers) == facts(timeline.tracks.markers)
        json.loads(text)


def test_resolve_is_written_as_resolve_writes() -> None:
    timeline = timeline_of(Marker("Drop", 1, 0, "Red", "left\nline"), rate=Rate(50), start="10:00:00:00")
    data = json.loads(text_of("resolve-otio", timeline))
    assert data["metadata"]["Resolve_OTIO"] == {"Resolve OTIO Meta Version": "1.0"}
    assert data["global_start_time"] == {"OTIO_SCHEMA": "RationalTime.1", "rate": 50.0, "value": 1800000.0}
    marker = data["tracks"]["markers"][0]
    assert marker["OTIO_SCHEMA"] == "Marker.2"
    assert marker["metadata"]["Resolve_OTIO"] == {"Keywords": [], "Note": "left\nline"}
    assert marker["color"] == "RED"
    assert marker["marked_range"]["start_time"]["value"] == 50
    assert marker["marked_range"]["duration"]["value"] == 1  # Resolve has no points
    clip = data["tracks"]["children"][0]["children"][0]
    assert clip["OTIO_SCHEMA"] == "Clip.2" and clip["name"] == "new.mp4"
    reference = clip["media_references"]["DEFAULT_MEDIA"]
    assert reference["target_url"] == str(Path("/r/new.mp4").absolute())
    assert reference["name"] == "new.mp4"
    assert reference["available_range"]["start_time"]["value"] == 1800000


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///D:/my%20rides/n.mp4", "D:\\my rides\\n.mp4"),
        ("file://nas/rides/n.mp4", "\\\\nas\\rides\\n.mp4"),
        ("file:///r/b%C3%B6se.mp4", "/r/böse.mp4"),
        ("https://example.org/a.mp4", "https://example.org/a.mp4"),
        ("a.mp4", "a.mp4"),
    ],
)
def test_paths(url: str, path: str) -> None:
    timeline = timeline_of()
    timeline.tracks[0][0].media_reference.target_url = url
    resolve = plain("resolve-otio", timeline)
    assert resolve.tracks[0][0].media_reference.target_url == path
    for name in FLAVOURS:
        assert read(text_of(name, timeline)).tracks[0][0].media_reference.target_url == url


def test_the_objects_are_those_of_0_18(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    write = otio.core.serialize_json_to_string

    def spy(value: Any, versions: dict[str, int], indent: int) -> str:
        asked.append(versions)
        return write(value, versions, indent)

    monkeypatch.setattr(otio.core, "serialize_json_to_string", spy)
    for name in FLAVOURS:
        text_of(name, retimed())
    assert asked == [otio_file.VERSIONS] * 3
    here = otio.core.type_version_map()
    assert all(here[schema] >= version for schema, version in otio_file.VERSIONS.items())


@pytest.mark.parametrize("speed", [0.5, 2.0, 1001 / 1000, 0.9270833333333334])
def test_a_retimed_clip_is_as_long_as_each_editor_reads_it(speed: float) -> None:
    timeline = retimed(speed=speed)
    resolve = plain("resolve-otio", timeline).tracks[0][1]
    assert resolve.source_range == time_range(216600, 120, SIXTY)
    premiere = plain("premiere-otio", timeline).tracks[0][1]
    assert premiere.source_range.duration.value == pytest.approx(120 * speed)
    for clip in (resolve, premiere):
        assert clip.effects[0].time_scalar == speed
    for name in FLAVOURS:
        assert content_of(read(text_of(name, timeline))) == content_of(timeline)


def test_a_speed_of_one_is_not_written() -> None:
    for name in FLAVOURS:
        assert not plain(name, retimed(speed=1.0)).tracks[0][1].effects


def test_another_rate_rounds_each_cut_once() -> None:
    timeline = timeline_of(Marker("m", 599.9, 0.1), rate=Rate(60000, 1001))
    track = timeline.tracks[0]
    clip = track[0].deepcopy()
    track.clear()
    for n in range(50):
        piece = clip.deepcopy()
        piece.source_range = time_range(216000 + 7 * n, 7, Rate(60000, 1001))
        track.append(piece)
    for name in FLAVOURS:
        again = plain(name, timeline, WriteOptions(rate=Rate(25), start_timecode="02:00:00:00"))
        lengths = [item.source_range.duration for item in again.tracks[0]]
        assert {length.rate for length in lengths} == {25}
        assert sum(length.value for length in lengths) == Rate(25).to_frames(Fraction(350 * 1001, 60000))
        assert again.global_start_time == frame_time(180000, Rate(25))
        marked = again.tracks.markers[0].marked_range
        assert (marked.start_time.rate, marked.start_time.value) == (25, 14997)  # from frame 35958
        begins = [seconds_at(item.source_range.start_time) for item in again.tracks[0]]
        assert begins[1] - begins[0] == pytest.approx(7 * 1001 / 60000)


def test_a_piece_that_vanishes_at_a_lower_rate_is_said() -> None:
    timeline = timeline_of()
    timeline.tracks[0].append(otio.schema.Gap(source_range=time_range(0, 1, SIXTY)))
    assert not issues_of("otio", timeline)
    assert issues_of("otio", timeline, WriteOptions(rate=Rate(24))) == {"too_short": 1, "rounded": 1}


def test_name_start_and_ascii() -> None:
    timeline = timeline_of(Marker("Übung", 1, 0, "", "böse"))
    how = WriteOptions(label="Mine", start_timecode="00:00:10:00", ascii=True)
    for name in FLAVOURS:
        again = plain(name, timeline, how)
        assert again.name == "Mine"
        assert again.global_start_time.value == 600
        assert (again.tracks.markers[0].name, comment_of(again.tracks.markers[0])) == ("Ubung", "bose")
        assert again.tracks.markers[0].metadata["Resolve_OTIO"]["Note"] == "bose"
        assert issues_of(name, timeline, how)["ascii"] == 1
    assert timeline.tracks.markers[0].name == "Übung"


def test_colours_without_a_name_are_said_and_come_back() -> None:
    timeline = timeline_of(*(Marker(c, n, 0, c) for n, c in enumerate(COLOURS)))
    assert issues_of("otio", timeline)["colour_changed"] == 5  # Rose, Lavender, Sky, Mint, Lemon
    assert issues_of("resolve-otio", timeline)["colour_changed"] == 8  # and what stands for orange, black and white
    assert [colour_of(m)[0] for m in read(text_of("resolve-otio", timeline)).tracks.markers] == list(COLOURS)
    timeline.tracks.markers[0].color = "#ff0000"
    assert plain("resolve-otio", timeline).tracks.markers[0].color == "BLUE"


def test_what_resolve_has_no_place_for() -> None:
    timeline = timeline_of(Marker("", 1, 0, "", "", "", "hidden", {"corner": "3"}), Marker("b", 1), Marker("c", -2))
    timeline.tracks[0].markers.append(otio.schema.Marker("track", time_range(90, 5, SIXTY), "RED"))
    gap = otio.schema.Gap(source_range=time_range(0, 60, SIXTY))
    gap.markers.append(otio.schema.Marker("gap", time_range(30, 5, SIXTY), "RED"))
    timeline.tracks[0].append(gap)
    assert issues_of("resolve-otio", timeline) == {
        "custom_data": 1,
        "extra_columns": 1,
        "moved": 2,
        "nudged": 1,
        "before_start": 1,
    }
    found = [(f[0], f[3]) for f in facts(plain("resolve-otio", timeline).tracks.markers)]
    assert found == [(60, "Marker 1"), (61, "b"), (90, "track"), (36030, "gap")]
    assert not issues_of("otio", timeline)
    assert otio_file.write(timeline).markers == 5


def test_premiere() -> None:
    timeline = retimed()
    data = json.loads(text_of("premiere-otio", timeline))
    assert data["metadata"]["PremierePro_OTIO"] == {"MetadataVersion": "1.0"}
    about = data["tracks"]["metadata"]["PremierePro_OTIO"]
    assert (about["VideoFrameRate"], about["VideoResolution"]) == (60.0, {"width": 1920, "height": 1080})
    clip = data["tracks"]["children"][0]["children"][1]
    assert clip["effects"][0]["effect_name"] == "Speed"
    assert clip["media_references"]["DEFAULT_MEDIA"]["target_url"].startswith("file:///")
    timeline.tracks[0][1].effects[0] = otio.schema.FreezeFrame()
    assert issues_of("premiere-otio", timeline)["frozen"] == 1


def test_without_start_timecode_the_editors_own_is_taken() -> None:
    timeline = timeline_of(start=None)
    assert issues_of("resolve-otio", timeline) == {"start_assumed": 1}
    assert plain("resolve-otio", timeline).global_start_time.value == 216000


def test_recipes_name_the_settings() -> None:
    timeline = timeline_of(rate=Rate(30000, 1001, True), start="01:00:00;00")
    for name in FLAVOURS:
        text = FORMATS[name].recipe(timeline, ["x.otio"], PLAIN)
        assert "x.otio" in text and "29.97 fps, drop frame" in text and "01:00:00;00" in text


def test_real_exports_of_resolve() -> None:
    timeline = read(nle_sample("resolve21_timeline_marker_torture_ref.otio"))
    assert facts(timeline.tracks.markers) == [
        (600.0, 50.0, 25.0, "CONFORM-TEST-MARKER", "destruction table probe", "Cyan")
    ]
    assert timeline.tracks.markers[0].comment == "destruction table probe"
    assert timeline.global_start_time == frame_time(180000, Rate(50))
    for name, speed in (("base", 1), ("retime_50pct", Fraction(1, 2))):
        timeline = read(nle_sample(f"resolve21_{name}.otio"))
        assert len(list(timeline.find_clips())) == 2
        assert not list(otio_file.all_markers(timeline))
        (piece,) = content_of(timeline).pieces
        assert (piece.speed, piece.length_s, piece.media_in_s) == (speed, 30, 0)
        assert piece.media.url == "file:///E:/SHOWREEL/NBC%20UNIVERSAL/more%2013th%20st/1128797.mxf"
        again = plain("resolve-otio", timeline).tracks[0][0]
        assert again.media_reference.target_url == "E:\\SHOWREEL\\NBC UNIVERSAL\\more 13th st\\1128797.mxf"
        assert again.source_range == time_range(1800000, 1500, Rate(50))
        assert len(again.effects) == (12 if speed == 1 else 13)


def test_the_file_can_be_told_what_it_does_not_say() -> None:
    bare = otio.schema.Timeline("x", global_start_time=otio.opentime.RationalTime(0, 30000 / 1001))
    text = bare.to_json_string()
    timeline = read(text)  # held, since its metadata go when it goes
    assert "rate" not in timeline.metadata.get("mtbsync", {})
    told = read(text, ReadOptions(drop=True, start_timecode="02:00:00;00"))
    assert told.metadata["mtbsync"]["drop"] is True
    assert told.global_start_time.value == 215784
    ours = text_of("otio", timeline_of(rate=Rate(30000, 1001, True), start="01:00:00;00"))
    same, other = read(ours, ReadOptions(rate=Rate(30000, 1001))), read(ours, ReadOptions(rate=Rate(25)))
    assert same.metadata["mtbsync"]["drop"] is True
    # What the file says of its timeline nobody knows better.
    assert other.metadata["mtbsync"]["rate"] == "30000/1001" and other.metadata["mtbsync"]["drop"] is True


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        '"x"',
        "[" * 200_000,
        '{"a":' * 5000 + "1" + "}" * 5000,
        '{"OTIO_SCHEMA": "Clip.2"}',
        '{"OTIO_SCHEMA": "Timeline.9"}',
        '{"OTIO_SCHEMA": "Timeline.1", "tracks": null}',
        '{"OTIO_SCHEMA": "Timeline.1", "metadata": {}, "name": "", "tracks": 7}',
        "\x00\x01",
        "TITLE: an EDL",
    ],
    ids=range(13),
)
def test_what_is_no_timeline_is_said(text: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(text)
    assert caught.value.message


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_damage_never_gets_further_than_an_error(data: st.DataObject) -> None:
    whole = json.loads(text_of("premiere-otio", retimed()))
    clip = whole["tracks"]["children"][0]["children"][0]
    ramps = {"Key Frames": [[0, 0, False, 0, 0, 0, 0], [5, 9, True, 1, 1, 1, 1], [20, 20, False, 0, 0, 0, 0]]}
    ramp = {"OTIO_SCHEMA": "TimeEffect.1", "metadata": {"Resolve_OTIO": ramps}, "name": "", "effect_name": ""}
    clip["effects"] = data.draw(st.sampled_from([clip["effects"], [ramp]]))
    place: Any = whole
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.integers(0, 4)) == 0:
            break
        place = place[key]
    bad = st.sampled_from([None, -1, 0, 1e400, "x", [], {}, [None], {"OTIO_SCHEMA": "Foo.1"}, "Clip.99", 10**400])
    place[key] = data.draw(bad)
    try:
        timeline = read(json.dumps(whole))
        for name in FLAVOURS:
            text_of(name, timeline)
        for media in (ride(), None):
            with suppress(UsageError):
                markers_of_video(timeline, media)
    except FormatError:
        pass


def test_objects_of_plug_ins_are_left_out() -> None:
    data = json.loads(text_of("otio", retimed()))
    unknown = {"OTIO_SCHEMA": "Fancy.3", "name": "x", "source_range": None}
    track = data["tracks"]["children"][0]["children"]
    track[1]["effects"].append(unknown)
    track[1]["markers"].append(unknown)
    track[1]["metadata"]["fancy"] = unknown
    track[2] = {**unknown, "source_range": track[2]["source_range"]}
    track.append(unknown)
    data["tracks"]["children"].append(unknown)
    timeline = read(json.dumps(data))
    kinds = [type(item).__name__ for item in timeline.tracks[0]]
    assert kinds == ["Gap", "Clip", "Gap"]
    assert len(timeline.tracks[0][1].effects) == 1


def test_nothing_that_the_file_names_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    text = text_of("resolve-otio", timeline_of())

    def opened(*_: Any, **__: Any) -> None:
        raise AssertionError("a file was opened")

    monkeypatch.setattr("builtins.open", opened)
    monkeypatch.setattr("pathlib.Path.open", opened)
    monkeypatch.setenv("OTIO_DEFAULT_MEDIA_LINKER", "no such linker")
    assert len(list(read(text).find_clips())) == 1
