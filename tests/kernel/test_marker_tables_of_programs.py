"""Marker tables that other programs export: their columns, their timecodes, and those without a header."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from mtbsync_core.errors import FormatError
from mtbsync_core.marker_csv import MarkerTable, read_markers
from mtbsync_core.marker_times import TimelineClock
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate

PANEL = (
    "Marker Name\tDescription\tIn\tOut\tDuration\tMarker Type\t\n"
    "Gate\tfirst\t01;00;10;00\t01;00;10;00\t00;00;00;00\tComment\t\n"
    "Berm\t\t01;01;00;02\t01;01;02;02\t00;00;02;00\tChapter\t\n"
)
"""Premiere's Markers panel, of a sequence that starts at one o'clock."""


def ride(start: str | None = "14:20:00;00", drop: bool = True, fps: Fraction = Fraction(30000, 1001)) -> MediaInfo:
    return MediaInfo(Path("ride.mp4"), fps, 64, 36, 120.12, int(120.12 * fps), "h264", 0, start, drop)


def read(tmp_path: Path, text: str, media: MediaInfo | None = None, **clock: str) -> MarkerTable:
    file = tmp_path / "markers.csv"
    file.write_text(text, encoding="utf-8")
    rate = Rate.of(clock["fps"]) if "fps" in clock else None
    return read_markers(file, media=media, clock=TimelineClock(start=clock.get("start"), rate=rate))


def places(table: MarkerTable) -> list[tuple[str, float, float]]:
    return [(m.name, round(m.t_s, 3), round(m.duration_s, 3)) for m in table.markers]


@pytest.mark.parametrize("media", [ride(), ride("14:20:00:00", False), ride(None, False)], ids=["drop", "non", "none"])
@pytest.mark.parametrize("start", [{"start": "01:00:00;00"}, {"start": "01;00;00;00"}, {}], ids=["said", "so", "not"])
def test_timecodes_of_a_timeline(tmp_path: Path, media: MediaInfo, start: dict[str, str]) -> None:
    table = read(tmp_path, PANEL, media, **start)
    assert places(table) == [("Gate", 10.01, 0), ("Berm", 60.06, 2.002)]
    assert table.markers[0].comment == "first" and table.markers[1].extra["Marker Type"] == "Chapter"
    assert any("taken to sit at 01:00:00:00" in str(p) for p in table.problems) == (not start)


def test_the_place_that_is_said_counts_for_all(tmp_path: Path) -> None:
    """Also where the timecodes fit the recording by themselves, and for one before its first frame."""
    assert places(read(tmp_path, "name,timecode\na,14:20:30;00\n", ride(), start="14:20:10;00")) == [("a", 20.02, 0)]
    table = read(tmp_path, "name,timecode\na,01:00:05;00\nb,01:00:30;00\n", ride(), start="01:00:10;00")
    assert places(table) == [("b", 20.02, 0)]
    assert table.skipped == 1 and "before the first frame" in str(table.problems[0])
    late = read(tmp_path, "name,timecode\nb,00:00:10;00\n", ride(), start="23:59:50;00")
    assert places(late) == [("b", 20.02, 0)]
    with pytest.raises(FormatError):
        read(tmp_path, PANEL, ride(), start="soon")


def test_a_place_is_not_ignored_in_silence(tmp_path: Path) -> None:
    table = read(tmp_path, "name,t_ref\na,10\n", ride(), start="01:00:00;00")
    assert places(table) == [("a", 10, 0)] and "no timecodes" in str(table.problems[0])


def test_how_the_timeline_counts_is_told_by_its_signs(tmp_path: Path) -> None:
    drop = read(tmp_path, "name,tc\na,00:01:00;02\n", ride(None, False))
    assert places(drop) == [("a", 60.06, 0)] and "the video is non-drop" in str(drop.problems[0])
    assert places(read(tmp_path, "name,tc\na,01:01:00:02\n", ride(), start="01:00:00:00")) == [("a", 60.127, 0)]


def test_a_rate_without_a_recording_will_do(tmp_path: Path) -> None:
    assert places(read(tmp_path, PANEL, fps="29.97", start="01:00:00;00")) == [
        ("Gate", 10.01, 0),
        ("Berm", 60.06, 2.002),
    ]
    assert places(read(tmp_path, "name,tc\na,00:00:10:12\n", ride(None, False), fps="25")) == [("a", 10.48, 0)]


def test_half_the_rate_is_suspected_here_too(tmp_path: Path) -> None:
    text = "name,tc\n" + "".join(f"m{n},00:00:{n:02d}:{n:02d}\n" for n in range(6))
    table = read(tmp_path, text, ride(None, False, Fraction(60000, 1001)))
    assert any("runs at 29.97 fps" in str(p) for p in table.problems)
    quick = ride(None, False, Fraction(120000, 1001))
    assert places(read(tmp_path, "name,tc\na,00:00:01:30\n", quick)) == [("a", 1.502, 0)]
    assert places(read(tmp_path, "name,tc\na,00:00:01:060\n", quick)) == [("a", 1.502, 0)]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Timestamp,Label", "0:10.5,a"),
        ("#,Record In,Record Out,Name", "1,00:00:10:12,00:00:11:12,a"),
        ("Name;In Point;Out Point", "a;10,5;11,5"),
        ("In-Point,Out-Point,Marker", "10.5,11.5,a"),
        ("Comment,Timecode In,Title", "x,00:00:10:12,a"),
        ("Name\tStart\tDuration\tTime Format\tType\tDescription", "a\t0:10.500\t0:01.000\tdecimal\tCue\t"),
        ("Chapter,Start Time,End Time", "a,00:00:10.500,00:00:11.500"),
        ("Source In,Record In,Title", "05:00:00:00,00:00:10:12,a"),
        ("Marker Name,Notes,Position", "a,x,00:00:10:12"),
    ],
)
def test_columns_of_other_programs(tmp_path: Path, header: str, row: str) -> None:
    media = MediaInfo(Path("ride.mp4"), Fraction(25), 64, 36, 120, 3000, "h264")
    (marker,) = read(tmp_path, f"{header}\n{row}\n", media).markers
    assert (marker.name, marker.t_s) == ("a", pytest.approx(10.5, abs=0.03))
    timed = any(word in header.casefold() for word in ("out", "end", "duration"))
    assert marker.duration_s == pytest.approx(1.0 if timed else 0.0)


def test_an_end_that_is_of_no_use_leaves_a_point(tmp_path: Path) -> None:
    table = read(tmp_path, "name,start,end\na,10,9\nb,20,here\nc,30,\n")
    assert places(table) == [("a", 10, 0), ("b", 20, 0), ("c", 30, 0)]
    assert [p.line for p in table.problems] == [2, 3] and table.markers[1].extra == {"end": "here"}


@pytest.mark.parametrize(
    "text",
    [
        "10.01,12.01,Gate\n60.06,,Berm\n",
        "10.010000\t12.010000\tGate\n60.060000\t60.060000\tBerm\n",
        "10,010000\t12,010000\tGate\n60,060000\t60,060000\tBerm\n",
        "10,01;12,01;Gate\n60,06;;Berm\n",
        "00:00:10.010,00:00:12.010,Gate\n00:01:00.060,,Berm\n",
        "10.010000\t12.010000\tGate\n\\\t100.0\t200.0\n60.060000\t60.060000\tBerm\n",
    ],
)
def test_tables_without_a_header(tmp_path: Path, text: str) -> None:
    table = read(tmp_path, text, ride())
    assert places(table) == [("Gate", 10.01, 2), ("Berm", 60.06, 0)]
    assert table.skipped == 0 and "there is no header" in str(table.problems[0])


def test_the_first_segment_may_begin_with_the_recording(tmp_path: Path) -> None:
    assert places(read(tmp_path, ",10.01,Start\n60.06,,Berm\n")) == [("Start", 0, 10.01), ("Berm", 60.06, 0)]
    assert places(read(tmp_path, "0:10,Gate\n1:00,Berm\n")) == [("Gate", 10, 0), ("Berm", 60, 0)]


def test_words_above_numbers_are_a_header(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no time column"):
        read(tmp_path, "what,where\n1,2\n")
