"""What the sensors of a camera measure on a ride: positions with their usual errors, turning rates, forces.

The camera's axes are GoPro's: X to the right, Y to where the lens looks, Z up. An accelerometer measures what keeps the
camera from falling, so at rest it says +9.81 m/s2 along Z.

    GPS        a bias of the day and a wander over minutes, as on the watch (`demo.gpx`), ripples over seconds, Doppler
               speed good to 0.15 m/s, and stretches without a fix, over which the last one is repeated
    GYRO, ACCL 200 Hz on the label, 197 to 202 Hz in truth (measured in GoPro's samples), noise and a small bias
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.demo.gpx import ALTITUDE_M, BIAS_M, NOISE_M, WANDER_M, degrees
from mtbsync_core.demo.noise import Floats, make_signal
from mtbsync_core.demo.plan import GpsKind, RunPlan, SensorPlan
from mtbsync_core.demo.rider import Body

GRAVITY_MPS2 = 9.81
_IMU_HZ = (197.0, 202.0)
_GPS_HZ: dict[GpsKind, float] = {"GPS9": 10.0, "GPS5": 18.17}
_GYRO_NOISE_RPS, _GYRO_BIAS_RPS = 0.01, 0.01
_ACCL_NOISE_MPS2, _ACCL_BIAS_MPS2 = 0.1, 0.1
_VIBRATION_MPS2 = 1.5
"""Of a camera on a rider at 6 m/s, beside the shake that is seen in the picture."""
_DOPPLER_MPS = 0.15
_DOP = (1.7, 0.3)
_NO_DOP = 99.99
_LOCK_3D = 3
_ALTITUDE_ERROR_M = 4.0
_RATE_STEP_S, _FORCE_STEP_S, _SPEED_STEP_S = 0.004, 0.02, 0.15
"""Half steps of the central differences; forces need a longer one, since the trail's line has a corner every 0.25 m."""
_BLOCK = 8192
"""Moments at a time: the trail's height is looked up in one row of a picture, which OpenCV limits to 32767."""


@dataclass(frozen=True, slots=True, eq=False)
class Fixes:
    """`t_s` (N,), s of the run's clock; `values` (N, 5): latitude, longitude in degrees, altitude in m, speed over
    ground and in space in m/s; `dop` and `lock` (0 none, 3 in three dimensions) (N,)."""

    t_s: Floats
    values: Floats
    dop: Floats
    lock: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Inertial:
    """`t_s` (N,), s of the run's clock; `values` (N, 3) along the camera's X, Y and Z."""

    t_s: Floats
    values: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """All sensors of one run; `gyro` in rad/s, `accl` in m/s2, `frame_s` when frames are taken."""

    duration_s: float
    frame_s: Floats
    shutter_s: float
    gyro: Inertial
    accl: Inertial
    fixes: Fixes | None


def measure(run: RunPlan, plan: SensorPlan) -> Measured:
    """What a camera with sensors as in `plan` measures on `run`."""
    rng = np.random.default_rng([*run.run_seed, 3])
    body = run.body()
    frame_s = run.schedule.frame_times(run.encoding.rate)
    duration_s = len(frame_s) / float(run.encoding.rate)
    gyro_t, accl_t = (_moments(rng, rng.uniform(*_IMU_HZ), duration_s) for _ in range(2))
    gyro = _blockwise(body, turning, gyro_t) + _GYRO_BIAS_RPS * rng.uniform(-1, 1, 3)
    gyro += _GYRO_NOISE_RPS * rng.standard_normal(gyro.shape)
    accl = _blockwise(body, force, accl_t) + _ACCL_BIAS_MPS2 * rng.uniform(-1, 1, 3)
    speed = np.linalg.norm(_blockwise(body, _velocity, accl_t), axis=1)
    rough = run.style.shake * np.minimum(speed / 6.0, 1.3)
    accl += (_ACCL_NOISE_MPS2 + _VIBRATION_MPS2 * rough[:, None]) * rng.standard_normal(accl.shape)
    fixes = _fixes(rng, body, plan, plan.gps, duration_s) if plan.gps is not None else None
    return Measured(duration_s, frame_s, run.style.shutter_s, Inertial(gyro_t, gyro), Inertial(accl_t, accl), fixes)


def attitude(body: Body, t_s: Floats) -> Floats:
    """The camera's axes X, Y, Z as rows in world axes (east, north, up), shape (N, 3, 3)."""
    _, _, _, yaw, pitch, roll = body.pose(t_s)
    none = np.zeros_like(yaw)
    ahead = np.stack((np.cos(yaw), np.sin(yaw), none), axis=1)
    right = np.stack((np.sin(yaw), -np.cos(yaw), none), axis=1)
    up = np.array([0.0, 0.0, 1.0])
    cos, sin = np.cos(pitch)[:, None], np.sin(pitch)[:, None]
    ahead, up = ahead * cos + up * sin, up * cos - ahead * sin
    cos, sin = np.cos(roll)[:, None], np.sin(roll)[:, None]
    return np.stack((right * cos - up * sin, ahead, up * cos + right * sin), axis=1)


def turning(body: Body, t_s: Floats) -> Floats:
    """Turning rates (rad/s) about the camera's axes, shape (N, 3)."""
    t_s = _within(body, t_s, _RATE_STEP_S)
    before, after = attitude(body, t_s - _RATE_STEP_S), attitude(body, t_s + _RATE_STEP_S)
    turn = after @ before.transpose(0, 2, 1)
    # Seen from the turning axes the world turns the other way.
    return np.stack([turn[:, i, j] - turn[:, j, i] for i, j in ((1, 2), (2, 0), (0, 1))], axis=1) / (4 * _RATE_STEP_S)


def force(body: Body, t_s: Floats) -> Floats:
    """Specific force (m/s2) along the camera's axes, shape (N, 3): acceleration without that of free fall."""
    t_s = _within(body, t_s, _FORCE_STEP_S)
    before, now, after = (_place(body, t_s + step) for step in (-_FORCE_STEP_S, 0.0, _FORCE_STEP_S))
    world = (after - 2 * now + before) / _FORCE_STEP_S**2 + np.array([0.0, 0.0, GRAVITY_MPS2])
    return np.asarray(np.einsum("nij,nj->ni", attitude(body, t_s), world), np.float64)


def _moments(rng: np.random.Generator, rate_hz: float, duration_s: float) -> Floats:
    return np.asarray(np.arange(rng.uniform(0, 1 / rate_hz), duration_s, 1 / rate_hz), np.float64)


def _within(body: Body, t_s: Floats, step_s: float) -> Floats:
    """Moments whose neighbours lie on the run: before and after it, the rider stands at its ends."""
    return np.clip(t_s, step_s, body.schedule.duration_s - step_s)


def _velocity(body: Body, t_s: Floats) -> Floats:
    """Metres per second in world axes, shape (N, 3), as the mean of `2 * _SPEED_STEP_S`."""
    t_s = _within(body, t_s, _SPEED_STEP_S)
    return (_place(body, t_s + _SPEED_STEP_S) - _place(body, t_s - _SPEED_STEP_S)) / (2 * _SPEED_STEP_S)


def _blockwise(body: Body, what: Callable[[Body, Floats], Floats], t_s: Floats) -> Floats:
    blocks = np.split(t_s, range(_BLOCK, len(t_s), _BLOCK))
    return np.concatenate([what(body, block) for block in blocks])


def _place(body: Body, t_s: Floats) -> Floats:
    return np.stack(body.pose(t_s)[:3], axis=1)


def _fixes(rng: np.random.Generator, body: Body, plan: SensorPlan, kind: GpsKind, duration_s: float) -> Fixes:
    t = _moments(rng, _GPS_HZ[kind], duration_s)
    velocity = _blockwise(body, _velocity, t)
    place = _blockwise(body, _place, t)
    for axis, planted in enumerate(plan.bias_m):
        wander, ripple = make_signal(rng, 1 / 120, 1 / 30, WANDER_M), make_signal(rng, 0.05, 0.5, NOISE_M)
        place[:, axis] += planted + BIAS_M * rng.standard_normal() + wander(t) + ripple(t)
    place[:, 2] += ALTITUDE_M + make_signal(rng, 1 / 120, 1 / 30, _ALTITUDE_ERROR_M)(t)
    speeds = np.column_stack((np.hypot(velocity[:, 0], velocity[:, 1]), np.linalg.norm(velocity, axis=1)))
    speeds = np.abs(speeds + _DOPPLER_MPS * rng.standard_normal(speeds.shape))
    values = np.column_stack((*degrees(place[:, 0], place[:, 1]), place[:, 2], speeds))
    dop = np.clip(_DOP[0] + make_signal(rng, 1 / 60, 1 / 20, _DOP[1])(t), 0.9, 4.0)
    lock = np.full(len(t), _LOCK_3D)
    for first_s, end_s in plan.dropouts_s:
        lost = (t >= first_s) & (t < end_s)
        dop[lost], lock[lost] = _NO_DOP, 0
        values[lost] = values[max(0, int(np.searchsorted(t, first_s)) - 1)]
    return Fixes(t, values, dop, lock)
