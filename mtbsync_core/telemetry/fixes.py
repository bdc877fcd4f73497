"""Fixes as a receiver gave them become a `Track`: the unusable ones out, linear in between, ten times a second.

| what real receivers do wrong | seen | treated |
|---|---|---|
| no lock: garbage or stale places | fix type 0 or 1 | dropped |
| bad geometry | DOP of 5 and more | dropped |
| jumps | 157 m in 55 ms at 18.9 m/s | further than the speed explains: the longest consistent part stays |
| repeated stamps | the same second again | dropped, the first one stays |
| stamps running back or off by years | before the first lock | dropped, the longest rising part stays |
| two rides in one file | | the one with more fixes |
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import EvidenceError
from mtbsync_core.telemetry.track import EQUATOR_M, STEP_S, Floats, Track

Mask = NDArray[np.bool_]

LOCKED = 2
"""Least fix type with a place: 2 is a 2-D fix, 3 a 3-D fix."""
_FEWEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FixOptions:
    """What is believed of a receiver, and how riders move between its fixes."""

    worst_dop: float = 5.0
    """Dilution of precision from which a fix is dropped; half of it drops good ones under trees."""
    per_dop_m: float = 1.5
    """Metres of one axis per unit of DOP; two real GoPro tracks at DOP 1.5 to 2 lie 2 to 3 m apart."""
    untold_m: float = 3.0
    """Standard deviation where the file tells no DOP: watches and phones under open sky and light wood."""
    unseen: float = 0.7
    """How riders brake and turn between fixes: a velocity that walks at random, q in (m/s²)² per Hz. In the middle of T
    seconds the place has the variance q T³ / 48 (a bridge of integrated white noise)."""
    any_speed_mps: float = 40.0
    """Limit of jumps where no speed is told."""
    slack_m: float = 15.0
    slack_mps2: float = 8.0
    """Distance that noise alone may make, and the hardest change of speed: half of them calls sharp braking a jump."""
    near_s: float = 2.0
    usual: float = 3.0
    longest_s: float = 20.0
    """Fixes `near_s` apart, or `usual` times as far as half the ride lies between (many devices leave out what is
    straight), still say where the rider was between them; beyond `longest_s` nobody knows."""
    longest_pause_s: float = 6 * 3600.0
    """Behind a longer one is another ride, or a wild stamp."""
    smooth_s: float = 2.5
    """Half the time over which a speed is measured from places; shorter is noise, longer cuts switchbacks."""


_O = FixOptions()


@dataclass(frozen=True, slots=True, eq=False)
class Fixes:
    """Arrays of shape (N,), in the order of the file; NaN where the file does not tell.

    `t_s` seconds on a clock of the caller's choice; `lat_deg`, `lon_deg`, `alt_m` WGS 84; `speed_mps` over ground;
    `lock` the fix type (0 none, 2 2-D, 3 3-D); `dop` dilution of precision.
    """

    t_s: Floats
    lat_deg: Floats
    lon_deg: Floats
    alt_m: Floats
    speed_mps: Floats
    lock: Floats
    dop: Floats

    def __len__(self) -> int:
        return len(self.t_s)

    def at(self, chosen: Mask | NDArray[np.intp]) -> Fixes:
        """Some of the fixes."""
        return Fixes(*(getattr(self, name)[chosen] for name in self.__slots__))

    def later(self, seconds: float) -> Fixes:
        """The fixes on a clock on which all happens so much later."""
        return Fixes(self.t_s + seconds, *(getattr(self, name) for name in self.__slots__[1:]))


def track_of(fixes: Fixes, source: str, *, timed: bool = True) -> Track:
    """The track of a run; `source` and `timed` as in `Track`.

    Raises:
        EvidenceError: fewer than four usable fixes.
    """
    good = usable(fixes)
    if len(good) < _FEWEST:
        raise EvidenceError(
            f"only {len(good)} of {len(fixes)} GPS fixes are usable",
            "The receiver had no lock. Give the track of a watch or a phone instead.",
        )
    first, last = np.ceil(good.t_s[0] / STEP_S - 1e-6), np.floor(good.t_s[-1] / STEP_S + 1e-6)
    t = np.arange(first, last + 1) * STEP_S
    lon = np.unwrap(good.lon_deg, period=360.0)
    lat_deg, lon_deg = np.interp(t, good.t_s, good.lat_deg), np.interp(t, good.t_s, lon)
    gap, share = _between(good.t_s, t)
    usual = min(max(_O.near_s, _O.usual * float(np.median(gap))), _O.longest_s)
    speed = _speed(good, t, lat_deg, lon_deg, gap > usual)
    sigma = np.maximum(_O.per_dop_m * _over(good.t_s, good.dop, t, _O.untold_m / _O.per_dop_m), _O.per_dop_m)
    return Track(
        t_s=t,
        lat_deg=lat_deg,
        lon_deg=(lon_deg + 180.0) % 360.0 - 180.0,
        alt_m=_over(good.t_s, good.alt_m, t),
        speed_mps=speed,
        distance_m=np.concatenate([[0.0], np.cumsum((speed[1:] + speed[:-1]) / 2 * np.diff(t))]),
        sigma_m=np.hypot(sigma, np.sqrt(_O.unseen * gap**3 / 48) * 4 * share * (1 - share)),
        known=(gap <= usual) | (np.minimum(share, 1 - share) * gap <= _O.near_s / 2),
        source=source,
        timed=timed,
    )


def usable(fixes: Fixes) -> Fixes:
    """The fixes that can be believed, by rising time."""
    sane = np.isfinite(fixes.t_s) & (np.abs(fixes.lat_deg) <= 90) & (np.abs(fixes.lon_deg) <= 360)
    sane &= (fixes.lat_deg != 0) | (fixes.lon_deg != 0)
    sane &= ~(fixes.lock < LOCKED) & ~(fixes.dop >= _O.worst_dop)
    rising = fixes.at(sane)
    rising = rising.at(_rising(rising.t_s))
    rides = np.split(np.arange(len(rising)), np.flatnonzero(np.diff(rising.t_s) > _O.longest_pause_s) + 1)
    rising = rising.at(max(rides, key=len))
    return rising.at(_without_jumps(rising))


def _rising(t: Floats) -> NDArray[np.intp]:
    """Numbers of the most stamps that strictly rise, so that one wild stamp does not cost all that come after it."""
    ends: list[float] = []
    numbers: list[int] = []
    before = [-1] * len(t)
    for i, at in enumerate(t.tolist()):
        k = bisect_left(ends, at)
        if ends[k : k + 1] == [at]:
            continue  # a repeated stamp; the first one stays
        before[i] = numbers[k - 1] if k else -1
        ends[k : k + 1], numbers[k : k + 1] = [at], [i]
    chain, i = [], numbers[-1] if numbers else -1
    while i >= 0:
        chain.append(i)
        i = before[i]
    return np.array(chain[::-1], np.intp)


def _without_jumps(fixes: Fixes) -> Mask:
    """Fixes fall into parts between jumps; the longest part stays, and of the others what can be reached from it."""
    keep = np.ones(len(fixes), bool)
    if len(fixes) < 2:
        return keep
    parts = np.split(np.arange(len(fixes)), np.flatnonzero(~_reached(fixes, np.arange(len(fixes)))) + 1)
    longest = max(range(len(parts)), key=lambda k: len(parts[k]))
    for order, end in ((range(longest + 1, len(parts)), -1), (range(longest - 1, -1, -1), 0)):
        edge = parts[longest][end]
        for k in order:
            near = parts[k][0 if end else -1]
            pair = np.array([edge, near] if end else [near, edge])
            if _reached(fixes, pair)[0]:
                edge = parts[k][end]
            else:
                keep[parts[k]] = False
    return keep


def _reached(fixes: Fixes, numbers: NDArray[np.intp]) -> Mask:
    """Whether each fix of a row of them can be reached from the one before; shape (len(numbers) - 1,)."""
    lat, lon, t, speed = (a[numbers] for a in (fixes.lat_deg, fixes.lon_deg, fixes.t_s, fixes.speed_mps))
    east = (np.diff(lon) + 180.0) % 360.0 - 180.0
    step = np.radians(np.hypot(np.diff(lat), east * np.cos(np.radians(lat[1:])))) * EQUATOR_M
    dt = np.diff(t)
    told = np.fmax(speed[1:], speed[:-1])
    most = np.where(np.isfinite(told), 1.5 * told + _O.slack_mps2 * dt / 2, _O.any_speed_mps)
    return np.asarray(step <= np.minimum(most, 2 * _O.any_speed_mps) * dt + _O.slack_m)


def _between(fixes_s: Floats, t: Floats) -> tuple[Floats, Floats]:
    """Seconds between the fixes around each moment, and the share of them that has passed."""
    left = np.clip(np.searchsorted(fixes_s, t, side="right") - 1, 0, len(fixes_s) - 2)
    gap = fixes_s[left + 1] - fixes_s[left]
    return gap, np.clip((t - fixes_s[left]) / gap, 0.0, 1.0)


def _speed(good: Fixes, t: Floats, lat_deg: Floats, lon_deg: Floats, hole: Mask) -> Floats:
    """Speed over ground: as told, or the slope of the places; across a hole what the way over it takes."""
    north = np.radians(lat_deg - lat_deg[0]) * EQUATOR_M
    east = np.radians(lon_deg - lon_deg[0]) * EQUATOR_M * np.cos(np.radians(lat_deg[0]))
    told = np.isfinite(good.speed_mps)
    if told.mean() > 0.5:
        speed = np.interp(t, good.t_s[told], np.maximum(good.speed_mps[told], 0.0))
    else:
        speed = np.hypot(_slope(north), _slope(east))
    chord = np.hypot(np.gradient(north, t), np.gradient(east, t)) if len(t) > 1 else np.zeros(len(t))
    return np.where(hole, chord, speed)


def _slope(x: Floats) -> Floats:
    """Slope of the straight line through the values up to `_O.smooth_s` to either side, per second; shape (N,)."""
    half = min(round(_O.smooth_s / STEP_S), max(1, (len(x) - 1) // 2))
    at = np.arange(-half, half + 1.0)
    # Beyond the ends the run goes on as it did.
    padded = np.concatenate([2 * x[0] - x[half:0:-1], x, 2 * x[-1] - x[-2 : -half - 2 : -1]])
    return np.correlate(padded, at / float(at @ at) / STEP_S, "valid")[: len(x)]


def _over(fixes_s: Floats, values: Floats, t: Floats, untold: float = np.nan) -> Floats:
    """Values at the moments, interpolated over those that are told; `untold` where none is."""
    told = np.isfinite(values)
    return np.interp(t, fixes_s[told], values[told]) if told.any() else np.full(len(t), untold)
