"""What simulated cameras write, read back by our reader: it is what was measured, and that is what the ride was."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks.footage import laps, plain
from benchmarks.renders import fingerprint
from mtbsync_core.demo.gpmf import item, nest
from mtbsync_core.demo.metadata import add_metadata
from mtbsync_core.demo.pair import write_pair
from mtbsync_core.demo.parallel import frames_of
from mtbsync_core.demo.plan import DemoOptions, GpsKind, RunPlan
from mtbsync_core.demo.sensors import Fixes, attitude, force, measure, turning
from mtbsync_core.media.boxes import find_boxes
from mtbsync_core.media.probe import probe
from mtbsync_core.media.sensors import read_sensors
from tests.demo.black_film import black_film, planned

RATE = Fraction(30000, 1001)
LATITUDE_M = 111_320.0


def ground_m(run: RunPlan, t_s: np.ndarray) -> np.ndarray:
    """Where the rider truly is, metres east and north, shape (N, 2)."""
    return np.stack(run.body().pose(t_s)[:2], axis=1)


def east_north_m(fixes: Fixes) -> tuple[np.ndarray, np.ndarray]:
    """Fixes in metres east and north of the world's origin."""
    latitude, longitude = fixes.values[:, 0], fixes.values[:, 1]
    return (longitude - 7.628) * LATITUDE_M * np.cos(np.radians(46.758)), (latitude - 46.758) * LATITUDE_M


@pytest.mark.slow
@pytest.mark.parametrize(("gps", "rate"), list(product(["GPS9", "GPS5", None], [RATE, Fraction(15)])))
def test_what_was_measured_is_what_is_read(tmp_path: Path, gps: GpsKind | None, rate: Fraction) -> None:
    run = planned(seed=3, seconds=30, gps=gps, rate=rate)
    assert run.sensors is not None
    truth = measure(run, run.sensors)
    read = read_sensors(probe(black_film(tmp_path / "run.mp4", run)))
    # Without stamps (GPS5 is from HERO7) a reader cannot know where in its period the first sample was taken.
    stamped = gps != "GPS5"
    for key, made in (("GYRO", truth.gyro), ("ACCL", truth.accl)):
        samples = read.streams[key]
        assert samples.axes == "XYZ"
        assert np.abs(samples.t_s - made.t_s).max() < (1e-5 if stamped else 0.005)
        assert np.abs(samples.values - made.values).max() < 0.002
    assert read.devices == ({"GPS9": "HERO13 Black", "GPS5": "HERO7 Black", None: "HERO12 Black"}[gps],)
    if gps is None:
        assert read.gps is None
        return
    assert read.gps is not None
    assert truth.fixes is not None
    assert read.gps.source == gps
    assert np.abs(read.gps.t_s - truth.fixes.t_s).max() < (1e-5 if stamped else 0.055)
    assert np.abs(read.gps.lat_deg - truth.fixes.values[:, 0]).max() < 1e-7
    assert np.abs(read.gps.speed_mps - truth.fixes.values[:, 3]).max() < 0.001
    assert set(read.gps.fix) == {0, 3}


@pytest.mark.slow
def test_the_sensors_do_not_make_the_file_much_larger(tmp_path: Path) -> None:
    run = planned(seconds=30)
    with_sensors = black_film(tmp_path / "with.mp4", run).stat().st_size
    without = black_film(tmp_path / "without.mp4", replace(run, sensors=None)).stat().st_size
    assert 50_000 < with_sensors - without < 150_000


def test_other_programs_read_the_file_and_find_the_track(tmp_path: Path) -> None:
    run = planned(seconds=5)
    path = black_film(tmp_path / "run.mp4", run)
    with av.open(str(path)) as file:
        data = [stream for stream in file.streams if stream.type == "data" and stream.time_base == Fraction(1, 1000)]
        assert len(data) == 1
        packets = [packet for packet in file.demux(data[0]) if packet.size]
        assert [packet.pts for packet in packets] == [0, 1001, 2002, 3003, 4004]
        assert all(bytes(packet).startswith(b"DEVC") for packet in packets)
    with av.open(str(path)) as file:
        assert sum(1 for _ in file.decode(video=0)) == len(run.schedule.frame_times(RATE))
    info = probe(path)
    assert info.start_timecode == "10:00:00;00"  # the boxes that were there still are


def test_the_file_must_end_with_its_moov(tmp_path: Path) -> None:
    path = black_film(tmp_path / "run.mp4", replace(planned(seconds=2), sensors=None))
    path.write_bytes(path.read_bytes() + b"\0\0\0\x08free")
    before = path.read_bytes()
    with pytest.raises(ValueError, match="moov"):
        add_metadata(path, [(1000, b"")], {})
    assert path.read_bytes() == before


def test_settings_and_taps_are_in_the_header(tmp_path: Path) -> None:
    run = planned(seconds=4, hilights_s=(1.25, 3.0))
    assert run.sensors is not None
    run = replace(run, sensors=replace(run.sensors, settings=(("VFOV", "L"), ("RATE", "2X"))))
    path = black_film(tmp_path / "run.mp4", run)
    with path.open("rb") as file:
        (start, end), (hmmt_start, _) = (
            next(iter(find_boxes(file, b"moov", b"udta", kind))) for kind in (b"GPMF", b"HMMT")
        )
        file.seek(start)
        header = file.read(end - start)
        file.seek(hmmt_start)
        assert np.frombuffer(file.read(16), ">u4").tolist() == [2, 1250, 3000, 0]
    assert item("VFOV", "c", "L") in header
    assert item("VFOV", "c", "W") not in header
    assert item("RATE", "c", "2X") in header
    at = header.index(b"MANL")
    assert np.frombuffer(header[at - 24 : at - 12], ">u4").tolist() == [1250, 1250, 1250]


def test_items_are_filled_up_to_four_bytes() -> None:
    assert item("STNM", "c", "abcde") == b"STNMc\x01\x00\x05abcde\0\0\0"
    assert item("SCAL", "s", [417]) == b"SCALs\x02\x00\x01\x01\xa1\0\0"
    assert item("ACCL", "s", [[1, -1, 2]]) == b"ACCLs\x06\x00\x01\x00\x01\xff\xff\x00\x02\0\0"
    assert nest("STRM", item("TSMP", "L", [3])) == b"STRM\0\x01\x00\x0cTSMPL\x04\x00\x01\0\0\0\x03"


@pytest.mark.slow
def test_fixes_lie_where_the_rider_was_within_their_noise() -> None:
    away = []
    for seed in range(3):
        run = planned(1, seed=seed, seconds=30)
        assert run.sensors is not None
        fixes = measure(run, run.sensors).fixes
        assert fixes is not None
        good = fixes.lock == 3
        off = np.stack(east_north_m(fixes), axis=1)[good] - ground_m(run, fixes.t_s[good])
        away.append(off.mean(axis=0))
        assert off.std(axis=0).max() < 5  # a wander of 2 m and ripples of 0.5 m
        steps = np.abs(np.diff(off, axis=0))[np.diff(fixes.t_s[good]) < 0.2]
        assert steps.max() < 0.6
        half_s = 0.15
        t = fixes.t_s[good].clip(half_s, run.schedule.duration_s - half_s)
        speed = np.linalg.norm(ground_m(run, t + half_s) - ground_m(run, t - half_s), axis=1) / (2 * half_s)
        assert (fixes.values[good, 3] - speed).std() == pytest.approx(0.15, abs=0.03)
    assert 0.5 < np.std(away, axis=0).mean() < 5


@pytest.mark.slow
def test_a_planted_bias_moves_all_fixes_of_the_new_run() -> None:
    plain, moved = (planned(1, seed=1, seconds=20, gps_bias_m=bias) for bias in (0.0, 6.0))
    assert plain.sensors is not None
    assert moved.sensors is not None
    before, after = measure(plain, plain.sensors), measure(moved, moved.sensors)
    assert before.fixes is not None
    assert after.fixes is not None
    (x, y), (further_x, further_y) = east_north_m(before.fixes), east_north_m(after.fixes)
    assert further_x - x == pytest.approx(6.0, abs=1e-6)
    assert further_y == pytest.approx(y, abs=1e-6)
    assert np.array_equal(before.gyro.values, after.gyro.values)
    ref = planned(0, seed=1, seconds=20, gps_bias_m=6.0)
    assert ref.sensors is not None
    assert ref.sensors.bias_m == (0.0, 0.0)


@pytest.mark.slow
def test_without_a_fix_the_last_one_is_repeated() -> None:
    run = planned(seed=2, seconds=60)
    assert run.sensors is not None
    fixes = measure(run, run.sensors).fixes
    assert fixes is not None
    assert len(run.sensors.dropouts_s) == 2
    for start, end in run.sensors.dropouts_s:
        assert 2 <= end - start <= 4
        lost = (fixes.t_s >= start) & (fixes.t_s < end)
        assert (fixes.lock[lost] == 0).all()
        assert (fixes.dop[lost] == 99.99).all()
        assert np.ptp(fixes.values[lost], axis=0).max() == 0
    assert (fixes.lock == 0).sum() == pytest.approx(10 * sum(b - a for a, b in run.sensors.dropouts_s), abs=4)


def test_turning_rates_add_up_to_the_attitude() -> None:
    run = planned(1, seed=5, seconds=10, difficulty="hard")
    body = run.body()
    step = 0.001
    t = np.arange(1.0, 3.0, step)
    rates = turning(body, t)
    axes = attitude(body, t[:1])[0]
    assert np.allclose(axes @ axes.T, np.eye(3))
    assert np.linalg.det(axes) == pytest.approx(1)
    for rate in rates[:-1]:
        angle = np.linalg.norm(rate) * step
        x, y, z = rate / np.linalg.norm(rate)
        cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        axes = (np.eye(3) - np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross) @ axes
    assert np.abs(axes - attitude(body, t[-1:])[0]).max() < 0.005


def test_forces_add_up_to_the_way() -> None:
    run = planned(0, seed=5, seconds=10)
    body = run.body()
    t = np.arange(1.0, 3.0, 0.005)
    world = np.einsum("nij,ni->nj", attitude(body, t), force(body, t)) - np.array([0, 0, 9.81])
    place = np.stack(body.pose(t)[:3], axis=1)
    gained = np.cumsum(world, axis=0)[-1] * 0.005
    velocity = [(place[k + 1] - place[k - 1]) / 0.01 for k in (1, -2)]
    assert gained == pytest.approx(velocity[1] - velocity[0], abs=1.0)


@pytest.mark.slow
def test_the_sensors_change_neither_ride_nor_the_names_of_kept_renders() -> None:
    """These names were taken before there were sensors: a benchmark's renders of then are still found."""
    o = DemoOptions(seed=1, seconds=6, rate=Fraction(15), width=160, height=90, difficulty="hard", telemetry=False)
    names = [fingerprint(footage) for footage in (*plain(o), *laps(o))]
    assert names == ["eaf487d2a0f883e2", "0fb7a32dc70461d3", "0bb48a51d9e6f286", "0fb7a32dc70461d3"]
    with_sensors = plain(replace(o, telemetry=True))
    assert np.array_equal(with_sensors[1].legs[0].schedule.s_m, plain(o)[1].legs[0].schedule.s_m)
    assert fingerprint(with_sensors[0]) != names[0]


@pytest.mark.slow
def test_a_blackout_is_black_and_leaves_all_else() -> None:
    new = planned(1, seed=1, seconds=2, rate=Fraction(5), width=160, height=90)
    dark = replace(new, blackout_s=(0.5, 1.1))
    assert planned(0, seed=1, seconds=2, blackout_s=(0.5, 1.1)).blackout_s is None
    assert planned(1, seed=1, seconds=2, blackout_s=(0.5, 1.1)).blackout_s == (0.5, 1.1)
    for i, (with_light, without) in enumerate(zip(frames_of(new), frames_of(dark), strict=True)):
        if 0.5 <= i / 5 < 1.1:
            assert (without[:90] == 16).all()
            assert (without[90:] == 128).all()
        else:
            # A pixel or two may differ by one: OpenCV rounds by where in memory a picture begins.
            assert np.abs(with_light.astype(int) - without).max() <= 1
    assert dark.sensors is not None
    assert np.array_equal(measure(new, dark.sensors).gyro.values, measure(dark, dark.sensors).gyro.values)


@pytest.mark.slow
def test_a_pair_has_its_sensors_and_its_dark_part_in_its_files(tmp_path: Path) -> None:
    options = DemoOptions(seed=1, seconds=3, width=160, height=90, rate=Fraction(15), new_stops_s=(), blackout_s=(1, 2))
    pair = write_pair(tmp_path, options)
    for path in (pair.reference, pair.new):
        info = probe(path)
        sensors = read_sensors(info)
        assert sensors.streams["GYRO"].t_s[-1] == pytest.approx(info.duration_s, abs=0.02)
        assert sensors.gps is not None
    for path, dark_s in ((pair.reference, 0.0), (pair.new, 1.0)):
        with av.open(str(path)) as file:
            bright = [(frame.time, frame.to_ndarray(format="gray").max()) for frame in file.decode(video=0)]
        dark = [t for t, most in bright if most < 4]
        assert len(dark) == 15 * dark_s
        assert all(1 <= t < 2 for t in dark)
