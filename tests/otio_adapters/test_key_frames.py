"""One clip with key frames of speed in place of many pieces: how far each format is off the warp, read back."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import opentimelineio as otio
import pytest

from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaFile, MediaInfo
from mtbsync_core.timecode import Rate
from mtbsync_core.warp import TimeWarp
from otio_adapters.content import Piece, content_of
from otio_adapters.formats import FORMATS
from otio_adapters.of_video import markers_of_video
from otio_adapters.reading import ReadOptions
from otio_adapters.retime import _corners, retimed_timeline
from otio_adapters.writing import PLAIN
from tests.otio_adapters.test_fcpxml import checked

MOST = {"premiere": 0.6, "fcpxml": 0.5, "resolve-otio": 0.5}
"""Frames of the sequence off the warp: a quarter between key frames, half of one where a file begins or ends, and in
xmeml, which counts whole frames, half of one more than a quarter."""
RIDES = [
    pytest.param(Fraction(25), 20, id="short"),
    *(pytest.param(Fraction(n), 120, marks=pytest.mark.slow) for n in (25, 60, 120)),
    *(pytest.param(Fraction(n * 1000, 1001), 120, marks=pytest.mark.slow) for n in (24, 30, 60)),
]


def media(name: str, rate: Fraction, seconds: float, start: str | None = None) -> MediaInfo:
    n_frames = int(seconds * rate)
    path = Path("/r") / name
    return MediaInfo(path, rate, 1920, 1080, n_frames / float(rate), n_frames, "h264", 0, start, audio_channels=2)


def run_of(rate: Fraction, length_s: int) -> tuple[TimeWarp, MediaInfo, MediaInfo]:
    """A ride with other lines, brakes and a short cut; the new run has two files."""
    knots = np.arange(length_s + 1.0)
    new = 3 + knots + np.sin(knots / 3) * 0.4 + np.sin(knots / 11) * 1.5
    warp = TimeWarp(knots, new, np.zeros(len(knots)), frozenset({length_s * 7 // 12}))
    files = (MediaFile(Path("/r/new1.mp4")), MediaFile(Path("/r/new2.mp4"), length_s * 5 / 12))
    two = replace(media("new1.mp4", rate, length_s + 20, "02:00:00:00"), files=files)
    return warp, media("ref.mp4", rate, length_s, "01:00:00:00"), two


def pieces_of(timeline: otio.schema.Timeline) -> list[Piece]:
    return [piece for piece in content_of(timeline).pieces if piece.media.name.startswith("new")]


def off_of(pieces: list[Piece], warp: TimeWarp, new: MediaInfo, rate: Rate) -> tuple[float, int]:
    """The most frames that a piece is off, and how many frames are shown."""
    worst, shown = 0.0, 0
    starts = {file.path.name: file.start_s for file in new.files}
    for piece in pieces:
        first, length = rate.to_frames(piece.at_s), rate.to_frames(piece.length_s)
        told = [piece.media_at(rate.to_seconds(n)) for n in range(first, first + length)]
        assert None not in told
        found = np.array([float(one) for one in told if one is not None]) + starts[piece.media.name]
        wanted = warp.to_new(np.arange(first, first + length) / float(rate.fps))
        worst, shown = max(worst, float(np.nanmax(np.abs(found - wanted))) * float(rate.fps)), shown + length
    return worst, shown


@pytest.mark.parametrize(("rate", "length_s"), RIDES)
@pytest.mark.parametrize("name", MOST)
def test_a_clip_with_key_frames_is_near_the_warp_at_every_frame(name: str, rate: Fraction, length_s: int) -> None:
    warp, ref, new = run_of(rate, length_s)
    many = retimed_timeline(warp, ref, new, "stacked")
    few = retimed_timeline(warp, ref, new, "stacked", [Marker("Gate", 7.0)], key_frames=True)
    assert len(pieces_of(few)) == 3 and len(pieces_of(many)) > length_s // 6  # a gap, and the end of a file
    done = FORMATS[name].write(few, PLAIN)
    assert "effects" not in {issue.kind for issue in done.issues}
    if name == "fcpxml":
        checked(done)
    read = FORMATS[name].read
    assert read is not None
    again = read(done.texts[0], ReadOptions())
    sequence = Rate.of(Fraction(again.metadata["mtbsync"]["rate"]))
    worst, shown = off_of(pieces_of(again), warp, new, sequence)
    assert worst <= MOST[name]
    assert shown == sum(sequence.to_frames(piece.length_s) for piece in pieces_of(many))
    assert [marker.name for marker in markers_of_video(again, ref).markers] == ["Gate"]


def test_premieres_graph_begins_and_ends_with_the_file() -> None:
    warp, ref, new = run_of(Fraction(25), 20)
    text = FORMATS["premiere"].write(retimed_timeline(warp, ref, new, "new-only", key_frames=True), PLAIN).texts[0]
    clip = ElementTree.fromstring(text).find("sequence/media/video/track/clipitem")
    assert clip is not None
    parameters = {p.findtext("parameterid"): p for p in clip.findall("filter/effect/parameter")}
    keys = [
        (int(k.findtext("when") or 0), int(k.findtext("value") or 0))
        for k in parameters["graphdict"].findall("keyframe")
    ]
    assert parameters["variablespeed"].findtext("value") == "1" and keys[0] == (0, 0) and keys[-1][1] == 208
    assert all(b > a for a, b in pairwise(keys))
    ends = [len(key.findall("speedvirtualkf")) for key in parameters["graphdict"].findall("keyframe")]
    assert ends == [1, *[0] * (len(keys) - 2), 1]
    sounds = ElementTree.fromstring(text).findall("sequence/media/audio/track/clipitem")
    assert all(len(sound.findall("filter/effect/parameter")) == 5 for sound in sounds)


def test_a_polyline_has_no_more_corners_than_it_needs() -> None:
    straight = np.linspace(0, 10, 100)
    assert _corners(straight, 0.01) == [0, 99]
    assert _corners(np.append(straight, straight[-1] + straight[1:] * 2), 0.01) == [0, 99, 198]
