"""`nearest_reference`: of several recordings of one trail the one that was shot most like the new run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from mtbsync_core.mediainfo import MediaInfo

SEASON_DAYS = 45.0
HOURS = 3.0
"""So many days of the year and so many hours of the day are as far apart as each other: half a season, half a morning.
Twice or half of one lets it count half or twice as much; it matters where one reference is nearer in season and another
one in hour.
"""


def nearest_reference(references: Sequence[MediaInfo], new: MediaInfo) -> tuple[int, str]:
    """The number of the reference that is nearest in season and hour, by the cameras' clocks, and why, in words.

    References whose camera wrote no time come last; where nothing is known the first is taken.
    """
    apart = [_apart(reference.creation_time, new.creation_time) for reference in references]
    n = min(range(len(references)), key=apart.__getitem__)
    if math.isinf(apart[n]):
        return n, f"{references[n].name} is the reference, the first of {len(references)}: no times are known"
    return n, f"{references[n].name} is the reference: of {len(references)} it is nearest in season and hour"


def _apart(first: str | None, second: str | None) -> float:
    try:
        times = [datetime.fromisoformat(text or "") for text in (first, second)]
    except ValueError:
        return math.inf
    days, hours = ([value(t) for t in times] for value in (_day, _hour))
    return math.hypot(_round(days, 365.25) / SEASON_DAYS, _round(hours, 24.0) / HOURS)


def _day(time: datetime) -> float:
    return time.timetuple().tm_yday


def _hour(time: datetime) -> float:
    return time.hour + time.minute / 60


def _round(two: Sequence[float], whole: float) -> float:
    """How far two places on a circle are apart."""
    gap = abs(two[0] - two[1]) % whole
    return min(gap, whole - gap)
