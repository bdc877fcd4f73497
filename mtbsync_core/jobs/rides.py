"""`Ride`: one of several rides of the reference in a file, and how much of the file may be looked at for it.

Parts of one file are each looked at up to half-way to the next: what two laps both show would match itself, and a ride
is not to be mixed up with its neighbour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from mtbsync_core.alignment.passes import Pass
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.jobs.excerpt import Excerpt
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.telemetry.track import Telemetry
from mtbsync_core.warp import Span

HANDLES_S = 20.0
"""Seconds by which a part is looked at beyond both ends, since editors trim."""


@dataclass(frozen=True, slots=True)
class Ride:
    """One ride of the reference in a new run, or the new run itself; seconds of the file."""

    new: Excerpt
    media: MediaInfo
    pace: float
    """As `excerpt.pace` gives it for the file."""
    telemetry: Telemetry
    """Of the whole file."""
    beside: tuple[Excerpt, ...] = ()
    """The other rides of the new run."""

    @property
    def span(self) -> Span:
        """Where it is, on the clock of the excerpt."""
        return self.new.from_s / self.pace, min(self.new.to_s, self.media.duration_s) / self.pace

    def with_pairs(self, pairs: Iterable[UserPair]) -> tuple[Ride, list[UserPair]]:
        """Those of the pairs that are of this ride and of no other one. One beyond its ends makes it longer."""
        if not self.beside:
            return self, list(pairs)
        low, high = reach(self.media, self.new, self.beside)
        mine = [pair for pair in pairs if low <= pair.new_s < high]
        from_s = min([self.new.from_s, *(pair.new_s for pair in mine)])
        to_s = max([self.new.to_s, *(pair.new_s for pair in mine)])
        return replace(self, new=replace(self.new, from_s=from_s, to_s=to_s)), mine


def parts_of(new: Excerpt, found: Sequence[Pass]) -> list[Excerpt]:
    """The rides as parts of the new run that have no moment in common; none where there are not two of them."""
    if len(found) < 2:
        return []
    cuts = [new.from_s, *((one.to_s + other.from_s) / 2 for one, other in pairwise(found)), new.to_s]
    parts = [
        replace(new, from_s=max(one.from_s, low, new.from_s), to_s=min(one.to_s, high, new.to_s))
        for one, (low, high) in zip(found, pairwise(cuts), strict=True)
    ]
    return [part for part in parts if part.from_s < part.to_s]


def looked_at(media: MediaInfo, excerpt: Excerpt, beside: Sequence[Excerpt]) -> Span:
    """What is looked at first: the part with its handles."""
    low, high = reach(media, excerpt, beside)
    return max(low, excerpt.from_s - HANDLES_S), min(high, excerpt.to_s + HANDLES_S)


def reach(media: MediaInfo, excerpt: Excerpt, beside: Sequence[Excerpt]) -> Span:
    """All of a file that may be looked at for a part of it: its side of the middle to each of the parts beside it."""
    low, high = 0.0, media.duration_s
    for other in beside:
        if other.to_s <= excerpt.from_s:
            low = max(low, (other.to_s + excerpt.from_s) / 2)
        elif excerpt.to_s <= other.from_s:
            high = min(high, (excerpt.to_s + other.from_s) / 2)
    return low, high
