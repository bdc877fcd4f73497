"""The sign before the frames of a start timecode: `;` is drop frame, and nothing contradicts it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate, frames_of
from otio_adapters.build import build_timeline
from otio_adapters.formats import FORMATS
from otio_adapters.writing import Grid, WriteOptions, grid_of

NTSC = Rate(30000, 1001)
SEMICOLON, COLON = "01:04:30;00", "01:04:30:00"


def grid(start: str, of_recording: bool = False, **how: Any) -> Grid:
    """The grid of a file for a recording that counts drop frame or not."""
    media = MediaInfo(Path("/r/new.mp4"), NTSC.fps, 64, 36, 600, 17982, "h264", 0, "10:00:00:00", of_recording)
    return grid_of(build_timeline(media, []), WriteOptions(start_timecode=start, **how))


@pytest.mark.parametrize("how", [{}, {"rate": NTSC}, {"drop": True}, {"rate": Rate(60000, 1001)}])
@pytest.mark.parametrize("recording", [False, True])
def test_a_semicolon_is_drop_frame(recording: bool, how: dict[str, Any]) -> None:
    found = grid(SEMICOLON, recording, **how)
    assert found.rate.drop and found.label(0) == SEMICOLON and found.issues == ()
    assert found.start == frames_of(SEMICOLON, found.rate)


def test_a_colon_is_non_drop_unless_drop_frame_is_asked_for() -> None:
    assert not grid(COLON).rate.drop and grid(COLON).issues == ()
    against = grid(COLON, True)
    assert not against.rate.drop and [issue.kind for issue in against.issues] == ["non_drop"]
    asked = grid_of(
        build_timeline(MediaInfo(Path("/r/n.mp4"), NTSC.fps, 64, 36, 9, 270, "h264"), []),
        WriteOptions(start_timecode=COLON, drop=True),
    )
    assert asked.rate.drop and asked.label(0) == SEMICOLON


@pytest.mark.parametrize("how", [{"drop": False}, {"rate": Rate(25)}, {"rate": Rate(24000, 1001)}])
def test_contradictions_are_refused(how: dict[str, Any]) -> None:
    media = MediaInfo(Path("/r/new.mp4"), NTSC.fps, 64, 36, 600, 17982, "h264")
    with pytest.raises(FormatError, match=r"01:04:30;00 is written as drop frame"):
        grid_of(build_timeline(media, []), WriteOptions(start_timecode=SEMICOLON, **how))


@pytest.mark.parametrize("name", ["resolve-edl", "edl", "avid", "resolve-lua", "csv", "json", "fcpxml", "premiere"])
def test_every_file_says_so(name: str) -> None:
    media = MediaInfo(Path("/r/new.mp4"), NTSC.fps, 64, 36, 600, 17982, "h264", 0, None, False)
    timeline = build_timeline(media, [Marker("a", 60.06)])
    (text,) = FORMATS[name].write(timeline, WriteOptions(start_timecode=SEMICOLON)).texts
    sign = {"fcpxml": 'tcFormat="DF"', "premiere": "01;04;30;00", "resolve-lua": '"01:04:30;00"'}
    assert sign.get(name, "01:05:30;02" if name != "json" else '"drop": true') in text
    assert "116100" not in text  # 01:04:30 as non-drop counts it, 116 frames off
