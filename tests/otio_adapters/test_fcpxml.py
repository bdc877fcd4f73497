"""FCPXML: by the rules of Final Cut, and as Final Cut writes it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate
from otio_adapters.build import build_timeline, frame_time, target_url, time_range
from otio_adapters.content import content_of
from otio_adapters.fcpxml import write
from otio_adapters.fcpxml_read import read
from otio_adapters.reading import ReadOptions
from otio_adapters.writing import WriteOptions

etree = pytest.importorskip("lxml.etree")
SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "nle"
DROP = Rate(30000, 1001, True)
RATES = [
    *(Rate(n * 1000, 1001, True) for n in (30, 60, 120)),
    *(Rate(n * 1000, 1001) for n in (24, 30, 60, 120)),
    *(Rate(n) for n in (24, 25, 30, 48, 50, 60, 100, 120)),
]


def media(
    rate: Rate = DROP, start: str | None = "01:00:00;00", seconds: float = 60, name: str = "new.mp4"
) -> MediaInfo:
    n_frames = int(seconds * rate.fps)
    length = float(n_frames / rate.fps)
    return MediaInfo(Path("/r", name), rate.fps, 3840, 2160, length, n_frames, "hevc", 0, start, rate.drop)


def sample(name: str) -> str:
    file = SAMPLES / name
    if not file.is_file():
        pytest.skip("the exported samples are not beside the repository")
    return file.read_text(encoding="utf-8")


def seconds(element: Any, name: str) -> Fraction:
    return Fraction(element.get(name).removesuffix("s"))


def check(text: str) -> Any:
    """The rules that a document must keep for Final Cut (interchange facts, section 2.4), with another parser."""
    root = etree.fromstring(text.encode("utf-8"))
    ids = {e.get("id") for e in root.iterfind("./resources/*")}
    assert None not in ids and len(ids) == len(root.findall("./resources/*"))
    assert {e.get("ref") for e in root.iter("asset-clip")} <= ids
    for form in root.iter("format"):
        assert seconds(form, "frameDuration") > 0 and int(form.get("width")) > 0
    assert {e.get("format") for e in root.iter("asset", "sequence")} <= ids
    sequence = root.find(".//sequence")
    frame_s = seconds(root.find(f"./resources/format[@id='{sequence.get('format')}']"), "frameDuration")
    assert sequence.get("tcFormat") in ("DF", "NDF")
    spine = sequence.find("spine")
    at_s = seconds(sequence, "tcStart")
    for item in spine:
        assert seconds(item, "offset") == at_s
        at_s += seconds(item, "duration")
    assert at_s == seconds(sequence, "tcStart") + seconds(sequence, "duration")
    for host in root.iter("asset-clip", "gap"):
        begin_s, retimed = seconds(host, "start"), host.find("timeMap") is not None
        assert (seconds(host, "duration") / frame_s).denominator == 1
        first = ("conform-rate", "timeMap", "asset-clip")
        order = [first.index(e.tag) if e.tag in first else 9 for e in host]
        assert order == sorted(order)
        for marker in host.iterfind("marker"):
            offset_s = seconds(marker, "start") - begin_s
            assert 0 <= offset_s < seconds(host, "duration")
            assert retimed or (offset_s / frame_s).denominator == 1
            assert seconds(marker, "duration") == frame_s and marker.get("value")
        for keyword in host.iterfind("keyword"):
            assert seconds(keyword, "start") + seconds(keyword, "duration") <= begin_s + seconds(host, "duration")
        if not retimed and host.tag == "asset-clip":
            asset = root.find(f"./resources/asset[@id='{host.get('ref')}']")
            assert seconds(asset, "start") <= begin_s
            assert begin_s + seconds(host, "duration") <= seconds(asset, "start") + seconds(asset, "duration") + frame_s
    return root


def facts(timeline: otio.schema.Timeline, rate: Rate) -> list[tuple[int, int, str, str]]:
    return [(*mark.frames(rate), mark.name, mark.note) for mark in content_of(timeline).all_marks()[0]]


@pytest.mark.parametrize("owner", ["timeline", "clip"])
@pytest.mark.parametrize("rate", RATES, ids=str)
def test_every_rate_by_the_rules_and_back(rate: Rate, owner: Any) -> None:
    start = "01:00:00;00" if rate.drop else "01:00:00:00"
    start = start[:9] + "000" if rate.nominal > 100 else start
    frames = (0, 1, 17, 1001, int(59 * rate.fps))
    markers = [Marker(f"M {f}", float(rate.to_seconds(f)), float(rate.to_seconds(3)), "", f"n {f}") for f in frames]
    timeline = build_timeline(media(rate, start), markers, owner=owner)
    (text,) = write(timeline, WriteOptions(rate=rate)).texts
    root = check(text)
    assert seconds(root.find(".//sequence"), "tcStart") == rate.to_seconds(content_of(timeline).pieces[0].media.start)
    assert facts(read(text), rate) == [(f, 3, f"M {f}", f"n {f}") for f in frames]
    half = write(timeline, WriteOptions())
    check(half.texts[0])
    assert ("half_rate" in [i.kind for i in half.issues]) == (rate.nominal > 60)


def test_what_final_cut_knows_and_what_not() -> None:
    timeline = build_timeline(
        media(), [Marker("a", 1, 2, "Red", "REVIEW ±1 s"), Marker("b", 3), Marker("c\nd", 59.9, 5)]
    )
    timeline.tracks.markers[1].metadata["mtbsync"]["kind"] = "chapter"
    done = write(timeline)
    root = check(done.texts[0])
    todo, chapter = root.find(".//marker"), root.find(".//chapter-marker")
    assert (todo.get("completed"), todo.get("note")) == ("0", "REVIEW ±1 s")
    assert (chapter.get("value"), chapter.get("posterOffset")) == ("b", "0s")
    assert {i.kind: i.count for i in done.issues} == {"text_changed": 1, "colour": 1, "keyword": 2, "cut": 1}
    again = read(done.texts[0])
    kinds = [m.metadata["mtbsync"].get("kind", "") for clip in again.find_clips() for m in clip.markers]
    assert kinds == ["to-do", "chapter", ""]
    assert write(again).texts == done.texts


def retimed(speed: float) -> otio.schema.Timeline:
    """A gap of 4 s, then 10 s of the recording from its 20th second on at a speed, then nothing."""
    timeline = build_timeline(media(), [Marker("in", 25.0), Marker("out", 5.0)], owner="clip")
    clip = timeline.tracks[0][0]
    clip.source_range = time_range(107892 + 600, 300, DROP)
    clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=speed))
    timeline.tracks[0].insert(0, otio.schema.Gap(source_range=time_range(0, 120, DROP)))
    timeline.tracks.markers.append(otio.schema.Marker("on gap", time_range(30, 0, DROP)))
    timeline.tracks.markers.append(otio.schema.Marker("behind", time_range(600, 0, DROP)))
    return timeline


@pytest.mark.parametrize("speed", [0.5, 0.9, 1.25, 3.0])
def test_a_retimed_clip(speed: float) -> None:
    timeline = retimed(speed)
    done = write(timeline)
    root = check(done.texts[0])
    clip = root.find(".//asset-clip")
    first, last = clip.findall("timeMap/timept")
    asset = root.find("./resources/asset")
    assert seconds(first, "time") == seconds(first, "value") == seconds(asset, "start")
    assert seconds(last, "value") == seconds(asset, "start") + seconds(asset, "duration")
    assert first.get("interp") == last.get("interp") == "linear"
    assert "hidden" in [i.kind for i in done.issues]
    back = content_of(read(done.texts[0]))
    (piece,) = back.pieces
    assert float(piece.speed) == pytest.approx(speed)
    assert float(piece.media_in_s) == pytest.approx(float(DROP.to_seconds(600)), abs=1e-6)
    assert [m.frames(DROP)[0] for m in back.all_marks()[0]] == [
        m.frames(DROP)[0] for m in content_of(timeline).all_marks()[0]
    ]


def test_tracks_become_connected_clips() -> None:
    timeline = build_timeline(media(), [])
    upper = otio.schema.Track("V2", kind=otio.schema.TrackKind.Video)
    upper.append(otio.schema.Gap(source_range=time_range(0, 90, DROP)))
    upper.append(
        build_timeline(media(Rate(50), "10:00:00:00", 20, "b.mp4"), [Marker("m", 2.0)], owner="clip")
        .tracks[0][0]
        .clone()
    )
    timeline.tracks.append(upper)
    done = write(timeline)
    root = check(done.texts[0])
    inner = root.find(".//asset-clip/asset-clip")
    assert inner.get("lane") == "1" and inner.find("conform-rate").get("srcFrameRate") == "50"
    before, after = content_of(timeline), content_of(read(done.texts[0]))
    assert [(p.track, p.media.name, DROP.to_frames(p.at_s)) for p in after.pieces] == [
        (p.track, p.media.name, DROP.to_frames(p.at_s)) for p in before.pieces
    ]
    assert facts(read(done.texts[0]), DROP) == facts(timeline, DROP)


@pytest.mark.parametrize(
    ("name", "markers", "clips"), [("fcp_29.97d.fcpxml", 23, 11), ("fcp_TwoClipsMarkers.fcpxml", 3, 0)]
)
def test_real_files_keep_every_marker(name: str, markers: int, clips: int) -> None:
    timeline = read(sample(name))
    owners = [timeline.tracks, *timeline.tracks.find_children()]
    names = {marker.name for owner in owners for marker in getattr(owner, "markers", ())}
    assert len(names) == markers
    found = content_of(timeline).all_marks()[0]
    done = write(timeline)
    check(done.texts[0])
    rate = Rate(30000, 1001)
    assert facts(read(done.texts[0]), rate) == [(*m.frames(rate), m.name, m.note) for m in found]


def test_a_real_retimed_clip() -> None:
    """Marker 8 of the real file lies 154573/10000 - 427683/30000 s into a clip that sits at 317317/30000 s."""
    timeline = read(sample("fcp_29.97d.fcpxml"))
    found = {m.name: m for m in content_of(timeline).all_marks()[0]}
    exact = Fraction(317317, 30000) + Fraction(154573, 10000) - Fraction(427683, 30000)
    assert abs(found["Marker 8"].start_s - exact) < Fraction(1, 1000000)


@pytest.mark.parametrize(
    "path", [PureWindowsPath("D:/my rides/é.mp4"), PureWindowsPath("//nas/share/a b.mp4"), PurePosixPath("/r/a#b.mp4")]
)
def test_paths(path: PurePosixPath | PureWindowsPath) -> None:
    timeline = build_timeline(media(), [])
    for url in (target_url(path), str(path)):
        timeline.tracks[0][0].media_reference.target_url = url
        text = write(timeline).texts[0]
        assert f'src="{target_url(path)}"' in text
        assert content_of(read(text)).pieces[0].media.name == path.name


@pytest.mark.parametrize(
    "text",
    [
        "<fcpxml/>",
        "<a/>",
        "<fcpxml><project><sequence><spine/></sequence></project></fcpxml>",
        '<fcpxml><resources><format id="r" frameDuration="x"/></resources>'
        '<project><sequence format="r"/></project></fcpxml>',
        '<fcpxml><resources><format id="r" frameDuration="1/25s"/><media id="m"><sequence format="r"><spine>'
        '<ref-clip ref="m" duration="5s"/></spine></sequence></media></resources>'
        '<project><sequence format="r"><spine><ref-clip ref="m" duration="5s"/></spine></sequence></project></fcpxml>',
    ],
)
def test_damaged_files_are_errors(text: str) -> None:
    with pytest.raises(FormatError):
        read(text)


def test_the_user_may_say_the_rate() -> None:
    text = "<fcpxml><project name='p'><sequence><spine/></sequence></project></fcpxml>"
    assert read(text, ReadOptions(rate=Rate(25))).global_start_time == frame_time(0, Rate(25))


@given(st.lists(st.tuples(st.integers(0, 1797), st.integers(0, 20)), max_size=6))
@settings(max_examples=40, deadline=None)
def test_any_markers_go_there_and_back(places: list[tuple[int, int]]) -> None:
    markers = [
        Marker(f"m{n}", float(DROP.to_seconds(at)), float(DROP.to_seconds(min(length, 1798 - at))))
        for n, (at, length) in enumerate(sorted(places))
    ]
    timeline = build_timeline(media(), markers)
    text = write(timeline).texts[0]
    check(text)
    assert sorted(facts(read(text), DROP)) == sorted(facts(timeline, DROP))
