"""`believed_speed`: robust comparison of the speed that a file tells with that of its places, by the median ratio.

Around each fix there are three chords between places, before, behind and across it. What a file calls speed is one if
it is that of the chord across in the median over what moves, and only few fixes contradict all three. Seen are 0
throughout (a wheel sensor without a wheel, phones), 0 in four fixes of five, and km/h where the format says m/s.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.telemetry.track import Floats

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldSpeedOptions:
    """What a speed may differ from that of the places."""

    least_s: float = 1.0
    """Seconds from the middle of a chord to its ends at the least: noise of places over less than it is no speed."""
    longest_s: float = 20.0
    """Longest chord; a rider turns within it."""
    moves_mps: float = 1.0
    """Below it noise moves a place as fast."""
    ratio: tuple[float, float] = (0.7, 1.4)
    """Of the told speed to that of the places, in the median: bends shorten a chord, noise makes it longer. Knots are
    1.9, miles an hour 2.2, km/h 3.6."""
    agree: float = 0.7
    """Share of the moving fixes that must not contradict."""
    fewest: int = 8
    """Moving fixes below which nothing can be compared."""
    slack_mps: tuple[float, float] = (0.5, 2.0)
    """What a told speed may be below half of the slowest chord, and above one and a half of the fastest one: noise, and
    hairpins."""


_O = ToldSpeedOptions()


def believed_speed(t_s: Floats, north_m: Floats, east_m: Floats, told_mps: Floats) -> Floats:
    """The told speeds (N,) as far as they go with the places; NaN where they do not, all of them where most do not.

    Args:
        t_s: (N,) rising.
    """
    told = np.where(told_mps >= 0, told_mps, np.nan)
    known = np.isfinite(told)
    if len(t_s) < 2 or not known.any():
        return told
    half = max(_O.least_s, 1.5 * float(np.median(np.diff(t_s))))
    chords = np.stack([_chord(t_s, north_m, east_m, *ends) for ends in ((half, half), (2 * half, 0), (0, 2 * half))])
    across = np.where(np.isfinite(chords).all(axis=0), chords[0], np.nan)
    measured = np.isfinite(across)
    if not measured.any():
        return told
    moving = across > max(_O.moves_mps, 0.5 * float(np.nanpercentile(across, 90)))
    compared = moving & known
    slowest, fastest = (np.where(measured, f(chords, axis=0), np.nan) for f in (np.min, np.max))
    low, high = 0.5 * slowest - _O.slack_mps[0], 1.5 * fastest + _O.slack_mps[1]
    against = known & measured & ((told < low) | (told > high))
    if compared.sum() >= _O.fewest:
        ratio = float(np.median(told[compared] / across[compared]))
        if not _O.ratio[0] <= ratio <= _O.ratio[1] or against[compared].mean() > 1 - _O.agree:
            return np.full(len(told), np.nan)
    return np.where(against, np.nan, told)


def _chord(t_s: Floats, north_m: Floats, east_m: Floats, before_s: float, after_s: float) -> Floats:
    """Speed over the chord from that long before each fix to that long after it; NaN where there is none."""
    first = (np.searchsorted(t_s, t_s - before_s, side="right") - 1).clip(0)
    last = np.searchsorted(t_s, t_s + after_s, side="left").clip(0, len(t_s) - 1)
    span = t_s[last] - t_s[first]
    way = np.hypot(north_m[last] - north_m[first], east_m[last] - east_m[first])
    good = (span > 0) & (span <= _O.longest_s)
    return np.where(good, way / np.where(good, span, 1.0), np.nan)
