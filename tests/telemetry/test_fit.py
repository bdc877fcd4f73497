"""FIT files: real ones, broken ones, and ones of a few records made byte by byte."""

from __future__ import annotations

import struct
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from mtbsync_core.errors import EvidenceError, FormatError
from mtbsync_core.telemetry.fit import read_fit
from mtbsync_core.telemetry.reading import read_recorded
from tests.real_files import FIT

_EPOCH = int(datetime(1989, 12, 31, tzinfo=UTC).timestamp())
_START = datetime(2026, 7, 1, 10, tzinfo=UTC)
_NONE = 0x7FFFFFFF
_ENHANCED = ((253, 4, 0x86), (0, 4, 0x85), (1, 4, 0x85), (73, 4, 0x86), (78, 4, 0x86))
"""Field number, size and base type (FIT SDK): timestamp, latitude, longitude, enhanced speed and altitude."""


def made(rows: list[tuple[int, int, int, int, int]]) -> bytes:
    """A FIT file of `record` messages (global number 20): one definition, then the data, little-endian."""
    body = struct.pack("<BBBHB", 0x40, 0, 0, 20, len(_ENHANCED)) + b"".join(bytes(field) for field in _ENHANCED)
    for row in rows:
        body += b"\x00" + struct.pack("<IiiII", *row)
    header = struct.pack("<BBHI4s", 12, 0x10, 2160, len(body), b".FIT")
    return header + body + b"\x00\x00"


def row(second: int, lat: float | None, speed: float = 5.0) -> tuple[int, int, int, int, int]:
    stamp = int(_START.timestamp()) - _EPOCH + second
    places = (_NONE, _NONE) if lat is None else (round(lat / 180 * 2**31), round(7.6 / 180 * 2**31))
    return stamp, *places, round(speed * 1000), (500 + 500) * 5


def test_semicircles_and_enhanced_fields(tmp_path: Path) -> None:
    path = tmp_path / "ride.fit"
    path.write_bytes(made([row(s, 46.7 + 4.5e-5 * s) for s in range(20)]))
    found = read_recorded(path)
    assert found.start == _START and found.source == "FIT"
    np.testing.assert_allclose(found.fixes.lat_deg, 46.7 + 4.5e-5 * np.arange(20), atol=1e-7)
    np.testing.assert_allclose(found.fixes.lon_deg, 7.6, atol=1e-7)
    assert (found.fixes.speed_mps == 5).all() and (found.fixes.alt_m == 500).all()


def test_a_paused_timer_is_a_hole_in_which_nothing_is_ridden(tmp_path: Path) -> None:
    seconds = [*range(20), *range(80, 100)]
    rows = [row(s, 46.7 + 4.5e-5 * (s if s < 20 else s - 60)) for s in seconds]
    (tmp_path / "ride.fit").write_bytes(made(rows))
    track = read_fit(tmp_path / "ride.fit").track()
    assert track.t_s[-1] == pytest.approx(99) and not track.known[250:750].any()
    assert track.distance_m[-1] == pytest.approx(5 * 39, rel=0.03)


def test_records_before_the_first_fix_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "ride.fit").write_bytes(made([row(s, 46.7 if s > 4 else None) for s in range(12)]))
    found = read_fit(tmp_path / "ride.fit")
    assert len(found.fixes) == 7 and found.fixes.t_s[0] == 0
    assert (found.start - _START).total_seconds() == 5 if found.start else False


def test_a_ride_without_positions_says_so(tmp_path: Path) -> None:
    (tmp_path / "ride.fit").write_bytes(made([row(s, None) for s in range(12)]))
    with pytest.raises(FormatError, match="indoor ride"):
        read_fit(tmp_path / "ride.fit")


@pytest.mark.parametrize("data", [b"", b".FIT", b"\x0e\x10\xff\xff\x00\x00\x00\x00.FIT", bytes(range(256))])
def test_files_that_are_not_fit(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "ride.fit").write_bytes(data)
    with pytest.raises(FormatError):
        read_recorded(tmp_path / "ride.fit")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "records"),
    [
        ("garmin-edge-500-activity", 1497),
        ("activity-settings-corruptheader", 16),
        ("activity-unexpected-eof", 14),
        ("20170518-191602-1740899583", None),
        ("sample-activity-indoor-trainer", None),
    ],
)
def test_real_files(name: str, records: int | None, caplog: pytest.LogCaptureFixture) -> None:
    if records is None:
        with pytest.raises(FormatError, match="no position in any"):
            read_fit(FIT / f"{name}.fit")
        return
    found = read_fit(FIT / f"{name}.fit")
    assert len(found.fixes) == records and ("is damaged" in caplog.text) == (records < 100)
    if records > 1000:  # the device's own count at the last of these records
        assert found.track().distance_m[-1] == pytest.approx(10_966.7, rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(path.name for path in FIT.glob("*.fit")))
def test_cut_off_and_damaged_files(name: str, tmp_path: Path) -> None:
    """Cut anywhere, bytes changed anywhere: read, or an error in words, never anything else and never without end."""
    rng, whole = np.random.default_rng(len(name)), (FIT / name).read_bytes()[:4000]
    path = tmp_path / name
    for _ in range(25):
        data = bytearray(whole[: rng.integers(1, len(whole))] if rng.random() < 0.5 else whole)
        for at in rng.integers(0, len(data), rng.integers(0, 4)):
            data[at] = rng.integers(256)
        path.write_bytes(bytes(data))
        with suppress(FormatError, EvidenceError):
            read_fit(path).track()
