"""The XML of Final Cut Pro 7 for Premiere: every frame and every letter there and back, and what real files hold."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any
from xml.etree import ElementTree

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtbsync_core.errors import FormatError, LossError, UsageError
from mtbsync_core.markers import COLOURS, Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate, label_of
from otio_adapters.build import KEY, build_timeline, colour_of, comment_of, frame_time, rate_metadata, time_range
from otio_adapters.content import content_of
from otio_adapters.file_urls import path_of, target_url
from otio_adapters.formats import FORMATS, write_files
from otio_adapters.formats.premiere.reader import read
from otio_adapters.formats.premiere.write_elements import PALETTE, pathurl_of
from otio_adapters.formats.premiere.writer import recipe, write
from otio_adapters.of_video import markers_of_video
from otio_adapters.reading import ReadOptions
from otio_adapters.writing import WriteOptions
from tests.otio_adapters.editors import ride
from tests.real_files import nle_sample

RATES = [
    *(Rate(n * 1000, 1001, True) for n in (30, 60, 120)),
    *(Rate(n * 1000, 1001) for n in (24, 30, 60, 120)),
    *(Rate(n) for n in (24, 25, 30, 48, 50, 60, 100, 120)),
]
SIXTY = Rate(60)
TWINS = ["Blue", "Cyan", "Green", "Yellow", "Red", "Purple"]
DROP = Rate(30000, 1001, True)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=20)
LINES = st.lists(TEXTS, max_size=3).map("\r\n".join)


def media(rate: Rate, start: str | None = "01:00:00:00", seconds: int = 600) -> MediaInfo:
    path = Path("/r/my rides/new.mp4")
    return MediaInfo(path, rate.fps, 1920, 1080, seconds, int(seconds * rate.fps), "h264", 0, start, rate.drop)


def timeline_of(*markers: Marker, rate: Rate = SIXTY, owner: Any = "timeline", **about: Any) -> Any:
    return build_timeline(media(rate, **about), markers, name="Run 2", owner=owner)


def text_for(timeline: otio.schema.Timeline, **options: Any) -> str:
    (text,) = write(timeline, WriteOptions(**options)).texts
    return text


def issues_of(timeline: otio.schema.Timeline, **options: Any) -> dict[str, int]:
    return {issue.kind: issue.count for issue in write(timeline, WriteOptions(**options)).issues}


def facts(markers: Any) -> list[tuple[Any, ...]]:
    return [
        (m.marked_range.start_time, m.marked_range.duration, m.name, comment_of(m), colour_of(m), m.color)
        for m in markers
    ]


def starts(markers: Any) -> list[float]:
    return [m.marked_range.start_time.value for m in markers]


def clips_of(timeline: otio.schema.Timeline) -> list[otio.schema.Clip]:
    return list(timeline.find_clips())


def sequence(inside: str, *, rate: str = "<timebase>25</timebase><ntsc>false</ntsc>", tail: str = "") -> str:
    return (
        f"<xmeml version='5'><sequence><name>S</name><rate>{rate}</rate><media><video>{inside}</video></media>{tail}"
        "</sequence></xmeml>"
    )


FILE = (
    "<file id='f'><name>a.mp4</name><pathurl>file://localhost/D%3a/a.mp4</pathurl><duration>500</duration>"
    "<rate><timebase>25</timebase></rate><timecode><string>10:00:00:00</string></timecode></file>"
)


def test_a_marker_looks_like_premieres() -> None:
    text = text_for(timeline_of(Marker("Drop <2>", 1.0, 0, "Red", "rocky & steep"), rate=Rate(25)))
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n<xmeml version="5">\n')
    marker = text[text.index("<marker>") : text.index("</marker>")].replace("\t", "").replace("\n", "")
    assert marker == (
        "<marker><comment>rocky &amp; steep</comment><name>Drop &lt;2&gt;</name><in>25</in><out>-1</out>"
        "<pproColor>4281740498</pproColor><color><alpha>255</alpha><red>210</red><green>44</green><blue>54</blue></color>"
    )


def test_drop_frame_is_told_as_premiere_does() -> None:
    root = ElementTree.fromstring(text_for(timeline_of(rate=DROP, start="01:00:00;00")))
    for path in ("sequence/timecode", ".//file/timecode"):
        timecode = root.find(path)
        assert timecode is not None
        assert [timecode.findtext(t) for t in ("string", "frame", "displayformat")] == ["01;00;00;00", "107892", "DF"]
        assert [timecode.findtext(f"rate/{t}") for t in ("timebase", "ntsc")] == ["30", "TRUE"]


@pytest.mark.slow
@pytest.mark.parametrize("rate", RATES, ids=str)
@given(data=st.data())
@settings(max_examples=8, deadline=None)
def test_round_trip_is_exact_at_every_rate(rate: Rate, data: st.DataObject) -> None:
    # Above 100 fps files tell timecodes at half the rate.
    start = label_of(data.draw(st.integers(0, rate.frames_per_day // 4)) * 2, rate)
    markers = [
        Marker(
            data.draw(LINES),
            float(rate.to_seconds(frame)),
            float(rate.to_seconds(data.draw(st.integers(0, 5000)))),
            data.draw(st.sampled_from(TWINS)),
            data.draw(LINES),
        )
        for frame in sorted(data.draw(st.lists(st.integers(0, rate.frames_per_day), max_size=4)))
    ]
    timeline = timeline_of(*markers, rate=rate, start=start, owner="both")
    text = text_for(timeline, rate=rate)
    again = read(text)
    assert facts(again.tracks.markers) == facts(timeline.tracks.markers)
    (clip,), (before,) = clips_of(again), clips_of(timeline)
    assert facts(clip.markers) == facts(before.markers)
    assert clip.source_range == before.source_range and clip.name == before.name
    assert clip.media_reference.available_range == before.media_reference.available_range
    assert clip.media_reference.target_url == before.media_reference.target_url
    assert clip.media_reference.metadata[KEY] == before.media_reference.metadata[KEY]
    assert again.global_start_time == timeline.global_start_time and again.metadata[KEY] == timeline.metadata[KEY]
    assert text_for(again, rate=rate) == text
    assert issues_of(timeline, rate=rate) == {}


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_an_independent_reader_agrees(rate: Rate) -> None:
    pytest.importorskip("otio_fcp_adapter")
    frames = [0, 2, 1234, 35999]
    markers = [Marker(f"n{frame}", float(rate.to_seconds(frame)), float(rate.to_seconds(4))) for frame in frames]
    timeline = timeline_of(*markers, rate=rate, start=label_of(rate.nominal * 3600, rate), owner="both")
    theirs = otio.adapters.read_from_string(text_for(timeline, rate=rate), "fcp_xml")
    (clip,) = clips_of(theirs)
    for found in (theirs.tracks.markers, clip.markers):
        assert [m.name for m in found] == [m.name for m in markers]
        # It counts from the start of the file, not from its timecode.
        assert starts(found) == frames
        assert [m.marked_range.duration.value for m in found] == [4] * 4
    assert round(theirs.global_start_time.to_seconds(), 6) == round(timeline.global_start_time.to_seconds(), 6)
    assert clip.source_range.duration.value == int(600 * rate.fps)


@pytest.mark.parametrize("rate", [Rate(120), Rate(120000, 1001), Rate(120000, 1001, True)], ids=str)
def test_premiere_cuts_at_half_of_the_highest_rates(rate: Rate) -> None:
    markers = [Marker("a", float(rate.to_seconds(120))), Marker("b", float(rate.to_seconds(241)))]
    timeline = timeline_of(*markers, rate=rate, start=label_of(120, rate), owner="both")
    assert issues_of(timeline) == {"rate_changed": 1}
    again = read(text_for(timeline))
    assert starts(again.tracks.markers) == [60, 121]
    assert again.metadata[KEY]["rate"] == rate_metadata(Rate(rate.num // 2, rate.den))["rate"]
    (clip,) = clips_of(again)
    assert clip.media_reference.available_range == clips_of(timeline)[0].media_reference.available_range
    assert starts(clip.markers) == [120, 181]
    half = "59.94" if rate.den == 1001 else "60"
    assert f"{half} fps, {'drop' if rate.drop else 'non-drop'} frame" in recipe(timeline, ["x.xml"])


def test_rates_that_xmeml_cannot_say() -> None:
    timeline = timeline_of(Marker("a", 4.0), rate=Rate.of("29.5"), start=None)
    assert issues_of(timeline) == {"rate_changed": 1, "start_assumed": 1}
    assert starts(read(text_for(timeline)).tracks.markers) == [120]


def test_an_odd_start_above_100_fps_is_rounded_and_said() -> None:
    assert issues_of(timeline_of(rate=Rate(120), start="01:00:00:001"), rate=Rate(120)) == {"start_rounded": 2}


def test_structure() -> None:
    rate = Rate(50)
    timeline = timeline_of(Marker("a", 4.0), rate=rate)
    clip = timeline.tracks[0][0]
    second = clip.deepcopy()
    clip.source_range = time_range(180000 + 100, 250, rate)
    second.source_range = time_range(180000 + 1000, 75, rate)
    timeline.tracks[0].append(otio.schema.Gap(source_range=time_range(0, 25, rate)))
    timeline.tracks[0].append(second)
    root = ElementTree.fromstring(text_for(timeline, label="Cut <1>"))
    whole = root.find("sequence")
    assert whole is not None
    assert whole.findtext("name") == "Cut <1>" and whole.findtext("duration") == "350"
    picture = whole.find("media/video/format/samplecharacteristics")
    assert picture is not None
    assert [element.tag for element in picture] == [
        *("rate", "width", "height", "anamorphic", "pixelaspectratio", "fielddominance", "colordepth")
    ]
    found = [[item.findtext(tag) for tag in ("start", "end", "in", "out")] for item in root.iter("clipitem")]
    assert found == [["0", "250", "100", "350"], ["275", "350", "1000", "1075"]]
    files = list(root.iter("file"))
    assert [file.get("id") for file in files] == ["file-1", "file-1"] and [len(file) > 0 for file in files] == [
        True,
        False,
    ]
    assert files[0].findtext("name") == "new.mp4" and files[0].findtext("duration") == "30000"
    assert len({item.get("id") for item in root.iter("clipitem")}) == 2


def test_media_of_another_rate_counts_on_the_grid_of_the_sequence() -> None:
    rate = Rate(60000, 1001)
    timeline = timeline_of(Marker("a", float(rate.to_seconds(600))), rate=rate, owner="clip")
    root = ElementTree.fromstring(text_for(timeline, rate=Rate(25)))
    # 600 frames at 59.94 fps are 10.01 s; the file has 600 s.
    assert root.findtext(".//clipitem/marker/in") == "250" and root.findtext(".//clipitem/out") == "15000"
    assert root.findtext(".//clipitem/rate/timebase") == "25"
    assert root.findtext(".//file/rate/timebase") == "60" and root.findtext(".//file/duration") == "35964"
    (clip,) = clips_of(read(text_for(timeline, rate=Rate(25))))
    assert clip.media_reference.available_range.start_time == frame_time(216000, rate)
    (piece,) = content_of(read(text_for(timeline, rate=Rate(25)))).pieces
    assert piece.media_in_s == 0 and piece.marks[0].frames(Rate(25)) == (250, 0)


@pytest.mark.parametrize(
    ("path", "url"),
    [
        (PureWindowsPath("D:/my rides/GX 100%.MP4"), "file://localhost/D%3a/my%20rides/GX%20100%25.MP4"),
        (PureWindowsPath("//nas/share/a#b.mp4"), "file://nas/share/a%23b.mp4"),
        (PurePosixPath("/r/é & ö/a.mp4"), "file://localhost/r/%C3%A9%20%26%20%C3%B6/a.mp4"),
    ],
)
def test_paths(path: PurePath, url: str) -> None:
    timeline = timeline_of()
    timeline.tracks[0][0].media_reference.target_url = target_url(path)
    root = ElementTree.fromstring(text_for(timeline))
    assert root.findtext(".//pathurl") == url and root.findtext(".//file/name") == path.name
    again = clips_of(read(text_for(timeline)))[0].media_reference.target_url
    assert again == target_url(path) and path_of(again) == path


def test_other_addresses_stay_as_they_are() -> None:
    assert pathurl_of("https://x.org/a b.mp4?c=1") == "https://x.org/a%20b.mp4?c=1"
    assert pathurl_of("rides/a b.mp4") == "rides/a%20b.mp4"
    assert pathurl_of(r"D:\rides\a.mp4") == "file://localhost/D%3a/rides/a.mp4"


@pytest.mark.slow
@given(name=st.text(max_size=40), note=st.text(max_size=40), title=st.text(max_size=20))
@settings(max_examples=40, deadline=None)
def test_no_text_breaks_the_file(name: str, note: str, title: str) -> None:
    timeline = timeline_of(Marker(name, 1, 0, "Red", note), Marker("next", 2), owner="both")
    timeline.name = timeline.tracks[0].name = timeline.tracks[0][0].name = (
        title.replace("\0", "").encode("utf-8", "replace").decode()
    )
    text = text_for(timeline)
    text.encode("utf-8")
    again = read(text)
    for found in (again.tracks.markers, clips_of(again)[0].markers):
        assert [m.name for m in found][1] == "next" and len(found) == 2
    etree = pytest.importorskip("lxml.etree")  # knows which letters XML 1.0 has
    assert len(etree.fromstring(text.encode()).findall(".//marker")) == 4


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("]]></comment><marker>", None),
        ("&amp;&#10;", None),
        ("a\r\nb\rc\td\n", None),
        ("  blanks  ", None),
        ("💀 שלום 测试", None),
        ("a\u2028b\x85c\x7fd", None),
        ("x" * 10000, None),
        ("a\x0bb\x1bc", "a\ufffdb\ufffdc"),
        ("a\ufffeb", "a\ufffdb"),
    ],
)
def test_hostile_notes(text: str, safe: str | None) -> None:
    timeline = timeline_of(Marker(text, 1, 0, "Red", text))
    written = text_for(timeline)
    assert not {"\r", "\x7f", "\x85", "\u2028"} & set(written)
    (marker,) = read(written).tracks.markers
    assert (marker.name, marker.comment) == (safe or text, safe or text)
    assert issues_of(timeline) == ({"text_changed": 1} if safe else {})


def test_colours() -> None:
    timeline = timeline_of(*(Marker(colour, n, 0, colour) for n, colour in enumerate(COLOURS)))
    assert issues_of(timeline) == {"colour_changed": len(COLOURS) - len(TWINS)}
    again = read(text_for(timeline)).tracks.markers
    assert [m.name for m in again if colour_of(m) == (m.name, True)] == [c for c in COLOURS if c in TWINS]
    assert {m.name: m.color for m in again if m.name not in TWINS} == {
        **dict.fromkeys(["Pink", "Fuchsia", "Rose", "Lavender"], "PURPLE"),
        "Sky": "CYAN",
        "Mint": "GREEN",
        "Lemon": "YELLOW",
        "Sand": "ORANGE",
        "Cocoa": "ORANGE",
        "Cream": "WHITE",
    }


@pytest.mark.parametrize("name", sorted(PALETTE))
def test_the_colours_of_premiere_come_back(name: str) -> None:
    markers = f"<marker><in>1</in><out>-1</out><pproColor>{PALETTE[name]}</pproColor></marker>"
    timeline = read(sequence("", tail=markers))
    assert timeline.tracks.markers[0].color == name
    assert f"<pproColor>{PALETTE[name]}</pproColor>" in text_for(timeline)
    assert "colour_changed" not in issues_of(timeline)


def test_colours_of_other_programs() -> None:
    tail = "".join(
        f"<marker><in>{n}</in>{colour}</marker>"
        for n, colour in enumerate(
            [
                "",
                "<pproColor>4278190335</pproColor>",
                "<color><red>250</red><green>250</green><blue>250</blue></color>",
                "<color><red>65535</red></color>",
                "<pproColor>blue</pproColor>",
            ]
        )
    )
    colours = [m.color for m in read(sequence("", tail=tail)).tracks.markers]
    assert colours == ["GREEN", "RED", "WHITE", "GREEN", "GREEN"]


def retimed(speed: float, first: int, length: int, rate: Rate) -> otio.schema.Timeline:
    timeline = timeline_of(Marker("a", 20.0), rate=rate, owner="clip", start="00:00:00:00")
    clip = timeline.tracks[0][0]
    clip.source_range = time_range(first, length, rate)
    clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=speed))
    return timeline


def test_constant_speed_counts_retimed_frames() -> None:
    text = text_for(retimed(2.0, 300, 75, Rate(30)))
    root = ElementTree.fromstring(text)
    found = [root.findtext(f".//clipitem/{tag}") for tag in ("start", "end", "in", "out", "duration", "marker/in")]
    assert found == ["0", "75", "150", "225", "9000", "600"]
    values = {p.findtext("parameterid"): p.findtext("value") for p in root.iter("parameter")}
    assert values == {"variablespeed": "0", "speed": "200", "reverse": "FALSE", "frameblending": "FALSE"}
    (clip,) = clips_of(read(text))
    assert clip.effects[0].time_scalar == 2.0 and clip.source_range == time_range(300, 75, Rate(30))
    assert starts(clip.markers) == [600]


@pytest.mark.slow
@given(
    speed=st.floats(0.2, 5.0),
    first=st.integers(0, 10000),
    length=st.integers(1, 20000),
    rate=st.sampled_from([Rate(25), DROP, Rate(60000, 1001)]),
)
@settings(max_examples=40, deadline=None)
def test_a_retimed_piece_stays_on_its_frames(speed: float, first: int, length: int, rate: Rate) -> None:
    timeline = retimed(speed, first, length, rate)
    (before,), (after,) = content_of(timeline).pieces, content_of(read(text_for(timeline))).pieces
    frame_s = 1 / rate.fps
    assert after.length_s == before.length_s
    off_s = after.media_in_s - before.media_in_s
    drift_s = (after.speed - before.speed) * before.length_s
    # Half of a retimed frame, and what the speed loses by its decimals; far less where there is room to choose.
    assert max(abs(off_s), abs(off_s + drift_s)) <= frame_s * (before.speed / 2 + Fraction(1, 8) + Fraction(1, 1000))
    if first > 4 * length > 40:
        assert max(abs(off_s), abs(off_s + drift_s)) <= frame_s * (before.speed / 4 + Fraction(1, 8))
    assert abs(after.marks[0].start_s - 20) <= frame_s / 2


@pytest.mark.parametrize("speed", [0.0, -1.0])
def test_stills_and_reversed_clips_are_reported(speed: float) -> None:
    timeline = retimed(speed, 300, 75, Rate(30))
    assert issues_of(timeline) == {"not_forward": 1}
    assert "timeremap" not in text_for(timeline)


def test_no_speed_is_written_where_there_is_none() -> None:
    timeline = retimed(1.0, 300, 75, Rate(30))
    assert "filter" not in text_for(timeline) and issues_of(timeline) == {}


def test_what_the_file_cannot_carry_is_reported(tmp_path: Path) -> None:
    timeline = timeline_of(Marker("a", 1, custom="x", extra={"line": "A"}, colour="Rose"), Marker("b\x01", 2))
    rate = Rate(60)
    timeline.tracks.markers.append(otio.schema.Marker("before", time_range(-5, 0, rate)))
    track = timeline.tracks[0]
    track.markers.append(otio.schema.Marker("track", time_range(7, 0, rate)))
    gap = otio.schema.Gap(source_range=time_range(100, 60, rate))
    gap.markers.append(otio.schema.Marker("gap", time_range(130, 0, rate)))
    track.append(gap)
    inner = timeline_of(Marker("shown", 1), Marker("hidden", 9), owner="clip")
    inner.tracks[0][0].source_range = time_range(216000, 300, rate)
    stack = inner.tracks.deepcopy()
    stack.source_range = time_range(30, 120, rate)
    track.append(stack)
    track.append(otio.schema.Transition())
    track.append(otio.schema.Clip("title", source_range=time_range(0, 10, rate), effects=[otio.schema.Effect()]))
    timeline.tracks.append(otio.schema.Track("A1", kind=otio.schema.TrackKind.Audio))
    timeline.metadata[KEY] = {"rate": "60/1"}
    done = write(timeline)
    assert {issue.kind: issue.count for issue in done.issues} == {
        "text_changed": 1,
        "colour_changed": 1,
        "custom_data": 1,
        "extra_columns": 1,
        "before_start": 1,
        "hidden": 1,
        "gap_markers": 3,
        "compound": 1,
        "no_media": 1,
        "effects": 1,
        "transitions": 1,
        "other_tracks": 1,
    }
    found = {m.name: m.marked_range.start_time.value for m in read(done.texts[0]).tracks.markers}
    assert found == {"track": 7, "a": 60, "b\ufffd": 120, "gap": 36030, "shown": 36060 + 30}
    assert done.markers == 5
    with pytest.raises(LossError):
        write_files(FORMATS["premiere"], timeline, tmp_path / "x.xml", strict=True)
    assert not list(tmp_path.iterdir())


def test_what_is_not_known_is_assumed_and_said() -> None:
    timeline = otio.schema.Timeline("T", global_start_time=otio.opentime.RationalTime(0, 29.97))
    assert issues_of(timeline) == {"drop_assumed": 1, "size_assumed": 1}
    assert issues_of(timeline, drop=True, size=(5312, 2988)) == {}
    assert "<width>5312</width>" in text_for(timeline, size=(5312, 2988))
    assert "1920x1080" in recipe(timeline, ["x.xml"])


def test_plain_letters() -> None:
    timeline = timeline_of(Marker("Größe", 1, 0, "Red", "± 1"))
    assert issues_of(timeline, ascii=True) == {"ascii": 1}
    assert "<comment>+/- 1</comment>" in text_for(timeline, ascii=True)


def test_clips_too_short_or_before_their_file() -> None:
    rate = Rate(60)
    timeline = timeline_of(Marker("a", 1), owner="clip")
    short = timeline.tracks[0][0].deepcopy()
    short.source_range = otio.opentime.TimeRange(frame_time(216000, rate), otio.opentime.RationalTime(1, 1000))
    timeline.tracks[0].append(short)
    timeline.tracks[0][0].source_range = time_range(215990, 100, rate)
    assert issues_of(timeline) == {"too_short": 1, "lost_with_clip": 1, "before_media": 1}
    (clip,) = clips_of(read(text_for(timeline)))
    assert clip.source_range == time_range(216000, 100, rate)


def test_the_recipe_names_what_comes_of_it(tmp_path: Path) -> None:
    timeline = timeline_of(Marker("a", 1), rate=DROP, start="01:00:00;00")
    report = write_files(FORMATS["premiere"], timeline, tmp_path / "x.xml", WriteOptions(crlf=True))
    assert "File > Import and take x.xml" in report.recipe and '"Run 2" of 1920x1080' in report.recipe
    assert "29.97 fps, drop frame timecode and start timecode 01:00:00;00" in report.recipe
    assert report.written == 1 and read((tmp_path / "x.xml").read_text(encoding="utf-8")).name == "Run 2"


def test_a_real_export_of_premiere() -> None:
    timeline = read(nle_sample("premiere_example.xml"))
    assert timeline.name == "sc01_sh010_layerA" and timeline.global_start_time == frame_time(0, Rate(30))
    assert timeline.metadata[KEY] == {"rate": "30/1", "drop": False, "width": 1280, "height": 720}
    assert [(m.marked_range.start_time.value, m.name, m.comment) for m in timeline.tracks.markers] == [
        (113, "My MArker 1", "so, this happened"),
        (492, "dsf", "fsfsfs"),
        (298, "", ""),
    ]
    marked = [(clip.name, starts(clip.markers)) for clip in clips_of(timeline) if clip.markers]
    assert marked == [("sc01_sh030_anim.mov", [73]), ("sc01_sh030_anim.mov", [73])]
    assert all(m.marked_range.duration.value == 0 and m.color == "GREEN" for m in timeline.tracks.markers)
    shape = [
        [(type(i).__name__, i.range_in_parent().start_time.value, i.duration().value) for i in track if i.name]
        for track in timeline.tracks
    ]
    assert shape == [
        [("Clip", 536, 100)],
        [("Clip", 13, 100), ("Clip", 165, 157), ("Clip", 322, 235), ("Stack", 636, 320)],
        [("Clip", 15, 941)],
        [("Clip", 956, 208), ("Clip", 1164, 82)],  # cut in the middle of the dissolve, as the sound is
    ]
    assert path_of(clips_of(timeline)[0].media_reference.target_url) == PureWindowsPath("D:/media/sc01_sh010_anim.mov")


def test_a_real_export_written_back_keeps_every_marker() -> None:
    done = write(read(nle_sample("premiere_example.xml")))
    assert done.markers == 5
    assert [issue.kind for issue in done.issues] == ["gap_markers", "compound", "no_media"]
    again = read(done.texts[0])
    assert starts(again.tracks.markers) == [113, 298, 492, 636 + 100 + 73]
    assert [starts(clip.markers) for clip in clips_of(again) if clip.markers] == [[73]]
    assert write(again).texts == done.texts


def test_changing_speed_keeps_its_key_frames() -> None:
    fragment = nle_sample("premiere_variable_speed.xml")
    clip = f"<clipitem><start>0</start><end>50</end><in>70</in><out>120</out>{FILE}{fragment}"
    text = sequence(f"<track>{clip}<marker><in>100</in></marker></clipitem></track>")
    timeline = read(text)
    (clip_read,) = clips_of(timeline)
    (effect,) = clip_read.effects
    assert type(effect) is otio.schema.TimeEffect
    # 50 frames after the first one shown, frame 150 of the file, whose first one is that of ten o'clock.
    assert list(effect.metadata[KEY]["key_frames"][-1]) == ["2", "36006"]
    # Half of the way from frame 40 to 100 of the clip is half of the way from 40 to 130 of the file.
    assert clip_read.source_range.start_time.value == pytest.approx(900000 + 85)
    assert starts(clip_read.markers) == [900100]
    assert "effects" not in issues_of(timeline)
    (before,), (after,) = (content_of(one).pieces for one in (timeline, read(text_for(timeline))))
    for at_s in (Fraction(n, 25) for n in range(50)):
        shown, again = before.media_at(at_s), after.media_at(at_s)
        assert shown is not None and again is not None and abs(shown - again) * 25 <= 1


def test_reversed_and_still_clips() -> None:
    def filtered(speed: str, reverse: str) -> otio.schema.Clip:
        text = (
            f"<track><clipitem><duration>600</duration><start>0</start><end>60</end><in>510</in><out>570</out>{FILE}"
            "<filter><effect><effectid>TimeRemap</effectid><parameter><parameterid>speed</parameterid>"
            f"<value>{speed}</value></parameter><parameter><parameterid>reverse</parameterid><value>{reverse}</value>"
            "</parameter></effect></filter></clipitem></track>"
        )
        return clips_of(read(sequence(text)))[0]

    backwards = filtered("100", "true")
    assert backwards.effects[0].time_scalar == -1 and backwards.source_range == time_range(900090, 60, Rate(25))
    still = filtered("0", "FALSE")
    assert still.effects[0].time_scalar == 0 and still.source_range == time_range(900510, 60, Rate(25))


def test_files_by_reference_and_missing_elements() -> None:
    items = (
        f"<clipitem><start>0</start><end>10</end>{FILE}</clipitem>"
        "<clipitem><start>20</start><end>30</end><file id='f'/></clipitem>"
    )
    timeline = read(sequence(f"<track>{items}<clipitem/></track><track/>", rate="<timebase>25</timebase>"))
    first, *_, second = (item for item in timeline.tracks[0] if item.duration().value)
    assert first.media_reference.target_url == second.media_reference.target_url == "file:///D:/a.mp4"
    assert second.range_in_parent() == time_range(20, 10, Rate(25))
    assert second.source_range == time_range(900000, 10, Rate(25))
    assert timeline.global_start_time is None and len(timeline.tracks) == 2


def test_several_sequences() -> None:
    body = "<rate><timebase>50</timebase></rate><media><video/></media>"
    text = (
        "<xmeml><project><children><bin><children><clip><sequence><name>inside</name><media/></sequence></clip>"
        f"<sequence><name>one</name>{body}</sequence></children></bin><sequence><name>two</name>{body}</sequence>"
        "</children></project></xmeml>"
    )
    timeline = read(text)
    assert timeline.name == "one" and list(timeline.metadata[KEY]["other_sequences"]) == ["two"]


def test_a_sequence_within_itself_ends() -> None:
    inner = "<clipitem><end>10</end><sequence id='s'/></clipitem>"
    text = (
        "<xmeml><sequence id='s'><rate><timebase>25</timebase></rate><media><video><track>"
        f"{inner}</track></video></media></sequence></xmeml>"
    )
    *_, stack = read(text).tracks[0]
    assert isinstance(stack, otio.schema.Stack) and not len(stack)


def test_markers_of_master_clips_and_of_sound() -> None:
    def item(kind: str, more: str = "") -> str:
        return (
            f"<track><clipitem><masterclipid>{kind}</masterclipid><start>50</start><end>90</end><in>10</in><out>50</out>"
            f"<file id='f'/>{more}</clipitem></track>"
        )

    def marker(name: str, first: int) -> str:
        return f"<marker><name>{name}</name><in>{first}</in><out>{first + 5}</out></marker>"

    text = (
        f"<xmeml><bin><children><clip id='m'>{marker('own', 15)}{marker('master', 20)}{FILE}</clip><sequence>"
        f"<rate><timebase>25</timebase></rate><media><video>{item('m', marker('own', 15))}</video>"
        f"<audio>{item('m', marker('own', 15))}{item('wav', marker('beep', 30))}</audio></media></sequence>"
        "</children></bin></xmeml>"
    )
    timeline = read(text)
    (clip,) = clips_of(timeline)
    assert [(m.name, m.marked_range) for m in clip.markers] == [
        ("own", time_range(900015, 5, Rate(25))),
        ("master", time_range(900020, 5, Rate(25))),
    ]
    assert [(m.name, m.marked_range) for m in timeline.tracks.markers] == [("beep", time_range(70, 5, Rate(25)))]


def test_a_clip_alone_is_a_timeline() -> None:
    text = (
        "<xmeml><clip id='c'><name>a</name><duration>500</duration><rate><timebase>25</timebase></rate><in>-1</in>"
        f"<out>-1</out><media><video><track><clipitem>{FILE}</clipitem></track></video></media>"
        "<marker><name>x</name><in>7</in><out>-1</out></marker></clip></xmeml>"
    )
    (clip,) = clips_of(read(text))
    assert clip.source_range == time_range(900000, 500, Rate(25)) and starts(clip.markers) == [900007]


@pytest.mark.parametrize(
    ("alignment", "cut"), [("center", 110), ("start", 100), ("end", 120), ("end-black", None), ("strange", 110)]
)
def test_transitions_become_cuts(alignment: str, cut: int | None) -> None:
    text = sequence(
        "<track><clipitem><start>0</start><end>-1</end><in>0</in><out>120</out></clipitem><transitionitem>"
        f"<start>100</start><end>120</end><alignment>{alignment}</alignment></transitionitem>"
        "<clipitem><start>-1</start><end>150</end><in>30</in><out>80</out></clipitem></track>"
    )
    first, second = clips_of(read(text))
    if cut is None:
        assert (first.duration().value, second.source_range) == (120, time_range(50, 30, Rate(25)))
    else:
        assert first.duration().value == cut
        assert second.source_range == time_range(30 + cut - 100, 150 - cut, Rate(25))


@pytest.mark.parametrize(
    ("rate", "exact"),
    [
        ("<timebase>30</timebase><ntsc>True</ntsc>", "30000/1001"),
        ("<timebase> 24 </timebase><ntsc>TRUE</ntsc>", "24000/1001"),
        ("<timebase>25</timebase><ntsc>TRUE</ntsc>", "25/1"),
        ("<timebase>29.97</timebase>", "30000/1001"),
        ("<timebase>120</timebase><ntsc>true</ntsc>", "120000/1001"),
    ],
)
def test_rates_as_programs_write_them(rate: str, exact: str) -> None:
    timeline = read(sequence("", rate=rate))
    assert timeline.metadata[KEY]["rate"] == exact


@pytest.mark.parametrize(
    ("timecode", "start", "drop"),
    [
        ("<string>01;00;00;00</string><frame>107892</frame><displayformat>DF</displayformat>", 107892, True),
        ("<string>01:00:00;00</string>", 107892, True),
        ("<string>01:00:00:00</string><displayformat>NDF</displayformat>", 108000, False),
        ("<frame>5</frame><displayformat>df</displayformat>", 5, True),
        ("", None, False),
    ],
)
def test_timecodes_as_programs_write_them(timecode: str, start: int | None, drop: bool) -> None:
    rate = "<timebase>30</timebase><ntsc>TRUE</ntsc>"
    timeline = read(sequence("", rate=rate, tail=f"<timecode><rate>{rate}</rate>{timecode}</timecode>"))
    assert timeline.metadata[KEY]["drop"] is drop
    assert (timeline.global_start_time and timeline.global_start_time.value) == start


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_damaged_files_are_read_or_refused(data: st.DataObject) -> None:
    items = f"<track><clipitem><start>0</start><end>-1</end><in>5</in><out>9</out>{FILE}<marker><in>6</in></marker>"
    text = sequence(f"{items}</clipitem><transitionitem><start>2</start><end>8</end></transitionitem></track>")
    root = ElementTree.fromstring(text)
    elements = list(root.iter())
    for _ in range(data.draw(st.integers(1, 6))):
        element = data.draw(st.sampled_from(elements))
        if data.draw(st.booleans()):
            element.text = data.draw(st.sampled_from(["", "-1", "999999999999999", "12.5", "x", "nan", "DF", "1e9"]))
        else:
            element.tag = data.draw(st.sampled_from([other.tag for other in elements]))
    try:
        timeline = read(ElementTree.tostring(root, encoding="unicode"))
    except (FormatError, UsageError):
        return
    read(text_for(timeline))
    with suppress(UsageError):
        markers_of_video(timeline, ride())


def test_the_rate_of_the_file_counts_and_what_else_the_user_knows() -> None:
    ntsc = "<timebase>30</timebase><ntsc>TRUE</ntsc>"
    timeline = read(sequence("", rate=ntsc), ReadOptions(rate=DROP, start_timecode="01:00:00;00"))
    assert timeline.metadata[KEY] == rate_metadata(DROP) and timeline.global_start_time == frame_time(107892, DROP)
    full = Rate(60000, 1001, True)
    for says, counts in ((ntsc, Rate(30000, 1001)), ("", full)):
        timeline = read(sequence("", rate=says), ReadOptions(rate=full))
        assert timeline.metadata[KEY] == rate_metadata(counts)
    told = "<timecode><string>01;00;00;00</string><displayformat>DF</displayformat></timecode>"
    timeline = read(sequence("", rate=ntsc, tail=told), ReadOptions(drop=False))
    assert timeline.metadata[KEY]["drop"] is False


def test_what_reading_refuses() -> None:
    with pytest.raises(UsageError, match="frame rate"):
        read(sequence("", rate=""))
    with pytest.raises(FormatError, match="neither"):
        read("<xmeml><bin/></xmeml>")
    with pytest.raises(FormatError):
        read("<xmeml><sequence>")
    with pytest.raises(FormatError, match="does not exist"):
        read(sequence("", tail="<timecode><string>00:00:00:30</string></timecode>"))
