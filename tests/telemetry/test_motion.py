"""The motion of simulated rides, through a real file, against what the ride was; and of real recordings."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mtbsync_core.demo.plan import RunPlan
from mtbsync_core.demo.sensors import attitude, measure, turning
from mtbsync_core.media.probe import probe
from mtbsync_core.media.sensors import Gps, Samples
from mtbsync_core.telemetry.motion import motion_of
from mtbsync_core.telemetry.reading import read_telemetry
from mtbsync_core.telemetry.track import STEP_S, Motion
from tests.demo.black_film import black_film, planned
from tests.media.raw_gpmf import read_raw
from tests.real_files import GPMF, HERO7, MAX

Floats = NDArray[np.float64]


def true_yaw(run: RunPlan, t_s: Floats) -> Floats:
    """The camera's turning rate about the vertical, mean of 0.2 s around each moment."""
    body, fine = run.body(), np.arange(-0.1, 0.101, 0.02)
    at = (t_s[:, None] + fine[None, :]).ravel()
    about = np.sum(turning(body, at) * attitude(body, at)[:, :, 2], axis=1)
    return np.asarray(about.reshape(len(t_s), -1).mean(axis=1))


def stands(run: RunPlan, t_s: Floats) -> NDArray[np.bool_]:
    """Whether the rider is slower than 0.1 m/s."""
    inner = t_s.clip(0.05, run.schedule.duration_s - 0.05)
    return np.asarray(run.schedule.position(inner + 0.05) - run.schedule.position(inner - 0.05) < 0.01)


def spans(flags: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Begin and end of each run, as moments."""
    edges = np.flatnonzero(np.diff(flags.astype(int), prepend=0, append=0)).reshape(-1, 2)
    return [(start * STEP_S, end * STEP_S) for start, end in edges]


def felt(run: RunPlan, turned: Floats | None = None) -> Motion:
    """The motion of a run without GPS; the camera mounted otherwise by the matrix `turned`."""
    assert run.sensors is not None
    read = measure(run, run.sensors)
    mount = np.eye(3) if turned is None else turned
    gyro, accl = (Samples("", r.t_s, r.values @ mount.T, ("",) * 3, "XYZ") for r in (read.gyro, read.accl))
    motion = motion_of(gyro, accl)
    assert motion is not None
    return motion


@pytest.mark.slow
@pytest.mark.parametrize("difficulty", ["easy", "hard"])
def test_a_simulated_ride_is_felt_as_it_was(tmp_path: Path, difficulty: str) -> None:
    run = planned(1, seed=21, seconds=60, difficulty=difficulty, rate=Fraction(15))
    motion = read_telemetry(probe(black_film(tmp_path / "run.mp4", run))).motion
    assert motion is not None
    assert np.allclose(np.diff(motion.t_s), STEP_S)
    assert motion.t_s[0] < 0.2
    assert run.schedule.duration_s - motion.t_s[-1] < 0.2
    truth = true_yaw(run, motion.t_s)
    assert np.corrcoef(motion.yaw_rps, truth)[0, 1] > 0.99
    assert np.std(motion.yaw_rps - truth) < 0.12 * np.std(truth)
    found, true = spans(motion.still), spans(stands(run, motion.t_s))
    assert len(found) == len(true) == len(run.style.stops_s)
    assert np.abs(np.array(found) - np.array(true)).max() <= 0.5
    assert np.median(motion.shake_mps2[~motion.still]) > 3 * np.median(motion.shake_mps2[motion.still])


@pytest.mark.slow
def test_stops_are_found_on_many_rides() -> None:
    off, missed = [], 0
    for seed in range(30, 34):
        run = planned(1, seed=seed, seconds=50, difficulty="hard" if seed % 2 else "easy")
        motion = felt(run)
        found, true = spans(motion.still), spans(stands(run, motion.t_s))
        missed += abs(len(found) - len(true))
        if len(found) == len(true):
            off += np.abs(np.array(found) - np.array(true)).ravel().tolist()
    assert missed == 0
    assert np.median(off) < 0.3
    assert np.percentile(off, 90) < 0.6


@pytest.mark.slow
def test_who_never_stands_has_no_stops() -> None:
    for seed in range(40, 43):
        assert not felt(planned(0, seed=seed, seconds=40)).still.any()


@pytest.mark.slow
def test_the_mount_does_not_matter() -> None:
    run = planned(0, seed=3, seconds=30)
    plain = felt(run)
    for axis in np.eye(3):
        # A third of a turn about each axis, and one after the other: on the side, upside down, looking back.
        x, y, z = axis
        cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        turned = felt(run, np.eye(3) + np.sin(2.0) * cross + (1 - np.cos(2.0)) * cross @ cross)
        assert np.abs(turned.yaw_rps - plain.yaw_rps).max() < 1e-9
        assert np.array_equal(turned.still, plain.still)


@pytest.mark.slow
def test_a_turn_to_the_left_is_positive_and_a_bias_goes_where_the_camera_stands() -> None:
    rng = np.random.default_rng(1)
    t = np.arange(0, 60, 0.005)
    turn = np.where((t > 30) & (t < 34), 0.5, 0.0)
    moving = (t > 20) & (t < 50)
    rates = (
        turn[:, None] * [0, 0, 1.0] + 0.02 + rng.standard_normal((len(t), 3)) * np.where(moving, 0.4, 0.003)[:, None]
    )
    force = np.array([0, 0, 9.81]) + rng.standard_normal((len(t), 3)) * np.where(moving, 4.0, 0.05)[:, None]
    motion = motion_of(Samples("", t, rates, ("",) * 3, "XYZ"), Samples("", t, force, ("",) * 3, "XYZ"))
    assert motion is not None
    middle = (motion.t_s > 30.5) & (motion.t_s < 33.5)
    assert motion.yaw_rps[middle].mean() == pytest.approx(0.5, abs=0.05)
    assert np.abs(motion.yaw_rps[motion.still].mean()) < 0.002
    assert [(round(a), round(b)) for a, b in spans(motion.still)] == [(0, 20), (50, 60)]


def test_a_receiver_that_sees_the_rider_move_is_believed() -> None:
    t = np.arange(0, 20, 0.005)
    quiet = Samples("", t, np.tile([0.0, 0.0, 9.81], (len(t), 1)), ("",) * 3, "XYZ")
    gyro = replace(quiet, values=np.zeros((len(t), 3)))
    at = np.arange(0, 20, 0.1)
    nowhere = np.zeros(len(at))
    rolling = Gps(
        "GPS9", at, nowhere, nowhere, nowhere, speed_mps=np.where(at < 10, 5.0, 0.1),
        fix=np.full(len(at), 3), dop=np.ones(len(at)), utc_s=at,
    )  # fmt: skip
    motion, lost = motion_of(gyro, quiet, rolling), motion_of(gyro, quiet, replace(rolling, fix=rolling.fix * 0))
    assert motion is not None
    assert lost is not None
    assert spans(motion.still) == [pytest.approx((10, 20), abs=0.2)]
    assert lost.still.all()


def test_nobody_stands_where_samples_are_lost() -> None:
    t = np.concatenate((np.arange(0, 10, 0.005), np.arange(20, 30, 0.005)))
    quiet = Samples("", t, np.tile([0.0, 0.0, 9.81], (len(t), 1)), ("",) * 3, "XYZ")
    motion = motion_of(replace(quiet, values=np.zeros((len(t), 3))), quiet)
    assert motion is not None
    assert [(round(a), round(b)) for a, b in spans(motion.still)] == [(0, 10), (20, 30)]


def test_too_little_is_no_motion() -> None:
    t = np.arange(0, 1, 0.005)
    short = Samples("", t, np.ones((len(t), 3)), ("",) * 3, "XYZ")
    later = replace(short, t_s=t + 5)
    assert motion_of(short, short) is None
    assert motion_of(short, later) is None


def test_a_recording_without_sensors_has_no_motion(tmp_path: Path) -> None:
    run = replace(planned(seconds=3), sensors=None)
    assert read_telemetry(probe(black_film(tmp_path / "run.mp4", run))).motion is None


@pytest.mark.parametrize("path", [HERO7, MAX], ids=["hero7", "max"])
def test_people_who_walk_are_felt_to_walk(path: Path) -> None:
    motion = read_telemetry(probe(path)).motion
    assert motion is not None
    assert len(motion.t_s) > 100
    assert not motion.still.any()
    assert 0.5 < np.median(motion.shake_mps2) < 5
    # A straight walkway: the camera turns, but comes back.
    assert np.abs(np.cumsum(motion.yaw_rps) * STEP_S).max() < np.radians(25)


@pytest.mark.slow
def test_a_camera_on_a_table_stands() -> None:
    sensors = read_raw(GPMF / "hero11.raw")
    motion = motion_of(sensors.streams["GYRO"], sensors.streams["ACCL"], sensors.gps)
    assert motion is not None
    assert motion.still.mean() > 0.6  # it is touched at both ends
