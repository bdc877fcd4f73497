"""Avid's marker list as text: real lists, names and notes in one comment, and texts that try to break out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import COLOURS, Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate, label_of
from otio_adapters.build import build_timeline
from otio_adapters.colours import AVID_OF, RESOLVE_OF_AVID
from otio_adapters.content import content_of
from otio_adapters.formats.avid import read, recipe, write
from otio_adapters.reading import ReadOptions
from otio_adapters.writing import WriteOptions

RATES = [
    *(Rate(n * 1000, 1001, True) for n in (30, 60, 120)),
    *(Rate(n * 1000, 1001) for n in (24, 30, 60, 120)),
    *(Rate(n) for n in (24, 25, 30, 48, 50, 60, 100, 120)),
]
PAL = Rate(25)
WORDS = st.text(st.characters(max_codepoint=0xFFEF, exclude_categories=["C", "Z"], exclude_characters="|"), max_size=20)


def timeline_of(*markers: Marker, rate: Rate = PAL, start: str = "01:00:00:00") -> otio.schema.Timeline:
    file = Path("/r/new.mp4")
    media = MediaInfo(file, rate.fps, 1920, 1080, 600, int(600 * rate.fps), "h264", 0, start, rate.drop)
    return build_timeline(media, markers)


def found(text: str, rate: Rate = PAL, **options: Any) -> list[tuple[int, int, str, str, str]]:
    options.setdefault("start_timecode", "01:00:00:00")
    marks, _ = content_of(read(text, ReadOptions(rate=rate, **options))).all_marks()
    return [(*m.frames(rate), m.name, m.note, m.colour) for m in marks]


@pytest.mark.slow
@pytest.mark.parametrize("rate", RATES, ids=str)
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_round_trip_is_exact_at_every_rate(rate: Rate, data: st.DataObject) -> None:
    start = label_of(data.draw(st.integers(0, rate.frames_per_day // 2)), rate)
    frames = sorted(data.draw(st.lists(st.integers(0, rate.frames_per_day // 3), max_size=4)))
    truth = [
        (
            frame,
            data.draw(st.integers(1, 5000)),
            data.draw(WORDS.filter(bool)),
            data.draw(WORDS),
            data.draw(st.sampled_from(sorted(RESOLVE_OF_AVID.values()))),
        )
        for frame in frames
    ]
    markers = [
        Marker(name, float(rate.to_seconds(frame)), float(rate.to_seconds(length)), colour, note)
        for frame, length, name, note, colour in truth
    ]
    done = write(timeline_of(*markers, rate=rate, start=start), WriteOptions())
    assert sorted(found(done.texts[0], rate, start_timecode=start)) == sorted(truth)
    assert {issue.kind for issue in done.issues} <= {"after_midnight", "frame_digits"}


@pytest.mark.slow
@given(name=st.text(max_size=40), note=st.text(max_size=60), plain=st.booleans())
@settings(max_examples=80, deadline=None)
def test_no_text_breaks_the_file(name: str, note: str, plain: bool) -> None:
    markers = Marker(name, 1, 0, "Red", note), Marker("next", 2, 0, "", "n")
    (text,) = write(timeline_of(*markers), WriteOptions(ascii=plain)).texts
    text.encode("ascii" if plain else "utf-8")
    assert [line.count("\t") for line in text.splitlines()] == [5, 5]
    assert [(m[0], m[4]) for m in found(text)] == [(25, "Red"), (50, "Blue")]
    assert found(text)[1][2:4] == ("next", "n")


def test_a_wide_bar_is_no_end_of_the_name() -> None:
    (text,) = write(timeline_of(Marker("a ｜ b", 1, 0, "", "n")), WriteOptions(ascii=True)).texts
    assert found(text)[0][2:4] == ("a / b", "n")


def test_every_colour_has_a_nearest_one() -> None:
    assert set(AVID_OF) == set(COLOURS)
    assert {AVID_OF[resolve] for resolve in RESOLVE_OF_AVID.values()} == set(RESOLVE_OF_AVID)
    done = write(timeline_of(*(Marker(c, n, 0, c) for n, c in enumerate(COLOURS))), WriteOptions())
    assert {issue.kind: issue.count for issue in done.issues} == {"colour_changed": 8}


def test_real_lists() -> None:
    """Lines of exported lists; newer versions of Avid have more fields at the end."""
    text = (
        "Isabel Yanes GT\t01:01:07:21\tV1\tred\tVFX - Fade In. Create a tilt down.\t1\r\n"
        "VFX_41_0010\t03:00:45:12\tV1\tmagenta\tVFX_41_0010 - Remove lighting\t24\r\n"
        "\r\n"
        "me\t1:00:10:05\tTC1\tRed\tStart of interview\t1\t\tRed\r\n"
        "me\t01:00:11:05\tA1\tDeep Purple\t\r\n"
    )
    assert found(text) == [
        (255, 1, "Start of interview", "", "Red"),
        (280, 1, "", "", "Blue"),
        (1696, 1, "VFX - Fade In. Create a tilt down.", "", "Red"),
        (181137, 24, "VFX_41_0010 - Remove lighting", "", "Fuchsia"),
    ]


def test_drop_frame_on_reading() -> None:
    assert found("u\t01:01:00;02\tV1\tred\tx\t1\n", Rate(30000, 1001), start_timecode="01:00:00;00")[0][0] == 1800
    with pytest.raises(FormatError):
        found("u\t01:00:00:25\tV1\tred\tx\t1\n")


def test_the_recipe_names_menu_and_setting() -> None:
    text = recipe(timeline_of(), ["x.txt"], WriteOptions())
    assert "Import" in text and "x.txt" in text and "25 fps" in text and "01:00:00:00" in text
