"""Settings of two recordings in words, and what is refused."""

from __future__ import annotations

import logging
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from mtbsync_core.alignment.pipeline import align
from mtbsync_core.errors import EvidenceError, MediaError
from mtbsync_core.media.camera import CameraSettings, read_camera
from mtbsync_core.media.probe import probe
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.telemetry.preflight import check_pair, compare_settings, require_real_time
from tests.media.conftest import write_video
from tests.media.gpmf_writer import integer, nest, text, with_user_data
from tests.real_files import HERO7, MAX

HERO11 = CameraSettings(
    model="HERO11 Black",
    lens="W",
    diagonal_deg=133.6,
    zoom=0.0,
    stabilised=True,
    stabilisation="HS EIS",
    horizon="Off",
    frame_rate=Fraction(60000, 1001),
)


def test_alike() -> None:
    assert compare_settings(HERO11, HERO11) == []
    assert compare_settings(HERO11, replace(HERO11, model="HERO12 Black", diagonal_deg=132.0)) == []
    assert compare_settings(CameraSettings(), HERO11) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lens": "L"}, "unlike lenses: wide in the reference, linear in the new run"),
        ({"lens": "Q"}, "wide in the reference, Q in the new run"),
        ({"diagonal_deg": 95.0}, "134° across the corners in the reference, 95° in the new run"),
        ({"zoom": 3.0}, "unlike digital zoom: 0 in the reference, 3 in the new run"),
        ({"stabilised": False, "stabilisation": "N/A"}, "only the reference is stabilised"),
        ({"stabilisation": "HS AutoBoost"}, "AutoBoost is on in the new run only"),
        ({"horizon": "Locked"}, "level in the new run only"),
        ({"horizon": None, "stabilisation": "HS HLevel"}, "level in the new run only"),
        ({"frame_rate": Fraction(30000, 1001)}, "59.94 in the reference, 29.97 in the new run"),
    ],
)
def test_differences(change: dict[str, Any], words: str) -> None:
    (said,) = compare_settings(HERO11, replace(HERO11, **change))
    assert words in said
    (back,) = compare_settings(replace(HERO11, **change), HERO11)
    assert back != said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rate": "15X"}, "a TimeWarp (15X)"),
        ({"rate": "AUTO"}, "a TimeWarp (AUTO)"),
        ({"time_lapse": True}, "a time lapse"),
        ({"speed_ramp": "2X"}, "speed ramps (2X)"),
    ],
)
def test_speeds_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(MediaError, match="seconds are not those of the ride") as caught:
        require_real_time(replace(HERO11, **change), "GX010001.MP4")
    assert words in caught.value.message
    assert caught.value.exit_code == 3


def test_rates_of_photos_are_no_time_lapse() -> None:
    """HERO7 and MAX write the rate of bursts into the header of every video."""
    for rate in ("2_1SEC", "", "0_5SEC", None):
        require_real_time(replace(HERO11, rate=rate, time_lapse=False), "a.mp4")


def recording(path: Path, *settings: bytes) -> MediaInfo:
    header = nest("DEVC", integer("DVID", "L", 1), text("MINF", "HERO7 Black"), *settings)
    with_user_data(write_video(path, 30, rate=10), (b"GPMF", header))
    return probe(path)


@pytest.mark.slow
def test_align_says_it_first(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Before a picture is looked at: these are far too short to be aligned."""
    wide = recording(tmp_path / "a.mp4", text("VFOV", "W"))
    linear = recording(tmp_path / "b.mp4", text("VFOV", "L"))
    with caplog.at_level(logging.WARNING), pytest.raises(EvidenceError):
        align(wide, linear)
    assert [record.message.split(".")[0] for record in caplog.records] == [
        "unlike lenses: wide in the reference, linear in the new run"
    ]
    lapse = recording(tmp_path / "c.mp4", text("RATE", "10X"))
    with pytest.raises(MediaError, match=r"c\.mp4 is a TimeWarp \(10X\)"):
        align(wide, lapse)


def test_recordings_that_are_gone(tmp_path: Path) -> None:
    media = recording(tmp_path / "a.mp4")
    media.path.unlink()
    check_pair(media, media)


def test_real_pair() -> None:
    hero7, max_ = (read_camera(path) for path in (HERO7, MAX))
    for camera in (hero7, max_):
        require_real_time(camera, "a")
    (said,) = compare_settings(hero7, max_)
    assert said.startswith("the horizon is held level in the new run only")
