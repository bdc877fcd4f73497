"""`find_offset`: maximum a posteriori search of the second of a video at which the track of a watch or phone begins.

Each place on the video's clock where the track could begin is weighed by clocks and by the ride itself; the best one is
taken if it is the only good one.

| what the video has | how it tells |
|---|---|
| UTC of the first frame (GPS, or a camera clock whose zone is known) | a normal distribution around it |
| `creation_time` alone, local time on some models and UTC on others | the same around each time zone |
| GPS of its own | the two tracks go the same way: variance of their distance, common bias taken out |
| a gyroscope | turning in the video follows the turning of the track: their correlation |

The likelihood of the ride is that of normal residuals whose errors last for some seconds, so that a long video counts
for no more independent samples than it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import EvidenceError
from mtbsync_core.telemetry.track import STEP_S, Floats, Motion, Track, enu, origin_of

Mask = NDArray[np.bool_]

_QUARTER_S = 900.0
_ZONES = np.arange(-12 * 4, 14 * 4 + 1)
"""Quarters of an hour from UTC-12 to UTC+14."""
_FAR_M = 20_000.0
"""Beyond it places are one: squares of what is further off would drown the rest in rounding."""
_HINT = "Say at which second of the video the track begins with --gpx-offset."


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetOptions:
    """What clocks, receivers and handlebars are good for, and when an offset is sure."""

    set_s: float = 5.0
    """Standard deviation of a camera's clock set by hand."""
    lasts_s: float = 5.0
    """How long an error of a receiver lasts, besides its bias; half counts each sample twice."""
    turn_lasts_s: float = 2.0
    """How long a turn of the handlebar lasts that is no turn of the trail."""
    floor_m: float = 1.0
    """Standard deviation of two receivers' distance at the least."""
    bias_m: float = 6.0
    apart_m: float = 60.0
    """Steady distance of two receivers on one bicycle: one standard deviation, and the most that it can be."""
    least_s: float = 8.0
    """Seconds that video and track must have in common: some two bends."""
    near_s: float = 3.0
    """Half width of one peak."""
    sure: float = 0.9
    """Probability that must lie about one peak; else the track fits at several places."""


_O = OffsetOptions()


@dataclass(frozen=True, slots=True)
class Offset:
    """The second of the video at which the track's clock is zero, one standard deviation, and from what it is known."""

    offset_s: float
    sigma_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class Start:
    """When the video began: UTC and how far that may be off; or what the file says, whatever the zone of it."""

    utc: datetime | None = None
    sigma_s: float = _O.set_s
    said: datetime | None = None


def find_offset(
    track: Track,
    track_start: datetime | None,
    video: Start,
    duration_s: float,
    own: Track | None = None,
    motion: Motion | None = None,
) -> Offset:
    """Where a track, whose clock is zero at `track_start`, lies on the clock of a video of `duration_s`, of which there
    may be an `own` track and `motion`.

    Raises:
        EvidenceError: nothing tells, or several places fit.
    """
    if not track.timed:
        raise EvidenceError("the track has no times: it cannot be laid beside a video", "Export the recorded activity.")
    # The video's zero may lie before the track's beginning and its end after the track's end.
    first, last = -float(track.t_s[-1]) + _O.least_s, duration_s - float(track.t_s[0]) - _O.least_s
    offsets = np.arange(np.ceil(first / STEP_S), np.floor(last / STEP_S) + 1) * STEP_S
    if not len(offsets):
        raise EvidenceError("video and track are too short to be laid beside each other", _HINT)
    by_clock, clock_text = _by_clocks(offsets, track_start, video)
    by_ride, ride_text = _by_ride(offsets, track, own, motion)
    if clock_text is None and ride_text is None:
        raise EvidenceError("nothing tells which second of the video the track belongs to", _HINT)
    return _best(offsets, by_clock + by_ride, " and ".join(filter(None, (clock_text, ride_text))))


def _best(offsets: Floats, score: Floats, text: str) -> Offset:
    if np.isneginf(score).all():
        raise EvidenceError("the track was recorded at another time or place than the video", _HINT)
    weight = np.exp(score - score.max())
    weight /= weight.sum()
    away = np.abs(offsets - offsets[int(score.argmax())])
    near, wide = away <= max(_O.near_s, 3 * STEP_S), away <= 4 * _O.set_s
    if weight[wide].sum() < _O.sure:
        raise EvidenceError(f"the track fits the video at several places, going by {text}", _HINT)
    chosen = near if weight[near].sum() > _O.sure else wide
    part = weight[chosen] / weight[chosen].sum()
    mean = float(part @ offsets[chosen])
    spread = float(np.sqrt(part @ (offsets[chosen] - mean) ** 2 + STEP_S**2))
    return Offset(mean, spread, text)


def _by_clocks(offsets: Floats, track_start: datetime | None, video: Start) -> tuple[Floats, str | None]:
    """Log odds of each offset by the clocks, and what they go by; all alike where no clock tells."""
    if track_start is None or (video.utc is None and video.said is None):
        return np.zeros(len(offsets)), None
    if video.utc is not None:
        off = (offsets - (track_start - video.utc).total_seconds()) / max(video.sigma_s, STEP_S)
        return -0.5 * off**2, "the clocks"
    assert video.said is not None
    # Said time = UTC + zone: the video began `zone` before what it says.
    zones = (track_start - video.said).total_seconds() + _QUARTER_S * _ZONES
    odds = np.where(_ZONES % 4 == 0, 0.0, -3.0)  # nearly all people live by whole hours
    nearest = np.abs(offsets[:, None] - zones).argmin(axis=1)
    off = (offsets - zones[nearest]) / _O.set_s
    return odds[nearest] - 0.5 * off**2, "the clocks in some time zone"


def _by_ride(offsets: Floats, track: Track, own: Track | None, motion: Motion | None) -> tuple[Floats, str | None]:
    """Log likelihood of each offset by the ride, and what it goes by; all alike where the video tells nothing."""
    if own is not None and own.known.sum() * STEP_S >= _O.least_s:
        return _by_places(offsets, track, own), "the video's own GPS"
    if motion is not None and len(motion.t_s) * STEP_S >= _O.least_s:
        return _by_turning(offsets, track, motion), "turning as the gyroscope felt it"
    return np.zeros(len(offsets)), None


def _by_places(offsets: Floats, track: Track, own: Track) -> Floats:
    origin = origin_of(own)
    here, there = enu(own, origin), np.clip(enu(track, origin), -_FAR_M, _FAR_M)
    sums = [_sums(here[:, k], own.known, there[:, k], track.known) for k in (0, 1)]
    n = sums[0].n
    bias = sum((s.a - s.b) ** 2 for s in sums) / np.maximum(n, 1) ** 2
    variance = sum(s.aa + s.bb - 2 * s.ab for s in sums) / np.maximum(n, 1) - bias
    independent = n * STEP_S / _O.lasts_s
    score = -independent * np.log1p(np.maximum(variance, 0) / _O.floor_m**2) - 0.5 * bias / _O.bias_m**2
    possible = (n * STEP_S >= _O.least_s) & (bias < _O.apart_m**2)
    return _at(offsets, own, track, np.where(possible, score, -np.inf))


def _by_turning(offsets: Floats, track: Track, motion: Motion) -> Floats:
    turning, sure = _turning(track)
    s = _sums(motion.yaw_rps, np.ones(len(motion.t_s), bool), turning, sure)
    n = np.maximum(s.n, 1)
    spread = np.maximum((s.aa - s.a**2 / n) * (s.bb - s.b**2 / n), 1e-12)
    correlation = np.clip((s.ab - s.a * s.b / n) / np.sqrt(spread), 0.0, 0.999)
    score = -0.5 * n * STEP_S / _O.turn_lasts_s * np.log1p(-(correlation**2))
    return _at(offsets, motion, track, np.where(s.n * STEP_S >= _O.least_s, score, -np.inf))


def _turning(track: Track) -> tuple[Floats, Mask]:
    """Turning rate of the way, rad/s, positive to the left, and where it is known: at a walking pace there is none."""
    half = round(1.0 / STEP_S)
    place = enu(track, origin_of(track))
    step = place[half:] - place[:-half]
    heading = np.unwrap(np.arctan2(step[:, 1], step[:, 0]))
    rate = np.zeros(len(place))
    inner = slice(half, len(place) - half)
    rate[inner] = (heading[half:] - heading[:-half]) / (half * STEP_S)
    known = track.known & (track.speed_mps > 1.0)
    known[:half], known[len(known) - half :] = False, False
    return np.clip(rate, -2.0, 2.0), known


class _Sums(NamedTuple):
    """Sums over what two signals have in common, for each shift: how many, of each, of their squares and product."""

    n: Floats
    a: Floats
    b: Floats
    aa: Floats
    bb: Floats
    ab: Floats


def _sums(a: Floats, a_known: Mask, b: Floats, b_known: Mask) -> _Sums:
    """Entry k is for `a` beginning k - len(a) + 1 samples into `b`."""
    from scipy.signal import correlate

    a, b = np.where(a_known, a, 0.0), np.where(b_known, b, 0.0)
    pairs = ((1, 1), (a, 1), (1, b), (a**2, 1), (1, b**2), (a, b))
    n, *others = (correlate(y * b_known, x * a_known, mode="full", method="fft") for x, y in pairs)
    return _Sums(np.round(n), *others)


def _at(offsets: Floats, own: Track | Motion, track: Track, scores: Floats) -> Floats:
    """The scores by shift, taken at offsets; those of no shift are impossible."""
    shift = np.round((own.t_s[0] - track.t_s[0] - offsets) / STEP_S).astype(int) + len(own.t_s) - 1
    inside = (shift >= 0) & (shift < len(scores))
    return np.where(inside, scores[shift.clip(0, len(scores) - 1)], -np.inf)
