"""Resolve's timeline-marker EDL: the bytes that Resolve writes, and texts that try to break out of them."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import partial
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
from otio_adapters.build import build_timeline, colour_of, comment_of
from otio_adapters.formats import FORMATS
from otio_adapters.formats import write_files as write_format
from otio_adapters.plugin import read_from_string, write_to_string
from otio_adapters.writing import ExportReport, WriteOptions
from tests.real_files import nle_sample

# Exported by Resolve on Windows (TheAcharya/MarkersExtractor issue 25 and SubtitleEdit pull request 13730).
WINDOWS = (
    "TITLE: Timeline 1.markers\r\nFCM: NON-DROP FRAME\r\n\r\n"
    "001  001      V     C        01:00:04:49 01:00:04:50 01:00:04:49 01:00:04:50  \r\n"
    " |C:ResolveColorBlue |M:Marker 1 |D:1\r\n\r\n"
)
write_text = partial(write_to_string, FORMATS["resolve-edl"])
read_text = partial(read_from_string, FORMATS["resolve-edl"])
SIXTY = Rate(60)
RATES = [
    *(Rate(n * 1000, 1001, True) for n in (30, 60, 120)),
    *(Rate(n * 1000, 1001) for n in (24, 30, 60, 120)),
    *(Rate(n) for n in (24, 25, 30, 48, 50, 60, 100, 120)),
]
PRINTABLE = st.text(
    st.characters(max_codepoint=0xFFEF, exclude_categories=["C", "Z"], exclude_characters="|"), max_size=20
)


def media(rate: Rate, start: str | None) -> MediaInfo:
    return MediaInfo(Path("/r/new.mp4"), rate.fps, 1920, 1080, 600, int(600 * rate.fps), "h264", 0, start, rate.drop)


def write_files(timeline: otio.schema.Timeline, path: Path, **options: Any) -> ExportReport:
    return write_format(FORMATS["resolve-edl"], timeline, path, WriteOptions(**options))


def timeline_of(*markers: Marker, rate: Rate = SIXTY, start: str | None = "01:00:00:00") -> otio.schema.Timeline:
    return build_timeline(media(rate, start), markers, name="Timeline 1")


def facts(timeline: otio.schema.Timeline) -> list[tuple[float, float, str, str, str]]:
    return [
        (
            m.marked_range.start_time.value,
            m.marked_range.duration.value,
            m.name,
            comment_of(m),
            colour_of(m)[0],
        )
        for m in timeline.tracks.markers
    ]


def test_the_bytes_are_resolves() -> None:
    timeline = timeline_of(Marker("Marker 1", float(Fraction(289, 60)), 0, "Blue"))
    assert write_text(timeline, crlf=True) == WINDOWS
    assert write_text(timeline) == WINDOWS.replace("\r\n", "\n")


def test_note_colour_and_length() -> None:
    text = write_text(timeline_of(Marker("N", 1, 0.5, "Lemon", "a note")))
    assert "\na note |C:ResolveColorLemon |M:N |D:30\n" in text
    assert "01:00:01:00 01:00:01:01 01:00:01:00 01:00:01:01  \n" in text


def test_drop_frame() -> None:
    rate = Rate(30000, 1001, True)
    at = float(rate.to_seconds(1800))
    text = write_text(timeline_of(Marker("N", at), rate=rate, start="01:00:00;00"))
    assert "\nFCM: DROP FRAME\n" in text
    assert " 01:01:00;02 01:01:00;03 " in text
    assert text.isascii()


@pytest.mark.slow
@pytest.mark.parametrize("rate", RATES, ids=str)
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_round_trip_is_exact_at_every_rate(rate: Rate, data: st.DataObject) -> None:
    start = label_of(data.draw(st.integers(0, rate.frames_per_day // 2)), rate)
    frames = data.draw(st.lists(st.integers(0, rate.frames_per_day // 3), unique=True, max_size=4))
    markers = [
        Marker(
            data.draw(PRINTABLE.filter(bool)),
            float(rate.to_seconds(frame)),
            float(rate.to_seconds(data.draw(st.integers(1, 5000)))),
            data.draw(st.sampled_from(COLOURS)),
            data.draw(PRINTABLE),
        )
        for frame in sorted(frames)
    ]
    timeline = timeline_of(*markers, rate=rate, start=start)
    again = read_text(write_text(timeline), rate=float(rate.fps), start_timecode=start)
    assert facts(again) == facts(timeline)
    assert again.global_start_time == timeline.global_start_time
    assert write_text(again) == write_text(timeline)


@pytest.mark.slow
@given(name=st.text(max_size=40), note=st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_no_text_breaks_the_file(name: str, note: str) -> None:
    text = write_text(timeline_of(Marker(name, 1, 0, "Red", note), Marker("next", 2)))
    assert len(text.splitlines()) == 9
    text.encode("utf-8")
    found = facts(read_text(text, rate=60, start_timecode="01:00:00:00"))
    assert [f[0] for f in found] == [60, 120]
    assert [f[2] for f in found][1] == "next" and found[0][2]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("001  001      V     C        01:00:04:49 01:00:04:50 01:00:04:49 01:00:04:50  ", "- 001  001"),
        ("x |C:ResolveColorRed |M:evil |D:9", "x /C:ResolveColorRed /M:evil /D:9 |C:"),
        ("a\r\n002  001 V C", "a / 002  001 V C |C:"),
        ("a\u2028b\x00c", "a / bc |C:"),
        ("💀 drop", "(skull) drop |C:"),
        ("x" * 10000, "x" * 10000 + " |C:"),
    ],
)
def test_hostile_notes(tmp_path: Path, text: str, safe: str) -> None:
    report = write_files(timeline_of(Marker("n", 1, 0, "", text)), tmp_path / "x.edl")
    assert f"\n{safe}" in (tmp_path / "x.edl").read_text(encoding="utf-8")
    changed = [issue.count for issue in report.issues if issue.kind == "text_changed"]
    assert changed == ([] if text.startswith("xx") else [1])


def test_markers_without_a_usable_name_get_one() -> None:
    names = [f[2] for f in facts(read_text(write_text(timeline_of(Marker("", 1), Marker("\n\0", 2))), rate=60))]
    assert names == ["Marker 1", "Marker 2"]


def test_one_marker_per_frame(tmp_path: Path) -> None:
    markers = [Marker(n, t / 60) for n, t in (("a", 10), ("b", 10), ("c", 11), ("d", 10), ("e", 50))]
    report = write_files(timeline_of(*markers), tmp_path / "x.edl")
    text = (tmp_path / "x.edl").read_text(encoding="utf-8")
    found = facts(read_text(text, rate=60, start_timecode="01:00:00:00"))
    assert [(f[0], f[2]) for f in found] == [(10, "a"), (11, "c"), (12, "b"), (13, "d"), (50, "e")]
    assert [(i.kind, i.count) for i in report.issues] == [("nudged", 2)]


@pytest.mark.slow
def test_markers_beyond_999_are_split(tmp_path: Path) -> None:
    report = write_files(timeline_of(*[Marker(f"m{i}", 1) for i in range(2000)]), tmp_path / "x.edl")
    assert [f.name for f in report.files] == ["x.edl", "x_2.edl", "x_3.edl"]
    assert report.written == 2000
    assert {i.kind: i.count for i in report.issues} == {"nudged": 1999, "split": 3}
    assert "x.edl and then x_2.edl" in report.recipe
    parts = [file.read_text(encoding="utf-8") for file in report.files]
    assert [len(re.findall(r"^\d{3}  001 ", part, re.MULTILINE)) for part in parts] == [999, 999, 2]
    assert "\n001  001" in parts[2]
    with pytest.raises(UsageError, match="2 files"):
        write_text(timeline_of(*[Marker("m", t) for t in range(1000)]))


def test_the_start_timecode_is_never_a_silent_guess(tmp_path: Path) -> None:
    report = write_files(timeline_of(Marker("a", 1), start=None), tmp_path / "x.edl")
    assert [i.kind for i in report.issues] == ["start_assumed"]
    assert "start timecode 01:00:00:00" in report.recipe
    assert " 01:00:01:00 " in (tmp_path / "x.edl").read_text(encoding="utf-8")
    report = write_files(timeline_of(Marker("a", 1)), tmp_path / "x.edl", start_timecode="00:00:00:00")
    assert report.issues == ()
    assert " 00:00:01:00 " in (tmp_path / "x.edl").read_text(encoding="utf-8")


def test_another_rate_keeps_the_second_of_the_start(tmp_path: Path) -> None:
    rate = Rate(60000, 1001)
    timeline = timeline_of(Marker("a", 10.0), rate=rate)
    assert " 01:00:10:00 " in write_text(timeline, rate=25)
    assert "DROP FRAME" in write_text(timeline, drop=True)
    assert " 01:00:10;00 " in write_text(timeline, rate=29.97, drop=True)


def test_what_an_edl_cannot_carry_is_reported(tmp_path: Path) -> None:
    timeline = timeline_of(Marker("a", 1, custom="x", extra={"line": "A"}), Marker("b", 2, extra={"line": ""}))
    timeline.tracks.markers.append(otio.schema.Marker("c", otio.opentime.TimeRange(), "ORANGE"))
    before = otio.opentime.TimeRange(otio.opentime.RationalTime(-5, 60))
    timeline.tracks.markers.append(otio.schema.Marker("d", before))
    timeline.tracks[0][0].markers.append(otio.schema.Marker("e"))
    timeline.tracks[0].markers.append(otio.schema.Marker("f"))
    report = write_files(timeline, tmp_path / "x.edl")
    assert report.written == 4
    assert {i.kind: i.count for i in report.issues} == {
        "custom_data": 1,
        "extra_columns": 1,
        "colour_changed": 1,
        "before_start": 1,
        "nudged": 1,
        "hidden": 1,
    }


def test_past_midnight(tmp_path: Path) -> None:
    timeline = timeline_of(Marker("a", 20), start="23:59:50:00")
    report = write_files(timeline, tmp_path / "x.edl")
    assert [i.kind for i in report.issues] == ["after_midnight"]
    text = (tmp_path / "x.edl").read_text(encoding="utf-8")
    assert " 00:00:10:00 " in text
    assert facts(read_text(text, rate=60, start_timecode="23:59:50:00")) == [(1200, 1, "a", "", "Blue")]


def test_plain_letters() -> None:
    text = write_text(timeline_of(Marker("Größe", 1, 0, "", "± 1")), ascii=True)
    assert "+/- 1 |C:ResolveColorBlue |M:Grosse |D:1" in text
    text = write_text(timeline_of(Marker("a ｜M:b", 1, 0, "", "x ｜C:ResolveColorRed ｜D:9")), ascii=True)
    assert "\nx /C:ResolveColorRed /D:9 |C:ResolveColorBlue |M:a /M:b |D:1\n" in text


def test_the_file_has_the_line_ends_asked_for(tmp_path: Path) -> None:
    write_files(timeline_of(Marker("Marker 1", float(Fraction(289, 60)))), tmp_path / "x.edl", crlf=True)
    assert (tmp_path / "x.edl").read_bytes() == WINDOWS.encode()


def test_a_real_export_of_one_marker() -> None:
    text = nle_sample("resolve_markers_60fps_windows.edl")
    timeline = read_text(text, rate=60, start_timecode="01:00:00:00")
    assert facts(timeline) == [(289, 1, "Marker 1", "", "Blue")]
    assert write_text(timeline, crlf=True) == text == WINDOWS


def test_an_export_of_five_markers() -> None:
    text = nle_sample("resolve_markers_25fps.edl")
    timeline = read_text(text, rate=25)
    assert timeline.name == "Run 3"
    assert facts(timeline) == [
        (53, 1, "Roots", "Keep left", "Purple"),
        (99, 1, "Drop", "Look first", "Purple"),
        (205, 1, "Gate", "", "Red"),
        (323, 1, "Berm", "", "Red"),
        (457, 1, "Finish", "", "Red"),
    ]
    assert write_text(timeline).split("\n", 1)[1].strip() == text.split("\n", 1)[1].strip()


def test_dialects_of_other_programs() -> None:
    text = (
        "TITLE: ( no title )\n\n"
        "1 001 C V 00:00:01:00 00:00:01:00 00:00:01:00 00:00:01:00\n"
        "first line\r\n\r\nlast line\n |C:ResolveColorMauve |M:a |b |D:0\n"
        "12  001      V     C        1:00:02:00 1:00:02:01 1:00:02:00 1:00:02:01\n"
        "no directives\n"
        "003  001      V     C        00:00:03:00 00:00:03:01 00:00:03:00 00:00:03:01  \n"
    )
    timeline = read_text(text, rate=25)
    assert facts(timeline) == [
        (25, 1, "a |b", "first line\n\nlast line", "Blue"),
        (90050, 1, "", "no directives", "Blue"),
        (75, 1, "", "", "Blue"),
    ]
    assert colour_of(timeline.tracks.markers[0]) == ("Blue", False)


@pytest.mark.parametrize(
    ("head", "label", "rate", "drop", "frame"),
    [
        ("FCM: DROP FRAME\n", "01:00:00;00", 29.97, None, 107892),
        ("FCM: DROP FRAME\n", "01:00:00:00", 29.97, None, 107892),
        ("FCM: NON-DROP FRAME\n", "01:00:00:00", 29.97, None, 108000),
        ("", "01:00:00;00", 59.94, None, 215784),
        ("", "01:00:00:00", 59.94, None, 216000),
        ("FCM: DROP FRAME\n", "01:00:00:00", 23.976, None, 86400),
        ("FCM: NON-DROP FRAME\n", "01:00:00:00", "29.97", True, 107892),
    ],
)
def test_drop_frame_on_reading(head: str, label: str, rate: float | str, drop: bool | None, frame: int) -> None:
    event = f"001  001      V     C        {label} {label} {label} {label}  \n"
    text = f"TITLE: x\n{head}\n{event} |C:ResolveColorRed |M:a |D:1\n"
    assert facts(read_text(text, rate=rate, drop=drop))[0][0] == frame


def test_what_reading_refuses() -> None:
    with pytest.raises(UsageError, match="frame rate"):
        read_text(WINDOWS)
    with pytest.raises(FormatError, match="does not exist"):
        read_text(WINDOWS, rate=25)
