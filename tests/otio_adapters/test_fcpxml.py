"""FCPXML: files that Final Cut Pro's DTD and its unwritten rules allow, read back to the frame and to the letter."""

from __future__ import annotations

import importlib
import io
import re
from contextlib import suppress
from fractions import Fraction
from pathlib import Path, PureWindowsPath
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.markers import COLOURS, Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate, cutting_rate, label_of
from otio_adapters.build import KEY, build_timeline, frame_time, rate_metadata, time_range, timeline_marker
from otio_adapters.content import Mark, content_of
from otio_adapters.file_urls import target_url
from otio_adapters.formats import FORMATS
from otio_adapters.formats.fcpxml.reader import read
from otio_adapters.formats.fcpxml.writer import write
from otio_adapters.of_video import markers_of_video
from otio_adapters.reading import ReadOptions
from otio_adapters.writing import WriteOptions, Written
from tests.otio_adapters.editors import ride
from tests.real_files import nle_sample

lxml: Any = None  # the standard library has no DTDs
with suppress(ImportError):
    lxml = importlib.import_module("lxml.etree")
RATES = [
    *(Rate(n * 1000, 1001, True) for n in (30, 60, 120)),
    *(Rate(n * 1000, 1001) for n in (24, 30, 60, 120)),
    *(Rate(n) for n in (24, 25, 30, 48, 50, 60, 100, 120, 240)),
]
SIXTY = Rate(60)
# Not those that stand in for what is no text: `safe_text` leaves them out.
PRINTABLE = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="\ufffc\ufffd"), max_size=20)
# What of Apple's DTD 1.10 concerns these files, in our words: what may be in what, in which order, and attributes.
DTD = """
<!ELEMENT fcpxml (resources, library)> <!ATTLIST fcpxml version CDATA #FIXED "1.10">
<!ELEMENT resources (asset | format)*>
<!ELEMENT format EMPTY>
<!ATTLIST format id ID #REQUIRED frameDuration CDATA #REQUIRED width CDATA #REQUIRED height CDATA #REQUIRED>
<!ELEMENT asset (media-rep)>
<!ATTLIST asset id ID #REQUIRED name CDATA #REQUIRED start CDATA #REQUIRED duration CDATA #REQUIRED
  format IDREF #REQUIRED hasVideo (1) #REQUIRED hasAudio (1) #IMPLIED videoSources CDATA #IMPLIED
  audioSources CDATA #IMPLIED audioChannels CDATA #IMPLIED audioRate CDATA #IMPLIED>
<!ELEMENT media-rep EMPTY> <!ATTLIST media-rep kind (original-media | proxy-media) "original-media" src CDATA #REQUIRED>
<!ELEMENT library (event)> <!ELEMENT event (project)> <!ATTLIST event name CDATA #IMPLIED>
<!ELEMENT project (sequence)> <!ATTLIST project name CDATA #IMPLIED>
<!ELEMENT sequence (spine)>
<!ATTLIST sequence format IDREF #REQUIRED duration CDATA #REQUIRED tcStart CDATA #REQUIRED tcFormat (DF | NDF) #REQUIRED
  audioLayout (mono | stereo | surround) #IMPLIED audioRate (44.1k | 48k | 96k) #IMPLIED>
<!ELEMENT spine (asset-clip | gap)*>
<!ELEMENT asset-clip (conform-rate?, timeMap?, asset-clip*, (marker | chapter-marker | keyword)*)>
<!ATTLIST asset-clip ref IDREF #REQUIRED offset CDATA #REQUIRED lane CDATA #IMPLIED name CDATA #IMPLIED
  start CDATA #REQUIRED duration CDATA #REQUIRED format IDREF #IMPLIED tcFormat (DF | NDF) #IMPLIED
  audioRole CDATA #IMPLIED>
<!ELEMENT gap (asset-clip*, (marker | chapter-marker | keyword)*)>
<!ATTLIST gap name CDATA #IMPLIED offset CDATA #REQUIRED start CDATA #REQUIRED duration CDATA #REQUIRED>
<!ELEMENT conform-rate EMPTY>
<!ATTLIST conform-rate scaleEnabled (0 | 1) "1"
  srcFrameRate (23.98 | 24 | 25 | 29.97 | 30 | 60 | 47.95 | 48 | 50 | 59.94) #IMPLIED>
<!ELEMENT timeMap (timept, timept+)> <!ATTLIST timeMap preservesPitch (0 | 1) "1">
<!ELEMENT timept EMPTY> <!ATTLIST timept time CDATA #REQUIRED value CDATA #REQUIRED interp (linear) #REQUIRED>
<!ELEMENT marker EMPTY>
<!ATTLIST marker start CDATA #REQUIRED duration CDATA #REQUIRED value CDATA #REQUIRED completed (0 | 1) #IMPLIED
  note CDATA #IMPLIED>
<!ELEMENT chapter-marker EMPTY>
<!ATTLIST chapter-marker start CDATA #REQUIRED duration CDATA #REQUIRED value CDATA #REQUIRED note CDATA #IMPLIED>
<!ELEMENT keyword EMPTY>
<!ATTLIST keyword start CDATA #REQUIRED duration CDATA #REQUIRED value CDATA #REQUIRED>
"""


def checked(done: Written, *, hidden: bool = False) -> Element:
    """The file after a check of everything that Final Cut Pro is known to refuse or to show at a wrong place."""
    (text,) = done.texts
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n') and "\r" not in text
    assert not lxml or valid(text)
    root = fromstring(text)
    by_id = {e.attrib["id"]: e for e in root.iter() if "id" in e.attrib}
    sequence = root.find("library/event/project/sequence")
    assert sequence is not None
    frame = time(by_id[sequence.attrib["format"]], "frameDuration")
    spine = sequence.find("spine")
    assert spine is not None and len(spine)
    at = time(sequence, "tcStart")
    for element in spine:
        assert time(element, "offset") == at and "lane" not in element.attrib
        at += time(element, "duration")
    assert at == time(sequence, "tcStart") + time(sequence, "duration")
    for element in root.iter():
        for key in {"start", "duration", "offset", "tcStart", "time", "value"} & set(element.attrib):
            if key != "value" or element.tag == "timept":
                seconds = time(element, key)
                assert abs(seconds.numerator) < 2**63 and seconds.denominator < 2**32
        if element.tag not in {"asset-clip", "gap"}:
            continue
        start, end = time(element, "start"), time(element, "start") + time(element, "duration")
        assert not (end - start) % frame and end > start
        if element.tag == "asset-clip":
            asset = by_id[element.attrib["ref"]]
            first, last = time(asset, "start"), time(asset, "start") + time(asset, "duration")
            points = element.findall("timeMap/timept")
            if points:
                values = [time(point, "value") for point in points]
                times = [time(point, "time") for point in points]
                assert sorted((values[0], values[-1])) == [first, last] and times[0] == first
                assert values in (sorted(set(values)), sorted(set(values), reverse=True))
                assert times == sorted(set(times))
                last = times[-1]
            else:
                grid = time(by_id[asset.attrib["format"]], "frameDuration")
                assert not start % grid and not first % grid
            assert first <= start and end <= last
        else:
            assert not start % frame
        for child in element:
            if child.tag in {"marker", "chapter-marker", "keyword"}:
                assert not (time(child, "start") - start) % frame and not time(child, "duration") % frame
                assert hidden or start <= time(child, "start") < end
                assert child.tag == "keyword" or time(child, "duration") == frame
            elif child.tag == "asset-clip":
                assert int(child.attrib["lane"]) > 0
                assert start <= time(child, "offset") < end and not (time(child, "offset") - start) % frame
    return root


def valid(text: str) -> bool:
    dtd = lxml.DTD(io.StringIO(DTD))
    return bool(dtd.validate(lxml.fromstring(text.encode("utf-8"))))


def time(element: Element, key: str) -> Fraction:
    match = re.fullmatch(r"(-?\d+(?:/\d+)?)s", element.attrib[key])
    assert match is not None, (element.tag, key, element.attrib[key])
    return Fraction(match[1])


def timeline_of(
    *markers: Marker, rate: Rate = SIXTY, start: str | None = "01:00:00:00", owner: Any = "timeline", url: str = ""
) -> otio.schema.Timeline:
    media = MediaInfo(
        Path("/r/new run.mp4"), rate.fps, 1920, 1080, 600, int(600 * rate.fps), "h264", 0, start, rate.drop
    )
    timeline = build_timeline(media, markers, name="Timeline 1", owner=owner)
    if url:
        timeline.tracks[0][0].media_reference.target_url = url
    return timeline


def facts(timeline: otio.schema.Timeline, rate: Rate) -> list[tuple[int, int, str, str, str]]:
    """First frame on the sequence, length, name, note and kind of all markers that are seen."""
    marks = content_of(timeline).all_marks()[0]
    return sorted((*mark.frames(rate), mark.name, mark.note, kind_of(mark)) for mark in marks)


def kind_of(mark: Mark) -> str:
    """What Final Cut Pro makes of a marker."""
    return "todo" if mark.own.get("needs_review") else str(mark.own.get("fcpx", ""))


def kinds(done: Written) -> dict[str, int]:
    return {issue.kind: issue.count for issue in done.issues}


@pytest.mark.slow
@pytest.mark.parametrize("rate", RATES, ids=str)
@given(data=st.data())
@settings(max_examples=8, deadline=None)
def test_round_trip_is_exact_at_every_rate(rate: Rate, data: st.DataObject) -> None:
    half = rate.nominal // cutting_rate(rate, 60).nominal  # frames of the file to a frame of the project
    project = cutting_rate(rate, 60)
    start = label_of(data.draw(st.integers(0, rate.frames_per_day // 2 // half)) * half, rate)
    total = int(600 * rate.fps) // half
    markers, expected = [], []
    for first in sorted(data.draw(st.lists(st.integers(0, total - 2), unique=True, max_size=4))):
        length = data.draw(st.integers(1, total - first - 1))
        name, note = data.draw(PRINTABLE.filter(bool)), data.draw(PRINTABLE)
        at_s, length_s = (float(project.to_seconds(n)) for n in (first, length))
        markers.append(Marker(name, at_s, length_s, data.draw(st.sampled_from(COLOURS)), note))
        expected.append((first, length, name, note, ""))
    owner = data.draw(st.sampled_from(["timeline", "clip", "both"]))
    timeline = timeline_of(*markers, rate=rate, start=start, owner=owner)
    done = write(timeline)
    checked(done)
    assert done.markers == len(markers)
    assert ("rate_halved" in kinds(done)) == (half > 1)
    again = read(done.texts[0])
    assert facts(again, project) == sorted(expected)
    assert again.name == "Timeline 1"
    assert content_of(again).pieces[0].media == content_of(timeline).pieces[0].media
    assert again.metadata[KEY] == {**rate_metadata(project), "width": 1920, "height": 1080}
    if half == 1:
        assert again.global_start_time == timeline.global_start_time
        assert again.tracks[0][0].source_range == timeline.tracks[0][0].source_range
    assert write(again).texts == done.texts


@pytest.mark.parametrize(
    ("rate", "start", "seconds", "drop"),
    [
        (Rate(30000, 1001, True), "01:00:00;00", Fraction(107892 * 1001, 30000), "DF"),
        (Rate(30000, 1001), "01:00:00:00", Fraction(36036, 10), "NDF"),
        (Rate(60000, 1001, True), "01:00:00;00", Fraction(215784 * 1001, 60000), "DF"),
        (Rate(120000, 1001, True), "01:00:00;00", Fraction(215784 * 1001, 60000), "DF"),
        (Rate(25), "10:00:00:00", Fraction(36000), "NDF"),
    ],
    ids=str,
)
def test_start_timecode_is_exact(rate: Rate, start: str, seconds: Fraction, drop: str) -> None:
    root = checked(write(timeline_of(Marker("a", 1), rate=rate, start=start)))
    for tag, keys in {"sequence": ["tcStart"], "asset": ["start"], "asset-clip": ["offset", "start"]}.items():
        (element,) = root.iter(tag)
        assert [time(element, key) for key in keys] == [seconds] * len(keys)
        assert element.get("tcFormat", drop) == drop


def test_the_file_is_what_it_should_be() -> None:
    timeline = timeline_of(
        Marker("Drop", 2, 0, "Blue", "go left"),
        Marker("Rock", 3, 0, "Red", "x", status="doubtful", needs_review=True, margin_s=0.214),
        Marker("Roots, wet", 4, 2),
        Marker("Berm", 7, 0, "Blue", "REVIEW the berm, please check"),
    )
    timeline.tracks.markers.append(timeline_marker("End", time_range(540, 1, SIXTY), "", "", {"fcpx": "chapter"}))
    done = write(timeline)
    checked(done)
    assert kinds(done) == {"colour": 1}
    assert (
        """
        <format id="r1" frameDuration="1/60s" width="1920" height="1080" />
        <asset id="r2" name="new run.mp4" start="3600s" duration="600s" hasVideo="1" format="r1" hasAudio="1" """
        """videoSources="1" audioSources="1" audioChannels="2">
            <media-rep kind="original-media" src="file:///r/new%20run.mp4" />
        </asset>"""
    ) in done.texts[0]
    assert (
        """
                        <asset-clip ref="r2" offset="3600s" name="new run.mp4" start="3600s" duration="600s" """
        """tcFormat="NDF" audioRole="dialogue">
                            <marker start="3602s" duration="1/60s" value="Drop" note="go left" />
                            <marker start="3603s" duration="1/60s" value="Rock" completed="0" note="±0.21 s: x" />
                            <marker start="3604s" duration="1/60s" value="Roots, wet" />
                            <keyword start="3604s" duration="2s" value="Roots wet" />
                            <marker start="3607s" duration="1/60s" value="Berm" note="REVIEW the berm, please check" />
                            <chapter-marker start="3609s" duration="1/60s" value="End" />
                        </asset-clip>
"""
    ) in done.texts[0]
    assert facts(read(done.texts[0]), SIXTY) == [
        (120, 1, "Drop", "go left", ""),
        (180, 1, "Rock", "±0.21 s: x", "todo"),
        (240, 120, "Roots, wet", "", ""),
        (420, 1, "Berm", "REVIEW the berm, please check", ""),
        (540, 1, "End", "", "chapter"),
    ]


@pytest.mark.skipif(lxml is None, reason="lxml is not installed")
def test_the_check_sees_what_final_cut_pro_would_refuse() -> None:
    text = write(timeline_of(Marker("a", 1))).texts[0]
    assert valid(text)
    for old, new in [
        ('ref="r2"', 'ref="r9"'),
        ("<marker", "<note/><marker"),
        ('value="a"', ""),
        ("<spine>", '<marker start="0s" duration="1s" value="x"/><spine>'),
    ]:
        assert old in text and not valid(text.replace(old, new, 1))


def test_done_and_chapter_stay_what_they_are() -> None:
    text = write(timeline_of(Marker("a", 1), Marker("b", 2))).texts[0]
    text = text.replace('value="a"', 'value="a" completed="1"').replace(
        '<marker start="3602s"', '<chapter-marker posterOffset="11/30s" start="3602s"'
    )
    timeline = read(text)
    again = write(timeline).texts[0]
    assert 'value="a" completed="1"' in again and '<chapter-marker start="3602s"' in again
    assert [m.metadata[KEY]["fcpx"] for m in timeline.tracks[0][0].markers] == ["done", "chapter"]


@pytest.mark.slow
@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=20))
@settings(max_examples=60, deadline=None)
def test_no_text_breaks_the_file(name: str, note: str, title: str) -> None:
    timeline = timeline_of(Marker(name, 1, 2, "Blue", note), Marker("next", 3))
    done = write(timeline, WriteOptions(label=title))
    checked(done)
    done.texts[0].encode("utf-8")
    found = facts(read(done.texts[0]), SIXTY)
    assert [f[:2] for f in found] == [(60, 120), (180, 1)] and found[0][2] and found[1][2] == "next"
    if name.isprintable() and note.isprintable() and name.strip() == name and name:
        assert found[0][2:4] == (name, note)


def test_hostile_text() -> None:
    note = 'a\r\n<marker value="x"/>\t\x0b]]>&amp;\x00'
    done = write(timeline_of(Marker("<b>\n&\"'\u2028😀", 1, 0, "Blue", note)))
    checked(done)
    assert kinds(done) == {"text_changed": 1}
    assert facts(read(done.texts[0]), SIXTY)[0][2:4] == (
        "<b> &\"' 😀",
        'a\r\n<marker value="x"/>\t\ufffd]]>&amp;\ufffd',
    )
    plain = write(timeline_of(Marker("Größe", 1)), WriteOptions(ascii=True))
    assert 'value="Grosse"' in plain.texts[0] and kinds(plain)["ascii"] == 1


@pytest.mark.parametrize(
    ("url", "name", "src"),
    [
        ("D:\\my rides\\GX 1.MP4", "GX 1.MP4", "file:///D:/my%20rides/GX%201.MP4"),
        (target_url(PureWindowsPath("//nas/rides/a#1.mp4")), "a#1.mp4", "file://nas/rides/a%231.mp4"),
        ("file://localhost/D%3a/r/a.mp4", "a.mp4", "file:///D:/r/a.mp4"),
        ("/Volumes/x & y/ä.mov", "ä.mov", "file:///Volumes/x%20%26%20y/%C3%A4.mov"),
        ("clips/a b.mp4", "a b.mp4", "clips/a%20b.mp4"),
        ("https://host/a.mp4", "a.mp4", "https://host/a.mp4"),
    ],
)
def test_paths_of_all_systems(url: str, name: str, src: str) -> None:
    root = checked(write(timeline_of(Marker("a", 1), url=url)))
    (asset,) = root.iter("asset")
    assert (asset.get("name"), asset[0].get("src")) == (name, src)


def cut(rate: Rate, *parts: tuple[int, int, float], start: int = 0, drop: bool = False) -> otio.schema.Timeline:
    """A sequence of pieces of one file: first frame in the file, frames shown and speed; without speed a gap."""
    about = {**rate_metadata(rate), "width": 3840, "height": 2160}
    whole = time_range(start, 60 * rate.nominal, rate)
    track = otio.schema.Track(kind=otio.schema.TrackKind.Video)
    for first, length, speed in parts:
        part = otio.opentime.TimeRange(frame_time(start + first, rate), frame_time(length, rate))
        if not speed:
            track.append(otio.schema.Gap(source_range=part))
            continue
        media = otio.schema.ExternalReference("file:///r/GX.MP4", whole, {KEY: about})
        track.append(otio.schema.Clip("GX", media, part))
        if speed != 1:
            track[-1].effects.append(otio.schema.LinearTimeWarp(time_scalar=speed))
    timeline = otio.schema.Timeline(
        "cut", global_start_time=frame_time(rate.nominal * 3600, rate), metadata={KEY: about}
    )
    timeline.tracks.append(track)
    return timeline


def add(owner: Any, first: int, length: int, name: str, rate: Rate) -> None:
    owner.markers.append(timeline_marker(name, time_range(first, length, rate), "", "", {}))


@pytest.mark.parametrize("rate", RATES[:7], ids=str)
@pytest.mark.parametrize("speed", [0.5, 2.0, 1.1, 30 / 31, 0.123456789, -1.0, -0.7])
def test_retimed_pieces(rate: Rate, speed: float) -> None:
    base = 100 * rate.nominal
    into = 10 * rate.nominal if speed > 0 else 40 * rate.nominal
    timeline = cut(rate, (0, 50, 1), (into, 100, speed), (5, 30, 0), (300, 40, 1), start=base)
    at = base + into + round(20 * speed)
    add(timeline.tracks[0][1], at, 0, "in the piece", rate)
    add(timeline.tracks, 120, 2 * rate.nominal, "on the sequence", rate)
    add(timeline.tracks, 160, 0, "on the gap", rate)
    done = write(timeline)
    root = checked(done)
    clip = next(clip for clip in root.iter("asset-clip") if clip.find("timeMap") is not None)
    points = clip.findall("timeMap/timept")
    assert time(points[0], "time") == rate.to_seconds(base) == min(time(p, "value") for p in points)
    file_s = max(time(p, "value") for p in points) - rate.to_seconds(base)
    assert file_s == rate.to_seconds(60 * rate.nominal)
    assert abs((time(points[1], "time") - time(points[0], "time")) * abs(Fraction(speed)) - file_s) < Fraction(1, 10**7)
    again = read(done.texts[0])
    project = cutting_rate(rate, 60)
    assert [(f[0], f[2]) for f in facts(again, project)] == [(f[0], f[2]) for f in facts(timeline, project)]
    ours, theirs = (content_of(t).pieces[1] for t in (timeline, again))
    assert abs(ours.media_in_s - theirs.media_in_s) < Fraction(1, 10**6)
    assert abs(ours.speed - theirs.speed) < Fraction(1, 10**8)
    assert write(again).markers == done.markers


def test_the_speed_that_people_see_is_kept_for_a_marker_of_some_length() -> None:
    timeline = cut(SIXTY, (600, 300, 2.0))
    add(timeline.tracks[0][0], 720, 240, "four seconds", SIXTY)
    done = write(timeline)
    checked(done)
    assert 'value="four seconds" />' in done.texts[0]
    assert facts(timeline, SIXTY) == facts(read(done.texts[0]), SIXTY) == [(60, 120, "four seconds", "", "")]


@pytest.mark.parametrize("speed", [30 / 31, 0.7, 1.3, 3.33, -0.9])
@pytest.mark.parametrize("rate", RATES[:7], ids=str)
def test_no_black_frame_where_a_retimed_piece_ends_with_its_file(rate: Rate, speed: float) -> None:
    total, half = 60 * rate.nominal, rate.nominal // cutting_rate(rate, 60).nominal
    length = int(10 * rate.nominal / abs(speed)) // half * half
    into = round(total - length * speed) if speed > 0 else round(-length * speed)
    root = checked(write(cut(rate, (into, length, speed), (0, 24, 1), start=77)))
    assert [element.tag for element in root.iter() if element.tag in {"gap", "asset-clip"}] == ["asset-clip"] * 2


def test_markers_of_parts_that_are_not_shown() -> None:
    rate = SIXTY
    timeline = cut(rate, (0, 60, 1), (120, 60, 1), start=36000)
    for clip in timeline.tracks[0]:  # a file cut in two, with its markers on both parts
        for first, name in ((30, "first part"), (90, "between"), (130, "second part")):
            add(clip, 36000 + first, 0, name, rate)
    done = write(timeline)
    root = checked(done, hidden=True)
    assert [[m.get("value") for m in clip.iter("marker")] for clip in root.iter("asset-clip")] == [
        ["first part", "between"],
        ["second part"],
    ]
    assert done.markers == 3 and kinds(done) == {"hidden": 1}
    assert facts(read(done.texts[0]), rate) == [(30, 1, "first part", "", ""), (70, 1, "second part", "", "")]


def test_tracks_above_are_connected_clips() -> None:
    rate = Rate(25)
    timeline = cut(rate, (0, 50, 1), (0, 25, 0), (50, 25, 1))
    above = cut(rate, (0, 60, 0), (500, 80, 1), (600, 20, 2.0), start=90000).tracks[0]
    timeline.tracks.append(above.deepcopy())
    add(timeline.tracks[1][1], 90000 + 510, 25, "above", rate)
    add(timeline.tracks[1], 110, 0, "late", rate)
    done = write(timeline)
    root = checked(done)
    assert [len(list(element.iter("asset-clip"))) for element in root.iter("spine")] == [4]
    again = read(done.texts[0])
    assert [track.name for track in again.tracks] == ["V1", "V2"]
    assert facts(again, rate) == [(70, 25, "above", "", ""), (110, 1, "late", "", "")]
    places = [
        [(p.track, p.at_s, p.length_s, p.media_in_s, p.speed) for p in content_of(t).pieces] for t in (timeline, again)
    ]
    assert places[0] == places[1]
    assert write(again).texts == done.texts


def test_what_has_no_file_is_a_gap() -> None:
    rate = Rate(25)
    timeline = cut(rate, (0, 50, 1), (0, 50, 1), (0, 25, 1))
    timeline.tracks[0][1].media_reference = otio.schema.MissingReference()
    add(timeline.tracks[0][1], 10, 0, "lost file", rate)
    timeline.tracks.append(timeline.tracks[0].deepcopy())
    done = write(timeline)
    checked(done)
    assert kinds(done) == {"no_media": 2}
    assert {f[:3] for f in facts(read(done.texts[0]), rate)} == {(60, 1, "lost file")}


def test_no_clips_and_markers_out_of_reach() -> None:
    timeline = otio.schema.Timeline("only markers", metadata={KEY: rate_metadata(Rate(25))})
    for first in (-5, 0, 100):
        add(timeline.tracks, first, 0, f"at {first}", Rate(25))
    done = write(timeline)
    checked(done)
    assert kinds(done) == {"start_assumed": 1, "before_start": 1, "size_assumed": 1}
    assert [f[0] for f in facts(read(done.texts[0]), Rate(25))] == [0, 100]
    assert checked(write(otio.schema.Timeline("", metadata={KEY: rate_metadata(Rate(25))}))) is not None


def test_everything_lost_is_said() -> None:
    timeline = timeline_of(
        Marker("a", 1, custom="x", extra={"line": "A"}), Marker("b", 2, 0, "Lemon"), Marker("c", 599, 60)
    )
    timeline.tracks[0].append(timeline.tracks[0][0].deepcopy())
    timeline.tracks[0][1].source_range = time_range(216000 + 35990, 60, SIXTY)
    timeline.tracks[0].append(timeline.tracks[0][0].deepcopy())
    timeline.tracks[0][2].source_range = otio.opentime.TimeRange(frame_time(216000, SIXTY), frame_time(0, SIXTY))
    done = write(timeline)
    checked(done)
    assert kinds(done) == {
        "colour": 1,
        "custom_data": 1,
        "extra_columns": 1,
        "length_cut": 1,
        "clip_shortened": 1,
        "too_short": 1,
    }


@pytest.mark.parametrize(("fps", "issue"), [(100, "rate_unknown"), (50, None), ("29.97", None), (29.5, "rate_unknown")])
def test_a_rate_that_is_asked_for_is_taken(fps: Any, issue: str | None) -> None:
    done = write(timeline_of(Marker("a", 1.5), rate=Rate(100)), WriteOptions(rate=Rate.of(fps)))
    root = checked(done)
    assert issue is None or issue in kinds(done)
    assert "rate_halved" not in kinds(done)
    (conform,) = root.iter("conform-rate") if fps != 100 else [None]
    assert conform is None or conform.attrib == {"scaleEnabled": "0"}
    assert facts(read(done.texts[0]), Rate.of(fps))[0][0] == Rate.of(fps).to_frames(1.5)


def test_a_real_export_with_retimed_connected_and_compound_clips() -> None:
    text = nle_sample("fcp_29.97d.fcpxml")
    rate = Rate(30000, 1001, True)
    timeline = read(text)
    assert timeline.name == "29.97d_V1" and timeline.metadata[KEY]["drop"]
    found = facts(timeline, rate)
    # By hand: offset of the clip + start of the marker - start of the clip, in frames.
    places = [44, 128, 176, 251, 300, 353, 391, 425, 430, 437, 444, 444, 450, 454, 463, 470]
    places += [595, 651, 728, 728, 743, 809, 863]
    assert [f[0] for f in found] == places
    names = {name for clip in timeline.find_clips() for name in (marker.name for marker in clip.markers)}
    assert names == {f"Marker {n}" for n in [*range(1, 5), *range(8, 24)]} | {f"INSIDE {n}" for n in (1, 2, 3)}
    assert names == set(re.findall(r'<marker [^>]*value="([^"]*)"', text)) and len(names) == 23
    pieces = content_of(timeline).pieces
    assert [piece.track for piece in pieces].count(1) == 5 and {p.media.name for p in pieces} == {"TestVideo.mp4"}
    assert sum(piece.speed != 1 for piece in pieces) == 2
    done = write(timeline)
    checked(done, hidden=True)
    assert done.markers == 24 and kinds(done) == {"hidden": 1}  # INSIDE 1 is shown twice, INSIDE 3 nowhere
    again = read(done.texts[0])
    assert facts(again, rate) == found
    assert write(again).texts == done.texts


def test_a_real_export_with_titles_and_a_gap() -> None:
    rate = Rate(30000, 1001)
    timeline = read(nle_sample("fcp_TwoClipsMarkers.fcpxml"))
    assert timeline.global_start_time == frame_time(108000, rate)
    owners = [(type(item).__name__, [m.name for m in item.markers]) for item in timeline.tracks[0]]
    assert owners == [("Clip", ["Marker 1"]), ("Gap", ["Marker 2"]), ("Clip", ["Marker 3"])]
    places = [(f[0], f[2]) for f in facts(timeline, rate)]
    assert places == [(135, "Marker 1"), (450, "Marker 2"), (810, "Marker 3")]
    done = write(timeline)
    checked(done)
    assert [(f[0], f[2]) for f in facts(read(done.texts[0]), rate)] == places


def story(spine: str, more: str = "", version: str = "1.11", sequence: str = 'format="r1" tcStart="3600s"') -> str:
    """A file at 25 fps with two assets: r2 with picture and a start timecode, r3 with sound only."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>
<fcpxml version="{version}"><resources>
<format id="r1" frameDuration="100/2500s" width="1920" height="1080"/>
<asset id="r2" name="A" start="36000s" duration="100s" hasVideo="1" format="r1" src="file:///r/A.mp4"/>
<asset id="r3" name="S" start="0s" duration="100s" hasAudio="1"><media-rep src="file:///r/S.wav"/></asset>
{more}</resources><library><event><project name="P"><sequence {sequence}><spine>{spine}</spine></sequence></project>
</event></library></fcpxml>"""


@pytest.mark.parametrize(
    ("spine", "more", "expected", "media"),
    [
        ('<asset-clip ref="r2" offset="3601s" duration="9s"><marker start="36002s" value="x"/></asset-clip>',
         "", 75, 1),
        ('<clip duration="9s" start="36001s"><video offset="36000s" start="36000s" ref="r2" duration="90s"/>'
         '<marker start="36003s" value="x"/></clip>', "", 50, 1),
        ('<sync-clip offset="3600s" duration="9s"><spine><asset-clip ref="r2" offset="0s" start="36010s" duration="9s">'
         '<marker start="36012s" value="x"/></asset-clip></spine>'
         '<asset-clip ref="r3" lane="-1" offset="0s" duration="5s"/></sync-clip>', "", 50, 1),
        ('<sync-clip offset="3600s" duration="9s"><asset-clip ref="r2" offset="0s" duration="9s">'
         '<asset-clip ref="r3" lane="-1" offset="36001s" start="3s" duration="5s"><marker start="4s" value="x"/>'
         "</asset-clip></asset-clip></sync-clip>", "", 50, 1),
        ('<asset-clip ref="r2" duration="9s"><asset-clip ref="r3" lane="-1" offset="36001s" start="3s" duration="5s">'
         '<marker start="4s" value="x"/></asset-clip></asset-clip>', "", 50, 1),
        ('<asset-clip ref="r2" duration="9s"/><transition offset="3608s" duration="2s">'
         '<marker start="3601s" value="x"/></transition>', "", 225, 1),
        ('<audition><asset-clip ref="r2" duration="9s"><marker start="36002s" value="x"/></asset-clip>'
         '<asset-clip ref="r2" duration="9s"/></audition>', "", 50, 1),
        ('<mc-clip ref="m" start="2s" duration="9s"><mc-source angleID="b"/></mc-clip>',
         '<media id="m"><multicam format="r1" tcStart="0s"><mc-angle angleID="a"><gap duration="9s"/></mc-angle>'
         '<mc-angle angleID="b"><gap duration="1s"/><asset-clip ref="r2" duration="9s">'
         '<marker start="36002s" value="x"/></asset-clip></mc-angle></multicam></media>', 25, 1),
        ('<asset-clip ref="r2" start="36000s" duration="9s"><timeMap><timept time="36000s" value="36005s"/>'
         '<timept time="36100s" value="36005s"/></timeMap><marker start="36002s" value="x"/></asset-clip>', "", 50, 1),
        ('<asset-clip ref="r2" start="36005s" duration="10s"><conform-rate srcFrameRate="50"/>'
         '<marker start="36006s" value="x"/></asset-clip>', "", 50, 1),
        ('<video ref="effect" start="3600s" duration="9s"><marker start="3602s" value="x"/></video>', "", 50, 0),
    ],
    ids=[
        "media with timecode", "clip", "sync", "sound in sync", "sound", "transition", "audition", "multicam",
        "freeze", "conformed", "generator",
    ],
)  # fmt: skip
def test_kinds_of_clips(spine: str, more: str, expected: int, media: int) -> None:
    timeline = read(story(spine, more))
    assert [(f[0], f[2]) for f in facts(timeline, Rate(25))] == [(expected, "x")]
    (clip,) = timeline.find_clips()
    assert isinstance(clip.media_reference, otio.schema.ExternalReference) == bool(media)
    assert not media or clip.available_range().start_time == frame_time(900000, Rate(25))
    done = write(timeline)
    checked(done)
    assert [(f[0], f[2]) for f in facts(read(done.texts[0]), Rate(25))] == [(expected, "x")]


def test_a_project_of_half_the_rate_tells_its_error() -> None:
    rate = Rate(120000, 1001)
    markers = [Marker(f"m{n}", float(rate.to_seconds(n))) for n in (10, 11, 13, 20)]
    for owner in ("timeline", "clip"):
        done = write(timeline_of(*markers, rate=rate, owner=owner))
        (issue,) = (issue for issue in done.issues if issue.kind == "between_frames")
        assert issue.count == 2 and "8.3 ms off at most" in issue.text
        exact = write(timeline_of(markers[0], markers[3], rate=rate, owner=owner))
        assert "rate_halved" in kinds(exact) and "between_frames" not in kinds(exact)


def test_a_retimed_compound_clip_of_several_clips() -> None:
    spine = (
        '<ref-clip ref="m" duration="9s"><timeMap><timept time="0s" value="0s"/><timept time="5s" value="10s"/>'
        "</timeMap></ref-clip>"
    )
    more = (
        '<media id="m"><sequence format="r1"><spine><asset-clip ref="r2" duration="5s"/><asset-clip ref="r2" '
        'duration="5s"><marker start="36001s" value="x"/></asset-clip></spine></sequence></media>'
    )
    timeline = read(story(spine, more))
    assert len(timeline.find_clips()) == 2
    done = write(timeline)
    checked(done)
    for found in (timeline, read(done.texts[0])):
        assert [(f[0], f[2]) for f in facts(found, Rate(25))] == [(75, "x")]


def test_clips_of_an_event_without_project() -> None:
    text = story('<asset-clip ref="r2" duration="9s"><marker start="36002s" value="x"/></asset-clip>')
    text = re.sub(r"<project.*?<spine>|</spine>.*</project>", "", text, flags=re.DOTALL)
    timeline = read(text)
    assert facts(timeline, Rate(25)) == [(50, 0, "x", "", "")]


def test_what_the_user_knows_better() -> None:
    text = story('<gap duration="9s"><marker start="2s" value="x"/></gap>', sequence='format="none" tcFormat="DF"')
    text = re.sub("<asset.*\n", "", text)
    with pytest.raises(UsageError, match="frame rate"):
        read(text)
    timeline = read(text, ReadOptions(rate=Rate(30000, 1001), start_timecode="01:00:00;00"))
    assert timeline.metadata[KEY]["drop"] and timeline.global_start_time.value == 107892
    timeline = read(text, ReadOptions(rate=Rate(30000, 1001), drop=False))
    assert not timeline.metadata[KEY]["drop"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<xmeml/>", "no FCPXML"),
        ("<fcpxml/>", "no project"),
        (story("").replace("</event>", "<project><sequence/></project></event>"), "2 projects"),
        (story('<gap duration="x"/>'), "not a time"),
        (story('<gap duration="1/0s"/>'), "not a time"),
        (story('<gap duration="1e9s"/>'), "not a time"),
        (story('<gap duration="99999999999s"/>'), "not a time"),
        (
            story(
                '<ref-clip ref="m" duration="1s"/>',
                '<media id="m"><sequence><spine><ref-clip ref="m" duration="1s"/></spine></sequence></media>',
            ),
            "without end",
        ),
    ],
)
def test_what_reading_refuses(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read(text)


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_a_damaged_file_is_read_or_refused(data: st.DataObject) -> None:
    text = story(
        '<mc-clip ref="m" start="2s" duration="9s"><timeMap><timept time="0s" value="0s"/>'
        '<timept time="9s" value="5s"/></timeMap><asset-clip ref="r2" lane="1" offset="3s" duration="2s"/>'
        '<marker start="3s" value="x"/></mc-clip>',
        '<media id="m"><multicam tcStart="0s"><mc-angle angleID="b"><gap duration="1s"/><asset-clip ref="r2" '
        'duration="9s"><conform-rate srcFrameRate="50"/><marker start="36002s" value="x" duration="1s"/></asset-clip>'
        "</mc-angle></multicam></media>",
    )
    head, body = text.split("<resources>")
    for _ in range(data.draw(st.integers(1, 4))):
        places = list(re.finditer('="([^"]*)"', body))
        place = data.draw(st.sampled_from(places))
        new = data.draw(
            st.sampled_from(["", "0s", "-5s", "1/0s", "1/99999999999s", "r1", "r2", "m", "-1", "1e9999999"])
        )
        body = body[: place.start(1)] + new + body[place.end(1) :]
    with suppress(FormatError, UsageError):
        timeline = read(f"{head}<resources>{body}")
        done = write(timeline)
        again = write(read(done.texts[0]))
        assert again.markers + kinds(again).get("before_start", 0) == done.markers
        markers_of_video(timeline, None)


@pytest.mark.slow
def test_compounds_that_grow_without_bounds_are_refused() -> None:
    ten = "".join('<ref-clip ref="m{0}" duration="1s"/>' for _ in range(10))
    more = "".join(
        f'<media id="m{n}"><sequence><spine>{ten.format(n + 1)}</spine></sequence></media>' for n in range(12)
    )
    with pytest.raises(FormatError, match="without end"):
        read(story('<ref-clip ref="m0" duration="1s"/>', more))


def test_the_recipe_names_what_counts() -> None:
    timeline = timeline_of(Marker("a", 1), rate=Rate(120000, 1001, True), start="01:00:00;00")
    text = FORMATS["fcpxml"].recipe(timeline, ["a.fcpxml"], WriteOptions())
    assert "a.fcpxml" in text and "59.94 fps, drop frame timecode and start timecode 01:00:00;00" in text


def test_markers_are_chapters_or_to_dos_where_that_is_asked_for() -> None:
    timeline = build_timeline(ride(), [Marker("Gate", 1.0), Marker("Rock", 2.0, needs_review=True)])
    root = checked(write(timeline, WriteOptions(fcp_markers="chapter")))
    assert [m.get("value") for m in root.iter("chapter-marker")] == ["Gate", "Rock"]
    assert not list(root.iter("marker"))
    root = checked(write(timeline, WriteOptions(fcp_markers="to-do")))
    assert [m.get("completed") for m in root.iter("marker")] == ["0", "0"]
    root = checked(write(timeline, WriteOptions()))
    assert [m.get("completed") for m in root.iter("marker")] == [None, "0"]
