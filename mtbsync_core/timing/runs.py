"""`TimedRun`: a run with its map from the trail clock; and `Stack`, the maps of many runs looked up at once.

The trail clock is the reference's. A map gives the run's own second at a moment of it, so that a time between two
places is a difference of two look-ups, and the reference itself is a run whose map is the identity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.telemetry.track import Track
from mtbsync_core.warp import Span, TimeWarp

Floats = NDArray[np.float64]
Indexes = NDArray[np.intp]

_ROUNDED_S = 1e-7
"""Far more than what sums of many trails' lengths are rounded by, far less than any time between two knots."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TimedRun:
    """A run of the trail: `warp` maps trail seconds to seconds of its own clock."""

    name: str
    warp: TimeWarp
    rider: str = ""
    date: str = ""
    """Day of the run, as in its `run.json`."""
    media: MediaInfo | None = None
    stands: tuple[Span, ...] | None = None
    """When the rider stood, by sensors, seconds of the own clock; None: the map tells (`standing`)."""
    doubtful: tuple[Span, ...] = ()
    """Parts of the map that are not to be trusted (`weak` of `timewarp.json`, but for gaps), trail seconds."""
    track: Track | None = None
    """Where it went by GPS, on its own clock."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """The line that was ridden, such as "A" or "B", by the name of a sector."""

    @classmethod
    def reference(cls, name: str, end_s: float, **about: object) -> Self:
        """The reference, `end_s` seconds long, whose clock is the trail's."""
        ends = np.array([0.0, end_s])
        return cls(name=name, warp=TimeWarp(ends, ends, np.zeros(2)), **about)  # type: ignore[arg-type]

    @property
    def is_reference(self) -> bool:
        """Whether the trail clock is this run's own, known exactly."""
        return np.array_equal(self.warp.ref_s, self.warp.new_s) and not self.warp.sigma_s.any()


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """The knots of R maps end to end, (K,) each: one binary search finds any moments of all of them.

    `first` (R + 1,) is where each map begins; `gap` (K,) whether no answer lies between a knot and the next of its map.
    """

    ref_s: Floats
    new_s: Floats
    sigma_s: Floats
    gap: NDArray[np.bool_]
    first: Indexes

    @classmethod
    def of(cls, runs: Sequence[TimedRun]) -> Self:
        """The maps of these runs, at least one, in their order."""
        warps = [run.warp for run in runs]
        first = np.concatenate([[0], np.cumsum([len(warp.ref_s) for warp in warps])])
        gap = np.zeros(first[-1], bool)
        for start, warp in zip(first, warps, strict=False):
            gap[[start + i for i in warp.gaps]] = True
        ref_s, new_s, sigma_s = np.concatenate([warp.columns for warp in warps], axis=1)
        return cls(ref_s, new_s, sigma_s, gap, first)

    @property
    def run(self) -> Indexes:
        """The number of the run that each knot is of, (K,)."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    def at(self, t_ref: Floats) -> tuple[Floats, Floats]:
        """Own seconds and their standard deviation at trail moments (L,), (R, L) each; NaN outside and in gaps."""
        low, high = self.ref_s.min() - 1.0, self.ref_s.max() + 1.0
        width = high - low
        number = np.arange(len(self.first) - 1)[:, None]
        asked = t_ref.clip(low, high) - low + number * width
        # Where one map ends and the next begins a clipped segment takes an answer only at its very ends.
        at = np.searchsorted(self.ref_s - low + self.run * width, asked, side="right") - 1
        at = at.clip(self.first[:-1, None], self.first[1:, None] - 2)
        # Beside a knot the sums above may be rounded to its other side.
        past = t_ref - self.ref_s[at]
        length = self.ref_s[at + 1] - self.ref_s[at]
        share = (
            np.where(np.abs(past) < _ROUNDED_S, 0.0, np.where(np.abs(past - length) < _ROUNDED_S, length, past))
            / length
        )
        known = (share >= 0) & (share <= 1) & ~(self.gap[at] & (share > 0) & (share < 1))
        new_s, sigma_s = (
            np.where(known, column[at] + share * (column[at + 1] - column[at]), np.nan)
            for column in (self.new_s, self.sigma_s)
        )
        return new_s, sigma_s


def common_span(runs: Sequence[TimedRun]) -> Span:
    """The trail seconds that all of the runs have, from the last start to the first end; empty where from > to."""
    return max(float(r.warp.ref_s[0]) for r in runs), min(float(r.warp.ref_s[-1]) for r in runs)
