"""`Recorded`: what the file of a watch, phone or bicycle computer holds, before it is put on a video's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mtbsync_core.telemetry.fixes import Fixes, track_of, usable
from mtbsync_core.telemetry.track import Track


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
        good = usable(fixes)
        zero = float((good if len(good) else fixes).t_s[0])
        waypoints = tuple(Waypoint(t - zero, name, note) for t, name, note in sorted(marks))
        return cls(fixes.later(-zero), source, datetime.fromtimestamp(zero, UTC), waypoints)

    def track(self, offset_s: float = 0.0) -> Track:
        """The track on a clock on which the first usable fix is at `offset_s`. Errors as `track_of`."""
        return track_of(self.fixes.later(offset_s), self.source, timed=self.start is not None)
