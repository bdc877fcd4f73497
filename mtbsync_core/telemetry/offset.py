"""`lay_beside`: maximum a posteriori search of the second of a video at which the track of a watch or phone begins.

Each second at which the track could begin is weighed by the clocks (`clocks.py`) and by the ride itself, and so is the
hypothesis that the track is of another ride. The best second is taken if nearly all of the probability lies about it.

| what the video has | how it tells |
|---|---|
| UTC of the first frame, or `creation_time` | a Cauchy distribution around each time zone, and a floor |
| GPS of its own | the two tracks go the same way: variance of their distance, common bias taken out |
| a gyroscope | turning in the video follows the turning of the track: their correlation |

The likelihood of the ride is that of normal residuals whose errors last for some seconds, so that a long video counts
for no more independent samples than it has. It is a ratio to that of another ride, so that what two short pieces have
in common says little. The ride beats any clock, since a clock's tails fall off as a power and end in the floor.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import EvidenceError
from mtbsync_core.markers import Z90
from mtbsync_core.telemetry.clocks import Start, by_clocks
from mtbsync_core.telemetry.track import STEP_S, Floats, Motion, Track, apart_m, enu, explained_m, origin_of
from mtbsync_core.timecode import minutes_seconds

Mask = NDArray[np.bool_]

_FAR_M = 20_000.0
"""Beyond it places are one: squares of what is further off would drown the rest in rounding."""
HINT = "Say at which second of the video the track begins with --gpx-offset."

VAGUE_S = 2.0
"""Standard deviation of where a track lies on its video's clock, beyond which it helps no pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetOptions:
    """What receivers and handlebars are good for, and when an offset is sure."""

    another_ride: float = 0.05
    """Probability that somebody gives the track of another ride, before anything is looked at."""
    lasts_s: float = 5.0
    """How long an error of a receiver lasts, besides its bias; half counts each sample twice."""
    turn_lasts_s: float = 2.0
    """How long a turn of the handlebar lasts that is no turn of the trail."""
    floor_m: float = 1.0
    """Standard deviation of two receivers' distance at the least."""
    elsewhere_m: float = 10.0
    """Of another ride, on the same trail too, besides twice what both receivers are good to."""
    bias_m: float = 6.0
    apart_m: float = 60.0
    """Steady distance of two receivers on one bicycle: one standard deviation, and the most that it can be."""
    turns_alike: float = 0.4
    """Correlation of the turning on one ride at the least, where there are bends."""
    turns_against: float = -3.0
    """Nats against a place where they are not alike, at most: a straight way tells nothing."""
    least_s: float = 8.0
    """Seconds that video and track must have in common: some two bends."""
    near_s: float = 3.0
    """Half width of one peak."""
    sure: float = 0.9
    """Probability that must lie about one peak; else the track fits at several places."""
    vague_s: float = 120.0
    """Half of the widest interval with that probability: what clocks alone know."""


_O = OffsetOptions()


@dataclass(frozen=True, slots=True)
class Offset:
    """The second of the video at which the track's clock is zero, one standard deviation, and from what it is known.

    The deviation is the half width of the 90 % interval over that of a normal distribution. `evidence`: log odds
    against another ride.
    """

    offset_s: float
    sigma_s: float
    reason: str
    evidence: float


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
        EvidenceError: nothing tells, it is of another ride, or several places fit.
    """
    if not track.timed:
        raise EvidenceError("the track has no times: it cannot be laid beside a video", "Export the recorded activity.")
    # The video's zero may lie before the track's beginning and its end after the track's end.
    first, last = -float(track.t_s[-1]) + _O.least_s, duration_s - float(track.t_s[0]) - _O.least_s
    offsets = np.arange(np.ceil(first / STEP_S), np.floor(last / STEP_S) + 1) * STEP_S
    if not len(offsets):
        raise EvidenceError("video and track are too short to be laid beside each other", HINT)
    clocks = by_clocks(offsets, track_start, video)
    by_ride, ride_text = _by_ride(offsets, track, own, motion)
    if clocks is None and ride_text is None:
        raise EvidenceError("nothing tells which second of the video the track belongs to", HINT)
    prior, other = (clocks.log_density, clocks.log_other) if clocks else (np.zeros(len(offsets)), 0.0)
    score = prior + by_ride + np.log((1 - _O.another_ride) / len(offsets))
    text = ride_text
    if clocks is not None:
        apart_s = clocks.apart_s(float(offsets[int(score.argmax())]))
        said = (
            clocks.text
            if apart_s is None
            else f"against the clocks, which are {minutes_seconds(apart_s, hours=True)} apart"
        )
        text = said if ride_text is None else f"{ride_text}, {said}" if apart_s else f"{said} and {ride_text}"
    return _best(offsets, score, other + np.log(_O.another_ride), text or "", ride_text or "the clocks")


def contradicts(track: Track, own: Track) -> float | None:
    """Metres in the median between a track that was laid beside a video and the video's own, where that is more than
    both receivers and their bias explain; None where it is not, or not known.
    """
    inside = own.known & (np.interp(own.t_s, track.t_s, track.known, left=0, right=0) == 1)
    if inside.sum() * STEP_S < _O.least_s:
        return None
    off_m = apart_m(own, track, own.t_s[inside], own.t_s[inside])
    return off_m if off_m > explained_m(own, track, _O.bias_m) else None


def _best(offsets: Floats, score: Floats, other: float, text: str, asked: str) -> Offset:
    """Args: `score` log odds of each offset, and `other` of another ride; `asked` what was."""
    top = max(float(score.max()), other)
    weight, null = np.exp(score - top), float(np.exp(other - top))
    total = float(weight.sum())
    if total < _O.sure * (total + null):
        raise EvidenceError(f"the track was recorded at another time or place than the video, going by {asked}", HINT)
    best = int(score.argmax())
    near = np.abs(offsets - offsets[best]) <= _O.near_s
    evidence = float(np.log(total / max(null, 1e-300)))
    if weight[near].sum() > _O.sure * (total + null):
        part = weight[near] / weight[near].sum()
        mean = float(part @ offsets[near])
        spread = float(np.sqrt(part @ (offsets[near] - mean) ** 2 + STEP_S**2))
        return Offset(mean, spread, text, evidence)
    low, high = np.interp([(1 - _O.sure) / 2, (1 + _O.sure) / 2], np.cumsum(weight) / total, offsets)
    if high - low > 2 * _O.vague_s:
        raise EvidenceError(f"the track fits the video at several places, going by {text}", HINT)
    return Offset(float(offsets[best]), float(high - low) / 2 / Z90, text, evidence)


def _by_ride(offsets: Floats, track: Track, own: Track | None, motion: Motion | None) -> tuple[Floats, str | None]:
    """Log likelihood ratio of each offset by the ride, and what it goes by; all 0 where the video tells nothing."""
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
    good_m2 = 2 * sum(float(np.median(each.sigma_m[each.known])) ** 2 for each in (own, track))
    elsewhere = np.log1p((_O.elsewhere_m**2 + 4 * good_m2) / _O.floor_m**2)
    score = independent * (elsewhere - np.log1p(np.maximum(variance, 0) / _O.floor_m**2)) - 0.5 * bias / _O.bias_m**2
    possible = (n * STEP_S >= _O.least_s) & (bias < _O.apart_m**2)
    return _at(offsets, own, track, np.where(possible, score, -np.inf))


def _by_turning(offsets: Floats, track: Track, motion: Motion) -> Floats:
    turning, sure = _turning(track)
    s = _sums(motion.yaw_rps, np.ones(len(motion.t_s), bool), turning, sure)
    n = np.maximum(s.n, 1)
    spread = np.maximum((s.aa - s.a**2 / n) * (s.bb - s.b**2 / n), 1e-12)
    found = (s.ab - s.a * s.b / n) / np.sqrt(spread)
    # Two normal variables of correlation r against two that have none, r being at its likeliest.
    r = np.clip(found, _O.turns_alike, 0.999)
    ratio = -0.5 * np.log1p(-(r**2)) - (r**2 - r * found) / (1 - r**2)
    score = np.maximum(n * STEP_S / _O.turn_lasts_s * ratio, _O.turns_against)
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
    from scipy.fft import irfft, next_fast_len, rfft  # `scipy.signal` takes a second to load

    a, b = np.where(a_known, a, 0.0), np.where(b_known, b, 0.0)
    shifts = len(a) + len(b) - 1
    size = next_fast_len(shifts, real=True)
    one_a, of_a, of_aa = (rfft(x[::-1], size) for x in (1.0 * a_known, a, a**2))
    one_b, of_b, of_bb = (rfft(x, size) for x in (1.0 * b_known, b, b**2))
    pairs = ((one_a, one_b), (of_a, one_b), (one_a, of_b), (of_aa, one_b), (one_a, of_bb), (of_a, of_b))
    n, *others = (irfft(x * y, size)[:shifts] for x, y in pairs)
    return _Sums(np.round(n), *others)


def _at(offsets: Floats, own: Track | Motion, track: Track, scores: Floats) -> Floats:
    """The scores by shift, taken at offsets; those of no shift are impossible."""
    shift = np.round((own.t_s[0] - track.t_s[0] - offsets) / STEP_S).astype(int) + len(own.t_s) - 1
    inside = (shift >= 0) & (shift < len(scores))
    return np.where(inside, scores[shift.clip(0, len(scores) - 1)], -np.inf)
