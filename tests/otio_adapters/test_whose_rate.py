"""The rate of a timeline is what its file says; clips of another rate run at its pace in Final Cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import pytest

from mtbsync_core.errors import UsageError
from mtbsync_core.markers import Marker
from mtbsync_core.timecode import Rate
from mtbsync_core.warp import TimeWarp
from otio_adapters.build import KEY, rate_metadata
from otio_adapters.formats import FORMATS, load
from otio_adapters.formats.fcpxml.reader import read as read_fcpxml
from otio_adapters.formats.otio.reader import read as read_otio
from otio_adapters.of_video import markers_of_video
from otio_adapters.reading import ReadOptions
from otio_adapters.retime import retimed_timeline
from otio_adapters.writing import WriteOptions
from tests.otio_adapters.editors import NTSC, TWENTY_FIVE, fcpxml, found_in, mark, places, ride, written

FILM = {"frame": "100/2400s"}
CONFORM = '<conform-rate srcFrameRate="25"/>'
PAL = ride(TWENTY_FIVE, None)


def clip(inside: str, offset: str = "0s", start: str = "0s", length: str = "3000/24s") -> str:
    """25 frames a second, shown frame by frame at 24: second 96 is seen 100 s after the first."""
    return f'<asset-clip ref="r6" offset="{offset}" start="{start}" duration="{length}">{CONFORM}{inside}</asset-clip>'


def music(inside: str, offset: str, more: str = "") -> str:
    return f'<asset-clip ref="r4" lane="-1" offset="{offset}" duration="60s"{more}>{inside}</asset-clip>'


def test_final_cut_counts_at_the_rate_of_its_project() -> None:
    beat = music(mark("110s", "beat"), "3600s").replace('"60s"', '"150s"')
    gap = f'<gap offset="0s" start="3600s" duration="10s">{beat}</gap>'
    text = fcpxml(gap + clip(mark("96s", "own"), "10s"), **FILM)
    assert places(found_in(text, PAL)) == places(found_in(text, PAL, rate=None)) == {"beat": 96.0, "own": 96.0}


@pytest.mark.parametrize(
    "connected",
    [
        music(mark("0s", "x"), "72s"),
        music(mark("2s", "x"), "1752/25s"),
        f'<title lane="1" offset="72s" start="3600s" duration="5s">{mark("3600s", "x")}</title>',
        f'<spine lane="-1" offset="48s"><gap offset="0s" start="0s" duration="25s">{mark("25s", "none")}</gap>'
        f'<asset-clip ref="r4" offset="25s" duration="5s">{mark("0s", "x")}</asset-clip></spine>',
    ],
    ids=["sound", "inside the sound", "title", "storyline"],
)
def test_what_is_connected_to_a_conformed_clip_is_on_its_clock(connected: str) -> None:
    for start in ("0s", "24s"):
        found = places(found_in(fcpxml(clip(mark("72s", "own") + connected, start=start), **FILM), PAL))
        assert found["own"] == found["x"] == 72.0


def test_a_conformed_clip_in_a_compound_clip() -> None:
    inner = clip(mark("72s", "own") + music(mark("0s", "beat"), "72s"))
    more = f'<media id="m"><sequence format="r1" tcStart="0s"><spine>{inner}</spine></sequence></media>'
    title = f'<title lane="1" offset="75s" start="0s" duration="9s">{mark("0s", "title")}</title>'
    text = fcpxml(f'<ref-clip ref="m" offset="0s" duration="3000/24s">{title}</ref-clip>', more=more, **FILM)
    assert places(found_in(text, PAL)) == {"own": 72.0, "beat": 72.0, "title": 72.0}


def test_a_ramp_in_a_compound_clip() -> None:
    points = "".join(f'<timept time="{t}s" value="{value}s"/>' for t, value in ((0, 0), (10, 20), (30, 30)))
    inner = f'<asset-clip ref="r2" offset="0s" duration="30s"><timeMap>{points}</timeMap></asset-clip>'
    more = f'<media id="m"><sequence format="r1" tcStart="0s"><spine>{inner}</spine></sequence></media>'
    title = f'<title lane="1" offset="6s" start="0s" duration="9s">{mark("0s", "x")}{mark("8s", "y")}</title>'
    text = fcpxml(
        f'<ref-clip ref="m" offset="0s" start="2s" duration="20s">{title}</ref-clip>', more=more, frame="1/25s"
    )
    assert places(found_in(text, PAL)) == {"x": 12.0, "y": 22.0}


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("FFVideoFormat1080p24", Rate(24)),
        ("FFVideoFormat3840x2160p2398", Rate(24000, 1001)),
        ("FFVideoFormat1080i5994", Rate(30000, 1001)),
        ("FFVideoFormatRateUndefined", Rate(50)),
    ],
)
def test_formats_of_final_cut_that_only_have_a_name(name: str, rate: Rate) -> None:
    text = fcpxml(f'<gap duration="9s">{mark("2s", "x")}</gap>').replace(
        'frameDuration="1001/30000s"', f'name="{name}"'
    )
    timeline = read_fcpxml(text, ReadOptions(rate=Rate(50)))
    assert timeline.metadata[KEY] == rate_metadata(rate)


@pytest.mark.slow
@pytest.mark.parametrize("cut", [Rate(24), Rate(24000, 1001), Rate(60000, 1001)])
@pytest.mark.parametrize("format", ["premiere-otio", "resolve-otio", "otio", "premiere", "fcpxml"])
def test_our_own_timelines_come_back_without_drift(cut: Rate, format: str) -> None:
    """A retimed timeline of many pieces: with the recording's rate for its own, their lengths were rounded wrong."""
    new, old = ride(NTSC, None, name="new.mp4"), ride(TWENTY_FIVE, None, name="old.mp4")
    knots = [(0.0, 0.0), *((4.0 * n, 3.7 * n + 0.4 * (n % 3)) for n in range(1, 28))]
    ref_s, new_s = np.array(knots).T
    warp = TimeWarp(ref_s, new_s, np.full(len(knots), 0.1))
    moments = [n * 7.0 for n in range(1, 14)]
    timeline = retimed_timeline(warp, old, new, "new-only", [Marker(f"{t}", t) for t in moments], rate=cut)
    (text,) = FORMATS[format].write(timeline, WriteOptions()).texts
    read = FORMATS[format].read
    assert read is not None
    found = markers_of_video(read(text, ReadOptions(rate=new.timecode_rate)), new).markers
    exact = {f"{t}": float(warp.to_new(t)) for t in moments}
    assert len(found) == len(moments)
    assert all(abs(marker.t_s - exact[marker.name]) < 0.045 for marker in found)


def rate_read(timeline: otio.schema.Timeline, rate: Rate) -> dict[str, Any]:
    read = read_otio(written(timeline), ReadOptions(rate=rate))
    return dict(read.metadata.get(KEY, {}))


def test_what_an_otio_file_says_of_its_rate() -> None:
    timeline = otio.schema.Timeline("t", global_start_time=otio.opentime.RationalTime(86400, 24.0))
    assert rate_read(timeline, TWENTY_FIVE)["rate"] == "24/1"
    timeline.global_start_time = None
    for value, rate, expected in ((240, 24.0, "24/1"), (10_000, 1000.0, "25/1")):
        marked = otio.opentime.TimeRange(otio.opentime.RationalTime(value, rate), otio.opentime.RationalTime(0, rate))
        timeline.tracks.markers[:] = [otio.schema.Marker("a", marked)]
        assert rate_read(timeline, TWENTY_FIVE)["rate"] == expected


@pytest.mark.parametrize(
    ("start", "drop"),
    [(107892, True), (108192, True), (108000, False), (0, None), (123456, None)],
    ids=["one hour, drop", "ten seconds more", "one hour, non-drop", "midnight", "any"],
)
def test_drop_frame_is_told_by_the_start_else_by_the_user(start: int, drop: bool | None) -> None:
    timeline = otio.schema.Timeline("t", global_start_time=otio.opentime.RationalTime(start, 30000 / 1001))
    assert rate_read(timeline, TWENTY_FIVE).get("drop") == drop
    assert rate_read(timeline, Rate(30000, 1001, True))["drop"] is (drop is not False)


def test_a_bundle_of_final_cut_is_the_file_in_it(tmp_path: Path) -> None:
    bundle = tmp_path / "trail.fcpxmld"
    bundle.mkdir()
    with pytest.raises(UsageError, match="no bundle"):
        load(bundle)
    text = fcpxml(f'<asset-clip ref="r2" duration="60s">{mark("10s", "Gate")}</asset-clip>')
    (bundle / "Info.fcpxml").write_text(text, encoding="utf-8")
    assert places(found_in(load(bundle), ride(timecode=None))) == {"Gate": 10.0}
