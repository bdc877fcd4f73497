"""What every format promises: exact frames and texts at every rate, and no text that breaks a file."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate
from otio_adapters import format_names
from otio_adapters.build import build_timeline, rate_of
from otio_adapters.content import Mark, content_of
from otio_adapters.formats import FORMATS, Format, format_named, format_of, load, write_files
from otio_adapters.of_video import markers_of_video
from otio_adapters.reading import ReadOptions
from otio_adapters.writing import WriteOptions
from tests.real_files import NLE

RATES = [
    *(Rate(n * 1000, 1001, True) for n in (30, 60, 120)),
    *(Rate(n * 1000, 1001) for n in (24, 30, 60, 120)),
    *(Rate(n) for n in (24, 25, 30, 48, 50, 60, 100, 120)),
]
ONE_TEXT = ("srt", "vtt", "youtube", "audacity", "losslesscut-csv", "kdenlive-guides", "ffmetadata", "shotcut")
"""Formats that have one text for a marker and are read as far as they go (`test_reading_light_formats`)."""
TOLD = [pytest.param(f, id=f.name) for f in FORMATS.values() if f.read is not None]
READABLE = [pytest.param(f, id=f.name) for f in FORMATS.values() if f.read is not None and f.name not in ONE_TEXT]
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
    if format.read is None or format.name in ("srt", "vtt", "youtube"):
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


REVIEWED = Marker(
    "Rock", 15.0, 0.04, "Red", "go left", status="doubtful", needs_review=True, margin_s=0.21, confidence=0.5
)
AS_DATA = {"csv", "json", "otio", "resolve-otio", "premiere-otio", "kdenlive"}
"""Formats that have a place for all that is known of how sure a marker is."""


@pytest.mark.parametrize("format", ALL)
def test_a_marker_that_needs_a_look_says_so_in_every_file(format: Format) -> None:
    done = format.write(build_timeline(media(Rate(25)), [REVIEWED]), WriteOptions())
    if format.name == "youtube":
        assert "notes" in {issue.kind for issue in done.issues}
    elif format.name == "fcpxml":
        assert 'completed="0" note="±0.21 s: go left"' in done.texts[0]
    elif format.name in ("csv", "json"):
        assert "REVIEW" not in done.texts[0] and "doubtful" in done.texts[0]
    else:
        assert "REVIEW ±0.21 s: go left" in done.texts[0].replace("\\u00b1", "±")


@pytest.mark.parametrize("format", READABLE)
@pytest.mark.parametrize("ascii", [False, True])
def test_how_sure_a_marker_is_comes_back(format: Format, ascii: bool) -> None:
    berm = Marker("Berm", 20.0, comment="REVIEW the berm, please check")
    done = format.write(build_timeline(media(Rate(25)), [REVIEWED, berm]), WriteOptions(ascii=ascii))
    rock, rider = read_back(format, done.texts[0], Rate(25))
    assert rider.note == berm.comment and not rider.own.get("needs_review")
    if format.name in AS_DATA:
        facts = {"status": "doubtful", "needs_review": True, "margin_s": 0.21, "confidence": 0.5}
        assert {key: rock.own.get(key) for key in facts} == facts
        assert rock.note == "go left"
        again = format.write(format.read(done.texts[0], ReadOptions(rate=Rate(25))), WriteOptions(ascii=ascii))  # type: ignore[misc]
        assert again.texts[0].count("REVIEW ") == done.texts[0].count("REVIEW ")
    else:
        assert rock.own.get("needs_review", False) is (format.name == "fcpxml")
        assert rock.note.endswith("go left")


@pytest.mark.parametrize("format", READABLE)
def test_a_recording_gets_its_markers_back_with_all_that_lasts(format: Format) -> None:
    done = format.write(build_timeline(media(Rate(25)), [REVIEWED]), WriteOptions())
    assert format.read is not None
    timeline = format.read(done.texts[0], ReadOptions(rate=Rate(25), start_timecode="01:00:00:00"))
    (marker,) = markers_of_video(timeline, media(Rate(25))).markers
    if format.name in AS_DATA:
        assert marker == replace(REVIEWED, marker_id="M001")


@pytest.mark.parametrize("format", TOLD)
def test_one_signature_and_no_other_tells_a_file(format: Format) -> None:
    """Formats are found in no order, so no signature may depend on others being asked first."""
    texts = [
        *HOSTILE,
        "<fcpxml >\n<xmeml>",
        '{"OTIO_SCHEMA": "mtbsync.timeline-markers"',
        "TITLE: x\nFCM: DROP FRAME\n",
    ]
    if format.name == "csv":
        texts.remove(HOSTILE[1])  # a table is told by its suffix, whatever is in it
    markers = [Marker("a" + text, n, 1.0, "Red", text) for n, text in enumerate(texts)]
    text = format.write(build_timeline(media(Rate(25)), markers), WriteOptions()).texts[0]
    told = [other.name for other in FORMATS.values() if other.signature and other.signature.search(text)]
    family = {".otio": ["otio"], ".csv": []}
    assert told == ([] if format.name == "audacity" else family.get(format.suffix, [format.name]))


def test_a_format_is_called_as_its_module() -> None:
    assert [format.name for format in FORMATS.values()] == format_names()
    assert len({format.adapter for format in FORMATS.values()}) == len(FORMATS)
    suffixes = [format.suffix for format in FORMATS.values() if format.by_suffix]
    assert len(set(suffixes)) == len(suffixes)
    assert format_named("xml").name == "premiere"
