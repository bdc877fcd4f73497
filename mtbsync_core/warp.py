"""`TimeWarp`: the strictly increasing map between the clocks of the reference run and the new run.

Piecewise linear between knots, so that every face that applies it gets the same second. Outside the knots and inside a
gap (a stretch that only one of the runs shows) there is no answer, and none is made up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtbsync_core.errors import FormatError

Floats = NDArray[np.float64]
Place = Literal["inside", "gap", "outside"]


def _frozen(values: ArrayLike) -> Floats:
    array = np.array(values, dtype=np.float64)
    array.flags.writeable = False
    return array


@dataclass(frozen=True, slots=True, eq=False)
class TimeWarp:
    """Knots `ref_s`, `new_s`, `sigma_s`, each of shape (K,), K >= 2, in seconds on each file's own clock.

    `sigma_s` is one standard deviation of `new_s`. `gaps` holds the index i of every segment (knot i to knot i + 1)
    over which the runs do not correspond, `bridges` that of every segment that sensors were followed over because
    the pictures show nothing there.

    Raises:
        FormatError: shapes differ, values are not finite, or a clock does not strictly increase.
    """

    ref_s: Floats
    new_s: Floats
    sigma_s: Floats
    gaps: frozenset[int] = field(default_factory=frozenset)
    bridges: frozenset[int] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        for name in ("ref_s", "new_s", "sigma_s"):
            object.__setattr__(self, name, _frozen(getattr(self, name)))
        for name in ("gaps", "bridges"):
            object.__setattr__(self, name, frozenset(int(i) for i in getattr(self, name)))
        shape = self.ref_s.shape
        if len(shape) != 1 or shape[0] < 2 or self.new_s.shape != shape or self.sigma_s.shape != shape:
            raise FormatError("a time warp needs at least two knots, each with ref, new and sigma")
        if not all(np.isfinite(a).all() for a in (self.ref_s, self.new_s, self.sigma_s)):
            raise FormatError("a time warp holds values that are not finite")
        if (np.diff(self.ref_s) <= 0).any() or (np.diff(self.new_s) <= 0).any():
            raise FormatError("the knots of a time warp must strictly increase on both clocks")
        if (self.sigma_s < 0).any():
            raise FormatError("the sigma of a time warp cannot be negative")
        if any(not 0 <= i < shape[0] - 1 for i in self.gaps | self.bridges):
            raise FormatError("a gap or a bridge of a time warp names a segment that does not exist")
        if self.gaps & self.bridges:
            raise FormatError("a segment of a time warp is either a gap or a bridge")

    def place(self, t_ref: float) -> Place:
        """Whether a reference time is mapped (`inside`), in a `gap`, or `outside` the knots."""
        if not self.ref_s[0] <= t_ref <= self.ref_s[-1]:
            return "outside"
        return "inside" if np.isfinite(self.to_new(t_ref)) else "gap"

    def to_new(self, t_ref: ArrayLike) -> Floats:
        """Reference seconds to new seconds, any shape; NaN where the place is not `inside`."""
        return self._look_up(t_ref, self.ref_s, self.new_s)

    def to_ref(self, t_new: ArrayLike) -> Floats:
        """New seconds to reference seconds, any shape; NaN outside the knots and in gaps."""
        return self._look_up(t_new, self.new_s, self.ref_s)

    def uncertainty(self, t_ref: ArrayLike) -> Floats:
        """One standard deviation of `to_new`, in seconds of the new clock; NaN where that is NaN."""
        return self._look_up(t_ref, self.ref_s, self.sigma_s)

    def on_bridge(self, t_ref: float) -> bool:
        """Whether this place is known by sensors alone; the two ends of a bridge are not."""
        around = {int(np.searchsorted(self.ref_s, t_ref, side=side)) - 1 for side in ("left", "right")}
        return self.place(t_ref) == "inside" and around - {-1, len(self.ref_s) - 1} <= self.bridges

    def slope(self, t_ref: ArrayLike) -> Floats:
        """New seconds per reference second (above 1: the new run is slower there); NaN where not mapped."""
        t = np.asarray(t_ref, dtype=np.float64)
        rise = np.diff(self.new_s) / np.diff(self.ref_s)
        return np.where(np.isfinite(self.to_new(t)), rise[self._segment(t, self.ref_s)], np.nan)

    def mapped(self) -> list[tuple[float, float]]:
        """The stretches of the reference clock that are mapped, as (start, end) seconds in order."""
        edges = [0, *(i + 1 for i in sorted(self.gaps))]
        ends = [*sorted(self.gaps), len(self.ref_s) - 1]
        return [(float(self.ref_s[a]), float(self.ref_s[b])) for a, b in zip(edges, ends, strict=True) if b > a]

    def knots(self) -> list[list[float]]:
        """JSON-ready rows [ref_s, new_s, sigma_s], at full precision so that a reader gets the same warp."""
        rows: list[list[float]] = np.stack([self.ref_s, self.new_s, self.sigma_s], axis=1).tolist()
        return rows

    @classmethod
    def from_knots(cls, knots: Iterable[Any], gaps: Iterable[int] = (), bridges: Iterable[int] = ()) -> TimeWarp:
        """Inverse of `knots`.

        Raises:
            FormatError: the rows are not three numbers each, or no valid warp.
        """
        try:
            rows = np.array([tuple(row) for row in knots], dtype=np.float64)
            marked = (frozenset(int(i) for i in some) for some in (gaps, bridges))
            return cls(rows[:, 0], rows[:, 1], rows[:, 2], *marked)
        except (TypeError, ValueError, IndexError) as error:
            raise FormatError(f"the knots of the time warp are damaged: {error}") from error

    def _segment(self, t: Floats, clock: Floats) -> NDArray[np.intp]:
        return np.clip(np.searchsorted(clock, t, side="right") - 1, 0, len(clock) - 2)

    def _look_up(self, t: ArrayLike, clock: Floats, values: Floats) -> Floats:
        at = np.asarray(t, dtype=np.float64)
        found = np.interp(at, clock, values, left=np.nan, right=np.nan)
        if self.gaps:
            # A knot at the edge of a gap still belongs to the mapped stretch beside it.
            lost = np.isin(self._segment(at, clock), list(self.gaps)) & ~np.isin(at, clock)
            found = np.where(lost, np.nan, found)
        return np.asarray(found, dtype=np.float64)
