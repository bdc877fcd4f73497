"""CMX3600 with LOC lines: what others write, what others read, and name and note exactly as they were."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate, frames_of, label_of
from otio_adapters.build import build_timeline
from otio_adapters.content import content_of
from otio_adapters.formats.edl import read, recipe, write
from otio_adapters.reading import ReadOptions
from otio_adapters.writing import WriteOptions

RATES = [
    *(Rate(n * 1000, 1001, True) for n in (30, 60, 120)),
    *(Rate(n * 1000, 1001) for n in (24, 30, 60, 120)),
    *(Rate(n) for n in (24, 25, 30, 48, 50, 60, 100, 120)),
]
PAL = Rate(25)
LETTERS = st.characters(max_codepoint=0xFFEF, exclude_categories=["C", "Z"])
LINES = st.lists(st.text(LETTERS, max_size=20), max_size=4).map(lambda lines: "\n".join(lines).strip("\n"))


def timeline_of(*markers: Marker, rate: Rate = PAL, start: str | None = "01:00:00:00") -> otio.schema.Timeline:
    file = Path("/r/GX010001.MP4")
    media = MediaInfo(file, rate.fps, 1920, 1080, 600, int(600 * rate.fps), "h264", 0, start, rate.drop)
    return build_timeline(media, markers, name="T")


def found(text: str, rate: Rate = PAL, **options: Any) -> list[tuple[int, int, str, str, str]]:
    options.setdefault("start_timecode", "01:00:00:00")
    marks, _ = content_of(read(text, ReadOptions(rate=rate, **options))).all_marks()
    return [(*m.frames(rate), m.name, m.note, m.colour) for m in marks]


@pytest.mark.slow
@pytest.mark.parametrize("rate", RATES, ids=str)
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_round_trip_is_exact_at_every_rate(rate: Rate, data: st.DataObject) -> None:
    start = label_of(data.draw(st.integers(0, rate.frames_per_day // 2)), rate)
    frames = sorted(data.draw(st.lists(st.integers(0, rate.frames_per_day // 3), max_size=4)))
    truth = [
        (
            frame,
            data.draw(st.integers(1, 5000)),
            data.draw(st.text(LETTERS, min_size=1, max_size=20)),
            data.draw(LINES),
            data.draw(st.sampled_from(["Red", "Green", "Fuchsia", "Cream"])),
        )
        for frame in frames
    ]
    markers = [
        Marker(name, float(rate.to_seconds(frame)), float(rate.to_seconds(length)), colour, note)
        for frame, length, name, note, colour in truth
    ]
    timeline = timeline_of(*markers, rate=rate, start=start)
    done = write(timeline, WriteOptions())
    assert done.markers == len(truth)
    assert sorted(found(done.texts[0], rate, start_timecode=start)) == sorted(truth)
    assert {issue.kind for issue in done.issues} <= {"length", "after_midnight", "frame_digits"}


@pytest.mark.slow
@given(name=st.text(max_size=40), note=st.text(max_size=60))
@settings(max_examples=80, deadline=None)
def test_no_text_breaks_the_file(name: str, note: str) -> None:
    (text,) = write(timeline_of(Marker(name, 1, 0, "Red", note), Marker("next", 2)), WriteOptions()).texts
    text.encode("utf-8")
    assert [line for line in text.splitlines() if line[:1].isdigit()] == [
        "001  001      V     C        01:00:01:00 01:00:01:01 01:00:01:00 01:00:01:01",
        "002  001      V     C        01:00:02:00 01:00:02:01 01:00:02:00 01:00:02:01",
    ]
    assert [(m[0], m[4]) for m in found(text)] == [(25, "Red"), (50, "Blue")]
    assert found(text)[1][2:4] == ("next", "")


def test_markers_on_one_frame_share_an_event_which_others_accept() -> None:
    """Events over each other are an error to OpenTimelineIO."""
    pytest.importorskip("otio_cmx3600_adapter")
    markers = [Marker("a", 1, 0, "", "n"), Marker("b", 1, 1), Marker("c", 2)]
    (text,) = write(timeline_of(*markers), WriteOptions()).texts
    assert found(text) == [(25, 1, "a", "n", "Blue"), (25, 25, "b", "", "Blue"), (50, 1, "c", "", "Blue")]
    timeline = otio.adapters.read_from_string(text, adapter_name="cmx_3600", rate=25)
    assert [[m.name for m in clip.markers] for clip in timeline.find_clips()] == [["a", "b"], ["c"]]


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_pycmx_reads_the_same_record_timecodes(rate: Rate) -> None:
    pycmx = pytest.importorskip("pycmx")
    if rate.nominal > 100:
        pytest.skip("pycmx knows no frames of three digits")
    start = "01:00:00;00" if rate.drop else "01:00:00:00"
    frames = [0, 1799, 1800, 3600, 13000]
    timeline = timeline_of(*(Marker("m", float(rate.to_seconds(f))) for f in frames), rate=rate, start=start)
    events = list(pycmx.parse_cmx3600(io.StringIO(write(timeline, WriteOptions(reel="A-1")).texts[0])).events)
    edits = [edit for event in events for edit in event.edits]
    first = frames_of(start, rate)
    assert [frames_of(edit.record_in, rate) - first for edit in edits] == frames
    assert [frames_of(edit.record_out, rate) - first for edit in edits] == [f + 1 for f in frames]
    assert {(edit.clip_name, edit.source) for edit in edits} == {("GX010001.MP4", "A_1")}


def test_the_source_is_the_frame_that_is_shown() -> None:
    timeline = timeline_of(Marker("slow", 2), Marker("after", 20), start="10:00:00:00")
    clip = timeline.tracks[0][0]
    skipped, shown = otio.opentime.RationalTime(100, 25), otio.opentime.RationalTime(250, 25)
    clip.source_range = otio.opentime.TimeRange(clip.source_range.start_time + skipped, shown)
    clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=0.5))
    (text,) = write(timeline, WriteOptions(start_timecode="01:00:00:00")).texts
    slow, after = text.split("\n\n")[1:3]
    assert slow.startswith("001  001      V     C        10:00:05:00 10:00:05:01 01:00:02:00 01:00:02:01\n* FROM CLIP")
    assert after.startswith("002  BL       V     C        00:00:00:00 00:00:00:01 01:00:20:00 01:00:20:01\n* LOC: 01")


def test_a_recording_at_another_rate_keeps_its_second() -> None:
    rate = Rate(60000, 1001, True)
    timeline = timeline_of(Marker("a", float(rate.to_seconds(3600))), rate=rate, start="01:00:00;00")
    (text,) = write(timeline, WriteOptions(rate=Rate(30000, 1001, True))).texts
    assert "C        01:01:00;02 01:01:00;03 01:01:00;02 01:01:00;03\n" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("* LOC: 01:00:01:00 RED     ANM 0001", (25, "ANM 0001", "Red")),
        ("* LOC: 01:00:01:00 Just a note", (25, "Just a note", "Blue")),
        ("* LOC: 01:00:01:00 Red flag", (25, "Red flag", "Blue")),
        ("* LOC: 01:00:01:00 REDWOOD", (25, "REDWOOD", "Blue")),
        ("* LOC: 01:00:01:00 Überholen", (25, "Überholen", "Blue")),
        ("* LOC: 01:00:01:00", (25, "", "Blue")),
        ("* LOC: 01:00:01:00 GREEN  ", (25, "", "Green")),
        ("*LOC:\t01:00:01:00\tMAGENTA\tx  y", (25, "x  y", "Fuchsia")),
        (" * LOC: 1:00:01:00  CYAN    208_050_E05 // SPLIT SCREEN", (25, "208_050_E05 // SPLIT SCREEN", "Cyan")),
        ("* LOC: 59:52:05    CYAN    204_020 // VFX\n*  ON THIS CLIP\n* FROM CLIP NAME: x",
         (-195, "204_020 // VFX ON THIS CLIP", "Cyan")),
        ("* LOC: 01:00:01:00 green   bars\n* COMMENT:  note \n", (25, "bars", "Green")),
        ("M2      A012C003_190627JC                         026.0 09:14:03:04\n* LOC: 01:00:01:00 RED x",
         (25, "x", "Red")),
        ("000011  A012C003_190627JC                V     C        09:14:03:04 09:14:14:10 01:00:00:00 01:00:25:10\n"
         "* LOC: 01:00:01:00 WHITE   x", (25, "x", "Cream")),
        ("1 AX V C 00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00\n* COMMENT: its own\n* LOC: 01:00:01:00 BLACK x",
         (25, "x", "Cocoa")),
    ],
)  # fmt: skip
def test_lists_of_others(text: str, expected: tuple[int, str, str]) -> None:
    """Real lines of Avid and of tools that make and read its lists."""
    for whole in (text, f"\ufeffTITLE:   x\nFCM: NON-DROP FRAME\n{text}\n".replace("\n", "\r\n")):
        ((frame, _, name, _, colour),) = found(whole)
        assert (frame, name, colour) == expected


def test_a_comment_belongs_to_the_marker_above_it_in_its_event() -> None:
    event = "00{} AX V C 00:00:00:00 00:00:01:00 01:00:0{}:00 01:00:0{}:00\n"
    text = (
        event.format(1, 0, 2) + "* LOC: 01:00:00:00 RED a\n* LOC: 01:00:01:00 RED b\n* COMMENT: of b\n* COMMENT: too\n"
    )
    text += event.format(2, 2, 3) + "* COMMENT: of the event\n* MTBSYNC LENGTH: 9\n"
    assert [m[1:4] for m in found(text)] == [(1, "a", ""), (1, "b", "of b\ntoo")]


@pytest.mark.parametrize(
    ("head", "label", "drop", "frame"),
    [
        ("FCM: DROP FRAME\n", "01:00:00:00", None, 107892),  # as Avid and Premiere write
        ("FCM: NON-DROP FRAME\n", "01:00:00:00", None, 108000),
        ("FCM: FILM\n", "01:00:00:00", None, 108000),
        ("", "01:00:00;00", None, 107892),
        ("", "01:00:00:00", None, 108000),
        ("FCM: NON-DROP FRAME\n", "01:00:00:00", True, 107892),
    ],
)
def test_drop_frame_on_reading(head: str, label: str, drop: bool | None, frame: int) -> None:
    text = f"TITLE: x\n{head}* LOC: {label} RED     a\n"
    timeline = read(text, ReadOptions(rate=Rate(30000, 1001), drop=drop))
    assert timeline.tracks.markers[0].marked_range.start_time.value == frame


def test_what_a_list_cannot_carry_is_said() -> None:
    markers = [Marker("a\tb", 1, 2, "Rose", "x\ny", custom="c", extra={"line": "A"}), Marker("Größe ｜", 2)]
    done = write(timeline_of(*markers), WriteOptions(ascii=True, reel=""))
    assert {issue.kind: issue.count for issue in done.issues} == {
        "text_changed": 1,
        "ascii": 1,
        "colour_changed": 1,
        "custom_data": 1,
        "extra_columns": 1,
        "reel_changed": 1,
        "length": 1,
    }
    assert done.texts[0].isascii()
    assert "* LOC: 01:00:02:00 BLUE    Grosse |\n" in done.texts[0]


def test_black_is_avids_own() -> None:
    timeline = timeline_of()
    marked = otio.opentime.TimeRange(otio.opentime.RationalTime(25, 25))
    timeline.tracks.markers.append(otio.schema.Marker("m", marked, "BLACK"))
    done = write(timeline, WriteOptions())
    assert "BLACK   m" in done.texts[0] and done.issues == ()


@pytest.mark.slow
def test_more_than_999_events_are_several_lists() -> None:
    markers = [Marker(f"m{n}", float(Fraction(n, 25))) for n in range(1001)]
    done = write(timeline_of(*markers), WriteOptions())
    assert [text.count("* LOC:") for text in done.texts] == [999, 2] and done.markers == 1001
    assert all(text.startswith("TITLE: T\nFCM: NON-DROP FRAME\n\n001  ") for text in done.texts)
    assert [issue.kind for issue in done.issues] == ["split"]


def test_the_recipe_sends_others_elsewhere() -> None:
    text = recipe(timeline_of(), ["x.edl", "x_2.edl"], WriteOptions())
    assert "x.edl and then x_2.edl" in text and "01:00:00:00" in text
    assert "resolve-edl" in text and "--preset premiere" in text
