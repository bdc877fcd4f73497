"""`motion_of`: a complementary filter (Mahony and others 2008) of gyroscope and accelerometer, and thresholds with
hysteresis for standing; no picture is looked at.

    turning   the gyroscope's rate about the vertical, which the filter keeps: the gyroscope turns it along, the
              accelerometer pulls it to where gravity is in the mean of some seconds; once forwards and once backwards
              in time, and the mean of both, so that no bend lags. The camera may be mounted at any angle.
    shake     what the accelerometer has left without its slow part
    still     shake and turning of all axes are small for a second or more, held against the recording's own quietest
              and wildest moments

The sensors sit in the body of the camera. With HyperSmooth the picture turns otherwise (`CORI` x `IORI`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.media.sensors import Gps, Samples
from mtbsync_core.telemetry.track import STEP_S, Floats, Motion, runs_of

_SUSTAINED = round(1.0 / STEP_S)
"""Moments in the second that a stop lasts at least."""


class StillLine(NamedTuple):
    """Where a rider stands, of one measure: below `surely` always, above `never` not; in between below `begin` for a
    stop to begin, and `go_on` while it lasts: shares of the way from the quietest second to the wild moments, in logs.
    """

    surely: float
    never: float
    begin: float
    go_on: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionOptions:
    """The filters, and what counts as standing."""

    filter_hz: int = 50
    """Rate of the vertical's filter, several times that of a rider's nods."""
    pull_s: float = 4.0
    """Time constant of the accelerometer's pull: longer than a bend, too short for a gyroscope to drift."""
    slow_s: float = 1.0
    """Window of the accelerometer's slow part: longer than a jolt, shorter than a bend."""
    level_s: float = 1.0
    """Window of the mean squares: as long as the shortest stop."""
    bias_rps: float = 0.01
    """Usual size of a gyroscope's bias, one standard deviation."""
    look_s: float = 3.0
    """How long a rider who stands looks to one side."""
    apart: float = 4.0
    """The least ratio of the wild moments to the quietest second; below it the rider did only one of both."""
    any_speed_mps: float = 100.0
    """Beyond it the bytes are damaged."""
    riding_mps: float = 1.0
    """Speed by GPS above which the rider does not stand, whatever is felt."""


_SHAKE = StillLine(1.0, 6.0, 0.25, 0.5)
"""m/s²."""
_TURNING = StillLine(0.15, 0.4, 0.4, 0.6)
"""rad/s."""
_O = MotionOptions()
_ANTI_ALIAS_S = 4 / _O.filter_hz, 4 * STEP_S
"""Widths of the Hann windows before sampling at `filter_hz` and at `STEP_S`: their first null is half that rate."""


def motion_of(gyro: Samples, accl: Samples, gps: Gps | None = None) -> Motion | None:
    """The motion from samples along the camera's axes, rad/s and m/s²; None where they are less than two seconds."""
    first_s, end_s = max(gyro.t_s[0], accl.t_s[0]), min(gyro.t_s[-1], accl.t_s[-1])
    if not end_s - first_s >= 2.0:
        return None
    t_s = np.arange(math.ceil(first_s / STEP_S), math.floor(end_s / STEP_S) + 1) * STEP_S
    slow = _smoothed(accl.t_s, accl.values, accl.t_s, _O.slow_s)
    shake = _rms(accl.t_s, accl.values - slow, t_s)
    still = _still(shake, _rms(gyro.t_s, gyro.values - np.median(gyro.values, axis=0), t_s))
    still &= _sampled(gyro.t_s, t_s) & _sampled(accl.t_s, t_s)
    if gps is not None:
        still &= ~_rides(gps, t_s)
    still = _lasting(still)
    rates = gyro.values - _bias(_smoothed(gyro.t_s, gyro.values, t_s, 1.0)[still])
    return Motion(t_s, _about_vertical(gyro.t_s, rates, accl, t_s), shake, still)


def _bias(standing: Floats) -> Floats:
    """The gyroscope's bias from its readings over standing moments (N, 3), shrunk to zero where these are few or
    unsteady: who stands turns the head by more than a calibrated gyroscope is off.
    """
    if not len(standing):
        return np.zeros(3)
    mean, looks = standing.mean(axis=0), max(1.0, len(standing) * STEP_S / _O.look_s)
    return mean * _O.bias_rps**2 / (_O.bias_rps**2 + standing.var(axis=0) / looks)


def _about_vertical(gyro_s: Floats, rates: Floats, accl: Samples, t_s: Floats) -> Floats:
    """Turning rate about the vertical, shape (N,)."""
    fine_s = np.arange(t_s[0], t_s[-1] + 0.5 / _O.filter_hz, 1 / _O.filter_hz)
    turn = _smoothed(gyro_s, rates, fine_s, _ANTI_ALIAS_S[0])
    force = _smoothed(accl.t_s, accl.values, fine_s, _ANTI_ALIAS_S[0])
    up = _upwards(turn, force) + _upwards(-turn[::-1], force[::-1])[::-1]
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    about = np.sum(turn * up, axis=1, keepdims=True)
    return _smoothed(fine_s, about, t_s, _ANTI_ALIAS_S[1])[:, 0]


def _upwards(turn: Floats, force: Floats) -> Floats:
    """The vertical in the camera's axes at `_O.filter_hz`, unit vectors of shape (N, 3)."""
    step, pull = 1 / _O.filter_hz, 1 / (_O.filter_hz * _O.pull_s)
    start = force[: round(_O.pull_s * _O.filter_hz)].mean(axis=0)
    x, y, z = (start / max(float(np.linalg.norm(start)), 1e-9)).tolist()
    found = []
    # Plain numbers: numpy takes ten times as long for three of them.
    for (a, b, c), (fx, fy, fz) in zip((turn * step).tolist(), force.tolist(), strict=True):
        # What stands still in the world turns the other way in the camera.
        x, y, z = x + y * c - z * b, y + z * a - x * c, z + x * b - y * a
        size = math.sqrt(fx * fx + fy * fy + fz * fz) or 1.0
        x, y, z = x + pull * (fx / size - x), y + pull * (fy / size - y), z + pull * (fz / size - z)
        size = math.sqrt(x * x + y * y + z * z) or 1.0
        x, y, z = x / size, y / size, z / size
        found.append((x, y, z))
    return np.array(found)


def _still(shake: Floats, turning: Floats) -> NDArray[np.bool_]:
    """Moments below both lines for a second or more, and those between them that stay below the upper ones."""
    begin = (shake < _line(shake, _SHAKE, _SHAKE.begin)) & (turning < _line(turning, _TURNING, _TURNING.begin))
    go_on = (shake < _line(shake, _SHAKE, _SHAKE.go_on)) & (turning < _line(turning, _TURNING, _TURNING.go_on))
    stops = _lasting(begin)
    for start, end in runs_of(go_on):
        inside = np.flatnonzero(stops[start:end])
        if len(inside):
            stops[start + inside[0] : start + inside[-1]] = True
    return stops


def _line(values: Floats, limits: StillLine, share: float) -> float:
    """Below it a rider stands: `share` of the way from the quietest second to the wild moments, within limits."""
    seconds = np.lib.stride_tricks.sliding_window_view(values, min(_SUSTAINED, len(values)))
    low, high = float(seconds.max(axis=1).min()), float(np.percentile(values, 90))
    if high <= _O.apart * low:
        return limits.surely
    return min(max(low * (high / low) ** share, limits.surely), limits.never)


def _lasting(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The runs of a second or more."""
    kept = np.zeros_like(flags)
    for start, end in runs_of(flags):
        kept[start:end] = end - start >= _SUSTAINED
    return kept


def _rides(gps: Gps, t_s: Floats) -> NDArray[np.bool_]:
    """Whether the receiver says that the rider moves."""
    good = ((gps.fix >= 2) | ((gps.fix < 0) & (gps.dop < 5))) & (gps.speed_mps < _O.any_speed_mps)
    if not good.any():
        return np.zeros(len(t_s), np.bool_)
    at, speed = gps.t_s[good], gps.speed_mps[good]
    return (np.interp(t_s, at, speed) > _O.riding_mps) & _sampled(at, t_s)


def _sampled(at_s: Floats, t_s: Floats) -> NDArray[np.bool_]:
    """Whether moments have a sample within half a second; where some are lost nothing is known."""
    after = np.searchsorted(at_s, t_s).clip(0, len(at_s) - 1)
    before = (after - 1).clip(0)
    return np.asarray(np.minimum(np.abs(at_s[after] - t_s), np.abs(at_s[before] - t_s)) < 0.5)


def _rms(t_s: Floats, values: Floats, at_s: Floats) -> Floats:
    """Root of the mean square length of vectors around moments."""
    squares = _smoothed(t_s, np.sum(values**2, axis=1, keepdims=True), at_s, _O.level_s)[:, 0]
    return np.sqrt(np.maximum(squares, 0.0))


def _smoothed(t_s: Floats, values: Floats, at_s: Floats, width_s: float) -> Floats:
    """Columns of `values` at moments, in a Hann window of `width_s`, whose first null is at 2 / `width_s` Hz."""
    taps = max(1, round(width_s / max(float(np.median(np.diff(t_s))), 1e-6))) | 1
    kernel = np.hanning(taps + 2)[1:-1]
    kernel /= kernel.sum()
    padded = np.pad(values, ((taps // 2, taps // 2), (0, 0)), mode="edge")
    columns = [np.convolve(column, kernel, mode="valid") for column in padded.T]
    return np.stack([np.interp(at_s, t_s, column) for column in columns], axis=1)
