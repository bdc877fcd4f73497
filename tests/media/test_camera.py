"""Settings out of headers, and the time of the first frame."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mtbsync_core.media.camera import CameraSettings, clock, hfov_deg, read_camera
from mtbsync_core.media.probe import probe
from mtbsync_core.media.sensors import Gps, read_sensors
from tests.media.gpmf_writer import device, integer, item, nest, text, with_payloads, with_user_data
from tests.real_files import HERO7, MAX, WALKWAY

Make = Callable[..., Path]


def hero11() -> bytes:
    """The header of a HERO11 as it was published (python-gpmf-metadata, README), shortened."""
    settings = nest(
        "DEVC", integer("DVID", "L", 1), text("DVNM", "Global Settings"), text("FMWR", "H22.01.01.09.23"),
        text("MINF", "HERO11 Black"), integer("MUID", "L", 7, 8, 0, 0, 0, 0, 0, 0), integer("CMOD", "B", 12),
        integer("MTYP", "B", 0), text("DZOM", "N"), integer("DZST", "L", 0), text("RATE", "\0\0\0\0"),
        item("SROT", "f", 4, struct.pack(">f", 24)), text("EISE", "Y"), text("EISA", "HS AutoBoost"),
        text("HCTL", "Off"), integer("CDAT", "J", 0x6314CC15), integer("VRES", "L", 5312, 2988),
        integer("VFPS", "L", 30000, 1001), text("HSGT", "OFF"), text("RAMP", "\0"), integer("TZON", "s", 120),
    )  # fmt: skip
    lenses = [
        nest("DEVC", item("DVID", "F", 4, name), item("ABSC", "f", 4, struct.pack(">f", end)),
             item("ZFOV", "f", 4, struct.pack(">f", degrees)), text("VFOV", letter))
        for name, end, degrees, letter in ((b"FOVL", 0, 141.09, "H"), (b"FOVS", 1, 138.6, "S"))
    ]  # fmt: skip
    return settings + b"".join(lenses) + nest("DEVC", item("DVID", "F", 4, b"HLMT")) + bytes(400)


def test_hero11(tmp_path: Path, make_video: Make) -> None:
    path = with_user_data(make_video(tmp_path / "a.mp4", 10), (b"GPMF", hero11()))
    camera = read_camera(path)
    assert (camera.model, camera.firmware) == ("HERO11 Black", "H22.01.01.09.23")
    assert (camera.lens, camera.diagonal_deg, camera.boosted_deg) == ("H", pytest.approx(141.09), pytest.approx(138.6))
    assert (camera.stabilised, camera.stabilisation, camera.horizon) == (True, "HS AutoBoost", "Off")
    assert (camera.size, camera.frame_rate, camera.readout_ms) == ((5312, 2988), Fraction(30000, 1001), 24)
    assert (camera.rate, camera.speed_ramp, camera.hindsight, camera.time_lapse) == ("", None, None, False)
    assert (camera.zone_min, camera.local_start) == (120, datetime(2022, 9, 4, 16, 2, 29))
    assert camera.warped_speed is None
    assert probe(path).n_frames == 10


def test_other_files(tmp_path: Path, make_video: Make) -> None:
    assert read_camera(make_video(tmp_path / "a.mp4", 10)) == CameraSettings()
    broken = with_user_data(make_video(tmp_path / "b.mp4", 10), (b"GPMF", hero11()[:100] + b"\xff" * 50))
    camera = read_camera(broken)
    assert (camera.model, camera.lens) == ("HERO11 Black", None)


def test_sensors_tell_a_time_lapse(tmp_path: Path, make_video: Make) -> None:
    """One sample a payload: gpmf-parser, issue 118."""
    one = device(nest("STRM", item("ACCL", "s", 6, bytes(6))), nest("STRM", item("GYRO", "s", 6, bytes(6))))
    path = with_payloads(make_video(tmp_path / "a.mp4", 10), [(0, one), (33, one)])
    assert read_camera(path).time_lapse is True
    assert read_camera(path).model == "HERO11 Black"


def test_real_files() -> None:
    hero7 = read_camera(HERO7)
    assert (hero7.model, hero7.firmware, hero7.lens) == ("HERO7 Black", "HD7.01.01.70.00", "W")
    assert (hero7.rate, hero7.time_lapse, hero7.diagonal_deg) == ("2_1SEC", False, None)
    camera = read_camera(MAX)
    assert (camera.model, camera.lens, camera.zoom) == ("GoPro Max", "W", 0)
    assert camera.diagonal_deg == pytest.approx(137.39, abs=0.01)
    found = hfov_deg(camera, 848, 480)
    assert found is not None and found[0] == pytest.approx(119.6, abs=0.1)
    assert hfov_deg(hero7, 848, 480) is None


def test_horizontal_field_of_view() -> None:
    linear = hfov_deg(CameraSettings(lens="L", diagonal_deg=90), 1600, 1200)
    assert linear is not None and linear[0] == pytest.approx(2 * np.degrees(np.arctan(0.8)))
    for camera in (CameraSettings(lens="S", diagonal_deg=140), CameraSettings(lens="W", diagonal_deg=0)):
        assert hfov_deg(camera, 1920, 1080) is None


def fixes(utc: datetime, *, off_s: float = 0.0) -> Gps:
    t_s = np.arange(0, 30, 0.1)
    same = np.zeros(len(t_s))
    utc_s = utc.timestamp() + t_s + off_s * (np.arange(len(t_s)) % 2)
    return Gps("GPS9", t_s, same, same, same, same, np.full(len(t_s), 3), same + 1.5, utc_s)


NOON = datetime(2026, 6, 14, 12, tzinfo=UTC)
ZONED = CameraSettings(zone_min=120, local_start=datetime(2026, 6, 14, 14, 0, 1))


@pytest.mark.parametrize(
    ("camera", "created", "gps", "utc", "words"),
    [
        (CameraSettings(), "2026-06-14T14:01:40Z", fixes(NOON), NOON, "is local time, UTC+02:00"),
        (CameraSettings(), "2026-06-14T12:00:01Z", fixes(NOON), NOON, "GPS time (GPS9)"),
        (CameraSettings(), "2016-01-01T00:03:01Z", fixes(NOON), NOON, "set wrongly"),
        (CameraSettings(hindsight="15SEC"), "2026-06-14T12:00:01Z", fixes(NOON), NOON, "GPS time"),
        (CameraSettings(hindsight="15SEC"), "2026-06-14T12:00:01Z", None, None, "armed"),
        (CameraSettings(), "2026-06-14T12:00:01Z", None, None, "may be local time or UTC"),
        (CameraSettings(), None, None, None, "does not say"),
        (ZONED, "2026-06-14T14:00:00Z", None, NOON, "set to UTC+02:00"),
        (ZONED, "2026-06-14T12:00:00Z", None, NOON, "set to UTC+02:00"),
        (ZONED, "2026-06-15T12:00:00Z", None, None, "and 2026-06-14 14:00:01"),
        (CameraSettings(zone_min=0), "2026-06-14T12:00:00Z", None, NOON, "set to UTC+00:00"),
        (CameraSettings(zone_min=-420), "2026-06-14T12:00:00Z", None, None, "may be local time or UTC"),
        (ZONED, "2026-06-14T14:00:00Z", fixes(NOON, off_s=1e6), NOON, "set to UTC+02:00"),
        (ZONED, "2026-06-14T14:00:00Z", fixes(datetime(1980, 1, 1, tzinfo=UTC)), NOON, "set to UTC+02:00"),
    ],
)
def test_clock(camera: CameraSettings, created: str | None, gps: Gps | None, utc: datetime | None, words: str) -> None:
    found = clock(camera, created, gps)
    assert words in found.reason
    assert (found.utc is None) == (utc is None)
    if found.utc is not None and utc is not None:
        assert abs((found.utc - utc).total_seconds()) < 1.1
        assert found.sigma_s < 3


def test_clock_of_real_files() -> None:
    for name, day, zone in (("hero7.mp4", "2019-05-06", "-07:00"), ("max-heromode.mp4", "2019-11-18", "-08:00")):
        media = probe(WALKWAY / name)
        found = clock(read_camera(media.path), media.creation_time, read_sensors(media).gps)
        assert f"is local time, UTC{zone}" in found.reason
        assert found.utc is not None and found.utc.isoformat().startswith(day)
