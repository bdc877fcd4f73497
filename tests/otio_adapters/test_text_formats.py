"""Lists of timecodes and chapters: as other programs write them, and as they must look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.marker_csv import read_markers
from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate
from otio_adapters.build import build_timeline
from otio_adapters.content import content_of
from otio_adapters.formats import FORMATS
from otio_adapters.reading import ReadOptions
from otio_adapters.writing import WriteOptions
from tests.real_files import nle_sample

RATE = Rate(30000, 1001, True)


def media(seconds: float = 600, rate: Rate = RATE, start: str | None = "01:00:00;00") -> MediaInfo:
    n_frames = int(seconds * rate.fps)
    return MediaInfo(Path("/r/new.mp4"), rate.fps, 1920, 1080, seconds, n_frames, "h264", 0, start, rate.drop)


def written(name: str, *markers: Marker, seconds: float = 600, **options: Any) -> tuple[str, dict[str, int]]:
    done = FORMATS[name].write(build_timeline(media(seconds), markers), WriteOptions(**options))
    return done.texts[0], {issue.kind: issue.count for issue in done.issues}


def facts(name: str, text: str, **options: Any) -> list[tuple[int, int, str, str, str]]:
    read = FORMATS[name].read
    assert read is not None
    rate = options.setdefault("rate", RATE)
    marks, _ = content_of(read(text, ReadOptions(**options))).all_marks()
    return [(*m.frames(rate), m.name, m.note, m.colour) for m in marks]


def at(frame: int) -> float:
    return float(RATE.to_seconds(frame))


def test_an_edl_of_cmx() -> None:
    text, issues = written("edl", Marker("Drop", at(1800), at(30), "Red", "steep"), Marker("End", at(1900)))
    assert text == (
        "TITLE: new\nFCM: DROP FRAME\n\n"
        "001  001      V     C        01:01:00;02 01:01:00;03 01:01:00;02 01:01:00;03\n"
        "* FROM CLIP NAME: new.mp4\n* LOC: 01:01:00;02 RED     Drop\n* COMMENT: steep\n* MTBSYNC LENGTH: 30\n\n"
        "002  001      V     C        01:01:03;12 01:01:03;13 01:01:03;12 01:01:03;13\n"
        "* FROM CLIP NAME: new.mp4\n* LOC: 01:01:03;12 BLUE    End\n\n"
    )
    assert issues == {"length": 1}


def test_another_program_reads_the_same_events(tmp_path: Path) -> None:
    pycmx = pytest.importorskip("pycmx")
    text, _ = written("edl", *[Marker(f"Place {n}", at(100 * n), 0, "Green", "note") for n in range(1, 30)], reel="A1")
    (tmp_path / "x.edl").write_text(text, encoding="utf-8")
    with (tmp_path / "x.edl").open(encoding="utf-8") as file:
        found = pycmx.parse_cmx3600(file)
    edits = [edit for event in found.events for edit in event.edits]
    assert found.title == "new" and len(edits) == 29
    assert [edit.record_in for edit in edits[:2]] == ["01:00:03;10", "01:00:06;20"]
    assert {edit.clip_name for edit in edits} == {"new.mp4"}
    assert {edit.source for edit in edits} == {"A1"}


def test_opentimelineio_reads_our_edl_where_it_can() -> None:
    """Its reader knows LOC lines with colons alone, and takes them for times of the source."""
    pytest.importorskip("otio_cmx3600_adapter")
    rate = Rate(25)
    markers = [Marker("Drop", 4.0, 0, "Red"), Marker("End", 8.0, 0, "Green")]
    text = FORMATS["edl"].write(build_timeline(media(60, rate, "01:00:00:00"), markers), WriteOptions()).texts[0]
    timeline = otio.adapters.read_from_string(text, adapter_name="cmx_3600", rate=25)
    found = [(m.name, m.marked_range.start_time.value) for clip in timeline.find_clips() for m in clip.markers]
    assert found == [("Drop", 90100), ("End", 90200)]


def test_a_real_list_of_avid() -> None:
    text = nle_sample("avid_example.edl")
    found = facts("edl", text, rate=Rate(24000, 1001))
    assert len(found) == text.count("* LOC:")
    assert all(name for _, _, name, _, _ in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("* LOC: 01:00:01:00 RED     ANM0001\n", (107922, "ANM0001", "Red")),
        ("FCM: DROP FRAME\r\n1 AX V C 00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00\r\n*LOC: 01:00:01:00 GREEN\r\n",
         (107892 + 30, "Marker 1", "Green")),
        ("FCM: NON-DROP FRAME\n* LOC: 01:00:01:00  YELLOW   a  b\n", (108030, "a  b", "Yellow")),
        ("M2   AX       050.0      01:00:00;00\n* LOC: 01:00:01;00 CYAN    x\n", (107922, "x", "Cyan")),
    ],
)  # fmt: skip
def test_lists_of_others(text: str, expected: tuple[int, str, str]) -> None:
    ((frame, _, name, _, colour),) = facts("edl", text, rate=RATE)
    assert (frame, name or "Marker 1", colour) == expected or ("FCM" not in text and frame in (107922, 108030))


@pytest.mark.slow
def test_reels_and_splits() -> None:
    text, issues = written("edl", Marker("a", 1), reel="GX 010001/long")
    assert "001  GX_01000 V" in text and issues == {"reel_changed": 1}
    markers = [Marker("m", at(n * 3)) for n in range(1000)]
    done = FORMATS["edl"].write(build_timeline(media(), markers), WriteOptions())
    assert len(done.texts) == 2 and "\n001  " in done.texts[1]


def test_avids_list() -> None:
    text, issues = written("avid", Marker("Drop", at(1800), at(30), "Rose", "steep"), Marker("End", at(1900), 0, "Red"))
    assert text == ("mtbsync\t01:01:00;02\tV1\tred\tDrop | steep\t30\nmtbsync\t01:01:03;12\tV1\tred\tEnd\t1\n")
    assert issues == {"colour_changed": 1}
    assert facts("avid", text, start_timecode="01:00:00;00") == [
        (1800, 30, "Drop", "steep", "Red"),
        (1900, 1, "End", "", "Red"),
    ]
    assert facts("avid", "me\t01:00:00;00\tTC1\tmagenta\tx\n")[0][2:] == ("x", "", "Fuchsia")
    for bad in ("name,t_ref\n", "a\tb\tc\td\n"):
        with pytest.raises(FormatError):
            facts("avid", bad)


@pytest.mark.parametrize("name", ["edl", "avid", "csv"])
def test_a_rate_is_needed(name: str) -> None:
    read = FORMATS[name].read
    assert read is not None
    with pytest.raises(UsageError, match="frame rate"):
        read("x", ReadOptions())


def test_a_table_is_a_marker_file_too(tmp_path: Path) -> None:
    text, issues = written("csv", Marker("=1+1", at(1800), at(30), "Rose", 'a, "b"'), Marker("End", at(1900)))
    assert issues == {} and "'=1+1" in text
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    first, last = read_markers(tmp_path / "x.csv", media=media()).markers
    assert (first.name, first.colour, first.comment) == ("=1+1", "Rose", 'a, "b"')
    assert (first.t_s, first.duration_s, last.t_s) == pytest.approx((at(1800), at(30), at(1900)), abs=1e-6)
    with pytest.raises(FormatError):
        facts("csv", "name,t_ref\na,1\n")
    with pytest.raises(FormatError):
        facts("csv", text.replace("60.060000", "soon"))


def test_data_says_all_itself() -> None:
    text, _ = written("json", Marker("a\nb\0", at(1800), at(30), "Rose", "n"))
    read = FORMATS["json"].read
    assert read is not None
    timeline = read(text, ReadOptions())
    (mark,) = timeline.tracks.markers
    assert (mark.name, mark.marked_range.start_time.value) == ("a\nb\ufffd", 1800)
    assert timeline.global_start_time.value == 107892
    for bad in ("", "[]", "{}", '{"schema": 1}', text.replace('"version": 1', '"version": 2'), "[" * 100000):
        with pytest.raises(FormatError):
            read(bad, ReadOptions())


def test_chapters() -> None:
    text, issues = written("youtube", Marker("One", 12.9), Marker("Two", 15), Marker("Three", 40), Marker("Hour", 3700),
                           seconds=4000)  # fmt: skip
    assert text == "0:00 Start\n0:13 One / Two\n0:40 Three\n1:01:40 Hour\n"
    assert issues == {"merged": 1, "added": 1, "whole_seconds": 4}
    text, issues = written("youtube", Marker("Early", 3), Marker("Next", 11))
    assert text == "0:00 Early\n0:11 Next\n" and issues["no_chapters"] == 1


def test_subtitles() -> None:
    markers = [Marker("A & <b>", 1, 5, "", "note"), Marker("B --> C", 3.5), Marker("same", 3.5)]
    text, issues = written("srt", *markers)
    assert text == (
        "1\n00:00:01,001 --> 00:00:03,504\nA & (b): note\n\n2\n00:00:03,504 --> 00:00:05,504\nB -> C / same\n\n"
    )
    assert issues == {"text_changed": 2, "shortened": 1, "same_time": 1}
    text, _ = written("vtt", Marker("A & <b>", 1))
    assert text == "WEBVTT\n\n00:00:01.001 --> 00:00:03.001\nA &amp; &lt;b&gt;\n\n"
