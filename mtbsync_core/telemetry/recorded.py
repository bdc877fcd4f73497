"""`Recorded`: what the file of a watch, phone or bicycle computer holds, before it is put on a video's clock."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from mtbsync_core.telemetry.fixes import FEWEST, Fixes, cleaned, split_rides, track_of
from mtbsync_core.telemetry.track import EQUATOR_M, Floats, Track

log = logging.getLogger(__name__)

_EVEN_MPS = 5.0
"""Pace of the even ride that stands in where a file tells no times."""
_MOST_A_SECOND = 25
"""Points per second of a file's times that no receiver makes: a file with one stamp, or a few, has no clock."""
_NEAR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A moment that somebody marked: seconds on the clock of the fixes, name and note."""

    t_s: float
    name: str
    note: str


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """Fixes on a clock whose zero is the first usable one, and when that was.

    `start` is UTC, None where the file tells no times; then the fixes are those of an even ride.
    """

    fixes: Fixes
    source: str
    start: datetime | None
    waypoints: tuple[Waypoint, ...] = ()

    @classmethod
    def of(cls, fixes: Fixes, source: str, marks: Sequence[tuple[float, str, str]] = ()) -> Recorded:
        """What was recorded, from fixes and marks (time, name, note) in seconds since 1970, UTC."""
        if not _is_clock(fixes.t_s):
            log.warning("the %s file has one time for all its points: it says where the ride went, not when", source)
            return cls.untimed(fixes, source)
        good = cleaned(fixes, source).fixes
        zero = float((good if len(good) else fixes).t_s[0])
        waypoints = tuple(Waypoint(t - zero, name, note) for t, name, note in sorted(marks))
        return cls(fixes.later(-zero), source, datetime.fromtimestamp(zero, UTC), waypoints)

    @classmethod
    def untimed(cls, fixes: Fixes, source: str) -> Recorded:
        """Places without times, as a rider of one pace would have passed them."""
        east = (np.diff(fixes.lon_deg) + 180.0) % 360.0 - 180.0
        steps = np.radians(np.hypot(np.diff(fixes.lat_deg), east * np.cos(np.radians(fixes.lat_deg[1:])))) * EQUATOR_M
        t_s = np.concatenate([[0.0], np.cumsum(np.nan_to_num(steps))]) / _EVEN_MPS
        return cls(replace(fixes, t_s=t_s), source, None)

    def rides(self) -> list[Recorded]:
        """The rides of the file, each on a clock of its own; those that are hours apart are several.

        A waypoint is of the ride during which, or shortly before or after which, it was set.
        """
        if self.start is None:
            return [self]
        t_s = self.fixes.t_s
        rising = np.sort(t_s[np.isfinite(t_s)])
        spans = [(float(rising[ride[0]]), float(rising[ride[-1]])) for ride in split_rides(rising) if len(ride)]
        found = []
        for first, last in spans:
            marks = [(w.t_s, w.name, w.note) for w in self.waypoints if first - _NEAR_S <= w.t_s <= last + _NEAR_S]
            part = self.fixes.at((t_s >= first) & (t_s <= last))
            if len(cleaned(part, self.source).fixes) >= FEWEST:
                unix = self.start.timestamp()
                found.append(
                    Recorded.of(part.later(unix), self.source, [(t + unix, name, note) for t, name, note in marks])
                )
        return found if len(found) > 1 else [self]

    def track(self, offset_s: float = 0.0, sigma_s: float = 0.0) -> Track:
        """The track on a clock on which the first usable fix is at `offset_s`, which is good to `sigma_s`: where the
        rider was at a moment is known less well by the way of that time. Errors as `track_of`.
        """
        track = track_of(self.fixes.later(offset_s), self.source, timed=self.start is not None)
        return replace(track, sigma_m=np.hypot(track.sigma_m, sigma_s * track.speed_mps))


def _is_clock(t_s: Floats) -> bool:
    """Whether the times tell the points apart."""
    seconds = len(np.unique(np.floor(t_s[np.isfinite(t_s)])))
    return len(t_s) < FEWEST or (seconds > 1 and len(t_s) <= _MOST_A_SECOND * seconds)
