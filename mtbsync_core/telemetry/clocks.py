"""`by_clocks`: what the clocks of a video and of a track say of where the one lies on the other.

    p(D | o) = (1 - n) Σ_z w_z Cauchy(D - o - z; s) + n / day

D is by how much the track begins after the video by both clocks, o by how much it does so in truth. z runs over the
time zones that one of the two may have left out or put in, and over the leap seconds of GPS. A camera's clock is as a
rule some seconds wrong, and a minute or two now and then: 17 s and 100 s (HERO7 and MAX of gopro/gpmf-parser's
samples), 10 s and a minute (users of gopro-dashboard-overlay and OVRLEY), several seconds a day (gopro/labs 694). That
is a scale of 15 s with tails as heavy as those of a Cauchy distribution. n is the share of clocks that say anything,
such as 1 January 2016 after the battery was out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from mtbsync_core.telemetry.track import STEP_S, Floats

CAMERA_S = 15.0
"""Half of all cameras' clocks are nearer to the truth."""
_QUARTER_S, _LEAP_S, _DAY_S = 900.0, 18.0, 86400.0
"""GPS has been 18 s ahead of UTC since 2017; before a receiver knows that, it says its own time (gpmf-parser 17)."""
_ZONES = np.arange(-14 * 4, 14 * 4 + 1)
"""Quarters of an hour by which a time may be off for its zone, either way."""
_NONSENSE = 0.05
_NO_ZONE, _NO_LEAP = 0.8, 0.98
"""Probability of times that are both UTC, where both seem to be, and of those with the leap seconds."""
_USUAL = 6.3
"""In a Cauchy distribution 90 % lie within so many scales."""


@dataclass(frozen=True, slots=True)
class Start:
    """When the video began: UTC and the scale of its error; or what the file says, whatever the zone of it."""

    utc: datetime | None = None
    sigma_s: float = CAMERA_S
    said: datetime | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Clocks:
    """`log_density` (N,) of what the clocks say for each offset, `log_other` of it for a track of another ride, per
    second; `likely_s`, the offsets at which they agree, and how nearly they do.
    """

    log_density: Floats
    log_other: float
    text: str
    likely_s: Floats
    sigma_s: float

    def apart_s(self, offset_s: float) -> float | None:
        """By how much the clocks are apart if the track begins there; None where they agree as clocks do."""
        if np.abs(self.likely_s - offset_s).min() <= _USUAL * self.sigma_s:
            return None
        return float(abs(self.likely_s[len(self.likely_s) // 2] - offset_s))


def by_clocks(offsets: Floats, track_start: datetime | None, video: Start) -> Clocks | None:
    """What the clocks say of each offset (N,), evenly spaced seconds; None where one of them says nothing.

    Args:
        track_start: when the track's clock is zero.
    """
    began = video.utc or video.said
    if track_start is None or began is None:
        return None
    scale = max(video.sigma_s if video.utc else CAMERA_S, STEP_S)
    middle = (track_start - began).total_seconds()
    # Nearly all people live by whole hours.
    odds = np.where(_ZONES % 4 == 0, 1.0, 0.05)
    odds /= odds.sum()
    if video.utc is not None:
        odds = (1 - _NO_ZONE) * odds + _NO_ZONE * (_ZONES == 0)
    zones = np.asarray(middle + _QUARTER_S * _ZONES, np.float64)
    density = np.full(len(offsets), _NONSENSE / _DAY_S)
    for leap_s, share in ((0.0, _NO_LEAP), (_LEAP_S, (1 - _NO_LEAP) / 2), (-_LEAP_S, (1 - _NO_LEAP) / 2)):
        for zone_s, weight in zip(zones + leap_s, odds, strict=True):
            if offsets[0] - _DAY_S / 24 < zone_s < offsets[-1] + _DAY_S / 24 or abs(zone_s - middle) <= _LEAP_S:
                off = (offsets - zone_s) / scale
                density += (1 - _NONSENSE) * share * weight / (np.pi * scale * (1 + off**2))
    text = "the clocks" if video.utc is not None else "the clocks in some time zone"
    likely = np.array([middle]) if video.utc is not None else zones
    return Clocks(np.log(density), float(-np.log(_DAY_S)), text, likely, scale)
