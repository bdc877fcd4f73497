"""Of several recordings of one trail the one that goes with a new run: shot most like it, or with the best evidence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from mtbsync_core.alignment.options import AlignOptions
from mtbsync_core.alignment.passes import SEVERAL
from mtbsync_core.alignment.pipeline import align_indexes
from mtbsync_core.errors import EvidenceError
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.runs.index_store import KeptIndexes
from mtbsync_core.vision.index import FrameIndex, IndexOptions, build_index

SEASON_DAYS = 45.0
HOURS = 3.0
"""So many days of the year and so many hours of the day are as far apart as each other: half a season, half a morning.
Twice or half of one lets it count half or twice as much; it matters where one reference is nearer in season and another
one in hour.
"""

ALIKE = 0.1
"""References this near to the nearest one, in those units, are as near as it: four days, or a third of an hour. At half
of it the rides of one afternoon are told apart by minutes, which change nothing; at twice those of a week are one.
"""


def choose_reference(references: Sequence[MediaInfo], new: MediaInfo, indexes: KeptIndexes) -> tuple[int, str]:
    """The number of the reference to take, and why: the nearest; of several as near, the clearest to follow.

    Raises:
        MtbsyncError: a recording cannot be used.
    """
    near = nearest_references(references, new)
    if len(near) == 1:
        return near[0], "it is nearest in season and hour"
    if new.duration_s >= SEVERAL * min(references[n].duration_s for n in near):  # it is searched for rides
        return near[0], "it is the first, and none is nearer in season and hour"
    return near[_strongest([references[n] for n in near], new, indexes)], "its evidence is the strongest"


def nearest_references(references: Sequence[MediaInfo], new: MediaInfo) -> list[int]:
    """The numbers of those that are nearest in season and hour, by the cameras' clocks: one, or several `ALIKE`.

    References whose camera wrote no time come last; where no times are known all are as near.
    """
    apart = [_apart(reference.creation_time, new.creation_time) for reference in references]
    nearest = min(apart)
    return [n for n, far in enumerate(apart) if far == nearest or far - nearest < ALIKE]


def strongest_reference(seen: Iterable[tuple[FrameIndex, FrameIndex]], options: AlignOptions, threads: int) -> int:
    """The number of the reference that the new run follows most clearly.

    `seen` has the index of each reference, and that of the new run to compare it with. Each pair is aligned by whole
    pictures alone; what counts is its log evidence above that of the same run backwards and shuffled, nats.
    """
    quick = replace(options, method="lattice", refine=False, telemetry=False)
    evidence = []
    for ref, new in seen:
        try:
            quality = align_indexes(ref, new, options=quick, threads=threads).quality
        except EvidenceError:
            evidence.append(-math.inf)
        else:
            evidence.append((quality.evidence or 0.0) - (quality.null_evidence or 0.0))
    return max(range(len(evidence)), key=evidence.__getitem__)


def _strongest(references: Sequence[MediaInfo], new: MediaInfo, indexes: KeptIndexes) -> int:
    quick = replace(indexes.options.index, n_features=0)
    news: dict[IndexOptions, FrameIndex] = {}
    seen = []
    for reference in references:
        beside = quick.beside(new, reference)
        if beside not in news:
            news[beside] = build_index(new, beside, threads=indexes.threads)
        kept = indexes.of(reference, new)
        once = quick.beside(reference, new)
        index = kept[0] if kept is not None else build_index(reference, once, threads=indexes.threads)
        seen.append((index, news[beside]))
    return strongest_reference(seen, indexes.options, indexes.threads)


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
