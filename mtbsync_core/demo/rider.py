"""One run of a trail: where the camera is, which way it looks and how fast it turns, frame by frame.

Arc length is strictly increasing in time: a stop is a creep of about 3 mm/s, so that the map between two runs is exact
and invertible everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from mtbsync_core.demo.difficulty import RunStyle
from mtbsync_core.demo.noise import Floats, make_signal
from mtbsync_core.demo.trail import Trail

CAMERA_HEIGHT_M = 1.75  # helmet of a standing rider
CAMERA_PITCH = np.radians(-13.0)  # a rider looks about 8 m ahead onto the trail
_BRAKING_MPS2 = 2.5
_STOP_LENGTH_M = 0.02  # how far the rider creeps during a stop
_PACE_SD = 0.12  # log speed: two riders then differ locally by about 0.7..1.4
_RATE_STEP_S = 0.004  # half step of the central differences that give the angular rates


@dataclass(frozen=True, slots=True)
class Schedule:
    """Arc length against time: knots, strictly increasing in both, linear in between (s_m in m, t_s in s)."""

    t_s: Floats
    s_m: Floats

    def position(self, t_s: Floats) -> Floats:
        """Arc length (m) at times of the run's clock."""
        return np.asarray(np.interp(t_s, self.t_s, self.s_m), np.float64)

    def time(self, s_m: Floats) -> Floats:
        """Time (s of the run's clock) at arc lengths; exact inverse of `position`."""
        return np.asarray(np.interp(s_m, self.s_m, self.t_s), np.float64)

    def speed(self, t_s: Floats, step_s: float) -> Floats:
        """Metres per second along the trail, the mean from `step_s` before to `step_s` after each time."""
        return (self.position(t_s + step_s) - self.position(t_s - step_s)) / (2 * step_s)

    @property
    def duration_s(self) -> float:
        """Time (s) at the last knot; the first is 0."""
        return float(self.t_s[-1])

    def frame_times(self, rate: Fraction) -> Floats:
        """When frames are taken, shape (frames,): every 1 / `rate` seconds from 0 on."""
        frames = max(2, int(self.duration_s * rate) + 1)
        t = np.arange(frames, dtype=np.float64) * float(1 / rate)
        return np.asarray(t[t <= self.duration_s + 1e-9], np.float64)


@dataclass(frozen=True, slots=True)
class Ride:
    """State at each frame, arrays of shape (frames,), times on the run's own clock, first frame = 0.

    Angles in rad: yaw counter-clockwise from east, pitch up positive, roll positive where the horizon turns
    clockwise in the picture; `*_rate` in rad/s. `speed_mps` is along the trail.
    """

    t_s: Floats
    s_m: Floats
    u_m: Floats
    x_m: Floats
    y_m: Floats
    z_m: Floats
    yaw: Floats
    pitch: Floats
    roll: Floats
    yaw_rate: Floats
    pitch_rate: Floats
    roll_rate: Floats
    speed_mps: Floats


def make_schedule(
    trail: Trail, style: RunStyle, rng: np.random.Generator, start_m: float, end_m: float, limit_s: float | None
) -> Schedule:
    """When the rider is where between `start_m` and `end_m`; cut at `limit_s` seconds if given."""
    count = len(style.stops_s)
    share = (np.arange(count) + rng.uniform(0.3, 0.7, count)) / max(count, 1)
    stops_m = start_m + (end_m - start_m) * (0.1 + 0.8 * share)
    near = np.concatenate((-np.geomspace(12.0, 1e-3, 400), np.geomspace(1e-3, 12.0, 400)))
    s = np.unique(np.concatenate([np.arange(start_m, end_m, 0.05), [end_m], *(stop + near for stop in stops_m)]))
    s = s[(s >= start_m) & (s <= end_m)]
    mood = make_signal(rng, 1 / 35, 1 / 14, _PACE_SD)  # 14-35 m: 2-5 s
    speed = trail.at(trail.pace_mps, s) * style.speed_ratio * np.exp(np.clip(mood(s), -0.3, 0.3))
    for stop_m, stop_s in zip(stops_m, style.stops_s, strict=False):
        distance = np.maximum(np.abs(s - stop_m) - _STOP_LENGTH_M / 2, 0.0)
        speed = np.minimum(speed, np.sqrt(2 * _BRAKING_MPS2 * distance) + _STOP_LENGTH_M / stop_s)
    slowness = 1.0 / speed
    t = np.concatenate(([0.0], np.cumsum(0.5 * (slowness[1:] + slowness[:-1]) * np.diff(s))))
    if limit_s is not None and limit_s < t[-1]:
        end = float(np.interp(limit_s, t, s))
        keep = t < limit_s
        t, s = np.append(t[keep], limit_s), np.append(s[keep], end)
    return Schedule(t, s)


def standing(schedule: Schedule, before_s: float, after_s: float) -> Schedule:
    """The same way ridden from a stand of `before_s` seconds and into one of `after_s`; 0 where the rider rides on."""
    near = np.geomspace(1e-3, 12.0, 400)
    first, last = float(schedule.s_m[0]), float(schedule.s_m[-1])
    s = np.unique(np.concatenate([schedule.s_m, first + near, last - near]))
    s = s[(s >= first) & (s <= last)]
    t = schedule.time(s)
    slowness = np.gradient(t, s)
    for distance, stop_s in ((s - first, before_s), (last - s, after_s)):
        if stop_s:
            beyond = np.maximum(distance - _STOP_LENGTH_M, 0.0)
            slowness = np.maximum(slowness, 1 / (np.sqrt(2 * _BRAKING_MPS2 * beyond) + _STOP_LENGTH_M / stop_s))
    return Schedule(np.concatenate(([0.0], np.cumsum(0.5 * (slowness[1:] + slowness[:-1]) * np.diff(s)))), s)


def make_ride(body: Body, rate: Fraction) -> Ride:
    """Sample the run at every frame of `rate` (frames per second) within its schedule."""
    t = body.schedule.frame_times(rate)
    x, y, z, yaw, pitch, roll = body.pose(t)
    before, after = body.pose(t - _RATE_STEP_S), body.pose(t + _RATE_STEP_S)
    yaw_rate, pitch_rate, roll_rate = ((after[k] - before[k]) / (2 * _RATE_STEP_S) for k in (3, 4, 5))
    s, speed = body.schedule.position(t), body.schedule.speed(t, 0.05)
    return Ride(t, s, body.line(s), x, y, z, yaw, pitch, roll, yaw_rate, pitch_rate, roll_rate, speed)


class Body:
    """The rider's body between the trail and the camera: line, gaze, lean and shake."""

    def __init__(self, trail: Trail, style: RunStyle, schedule: Schedule, rng: np.random.Generator) -> None:
        self.trail, self.style, self.schedule = trail, style, schedule
        self._line = make_signal(rng, 1 / 45, 1 / 15, 1.0)
        # Shake 1-6 Hz from the ground, gaze below 0.4 Hz from the rider's head; degrees and metres (rms).
        self._shake = [make_signal(rng, 1.2, 6.0, rms) for rms in (0.45, 0.7, 0.6, 0.018, 0.022)]
        self._gaze = [make_signal(rng, 0.06, 0.4, rms) for rms in (2.6, 1.6, 1.5)]

    def line(self, s: Floats) -> Floats:
        """Lateral offset (m, left positive) at arc lengths `s`."""
        return np.clip(self.style.line_mean_m + self.style.line_sd_m * self._line(s), -1.6, 1.6)

    def pose(self, t: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
        """Camera x, y, z (m) and yaw, pitch, roll (rad) at times `t`."""
        trail, style = self.trail, self.style
        s = self.schedule.position(t)
        speed = self.schedule.speed(t, 0.12)
        rough = style.shake * (0.15 + 0.85 * np.minimum(speed / 6.0, 1.3))  # standing still, little shakes
        shake_yaw, shake_pitch, shake_roll, sway, bounce = (rough * signal(t) for signal in self._shake)
        gaze_yaw, gaze_pitch, gaze_roll = (signal(t) for signal in self._gaze)
        u = self.line(s)
        drift = (self.line(s + 1.0) - u) / 1.0
        ground_x, ground_y = trail.ground_point(s, u)
        heading = trail.at(trail.heading, s + 1.0)
        ahead = trail.at(trail.heading, s + 4.5)
        yaw = heading + 0.6 * (ahead - heading) + 0.5 * drift
        yaw = yaw + np.radians(shake_yaw + gaze_yaw)
        x, y = ground_x - np.sin(heading) * sway, ground_y + np.cos(heading) * sway
        # The suspension and the legs smooth the ground over about 1.5 m.
        height = sum(
            trail.height(*trail.ground_point(s + offset, u)) * weight
            for offset, weight in ((-0.8, 0.25), (0.0, 0.5), (0.8, 0.25))
        )
        z = np.asarray(height + CAMERA_HEIGHT_M + bounce, np.float64)
        slope = (trail.at(trail.z_m, s + 3.0) - trail.at(trail.z_m, s - 1.0)) / 4.0
        pitch = CAMERA_PITCH + 0.55 * np.arctan(slope) + np.radians(style.pitch_deg)
        pitch = pitch + np.radians(shake_pitch + gaze_pitch)
        lean = np.arctan(speed**2 * trail.at(trail.curvature, s + 1.5) / 9.81)
        roll = -0.22 * np.clip(lean, -0.7, 0.7) + np.radians(style.roll_deg)
        roll = roll + np.radians(shake_roll + gaze_roll)
        return x, y, z, yaw, pitch, roll
