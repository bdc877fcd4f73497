"""Tables, chapters and subtitles: exact where they are read back, and rules of players and sites kept."""

from __future__ import annotations

import csv
import io
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.marker_csv import read_markers
from mtbsync_core.markers import COLOURS, Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.moved_csv import read_provenance, write_provenance
from mtbsync_core.timecode import Rate, label_of
from otio_adapters.build import build_timeline
from otio_adapters.content import content_of
from otio_adapters.formats import FORMATS, format_of, write_files
from otio_adapters.formats.csv import COLUMNS
from otio_adapters.formats.csv import read as read_csv
from otio_adapters.reading import ReadOptions
from otio_adapters.writing import WriteOptions

RATES = [
    *(Rate(n * 1000, 1001, True) for n in (30, 60, 120)),
    *(Rate(n * 1000, 1001) for n in (24, 30, 60, 120)),
    *(Rate(n) for n in (24, 25, 30, 48, 50, 60, 100, 120)),
]
PAL = Rate(25)
LINE = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="\ufffc\ufffd"), max_size=20)
CUE = re.compile(r"(\d\d+):(\d\d):(\d\d)[,.](\d{3}) --> (\d\d+):(\d\d):(\d\d)[,.](\d{3})")


def media(rate: Rate = PAL, start: str | None = "01:00:00:00", seconds: float = 600) -> MediaInfo:
    n_frames = int(seconds * rate.fps)
    return MediaInfo(Path("/r/new.mp4"), rate.fps, 1920, 1080, seconds, n_frames, "h264", 0, start, rate.drop)


def written(name: str, *markers: Marker, seconds: float = 600, **options: Any) -> tuple[str, dict[str, int]]:
    done = FORMATS[name].write(build_timeline(media(seconds=seconds), markers), WriteOptions(**options))
    assert done.markers == len(markers)
    return done.texts[0], {issue.kind: issue.count for issue in done.issues}


def facts(timeline: otio.schema.Timeline, rate: Rate) -> list[tuple[int, int, str, str, str]]:
    marks, _ = content_of(timeline).all_marks()
    return [(*m.frames(rate), m.name, m.note, m.colour) for m in marks]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["csv", "json"])
@pytest.mark.parametrize("rate", RATES, ids=str)
@given(data=st.data())
@settings(max_examples=8, deadline=None)
def test_round_trip_is_exact_at_every_rate(name: str, rate: Rate, data: st.DataObject) -> None:
    start = label_of(data.draw(st.integers(0, rate.frames_per_day - 1)), rate)
    frames = sorted(data.draw(st.lists(st.integers(0, rate.frames_per_day // 3), max_size=4)))
    truth = [
        (
            frame,
            data.draw(st.integers(0, 5000)),
            data.draw(st.one_of(LINE, LINE.map("={}".format))),
            data.draw(LINE),
            data.draw(st.sampled_from(COLOURS)),
        )
        for frame in frames
    ]
    markers = [
        Marker(title, float(rate.to_seconds(frame)), float(rate.to_seconds(length)), colour, note)
        for frame, length, title, note, colour in truth
    ]
    timeline = build_timeline(media(rate, start), markers)
    done = FORMATS[name].write(timeline, WriteOptions())
    read = FORMATS[name].read
    assert read is not None and done.issues == ()
    back = read(done.texts[0], ReadOptions(rate=None if name == "json" else rate))
    assert sorted(facts(back, rate)) == sorted(truth)
    if truth or name == "json":
        assert back.global_start_time.value == timeline.global_start_time.value
    assert FORMATS[name].write(back, WriteOptions(start_timecode=start)).texts == done.texts


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_the_marker_reader_takes_the_table(rate: Rate, tmp_path: Path) -> None:
    start = label_of(0, rate)
    names = ["=1+1", "+49", "@x", "-", "'quoted", '"', "a;b", "plain", "1.5"]
    markers = [Marker(n, float(rate.to_seconds(17 * i)), 0, "Mint", f"{n} note") for i, n in enumerate(names)]
    (text,) = FORMATS["csv"].write(build_timeline(media(rate, start), markers), WriteOptions()).texts
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    table = read_markers(tmp_path / "x.csv", media=media(rate, start))
    assert [m.name for m in table.markers] == names
    assert [rate.to_frames(m.t_s) for m in table.markers] == [17 * i for i in range(len(names))]
    assert {m.colour for m in table.markers} == {"Mint"} and table.problems == ()
    cells = list(csv.reader(io.StringIO(text)))
    assert tuple(cells[0]) == COLUMNS
    assert not [c for row in cells for c in row if c[:1] in "=+-@" and c and not re.fullmatch(r"[+-]?[\d.]+", c)]


def test_a_table_that_a_spreadsheet_has_saved() -> None:
    text = (
        "\ufeffComment;Marker;t s;timecode;Duration_s;frame;colour;mine\r\n"
        '"two\r\nlines";\'=1;12,5;01:00:12:12;1,000000;312;Rose;x\r\n;;;;;;;\r\n'
        ";b;13;;;;;\r\n"
    )
    timeline = read_csv(text, ReadOptions(rate=PAL))
    assert facts(timeline, PAL) == [(313, 25, "=1", "two\r\nlines", "Rose"), (325, 0, "b", "", "Blue")]
    for bad in (text.replace("12,5", "soon"), "a;b\n", "", '"'):
        with pytest.raises(FormatError):
            read_csv(bad, ReadOptions(rate=PAL))


def test_drop_frame_in_a_table_is_seen() -> None:
    rate = Rate(30000, 1001, True)
    timeline = build_timeline(media(rate, "01:00:00;00"), [Marker("a", 100)])
    (text,) = FORMATS["csv"].write(timeline, WriteOptions()).texts
    back = read_csv(text, ReadOptions(rate=Rate(30000, 1001)))
    assert back.global_start_time.value == 107892 and back.metadata["mtbsync"]["drop"]


def test_json_needs_no_plain_letters_and_loses_none() -> None:
    text, issues = written("json", Marker("Größe \U0001f6b5\u2028", 1, 0, "", "a\r\nb\tc"), ascii=True)
    assert text.isascii() and issues == {}
    entry = json.loads(text)["markers"][0]
    assert (entry["name"], entry["note"]) == ("Größe \U0001f6b5\u2028", "a\r\nb\tc")


@pytest.mark.parametrize("name", ["csv", "youtube", "srt", "vtt"])
def test_plain_letters_are_said(name: str) -> None:
    text, issues = written(name, Marker("Größe \U0001f480", 20), ascii=True)
    assert "Grosse (skull)" in text.replace("[", "(") and text.isascii() and issues["ascii"] == 1


@pytest.mark.slow
@given(name=st.text(max_size=30), note=st.text(max_size=40), plain=st.booleans())
@example(name="0 ---> 1", note="--\x07->", plain=False)
@example(name="00:00:01,000 －－＞ 00:00:02,000", note="｛\\an8｝", plain=True)
@example(name="<b>\n\n2\n00:00:05,000 --> 00:00:06,000\nx", note="NOTE\u2028STYLE", plain=False)
@example(name="x" * 10_000, note="]]>\x00\u202e \u05d0", plain=False)
@settings(max_examples=80, deadline=None)
def test_no_text_breaks_a_subtitle_or_a_chapter(name: str, note: str, plain: bool) -> None:
    markers = Marker(name, 20, 0, "", note), Marker("next", 40), Marker("last", 60)
    for kind, head, lines in (("srt", "", 4), ("vtt", "WEBVTT\n\n", 3)):
        text, _ = written(kind, *markers, ascii=plain)
        text.encode("ascii" if plain else "utf-8")
        assert text.startswith(head)
        cues = text.removeprefix(head).removesuffix("\n\n").split("\n\n")
        assert [len(cue.splitlines()) for cue in cues] == [lines - 1] * 3
        assert text.count("-->") == 3 and "<" not in text and (kind == "vtt" or "{" not in text)
        assert [cue.splitlines()[-1] for cue in cues[1:]] == ["next", "last"]
    text, _ = written("youtube", *markers, ascii=plain)
    assert [line.split(" ")[0] for line in text.splitlines()] == ["0:00", "0:20", "0:40", "1:00"]
    assert "<" not in text and ">" not in text


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.integers(0, 6000), st.integers(0, 400)), min_size=1, max_size=12),
)
@settings(max_examples=60, deadline=None)
def test_subtitles_never_overlap_and_say_what_they_shorten(places: list[tuple[int, int]]) -> None:
    text, issues = written("srt", *(Marker("m", at / 100, length / 100) for at, length in places))
    spans = []
    for match in CUE.finditer(text):
        h1, m1, s1, ms1, h2, m2, s2, ms2 = map(int, match.groups())
        spans.append((((h1 * 60 + m1) * 60 + s1) * 1000 + ms1, ((h2 * 60 + m2) * 60 + s2) * 1000 + ms2))
    assert all(first < last for first, last in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert len(spans) == len(places) - issues.get("same_time", 0)


def test_arrows_stay_arrows() -> None:
    text, _ = written("srt", Marker("left -> right => up", 1), Marker("a --> <i>b</i> {\\an8}", 5))
    assert "\nleft -> right => up\n" in text and "\na -> (i)b(/i) (\\an8)\n" in text
    text, _ = written("vtt", Marker("a --> <i>b</i> & c", 1))
    assert "\na --&gt; &lt;i&gt;b&lt;/i&gt; &amp; c\n" in text


def chapters(*seconds: float, until: float = 600) -> tuple[list[str], dict[str, int]]:
    text, issues = written("youtube", *(Marker(f"m{n}", at) for n, at in enumerate(seconds)), seconds=until)
    return text.splitlines(), issues


def test_chapters_are_as_youtube_wants_them() -> None:
    assert chapters(0, 10, 20) == (["0:00 m0", "0:10 m1", "0:20 m2"], {})
    assert chapters(0, 9, 10, 19.6, 30)[0] == ["0:00 m0 / m1", "0:10 m2", "0:20 m3", "0:30 m4"]
    assert chapters(30, 50) == (["0:00 Start", "0:30 m0", "0:50 m1"], {"added": 1})
    assert chapters(4, 30, 50)[0] == ["0:00 m0", "0:30 m1", "0:50 m2"]
    assert chapters(0, 10, 20, 595) == (["0:00 m0", "0:10 m1", "0:20 m2 / m3"], {"merged": 1})
    assert chapters(0, 3599, 3600, 3610, until=7200)[0][1:] == ["59:59 m1 / m2", "1:00:10 m3"]
    assert chapters(0, 20)[1] == {"no_chapters": 1}
    assert chapters(0, 5, until=12) == (["0:00 m0 / m1"], {"merged": 1, "no_chapters": 1})


def test_what_chapters_lose_is_said() -> None:
    _, issues = written("youtube", Marker("a", 0, 1, "Red", "n"), Marker("b", 20.4), Marker("<c>", 40))
    assert issues == {"text_changed": 1, "notes": 1, "length": 1, "colour": 1, "whole_seconds": 1}
    assert "too_long" in written("youtube", *(Marker("x" * 300, 20 * n) for n in range(20)))[1]


def test_neither_start_nor_drop_frame_matter_where_there_is_no_timecode() -> None:
    for name in ("youtube", "srt", "vtt"):
        done = FORMATS[name].write(
            build_timeline(media(start=None), [Marker(n, 20 * i) for i, n in enumerate("abc")]), WriteOptions()
        )
        assert done.issues == ()


def test_data_beside_a_table_is_not_taken_for_its_description(tmp_path: Path) -> None:
    """`transfer-markers` keeps where a table comes from in a JSON of the same name."""
    timeline = build_timeline(media(), [Marker("a", 1)])
    for name in ("csv", "json"):
        write_files(FORMATS[name], timeline, tmp_path / f"x.{name}")
    assert read_provenance(tmp_path / "x.csv") is None
    with pytest.raises(UsageError, match="another file"):
        write_provenance(tmp_path / "x.csv", media=media(), timewarp=None, verdict="good", options={})
    described = write_provenance(tmp_path / "y.csv", media=media(), timewarp=None, verdict="good", options={})
    assert format_of(described.read_text(encoding="utf-8")) is None
