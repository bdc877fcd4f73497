"""What every format promises: exact frames and texts at every rate, and no text that breaks a file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate
from otio_adapters.build import build_timeline, rate_of
from otio_adapters.content import Mark, content_of
from otio_adapters.formats import FORMATS, Format, write_files
from otio_adapters.reading import ReadOptions
from otio_adapters.sniff import format_of, load
from otio_adapters.writing import WriteOptions
from tests.real_files import NLE

RATES = [
    *(Rate(n * 1000, 1001, True) for n in (30, 60, 120)),
    *(Rate(n * 1000, 1001) for n in (24, 30, 60, 120)),
    *(Rate(n) for n in (24, 25, 30, 48, 50, 60, 100, 120)),
]
READABLE = [pytest.param(f, id=f.name) for f in FORMATS.values() if f.read is not None]
ALL = [pytest.param(f, id=f.name) for f in FORMATS.values()]
HOSTILE = [
    "001  001      V     C        01:00:04:49 01:00:04:50 01:00:04:49 01:00:04:50",
    "x |C:ResolveColorRed |M:y |D:9",
    "* LOC: 01:00:00:00 RED     boo",
    "a\nb\r\nc\rd\x85e\u2028f\u2029g\x0bh\x0ci",
    "nul \x00 bell \x07 del \x7f lone \ud800 no\ufffe\uffff bom \ufeff",
    "emoji \U0001f6b5\U0001f3fd\u200d\u2642\ufe0f \U0001f480",
    "\u202eright to left \u05d0\u05d1\u202c",
    "]]> <![CDATA[ <!-- --> <a b='c'> &amp; &lol; %ent; \" ' ` \\ \\n",
    '=HYPERLINK("http://x","y")',
    "1\n00:00:00,000 --> 00:00:09,000\nfake cue\n\n",
    "0:00 chapter",
    "\t\ttabs\t",
    "   ",
    "",
    "x" * 10_000,
]
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60), st.text(st.characters(max_codepoint=0x2FF)))


def media(rate: Rate) -> MediaInfo:
    start = "01:00:00;00" if rate.drop else "01:00:00:00"
    if rate.nominal > 100:
        start = start[:9] + "000"
    return MediaInfo(Path("/r/new.mp4"), rate.fps, 1920, 1080, 600, int(600 * rate.fps), "h264", 0, start, rate.drop)


def own_rate(rate: Rate) -> WriteOptions:
    """Above 100 fps some formats take half the rate unless they are told."""
    return WriteOptions(rate=rate)


def read_back(format: Format, text: str, rate: Rate) -> tuple[Mark, ...]:
    """Markers in seconds of the sequence, wherever the format has put them."""
    assert format.read is not None
    start = media(rate).start_timecode
    return content_of(format.read(text, ReadOptions(rate=rate, start_timecode=start))).all_marks()[0]


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("format", READABLE)
def test_a_round_trip_is_exact(format: Format, rate: Rate) -> None:
    frames = sorted((0, 1, 17, 1798, 1800, 17982 * rate.nominal // 60, int(599 * rate.fps)))
    markers = [
        Marker(f"Sprung {n} ü<&>", float(rate.to_seconds(f)), float(rate.to_seconds(n)), "Red", f"Größe {n} 'x' \"y\"")
        for n, f in enumerate(frames, 2)
    ]
    done = format.write(build_timeline(media(rate), markers), own_rate(rate))
    assert len(done.texts) == 1 and done.markers == len(markers)
    found = read_back(format, done.texts[0], rate)
    assert [(m.frames(rate), m.name, m.note) for m in found] == [
        ((f, n), f"Sprung {n} ü<&>", f"Größe {n} 'x' \"y\"") for n, f in enumerate(frames, 2)
    ]


def check_hostile(format: Format, name: str, note: str) -> None:
    rate = Rate(30000, 1001, True)
    seconds = [float(rate.to_seconds(f)) for f in (300, 900, 1800)]
    markers = [Marker("before", seconds[0]), Marker(name, seconds[1], 0.5, "Red", note), Marker("after", seconds[2])]
    timeline = build_timeline(media(rate), markers)
    done = format.write(timeline, WriteOptions())
    (text,) = done.texts
    text.encode("utf-8")
    if format.suffix not in (".otio", ".fcpxml"):  # JSON has a place for all of them, XML for all but controls
        assert not {"\0", "\x07", "\x7f", "\u2028", "\x85", "\ufffe"} & set(text)
    assert done.texts == format.write(timeline, WriteOptions()).texts
    if format.read is None:
        plain = format.write(build_timeline(media(rate), [Marker("x", s, 0.5) for s in seconds]), WriteOptions())
        assert len(text.splitlines()) == len(plain.texts[0].splitlines())
        assert text.count(" --> ") == plain.texts[0].count(" --> ") or format.name in ("youtube", "resolve-lua")
        return
    found = read_back(format, text, rate)
    assert [m.frames(rate)[0] for m in found] == [300, 900, 1800]
    assert (found[0].name, found[2].name) == ("before", "after")
    assert found[0].note == found[2].note == ""
    again = format.write(format.read(text, ReadOptions(rate=rate)), WriteOptions())
    assert len(again.texts) == 1 and again.markers == 3


@pytest.mark.slow
@pytest.mark.parametrize("format", ALL)
def test_texts_that_are_known_to_break_files(format: Format) -> None:
    for text in HOSTILE:
        check_hostile(format, text, "note")
        check_hostile(format, "name", text)


@pytest.mark.slow
@pytest.mark.parametrize("format", ALL)
@given(name=TEXTS, note=TEXTS)
@example(name=HOSTILE[0], note=HOSTILE[1])
@settings(max_examples=5000 // len(ALL) + 1, deadline=None)
def test_no_text_breaks_a_file(format: Format, name: str, note: str) -> None:
    check_hostile(format, name, note)


@pytest.mark.parametrize("format", ALL)
def test_a_recipe_tells_how_to_go_on(format: Format, tmp_path: Path) -> None:
    report = write_files(format, build_timeline(media(Rate(25)), [Marker("a", 15.0)]), tmp_path / "x")
    assert report.files == (tmp_path / "x",) and report.written == 1
    assert "x" in report.recipe and len(report.recipe) > 40


@pytest.mark.parametrize("format", ALL)
def test_a_timeline_without_markers_is_no_error(format: Format) -> None:
    done = format.write(build_timeline(media(Rate(25)), []), WriteOptions())
    assert done.markers == 0


@pytest.mark.parametrize("format", READABLE)
def test_a_timeline_of_others_is_written_too(format: Format) -> None:
    """Nothing of ours in its metadata, no clip, no start, an unknown colour."""
    timeline = otio.schema.Timeline("T")
    marked = otio.opentime.TimeRange(otio.opentime.RationalTime(50, 25), otio.opentime.RationalTime(1, 25))
    timeline.tracks.markers.append(otio.schema.Marker("m", marked, "ORANGE", comment="c"))
    done = format.write(timeline, WriteOptions())
    assert done.markers == 1
    assert format.read is not None
    back = content_of(format.read(done.texts[0], ReadOptions(rate=Rate(25), start_timecode="01:00:00:00")))
    (mark,) = back.all_marks()[0]
    assert (mark.start_s, mark.name, mark.note) == (Fraction(2), "m", "c")


@pytest.mark.parametrize(
    ("file", "name", "count"),
    [
        ("resolve_markers_60fps_windows.edl", "resolve-edl", 1),
        ("resolve_markers_25fps.edl", "resolve-edl", 5),
        ("resolve21_timeline_marker_torture_ref.otio", "resolve-otio", 1),
        ("resolve21_base.otio", "resolve-otio", 0),
        ("resolve21_retime_50pct.otio", "resolve-otio", 0),
        ("premiere_example.xml", "premiere", 5),
        ("fcp_29.97d.fcpxml", "fcpxml", 23),
        ("fcp_TwoClipsMarkers.fcpxml", "fcpxml", 3),
    ],
)
def test_real_files_are_told_apart_and_written_back_with_every_marker(file: str, name: str, count: int) -> None:
    text = load(NLE / file)
    found = format_of(text)
    assert found is not None and found.suffix == FORMATS[name].suffix
    format = FORMATS[name]
    assert format.read is not None
    timeline = format.read(text, ReadOptions(rate=Rate(60)))
    rate = rate_of(timeline)[0]
    first = content_of(timeline).all_marks()[0]
    assert len(first) == count
    (again,) = format.write(timeline, WriteOptions()).texts
    second = content_of(format.read(again, ReadOptions(rate=rate))).all_marks()[0]
    start = first[0].start_s - second[0].start_s if first and name == "resolve-edl" else Fraction(0)
    assert sorted((rate.to_frames(m.start_s + start), m.name, m.note.split()) for m in second) == sorted(
        (rate.to_frames(m.start_s), m.name, m.note.replace("\n", " / ").split() if "edl" in name else m.note.split())
        for m in first
    )
