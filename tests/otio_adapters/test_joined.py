"""Pieces of several recordings one behind the other: every cut where its exact second is, within half a frame."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from mtbsync_core.errors import UsageError
from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaFile, MediaInfo
from otio_adapters.build import seconds_at
from otio_adapters.formats import FORMATS
from otio_adapters.joined import Part, joined_timeline
from otio_adapters.writing import PLAIN

RATE = Fraction(30000, 1001)


def media(name: str, rate: Fraction = RATE, start: str | None = None) -> MediaInfo:
    return MediaInfo(Path("/r") / name, rate, 1920, 1080, 100.0, int(100 * rate), "h264", start_timecode=start)


def test_cuts_lie_where_they_should_and_no_error_adds_up() -> None:
    a, b = media("a.mp4"), media("b.mp4", Fraction(60000, 1001), "10:00:00:00")
    parts = [Part((a, b)[n % 2], 3.0 + n, 3.0 + n + 1.2345) for n in range(40)]
    timeline = joined_timeline("best", parts, [Marker("seam", 1.2345)])
    clips = list(timeline.find_clips())
    assert len(clips) == len(parts)
    at = Fraction(0)
    for n, (clip, part) in enumerate(zip(clips, parts, strict=True)):
        own = part.media.rate
        start = Fraction(36000 * 60 * 1001, 60000) if part.media is b else 0
        assert abs(float(seconds_at(clip.source_range.start_time) - start) - part.from_s) <= float(1 / own) / 2 + 1e-9
        assert abs(float(at) - 1.2345 * n) <= float(1 / RATE) / 2 + 1e-9
        at += seconds_at(clip.source_range.duration)
    assert seconds_at(timeline.tracks.markers[0].marked_range.start_time) == Fraction(37 * 1001, 30000)


def test_a_part_over_two_chapters_is_two_clips() -> None:
    whole = replace(media("a.mp4"), files=(MediaFile(Path("/r/a1.mp4")), MediaFile(Path("/r/a2.mp4"), 50.0)))
    clips = list(joined_timeline("best", [Part(whole, 48.0, 53.0)]).find_clips())
    assert [clip.name for clip in clips] == ["a1.mp4", "a2.mp4"]
    assert [round(float(seconds_at(clip.source_range.duration))) for clip in clips] == [2, 3]


def test_editors_can_have_it() -> None:
    timeline = joined_timeline("best", [Part(media("a.mp4"), 1.0, 2.0), Part(media("b.mp4"), 4.0, 6.0)])
    for name in ("resolve-otio", "fcpxml", "premiere"):
        written = FORMATS[name].write(timeline, PLAIN)
        assert "b.mp4" in written.texts[0]


def test_nothing_is_no_timeline() -> None:
    with pytest.raises(UsageError, match="nothing to join"):
        joined_timeline("best", [])
