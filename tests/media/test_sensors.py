"""Sensors on the recording's clock: real files, and written ones whose truth is known."""

from __future__ import annotations

import logging
import random
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mtbsync_core.media.gpmf_times import Block, camera_clock, sample_times
from mtbsync_core.media.probe import probe
from mtbsync_core.media.sensors import Sensors, read_sensors
from tests.media.gpmf_writer import device, integer, item, nest, text, with_payloads
from tests.media.raw_gpmf import read_raw
from tests.real_files import GPMF, MAX, WALKWAY

Make = Callable[..., Path]
NTSC = Fraction(30000, 1001)
X264 = {"preset": "ultrafast", "crf": "30", "bf": "0"}


def rate(times_s: np.ndarray) -> float:
    return float((len(times_s) - 1) / (times_s[-1] - times_s[0]))


COUNTS = {
    "hero7.mp4": {"GPS5": 199, "ACCL": 2175, "GYRO": 2175},
    "max-heromode.mp4": {"GPS5": 191, "ACCL": 2082, "GYRO": 2082, "CORI": 316},
    "hero11.raw": {"GPS9": 110, "ACCL": 2192, "GYRO": 2192, "CORI": 274},
    "hero7.raw": {"GPS5": 308, "ACCL": 3369, "GYRO": 3369},
    "karma.raw": {"ACCL": 196, "GYRO": 392},
}


@pytest.mark.parametrize("name", COUNTS)
def test_real_files(name: str, caplog: pytest.LogCaptureFixture) -> None:
    raw = name.endswith("raw")
    sensors = read_raw(GPMF / name) if raw else read_sensors(probe(WALKWAY / name))
    found: dict[str, int] = {key: len(sensors.streams[key].t_s) for key in sensors.streams if key in COUNTS[name]}
    if sensors.gps is not None:
        found[sensors.gps.source] = len(sensors.gps.t_s)
    assert found == COUNTS[name]
    assert not caplog.records
    for key, samples in sensors.streams.items():
        assert len(samples.t_s) == len(samples.values), key
        assert (np.diff(samples.t_s) >= 0).all(), key
    pull, turn = sensors.streams["ACCL"], sensors.streams["GYRO"]
    assert (pull.axes, pull.units, turn.units[0]) == ("XYZ", ("m/s²",) * 3, "rad/s")
    assert np.median(np.linalg.norm(pull.values, axis=1)) == pytest.approx(9.8, abs=1.1)
    assert np.abs(np.median(turn.values, axis=0)).max() < 0.3
    assert rate(pull.t_s) == pytest.approx(198, abs=3)
    if "GRAV" in sensors.streams:
        up = sensors.streams["GRAV"]
        slow = np.stack([np.convolve(axis, np.ones(61) / 61, "same") for axis in pull.values.T])
        mean = np.stack([np.interp(up.t_s, pull.t_s, axis) for axis in slow], axis=-1)
        mean /= np.linalg.norm(mean, axis=1, keepdims=True)
        assert np.median((mean * up.values).sum(axis=1)) > 0.999
    if sensors.gps is not None:
        gps = sensors.gps
        assert set(gps.fix) == {3}
        assert 1 < gps.dop.min() <= gps.dop.max() < 5
        assert gps.speed_mps.max() < 8
        assert np.ptp(gps.lat_deg) < 0.001 and np.ptp(gps.lon_deg) < 0.001
        metres = np.hypot(np.diff(gps.lat_deg) * 111e3, np.diff(gps.lon_deg) * 111e3 * np.cos(np.radians(42)))
        assert metres.max() < 1
        np.testing.assert_allclose(np.median(np.diff(gps.utc_s)), np.median(np.diff(gps.t_s)), rtol=0.02)


def test_walks_are_in_one_place() -> None:
    names = ("hero7.mp4", "max-heromode.mp4")
    gps = [read_sensors(probe(WALKWAY / name)).gps for name in names]
    assert gps[0] is not None and gps[1] is not None
    assert abs(np.median(gps[0].lat_deg) - np.median(gps[1].lat_deg)) * 111e3 < 20
    assert 1 < np.median(gps[0].speed_mps) < 2.5


def test_sensors_of_real_frames_are_where_the_frames_are() -> None:
    media = probe(MAX)
    turned = read_sensors(media).streams["CORI"]
    np.testing.assert_allclose(turned.t_s[:315], np.arange(315) * 1001 / 30000, atol=0.002)


def test_gyro_and_frames_are_on_one_clock() -> None:
    """The camera's orientation, once a frame, turns as the gyro says, 12 ms earlier."""
    sensors = read_sensors(probe(MAX))
    frames, gyro = sensors.streams["CORI"], sensors.streams["GYRO"]
    before, after = frames.values[:-1].T, frames.values[1:].T
    # The third number: 2 × vector part of conj(q1) q2 along Z.
    turn = 2 * (before[0] * after[2] - before[2] * after[0] - before[3] * after[1] + before[1] * after[3])
    angle = np.cumsum(gyro.values[:, 2]) * np.median(np.diff(gyro.t_s))
    lags_s = np.arange(-0.1, 0.1, 0.002)
    alike = [np.corrcoef(np.diff(np.interp(frames.t_s + lag, gyro.t_s, angle)), turn)[0, 1] for lag in lags_s]
    assert max(alike) > 0.99
    assert abs(lags_s[np.argmax(alike)] - 0.012) < 0.008


RATE, FRAMES, LATE_S = 201.9, 30, 0.4
"""Samples a second; frames in a payload (1.001 s); and how long samples wait before they are stored."""


def ride(seconds: float) -> np.ndarray:
    """When samples are taken, seconds after the first frame."""
    return np.arange(0.003, seconds, 1 / RATE)


def value(times_s: np.ndarray) -> np.ndarray:
    """Whole numbers from which a sample's time can be told: thirds of a millisecond, in three columns of 12 bits."""
    ticks = np.rint(times_s * 1e4).astype(int)
    return np.stack([ticks & 0xFFF, ticks >> 12, np.zeros_like(ticks)], axis=-1)


def told(values: np.ndarray) -> np.ndarray:
    return (values[:, 0] + 4096 * values[:, 1]) / 1e4


def payloads(seconds: float, *, stamped: bool, boot_s: float = 500.0) -> list[bytes]:
    """Payloads of a whole recording: a sample is in the one that is filled when it is stored, `LATE_S` afterwards."""
    taken = ride(seconds)
    result = []
    for k in range(round(seconds / 1.001)):
        last = k == round(seconds / 1.001) - 1
        low, high = 1.001 * k - LATE_S if k else -1.0, np.inf if last else 1.001 * (k + 1) - LATE_S
        own = taken[(taken >= low) & (taken < high)]
        stamps = (own[0] + boot_s, 1.001 * k + boot_s)
        stamp = [integer("STMP", "J", round(1e6 * s)) if stamped else b"" for s in stamps]
        total = integer("TSMP", "L", int(np.searchsorted(taken, own[-1])) + 1)
        names = text("STNM", "Gyroscope") + text("ORIN", "XYZ") + integer("SCAL", "s", 1) + text("SIUN", "rad/s")
        gyro = nest("STRM", stamp[0], total, names, item("GYRO", "s", 6, value(own).astype(">i2").tobytes()))
        frames = nest("STRM", stamp[1], item("CORI", "s", 8, bytes(8 * FRAMES)))
        result.append(device(gyro, frames))
    return result


@pytest.fixture
def chapters(tmp_path: Path, make_video: Make) -> Callable[[list[bytes], int], Path]:
    """Write payloads as two files of one recording, cut before the payload `n`."""

    def write(whole: list[bytes], n: int) -> Path:
        for number, part in ((1, whole[:n]), (2, whole[n:])):
            path = tmp_path / f"GX0{number}0001.MP4"
            make_video(path, FRAMES * len(part), rate=NTSC, options=X264)
            with_payloads(path, [(1001 * k, payload) for k, payload in enumerate(part)])
        return tmp_path / "GX010001.MP4"

    return write


@pytest.mark.parametrize("stamped", [True, False])
def test_chapters_are_timed_through(chapters: Callable[[list[bytes], int], Path], stamped: bool) -> None:
    """The second file's samples begin 0.4 s before its pictures; every sample is still where it was taken."""
    whole = payloads(24.024, stamped=stamped)
    media = probe(chapters(whole, 12))
    assert len(media.files) == 2
    gyro = read_sensors(media).streams["GYRO"]
    truth = told(gyro.values)
    assert len(gyro.t_s) == len(ride(24.024))
    if stamped:
        np.testing.assert_allclose(gyro.t_s, truth, atol=0.001)
    else:
        # Nothing says how long samples wait before they are stored; but it is the same over all the recording.
        late_s = gyro.t_s - truth
        assert 0 <= np.median(late_s) <= LATE_S + 0.02
        assert np.abs(late_s - np.median(late_s)).max() < 0.03


def test_excerpt_and_proxy(chapters: Callable[[list[bytes], int], Path], tmp_path: Path) -> None:
    media = probe(chapters(payloads(12.012, stamped=True), 6))
    whole = read_sensors(media).streams["GYRO"]
    part = read_sensors(media.excerpt(2.0, 5.0)).streams["GYRO"]
    np.testing.assert_allclose(part.t_s[:100], whole.t_s[:100] - 2.0, atol=0.01)
    assert len(part.t_s) < len(whole.t_s)
    stripped = replace(media, files=tuple(replace(f, path=tmp_path / "bare.mp4", proxy=f.path) for f in media.files))
    (tmp_path / "bare.mp4").write_bytes((12).to_bytes(4, "big") + b"ftypmp42")
    assert len(read_sensors(stripped).streams["GYRO"].t_s) == len(whole.t_s)


def test_first_frame_is_zero(tmp_path: Path, make_video: Make) -> None:
    """A video whose pictures begin half a second into the film: its sensors begin before them."""
    path = make_video(tmp_path / "GX010001.MP4", 60, rate=30, stamps=range(15, 75), options=X264)
    with_payloads(path, [(1001 * k, payload) for k, payload in enumerate(payloads(2.002, stamped=True))])
    turned = read_sensors(probe(path)).streams["CORI"]
    assert turned.t_s[0] == pytest.approx(-0.5, abs=0.01)


def test_no_sensors(tmp_path: Path, make_video: Make) -> None:
    sensors = read_sensors(probe(make_video(tmp_path / "a.mp4", 10, options=X264)))
    assert not sensors
    assert sensors.streams == {} and sensors.gps is None


def test_damage_is_said_once(tmp_path: Path, make_video: Make, caplog: pytest.LogCaptureFixture) -> None:
    whole = payloads(4.004, stamped=True)
    whole[1] = whole[1][:-700]
    whole[2] = b"\xff" * 200
    path = make_video(tmp_path / "GX010001.MP4", 120, rate=NTSC, options=X264)
    with_payloads(path, [(1001 * k, payload) for k, payload in enumerate(whole)])
    with caplog.at_level(logging.WARNING):
        gyro = read_sensors(probe(path)).streams["GYRO"]
    (said,) = [record.message for record in caplog.records]
    assert said.startswith("parts of the telemetry of GX010001.MP4 are damaged and were skipped: DEVC claims ")
    assert said.endswith(" other faults")
    assert 300 < len(gyro.t_s) < len(ride(4.004))
    np.testing.assert_allclose(gyro.t_s, told(gyro.values), atol=0.002)


def test_lying_counts(tmp_path: Path) -> None:
    """A payload that claims 60,000 samples has those that are there; the others keep their times."""
    whole = payloads(10.01, stamped=False)
    at = whole[4].index(b"GYRO") + 6
    lying = [*whole[:4], whole[4][:at] + (60000).to_bytes(2, "big") + whole[4][at + 2 :], *whole[5:]]
    times_s = []
    for parts in (whole, lying):
        (tmp_path / "a.raw").write_bytes(b"".join(parts))
        times_s.append(read_raw(tmp_path / "a.raw").streams["GYRO"].t_s)
    assert len(times_s[0]) == len(times_s[1])
    np.testing.assert_allclose(times_s[1], times_s[0], atol=0.01)


def gps9(days: int, seconds: float, fix: int) -> bytes:
    return struct.pack(">lllllllHH", 424261529, -86499795, 34098, 1800, 190, days, round(seconds * 1000), 179, fix)


def test_gps9(tmp_path: Path) -> None:
    scale = integer("SCAL", "l", 10**7, 10**7, 1000, 1000, 100, 1, 1000, 100, 1)
    fixes = [gps9(8298, 48576.899 + k / 10, 0 if k < 3 else 3) for k in range(10)]
    stream = nest("STRM", text("TYPE", "lllllllSS"), scale, item("GPS9", "?", 32, b"".join(fixes)))
    (tmp_path / "a.raw").write_bytes(device(stream))
    gps = read_raw(tmp_path / "a.raw").gps
    assert gps is not None and gps.source == "GPS9"
    assert np.isnan(gps.utc_s[:3]).all()
    assert gps.utc_s[3] == pytest.approx(1663680577.199)  # 2022-09-20T13:29:37.199Z
    assert (gps.lat_deg[0], gps.speed_mps[0], gps.dop[0]) == pytest.approx((42.4261529, 1.8, 1.79))


AXES = ((1, 2, 3), (3, 1, 2), (-2, 3, -1))


@pytest.mark.parametrize(
    ("said", "name", "expected"),
    [
        (text("ORIN", "XYZ"), "HERO11 Black", (1, 2, 3)),
        (text("ORIN", "YxZ"), "HERO11 Black", (-2, 1, 3)),
        (
            item("MTRX", "f", 36, struct.pack(">9f", 0, -1, 0, 1, 0, 0, 0, 0, 1)) + text("ORIO", "ZXY"),
            "GoPro Max",
            (1, 3, -2),
        ),
        (b"", "Hero6 Black", (-2, 1, 3)),
        (b"", "Camera", (2, 3, 1)),
        (text("ORIN", "XXZ"), "Camera", (2, 3, 1)),
    ],
)
def test_axes(tmp_path: Path, said: bytes, name: str, expected: tuple[float, ...]) -> None:
    stream = nest("STRM", said, item("ACCL", "s", 6, struct.pack(">3h", 1, 2, 3)))
    (tmp_path / "a.raw").write_bytes(device(stream, name=name))
    sensors: Sensors = read_raw(tmp_path / "a.raw")
    assert tuple(sensors.streams["ACCL"].values[0]) == expected
    assert sensors.streams["ACCL"].axes == "XYZ"


def blocks(counts: Iterator[int], *, lost: int = 0) -> list[Block]:
    result, total = [], 0
    for k, n in enumerate(counts):
        total += n + (lost if k == 10 else 0)
        result.append(Block(payload=k, file=0, t_s=1.001 * k, duration_s=1.001, n=n, total=total))
    return result


def test_counts_without_stamps() -> None:
    """Payloads of 198, 204, 198, ... samples, the first short: the samples are evenly spaced all the same."""
    counts = [180, 216, *[198, 204, 198] * 20]
    times_s = sample_times(blocks(iter(counts)))
    assert len(times_s) == sum(counts)
    assert rate(times_s) == pytest.approx(200 / 1.001, rel=0.005)
    steps = np.diff(times_s)
    assert steps.min() > 0.9 * np.median(steps) and steps.max() < 1.1 * np.median(steps)


def test_lost_samples_leave_a_gap() -> None:
    times_s = sample_times(blocks(iter([200] * 30), lost=500))
    assert np.argmax(np.diff(times_s)) == 1999
    assert np.diff(times_s).max() > 1


def test_stamps_of_a_time_lapse_are_not_believed() -> None:
    lapse = [Block(k, 0, 0.1 * k, 0.1, 3, stamp_s=0.5 * k) for k in range(20)]
    assert camera_clock(lapse) is None
    np.testing.assert_allclose(sample_times(lapse), np.arange(60) / 30, atol=0.04)


def test_restarted_stamps() -> None:
    """A camera whose stamps begin anew with each file."""
    both = [Block(k, k // 10, float(k), 1.0, 50, stamp_s=3.0 + k % 10) for k in range(20)]
    np.testing.assert_allclose(sample_times(both, camera_clock(both)), np.arange(1000) / 50, atol=1e-9)


@pytest.mark.slow
def test_fuzz(tmp_path: Path) -> None:
    """However damaged a file is, times are finite and in order, and as many as values."""
    rng = random.Random(61)
    scale = integer("SCAL", "l", 10**7, 10**7, 1000, 1000, 100, 1, 1000, 100, 1)
    fixes = b"".join(gps9(8298, 48576.9 + k / 10, 3) for k in range(10))
    place = device(nest("STRM", text("TYPE", "lllllllSS"), scale, item("GPS9", "?", 32, fixes)))
    said = integer("GPSF", "L", 3) + item("GPSU", "U", 16, b"220920132938.299") + integer("GPSP", "S", 179)
    older = device(nest("STRM", said, item("GPS5", "l", 20, bytes(200))), id=2)
    whole = b"".join(part + place + older for part in payloads(9.009, stamped=True))
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 60)):
            at = rng.randrange(len(data) - 8)
            data[at : at + rng.randrange(8)] = rng.randbytes(rng.randrange(8))
        (tmp_path / "a.raw").write_bytes(data)
        sensors = read_raw(tmp_path / "a.raw")
        if sensors.gps is not None:
            assert len(sensors.gps.t_s) == len(sensors.gps.fix) == len(sensors.gps.utc_s)
        for samples in sensors.streams.values():
            assert len(samples.t_s) == len(samples.values)
            assert np.isfinite(samples.t_s).all()
            assert (np.diff(samples.t_s) >= 0).all()
