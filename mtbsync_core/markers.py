"""`Marker` on one clock, `MovedMarker` on the new clock, and the step between: `transfer` through a time warp."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from statistics import NormalDist
from typing import Literal

from mtbsync_core.warp import TimeWarp

COLOURS = (
    *("Blue", "Cyan", "Green", "Yellow", "Red", "Pink", "Purple", "Fuchsia"),
    *("Rose", "Lavender", "Sky", "Mint", "Lemon", "Sand", "Cocoa", "Cream"),
)
"""The marker colours of DaVinci Resolve, the richest set among the editors; others are mapped on export."""

TOLERANCE_S = 0.3
"""Confidence is the probability that a marker lies within this of the true place, in seconds of the new clock."""

REVIEW_THRESHOLD = 0.75
"""Confidence below which a marker needs a look: at 0.6 the 90 % interval reaches 0.58 s to either side, at 0.75 0.43 s.
Of 3600 moments of six hard simulated pairs, one of them cropped to 9:16, 158 lie between the two: 46 of these are more
than 0.3 s off and 10 more than 0.5 s, and none of those from 0.75 on is. Of 1200 of easy pairs none lies between."""

Z90 = NormalDist().inv_cdf(0.95)
"""Half the width of the 90 % interval of a normal distribution, in standard deviations: 1.645."""

_MILLISECOND_S = 1.1e-3
"""What chapters count in, and a hair."""

Status = Literal["moved", "doubtful", "outside", "gap"]


@dataclass(frozen=True, slots=True)
class Marker:
    """A named place of a run: `t_s` and `duration_s` in seconds of the clock of the file that it belongs to."""

    name: str
    t_s: float
    duration_s: float = 0.0
    colour: str = ""
    comment: str = ""
    marker_id: str = ""
    custom: str = ""
    """Hidden text that an editor keeps with a marker (Resolve's customData)."""
    extra: dict[str, str] = field(default_factory=dict)
    """Columns of the source file that mean nothing here, kept for whoever they mean something to."""
    status: Status | Literal[""] = ""
    """Of a marker that was carried over, how that went; with it the three below."""
    needs_review: bool = False
    margin_s: float = 0.0
    """Half the width of the 90 % interval of `t_s`; 0 where nothing is known of it."""
    confidence: float = 0.0
    """P(|error| <= 0.3 s); 0 where nothing is known of it."""


@dataclass(frozen=True, slots=True)
class MovedMarker:
    """A reference marker carried to the new run. `t_new`, `t_lo`, `t_hi` (90 % interval) are None where not mapped."""

    source: Marker
    status: Status
    t_new: float | None
    t_lo: float | None
    t_hi: float | None
    duration_new_s: float
    confidence: float
    """P(|error| <= 0.3 s), 0 where not mapped."""
    needs_review: bool

    def on_new(self) -> Marker:
        """The marker as one of the new run.

        Raises:
            ValueError: it has no place there.
        """
        if self.t_new is None:
            raise ValueError(f"marker {self.source.name!r} has no place in the new run")
        return replace(
            self.source,
            t_s=self.t_new,
            duration_s=self.duration_new_s,
            status=self.status,
            needs_review=self.needs_review,
            margin_s=0.0 if self.t_hi is None else self.t_hi - self.t_new,
            confidence=self.confidence,
        )


def of_chapters(chapters: Sequence[Marker], end_s: float | None = None) -> list[Marker]:
    """Chapters as markers: one that lasts until the next, or to the end, is a place without a length.

    Args:
        chapters: in order of time, as long as their file says.
        end_s: the end of the recording; where it is not known, the last chapter is like the one before it.
    """
    ends = [*(chapter.t_s for chapter in chapters[1:]), math.inf if end_s is None else end_s]
    until_next = [abs(c.t_s + c.duration_s - end) <= _MILLISECOND_S for c, end in zip(chapters, ends, strict=False)]
    if end_s is None and len(chapters) > 1:
        until_next[-1] = until_next[-2]
    return [replace(c, duration_s=0.0) if whole else c for c, whole in zip(chapters, until_next, strict=True)]


def confidence_of(sigma_s: float, tolerance_s: float = TOLERANCE_S) -> float:
    """P(|error| <= tolerance) of a normal error with standard deviation `sigma_s`."""
    return 1.0 if sigma_s <= 0 else math.erf(tolerance_s / (sigma_s * math.sqrt(2)))


def transfer(
    markers: Iterable[Marker], warp: TimeWarp, *, review_threshold: float = REVIEW_THRESHOLD
) -> list[MovedMarker]:
    """Carry every marker over; none is left out, those without a place say why in `status`.

    A marker whose confidence is below `review_threshold`, or whose place only sensors know, is `doubtful` and needs
    review. A duration is mapped by its end where the end has a place, else kept as it was.
    """
    return [_carry(marker, warp, review_threshold) for marker in markers]


def _carry(marker: Marker, warp: TimeWarp, review_threshold: float) -> MovedMarker:
    place = warp.place(marker.t_s)
    if place != "inside":
        return MovedMarker(marker, place, None, None, None, marker.duration_s, 0.0, True)
    t_new = float(warp.to_new(marker.t_s))
    sigma = float(warp.uncertainty(marker.t_s))
    end = float(warp.to_new(marker.t_s + marker.duration_s))
    confidence = confidence_of(sigma)
    doubtful = confidence < review_threshold or warp.on_bridge(marker.t_s)
    return MovedMarker(
        source=marker,
        status="doubtful" if doubtful else "moved",
        t_new=t_new,
        t_lo=t_new - Z90 * sigma,
        t_hi=t_new + Z90 * sigma,
        duration_new_s=end - t_new if marker.duration_s and math.isfinite(end) else marker.duration_s,
        confidence=confidence,
        needs_review=doubtful,
    )
