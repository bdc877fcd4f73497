"""docs/editors.md: its table is what the formats say of themselves, and what they say is so."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo
from otio_adapters.build import build_timeline
from otio_adapters.content import content_of
from otio_adapters.formats import FORMATS, Format
from otio_adapters.reading import ReadOptions
from otio_adapters.writing import WriteOptions

DOC = Path(__file__).parents[2] / "docs" / "editors.md"
RIDE = MediaInfo(
    Path("ride.mp4"), Fraction(25), 64, 36, 120.0, 3000, "h264", start_timecode="01:00:00:00", audio_channels=2
)
ALL = [pytest.param(format, id=format.name) for format in FORMATS.values()]


def table() -> str:
    lines = [
        "| format | file | for | markers in | markers out | timeline | sound | chapters | what is lost |",
        "|" + "---|" * 9,
    ]
    for f in FORMATS.values():
        facts = [f.read is not None, True, f.has_clips, f.sound, f.chapters]
        cells = [f"`{f.name}`", f"`{f.suffix}`", f.title, *("yes" if fact else "–" for fact in facts), f.loses]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def test_the_table_is_that_of_the_formats() -> None:
    assert table() in DOC.read_text(encoding="utf-8"), f"docs/editors.md is to have:\n{table()}"


@pytest.mark.parametrize("format", ALL)
def test_what_a_format_says_that_it_loses_is_lost_and_nothing_else(format: Format) -> None:
    rock = Marker("Rock", 15.0, 2.0, "Red", "go left")
    done = format.write(build_timeline(RIDE, [rock]), WriteOptions())
    lost = re.split("[;,] ", format.loses)
    if format.read is None:
        assert "it cannot be read back" in lost
        return
    timeline = format.read(done.texts[0], ReadOptions(rate=RIDE.timecode_rate, start_timecode="01:00:00:00"))
    *_, mark = content_of(timeline).all_marks()[0]  # the first may be the chapter that YouTube wants at 0:00
    one_text = "name and note are one text" in lost
    assert mark.name == ("Rock: go left" if one_text else "Rock")
    assert (mark.note == "go left") == (not one_text and "note" not in lost)
    assert (mark.colour == "Red") == ("colour" not in lost)
    assert (mark.end_s - mark.start_s == 2) == ("length" not in lost)


@pytest.mark.parametrize("format", [pytest.param(f, id=f.name) for f in FORMATS.values() if f.has_clips])
def test_sound_is_where_a_format_says_so(format: Format) -> None:
    silent = format.write(build_timeline(replace(RIDE, audio_channels=0), []), WriteOptions()).texts[0]
    heard = format.write(build_timeline(RIDE, []), WriteOptions()).texts[0]
    words = ("hasAudio", "<audio>", '"kind": "Audio"', "shotcut:projectAudioChannels")
    assert any(word in heard for word in words) == format.sound
    assert not any(word in silent for word in words[:3])
