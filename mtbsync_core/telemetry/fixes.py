"""Fixes as a receiver gave them become a `Track`: the unusable ones out, linear in between, ten times a second.

| what real receivers do wrong | seen | treated |
|---|---|---|
| no lock: garbage or stale places | fix type 0 or 1 | dropped |
| bad geometry | DOP of 5 and more | dropped |
| damaged values | 887,542 m/s | beyond 100 m/s the fix is dropped, beyond any mountain the height |
| jumps | 157 m in 55 ms at 18.9 m/s | further than the speed explains: `jumps.follow` |
| metres of accuracy where GPX has the DOP | phones, which know nothing else | told by their size, weighed as metres |
| a speed that is none | 0 throughout, km/h | held against the places: `told_speed.believed_speed` |
| repeated stamps | the same second again | of those of one millisecond the first one stays |
| stamps running back or off by years | before the first lock | dropped, the longest rising part stays |
| several rides in one file | more than 6 h apart | the one with the most fixes, unless a ride is chosen (`rides.py`) |

All of it takes a time that grows as the number of fixes, or as N log N.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import EvidenceError
from mtbsync_core.telemetry.jumps import follow
from mtbsync_core.telemetry.told_speed import believed_speed
from mtbsync_core.telemetry.track import EQUATOR_M, STEP_S, Floats, Track

Mask = NDArray[np.bool_]

LOCKED = 2
"""Least fix type with a place: 2 is a 2-D fix, 3 a 3-D fix."""
FEWEST = 4
"""Usable fixes of a track at the least."""
CAMERAS = ("GPS5", "GPS9")
"""Sources whose DOP is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixOptions:
    """What is believed of a receiver, and how riders move between its fixes."""

    worst_dop: float = 5.0
    """Dilution of precision from which a fix is dropped; half of it drops good ones under trees."""
    per_dop_m: float = 1.5
    """Metres of one axis per unit of DOP; two real GoPro tracks at DOP 1.5 to 2 lie 2 to 3 m apart."""
    metres_from: float = 3.0
    metres_share: float = 0.2
    """A file's "DOP" that is this much in the median, or `worst_dop` and more in this share of the fixes, is an
    accuracy in metres (OsmAnd, Locus and other Android programs): a DOP is 0.6 to 2 today."""
    worst_m: float = 50.0
    """Accuracy in metres from which a fix is one of mobile cells, and dropped."""
    radius: float = 1.51
    """Radius of 68 % (Android's `Location.getAccuracy`) in standard deviations of one axis: √(−2 log 0.32)."""
    no_dop: float = 1e4
    """From here on the number is neither; 99.99 is what GoPro writes without a fix."""
    untold_m: float = 3.0
    """Standard deviation where the file tells no DOP: watches and phones under open sky and light wood."""
    unseen: float = 0.7
    """How riders brake and turn between fixes: a velocity that walks at random, q in (m/s²)² per Hz. In the middle of T
    seconds the place has the variance q T³ / 48 (a bridge of integrated white noise)."""
    any_speed_mps: float = 100.0
    """No bicycle has gone as fast down a slope (record: 63 m/s)."""
    heights_m: tuple[float, float] = (-500.0, 9000.0)
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


@dataclass(frozen=True, slots=True, eq=False)
class Cleaned:
    """The fixes of one ride that can be believed, by rising time; arrays of shape (N,) beside them.

    `jump`: the fix is the first after a receiver corrected itself; `sigma_m`: one standard deviation of one axis;
    `dropped`: how many fixes were left out, by reason; `speed_told`: whether the speed of the file is believed, None
    where it tells none.
    """

    fixes: Fixes
    jump: Mask
    sigma_m: Floats
    dropped: dict[str, int]
    speed_told: bool | None


def track_of(fixes: Fixes, source: str, *, timed: bool = True) -> Track:
    """The track of a run; `source` and `timed` as in `Track`.

    Raises:
        EvidenceError: fewer than four usable fixes.
    """
    clean = cleaned(fixes, source)
    good = clean.fixes
    if len(good) < FEWEST:
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
    over_jump = _about_jumps(clean, t)
    speed = _speed(clean, t, gap > usual)
    sigma = np.maximum(np.interp(t, good.t_s, clean.sigma_m), _O.per_dop_m)
    known = (gap <= usual) | (np.minimum(share, 1 - share) * gap <= _O.near_s / 2)
    return Track(
        t_s=t,
        lat_deg=lat_deg,
        lon_deg=(lon_deg + 180.0) % 360.0 - 180.0,
        alt_m=_over(good.t_s, good.alt_m, t),
        speed_mps=speed,
        distance_m=np.concatenate([[0.0], np.cumsum((speed[1:] + speed[:-1]) / 2 * np.diff(t))]),
        sigma_m=np.hypot(sigma, np.sqrt(_O.unseen * gap**3 / 48) * 4 * share * (1 - share)),
        known=known & ~over_jump,
        source=source,
        timed=timed,
    )


def cleaned(fixes: Fixes, source: str = "GPX") -> Cleaned:
    """What is usable of the fixes, and what became of the others; of several rides the one with the most."""
    reach = (np.abs(fixes.lat_deg) <= 90) & (np.abs(fixes.lon_deg) <= 360)
    reach &= (fixes.lat_deg != 0) | (fixes.lon_deg != 0)
    reach &= np.isfinite(fixes.t_s) & ~(np.abs(fixes.speed_mps) > _O.any_speed_mps)
    unlocked = fixes.lock < LOCKED
    sigma, worst, poor_is = _accuracy(fixes, source)
    poor = worst & ~unlocked
    sane = np.flatnonzero(reach & ~unlocked & ~poor)
    sane = sane[_rising(np.round(fixes.t_s[sane], 3))]
    rides = split_rides(fixes.t_s[sane])
    chosen = sane[max(rides, key=len)]
    alt = np.where((fixes.alt_m >= _O.heights_m[0]) & (fixes.alt_m <= _O.heights_m[1]), fixes.alt_m, np.nan)
    good = replace(fixes, alt_m=alt).at(chosen)
    north, east = _metres(good)
    speed = believed_speed(good.t_s, north, east, good.speed_mps)
    numbers, jump = follow(good.t_s, good.lat_deg, good.lon_deg, speed)
    told = np.isfinite(good.speed_mps).any()
    dropped = {"no lock": int(unlocked.sum()), poor_is: int(poor.sum())}
    if sum(len(ride) >= FEWEST for ride in rides) > 1:
        dropped["of other rides"] = len(sane) - len(chosen)
    dropped["wild or repeated"] = len(fixes) - len(numbers) - sum(dropped.values())
    return Cleaned(
        replace(good, speed_mps=speed).at(numbers),
        jump,
        sigma[chosen][numbers],
        dropped,
        bool(np.isfinite(speed).any()) if told else None,
    )


def split_rides(t_s: Floats) -> list[NDArray[np.intp]]:
    """Numbers of the fixes of each ride, from their rising times; shape of each (M,)."""
    return np.split(np.arange(len(t_s)), np.flatnonzero(np.diff(t_s) > _O.longest_pause_s) + 1)


def _accuracy(fixes: Fixes, source: str) -> tuple[Floats, Mask, str]:
    """Standard deviation of one axis (N,) in metres, which fixes are too poor, and what that is called.

    What a file calls DOP may be metres. A limit that would leave out most fixes is none: they are weighed only.
    """
    dop = np.where((fixes.dop > 0) & (fixes.dop < _O.no_dop), fixes.dop, np.nan)
    told = dop[np.isfinite(dop) & ~(fixes.lock < LOCKED)]
    metres = source not in CAMERAS and len(told) and (
        float(np.median(told)) >= _O.metres_from or float(np.mean(told >= _O.worst_dop)) > _O.metres_share
    )  # fmt: skip
    if metres:
        worst = dop >= _O.worst_m
        per_unit, name = 1 / _O.radius, f"accuracy of {_O.worst_m:.0f} m or more"
        worst &= bool(np.mean(told >= _O.worst_m) <= 0.5)
    else:
        worst = dop >= _O.worst_dop
        per_unit, name = _O.per_dop_m, f"DOP of {_O.worst_dop:.0f} or more"
    untold = float(np.median(told)) * per_unit if len(told) else _O.untold_m
    return np.where(np.isfinite(dop), dop * per_unit, untold), worst, name


def _metres(fixes: Fixes) -> tuple[Floats, Floats]:
    """North and east of the first fix."""
    if not len(fixes):
        return np.zeros(0), np.zeros(0)
    lon = np.unwrap(fixes.lon_deg, period=360.0)
    north = np.radians(fixes.lat_deg - fixes.lat_deg[0]) * EQUATOR_M
    return north, np.radians(lon - lon[0]) * EQUATOR_M * np.cos(np.radians(fixes.lat_deg[0]))


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


def _between(fixes_s: Floats, t: Floats) -> tuple[Floats, Floats]:
    """Seconds between the fixes around each moment, and the share of them that has passed."""
    left = np.clip(np.searchsorted(fixes_s, t, side="right") - 1, 0, len(fixes_s) - 2)
    gap = fixes_s[left + 1] - fixes_s[left]
    return gap, np.clip((t - fixes_s[left]) / gap, 0.0, 1.0)


def _about_jumps(clean: Cleaned, t: Floats) -> Mask:
    """Moments between the fixes before and after each jump, and a little around them: a receiver that corrects itself
    was wrong before.
    """
    at = np.flatnonzero(clean.jump)
    edges = np.zeros(len(t) + 1, np.int64)
    fixes_s = clean.fixes.t_s
    np.add.at(edges, np.searchsorted(t, fixes_s[at - 1] - _O.near_s / 4), 1)
    np.add.at(edges, np.searchsorted(t, fixes_s[at] + _O.near_s / 4), -1)
    return np.cumsum(edges)[:-1] > 0


def _speed(clean: Cleaned, t: Floats, hole: Mask) -> Floats:
    """Speed over ground: as told, or the slope of the places between jumps; across a hole that of the way over it."""
    good, t_fix = clean.fixes, clean.fixes.t_s
    places = _metres(good)
    # Without what the receiver corrected, the way goes on across a jump as it went.
    pace = np.maximum(np.diff(t_fix, prepend=t_fix[0]), 0.0)
    for place in places:
        step = np.diff(place, prepend=place[0])
        rate = np.interp(t_fix, t_fix[~clean.jump], (step / np.where(pace > 0, pace, 1.0))[~clean.jump])
        place -= np.cumsum(np.where(clean.jump, step - rate * pace, 0.0))
    north, east = (np.interp(t, t_fix, place) for place in places)
    told = np.isfinite(good.speed_mps)
    if told.mean() > 0.5:
        speed = np.interp(t, t_fix[told], np.maximum(good.speed_mps[told], 0.0))
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


def _over(fixes_s: Floats, values: Floats, t: Floats) -> Floats:
    """Values at the moments, interpolated over those that are told; NaN where none is."""
    told = np.isfinite(values)
    return np.interp(t, fixes_s[told], values[told]) if told.any() else np.full(len(t), np.nan)
