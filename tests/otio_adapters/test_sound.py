"""The sound of recordings in timelines: linked with its picture, with the right channels, in step at every piece."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import av
import numpy as np
import opentimelineio as otio
import pytest

from mtbsync_core.media.probe import probe
from mtbsync_core.mediainfo import MediaFile, MediaInfo
from mtbsync_core.timecode import Rate
from mtbsync_core.warp import TimeWarp
from otio_adapters.build import build_timeline
from otio_adapters.content import content_of
from otio_adapters.formats import FORMATS, format_of
from otio_adapters.reading import ReadOptions
from otio_adapters.retime import retimed_timeline
from otio_adapters.writing import PLAIN, WriteOptions
from tests.real_files import HERO7

RATES = [
    Fraction(30000, 1001),
    *(pytest.param(Fraction(n), marks=pytest.mark.slow) for n in (25, 120)),
    *(pytest.param(Fraction(n * 1000, 1001), marks=pytest.mark.slow) for n in (24, 60)),
]


def media(name: str, rate: Fraction, seconds: float, channels: int | None = 2, start: str | None = None) -> MediaInfo:
    n_frames = int(seconds * rate)
    plain = MediaInfo(Path("/r") / name, rate, 1920, 1080, n_frames / float(rate), n_frames, "h264", 0, start)
    return replace(plain, audio_channels=channels, audio_rate=48000 if channels else 0)


def retimed(rate: Fraction) -> otio.schema.Timeline:
    """A minute in step, from a new run in two files, with a gap, and a slow and a fast part."""
    knots = np.linspace(0, 60, 13)
    warp = TimeWarp(knots, 3 + knots + 0.25 * np.sin(knots / 4) * knots / 10, np.zeros(13), frozenset({7}))
    new = media("new1.mp4", rate, 80, 2, "02:00:00:00")
    new = replace(new, files=(MediaFile(Path("/r/new1.mp4")), MediaFile(Path("/r/new2.mp4"), 25.0)))
    return retimed_timeline(warp, media("ref.mp4", rate, 60, 2, "01:00:00:00"), new, "stacked")


@dataclass(frozen=True)
class Heard:
    """A clip of one channel of sound, or of a picture: from and to in seconds of the sequence, and what is shown there
    of the file at both."""

    kind: str
    file: str
    channel: int
    at_s: float
    end_s: float
    media_s: float
    media_end_s: float
    group: Any
    """What links it with others."""


def of_xmeml(text: str) -> list[Heard]:
    root = ElementTree.fromstring(text)
    found = []
    names = {file.get("id"): file.findtext("name") or "" for file in root.iter("file") if file.find("name") is not None}
    for kind in ("video", "audio"):
        for track in root.findall(f"sequence/media/{kind}/track"):
            for clip in track.findall("clipitem"):
                fps = int(clip.findtext("rate/timebase") or 0) / (1.001 if clip.findtext("rate/ntsc") == "TRUE" else 1)
                start, end, first = (int(clip.findtext(tag) or 0) / fps for tag in ("start", "end", "in"))
                told = clip.findtext("filter/effect/parameter[parameterid='speed']/value")
                speed = float(told or 100) / 100
                links = tuple(link.findtext("linkclipref") for link in clip.findall("link"))
                assert clip.get("id") in links
                channel = int(clip.findtext("sourcetrack/trackindex") or 0)
                file = names[clip.find("file").get("id")]  # type: ignore[union-attr]
                media_s = first * speed, first * speed + (end - start) * speed
                found.append(Heard(kind, file, channel, start, end, *media_s, links))
    return found


def of_otio(text: str) -> list[Heard]:
    found = []
    timeline = otio.adapters.read_from_string(text, "otio_json")
    premiere = "PremierePro_OTIO" in timeline.metadata
    for track in timeline.tracks:
        at = 0.0
        for item in track:
            shown = item.trimmed_range()
            speed = next((e.time_scalar for e in item.effects if isinstance(e, otio.schema.LinearTimeWarp)), 1.0)
            length = shown.duration.value / shown.duration.rate / (speed if premiere else 1)
            if isinstance(item, otio.schema.Clip):
                since = item.media_reference.available_range.start_time
                first = shown.start_time.value / shown.start_time.rate - since.value / since.rate
                about = item.metadata["Resolve_OTIO"]
                for channel in about.get("Channels", [None]):
                    number = 0 if channel is None else channel["Source Channel ID"] + 1
                    where = at, at + length, first, first + length * speed
                    found.append(Heard(track.kind.lower(), item.name, number, *where, about["Link Group ID"]))
            at += length
    return found


def of_fcpxml(text: str) -> list[Heard]:
    """Picture and sound of a file are one clip there, and every map is that of both."""
    root = ElementTree.fromstring(text)

    def seconds(said: str | None) -> float:
        return float(Fraction((said or "0s").removesuffix("s")))

    assets = {asset.get("id"): asset for asset in root.iter("asset")}
    sequence = root.find(".//sequence")
    assert sequence is not None
    found = []

    def told(parent: Any, since: float, at_parent: float) -> None:
        for clip in parent:
            if clip.tag not in ("asset-clip", "gap"):
                continue
            at = at_parent + seconds(clip.get("offset")) - since
            start, length = seconds(clip.get("start")), seconds(clip.get("duration"))
            if clip.tag == "asset-clip":
                asset = assets[clip.get("ref")]
                first = seconds(asset.get("start"))
                points = [(seconds(p.get("time")), seconds(p.get("value"))) for p in clip.findall("timeMap/timept")]
                times, values = zip(*points or [(0.0, 0.0), (1e5, 1e5)], strict=True)
                spans = [float(np.interp(t, times, values)) - first for t in (start, start + length)]
                for channel in range(int(asset.get("audioChannels", "0")) + 1):
                    kind = "audio" if channel else "video"
                    found.append(
                        Heard(kind, asset.get("name", ""), channel, at, at + length, spans[0], spans[1], id(clip))
                    )
                assert clip.find("timeMap") is None or clip.find("timeMap").get("preservesPitch") == "1"
            told(clip, start, at)

    told(root.find(".//spine"), seconds(sequence.get("tcStart")), 0.0)
    return found


READERS: dict[str, Callable[[str], list[Heard]]] = {
    "premiere": of_xmeml,
    "fcpxml": of_fcpxml,
    "otio": of_otio,
    "resolve-otio": of_otio,
    "premiere-otio": of_otio,
}


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("name", READERS)
def test_sound_is_within_half_a_frame_of_its_picture_at_every_piece(name: str, rate: Fraction) -> None:
    timeline = retimed(rate)
    heard = READERS[name](FORMATS[name].write(timeline, PLAIN).texts[0])
    frame_s = float(1 / Rate.of(Fraction(timeline.metadata["mtbsync"]["rate"])).fps)
    pictures = [one for one in heard if one.kind == "video"]
    assert len(pictures) == len(content_of(timeline).pieces) > 8
    for picture in pictures:
        sounds = [one for one in heard if one.kind == "audio" and one.group == picture.group]
        assert [(one.file, one.channel) for one in sounds] == [(picture.file, 1), (picture.file, 2)]
        for one in sounds:
            for side in ("at_s", "end_s", "media_s", "media_end_s"):
                assert abs(getattr(one, side) - getattr(picture, side)) <= frame_s / 2


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("channels", [0, 4, pytest.param(1, marks=pytest.mark.slow)])
def test_as_many_channels_as_the_recording_has(name: str, channels: int) -> None:
    timeline = build_timeline(media("a.mp4", Fraction(25), 60, channels), [])
    text = FORMATS[name].write(timeline, PLAIN).texts[0]
    if not channels:
        assert "audio" not in text.lower().replace('"audio_channels"', "").replace('"audio_rate"', "").replace(
            'audiolayout="stereo" audiorate="48k"', ""
        )
        return
    heard = READERS[name](text)
    assert [one.channel for one in heard if one.kind == "audio"] == [*range(1, channels + 1)]


@pytest.mark.parametrize("name", READERS)
def test_what_nobody_looked_at_stays_as_it_was(name: str) -> None:
    """Of recordings whose description is older, Final Cut Pro is told of stereo, and others of no sound."""
    text = FORMATS[name].write(build_timeline(media("a.mp4", Fraction(25), 60, None), []), PLAIN).texts[0]
    assert ('audioChannels="2"' in text) == (name == "fcpxml")
    assert name == "fcpxml" or ("Channels" not in text and "sourcetrack" not in text)


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_a_file_with_sound_is_read_and_written_again_without_more(name: str) -> None:
    timeline = retimed(Fraction(25))
    (text,) = FORMATS[name].write(timeline, PLAIN).texts
    kind = format_of(text)
    assert kind is not None and kind.read is not None
    again = kind.read(text, ReadOptions())
    assert len(content_of(again).pieces) == len(content_of(timeline).pieces)
    assert FORMATS[name].write(again, WriteOptions()).texts[0].count("Link Group ID") == text.count("Link Group ID")


def test_the_sound_of_retimed_clips_is_told_of() -> None:
    timeline = retimed(Fraction(25))
    issues = {issue.kind: issue.count for issue in FORMATS["premiere"].write(timeline, PLAIN).issues}
    assert issues["pitch"] == sum(piece.speed != 1 for piece in content_of(timeline).pieces)
    assert "linked" in FORMATS["premiere"].recipe(timeline, ["x"], PLAIN)
    assert "keeps its pitch" in FORMATS["resolve-otio"].recipe(timeline, ["x"], PLAIN)


def test_a_recording_tells_of_its_sound(tmp_path: Path) -> None:
    assert (probe(HERO7).audio_channels, probe(HERO7).audio_rate) == (0, 0)
    path = tmp_path / "a.mp4"
    with av.open(str(HERO7)) as given, av.open(str(path), "w") as file:
        video: Any = file.add_stream_from_template(given.streams.video[0])
        sound: Any = file.add_stream("aac", rate=44100, layout="stereo")
        for packet in given.demux(given.streams.video[0]):
            if packet.size:
                packet.stream = video
                file.mux(packet)
        silence = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
        silence.sample_rate = 44100
        file.mux(sound.encode(silence))
        file.mux(sound.encode(None))
    told = probe(path)
    assert (told.audio_channels, told.audio_rate) == (2, 44100)
    assert MediaInfo.from_dict(json.loads(json.dumps(told.as_dict()))) == told
    before = {key: value for key, value in told.as_dict().items() if not key.startswith("audio")}
    assert MediaInfo.from_dict(before).audio_channels is None
