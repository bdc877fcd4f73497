"""Subtitles, chapters, segments and guides as markers: as their programs write them, and as people do."""

from __future__ import annotations

from pathlib import Path

import pytest

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaFile, MediaInfo
from mtbsync_core.timecode import Rate
from otio_adapters import json5
from otio_adapters.build import build_timeline
from otio_adapters.formats import FORMATS, format_of
from otio_adapters.of_video import markers_of_video
from otio_adapters.reading import ReadOptions
from otio_adapters.writing import WriteOptions

NTSC = Rate(30000, 1001)
RIDE = MediaInfo(Path("ride.mp4"), NTSC.fps, 64, 36, 7200, 215784, "h264", 0, "01:00:00;00", True)


def found(
    text: str, name: str, media: MediaInfo | None = RIDE, start: str | None = None
) -> list[tuple[str, float, float]]:
    format = format_of(text)
    assert format is not None and format.name == name and format.read is not None
    rate = None if media is None else media.timecode_rate
    timeline = format.read(text, ReadOptions(rate=rate))
    return [
        (m.name, round(m.t_s, 4), round(m.duration_s, 4))
        for m in markers_of_video(timeline, media, start=start).markers
    ]


GATE, BERM = ("Gate", 10.01, 2.0), ("Berm", 60.06, 0.0)


@pytest.mark.parametrize(
    "text",
    [
        "1\n00:00:10,010 --> 00:00:12,010\nGate\n\n2\n00:01:00,060 --> 00:01:00,060\nBerm\n",
        "\ufeff1\r\n00:00:10,010 --> 00:00:12,010\r\nGate\r\n\r\n2\r\n00:01:00,060 --> 00:01:00,060\r\nBerm\r\n\r\n",
        "\n\n1\n00:00:10.01 --> 00:00:12.01 X1:20 X2:30\n{\\an8}<b>Gate</b>\n \n\n2\n01:00,060 --> 01:00,060\nBerm",
        "1\n00:00:10,010 --> 00:00:12,010\nGate\n2\n00:01:00,060 --> 00:01:00,060\nBerm\n",
    ],
)
@pytest.mark.parametrize("media", [RIDE, None], ids=["with", "without"])
def test_subrip(text: str, media: MediaInfo | None) -> None:
    assert found(text.removeprefix("\ufeff"), "srt", media) == [GATE, BERM]


def test_webvtt() -> None:
    text = (
        "WEBVTT - ride\nKind: captions\n\nNOTE made\nby hand\n\nSTYLE\n::cue { color: red }\n\n"
        "gate\n00:10.010 --> 00:12.010 align:start\n<v Anna>Gate</v> &amp; <i>more</i>\nleft &lt;line&gt;\n\n"
        "01:00:00.000 --> 01:00:00.000\nAn hour\n"
    )
    format = format_of(text)
    assert format is not None and format.name == "vtt" and format.read is not None
    gate, hour = markers_of_video(format.read(text, ReadOptions()), RIDE).markers
    assert (gate.name, gate.t_s, gate.comment) == ("Gate & more", pytest.approx(10.01), "left <line>")
    assert hour.t_s == 3600  # not taken for the timecode of a timeline


@pytest.mark.parametrize("text", ["WEBVTT\n\nNOTE nothing\n", "WEBVTT\n"])
def test_subtitles_without_any_say_so(text: str) -> None:
    format = format_of(text)
    assert format is not None and format.read is not None
    with pytest.raises(FormatError, match="no subtitle"):
        format.read(text, ReadOptions())


@pytest.mark.parametrize("name", ["srt", "vtt"])
def test_own_subtitles_come_back(name: str) -> None:
    markers = [Marker("a <b> & c", 10.01, 2.002, comment="go left"), Marker("b", 60.06)]
    (text,) = FORMATS[name].write(build_timeline(RIDE, markers), WriteOptions()).texts
    said = "a (b) & c: go left" if name == "srt" else "a <b> & c: go left"
    assert found(text, name) == [(said, 10.01, 2.002), ("b", 60.06, 2.0)]


@pytest.mark.parametrize(
    "text",
    [
        "0:00 Start\n0:10 Gate\n1:00 Berm\n1:02:03 Finish\n",
        "My ride\nhttps://example.org\n\n00:00 - Start\n00:10 - Gate\n01:00 – Berm\n1:02:03 | Finish\nThanks!\n",
        "(0:00) Start\n(0:10) Gate\n(1:00) Berm\n(1:02:03) Finish",
        "00:00:00 Start\n00:00:10 Gate\n00:01:00 Berm\n01:02:03 Finish",
    ],
)
def test_chapters_of_youtube(text: str) -> None:
    expected = [("Start", 0, 0), ("Gate", 10, 0), ("Berm", 60, 0), ("Finish", 3723, 0)]
    assert found(text, "youtube") == expected


def test_own_chapters_come_back() -> None:
    (text,) = (
        FORMATS["youtube"].write(build_timeline(RIDE, [Marker("a", 15.0), Marker("b", 4000)]), WriteOptions()).texts
    )
    assert found(text, "youtube") == [("Start", 0, 0), ("a", 15, 0), ("b", 4000, 0)]


FFMETADATA = """;FFMETADATA1
title=a ride
encoder=Lavf60
[STREAM]
title=video
[CHAPTER]
TIMEBASE=1/1000
; by hand
START=10010
END=12010
title=Gate
[CHAPTER]
START=60060000000
END=60060000000
title=Berm \\= \\#1\\; \\\\ [x]\\
left
[CHAPTER]
TIMEBASE=1001/30000
START=3000
END=3600
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_chapters_of_ffmpeg(ends: str) -> None:
    assert found(FFMETADATA.replace("\n", ends), "ffmetadata") == [
        GATE,
        ("Berm = #1; \\ [x]", 60.06, 0),
        ("Marker 3", 100.1, 20.02),
    ]


def test_a_damaged_chapter_is_an_error() -> None:
    for bad in (
        FFMETADATA.replace("10010", "soon"),
        FFMETADATA.replace("1/1000", "1/0"),
        FFMETADATA.replace("END=1", "E=1"),
    ):
        with pytest.raises(FormatError):
            found(bad, "ffmetadata")


PROJECT = """{
  version: 1,
  mediaFileName: 'GX020123.MP4', // the second
  cutSegments: [
    { start: 10.01, end: 12.01, name: 'Gate', tags: { a: "b" } },
    { start: 60.06, name: "Ber\\u006d", },
    { end: 3.5, name: 'It\\'s "on"' },
    { start: +.5e1, end: 4, name: '' },
  ],
}
"""
CHAPTERS = MediaInfo(
    path=Path("GX010123.MP4"),
    rate=NTSC.fps,
    width=64,
    height=36,
    duration_s=900.0,
    n_frames=26973,
    codec="h264",
    files=(MediaFile(Path("GX010123.MP4")), MediaFile(Path("GX020123.MP4"), 700.0)),
)


def test_a_project_of_losslesscut_is_of_the_file_that_it_names() -> None:
    one = [('It\'s "on"', 0, 3.5), ("Marker 2", 5, 0), GATE, BERM]
    assert found(PROJECT, "losslesscut", None) == one
    two = [(name, round(t_s + 700, 4), length_s) for name, t_s, length_s in one]
    assert found(PROJECT, "losslesscut", CHAPTERS) == two
    assert found('{"version": 2, "cutSegments": [{"start": 10.01, "end": 12.01, "name": "Gate"}]}', "losslesscut") == [
        GATE
    ]


@pytest.mark.parametrize(
    "bad",
    [
        "{cutSegments: [3]}",
        "{cutSegments: [{start: 'x'}]}",
        "{cutSegments: [{start: NaN}]}",
        "{cutSegments: [",
        "{cutSegments: [" * 9999,
    ],
)
def test_a_damaged_project_is_an_error(bad: str) -> None:
    with pytest.raises(FormatError, match="LosslessCut"):
        found(bad, "losslesscut")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{a: 1, 'b': [.5, 1., 0x1F, -2e1, null,],}", {"a": 1, "b": [0.5, 1.0, 31, -20.0, None]}),
        ("/* x */ 'a\\\nb\\x41' // y", "abA"),
        ("[true, Infinity]", [True, float("inf")]),
        ("{'a': \"it's\", \"b\": '\"'}", {"a": "it's", "b": '"'}),
    ],
)
def test_json5(text: str, value: object) -> None:
    assert json5.loads(text) == value


@pytest.mark.parametrize("text", ["{a 1}", "{'a", "@", "[1 2]", ""])
def test_no_json5(text: str) -> None:
    with pytest.raises(ValueError):
        json5.loads(text)


GUIDES = '[{"comment":"Gate","pos":300,"type":0},\n {"comment":"Berm\\nleft","duration":60,"pos":1800,"type":8}]'


def test_guides_of_kdenlive() -> None:
    assert found(GUIDES, "kdenlive-guides") == [("Gate", 10.01, 0), ("Berm", 60.06, 2.002)]
    assert found(GUIDES, "kdenlive-guides", start="00:00:10;00") == [("Gate", 0, 0), ("Berm", 50.05, 2.002)]
    read = FORMATS["kdenlive-guides"].read
    assert read is not None
    purple, red = markers_of_video(read(GUIDES, ReadOptions(rate=NTSC)), RIDE).markers
    assert (purple.colour, red.colour, red.comment) == ("Purple", "Red", "left")
    with pytest.raises(UsageError, match="frame rate"):
        read(GUIDES, ReadOptions())
    for bad in ('[{"pos": 1}, 3]', '[{"pos": 1'):
        with pytest.raises(FormatError):
            read(bad, ReadOptions(rate=NTSC))


@pytest.mark.parametrize(
    "text",
    [
        "10.01,12.01,Gate\n",
        "0:10\t0:12\tGate\n",
        "0:10,Gate\n",
        "name,t_ref\n0:00 Start,3\n",
        "[1, 2]",
        '{"a": 1}',
        "",
        "hello",
    ],
)
def test_what_is_none_of_them_is_told_for_none(text: str) -> None:
    format = format_of(text)
    assert format is None or text.startswith("name")


def test_times_keep_their_milliseconds() -> None:
    assert found("1\n00:00:10,501 --> 00:00:10,999\nx\n", "srt", None) == [("x", 10.501, 0.498)]
