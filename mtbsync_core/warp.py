"""`TimeWarp`: the strictly increasing map between the clocks of two runs, and the algebra of such maps.

Piecewise linear between knots, so that every face that applies it gets the same second. Outside the knots and inside a
gap (a part that only one of the runs shows) there is no answer, and none is made up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtbsync_core.errors import FormatError

Floats = NDArray[np.float64]
Place = Literal["inside", "gap", "outside"]
Kind = Literal["seen", "bridge", "gap"]
Span = tuple[float, float]
"""From and to, seconds of one clock."""

_EVERYWHERE: Span = (-np.inf, np.inf)
_SAME_S = 1e-6
"""Knots nearer than this are one: a thousandth of the time between two samples of the fastest sensors."""
_APART_S = 1e-3
"""Least time, on both clocks, from the end of a joined part to the next: below any recording's frame."""
_NO_PLACE_S = 0.3
"""Reference seconds below which a gap is no place to be: what may be in it may as well be behind it. The length that
benchmarks allow the ends of a gap to be off."""


class Segment(NamedTuple):
    """Neighbouring pairs of knots of one kind: from knot number `first` to knot number `last`."""

    kind: Kind
    first: int
    last: int


@dataclass(frozen=True, slots=True, eq=False)
class MonotoneMap:
    """Knots `ref_s`, `new_s`, `sigma_s`, each of shape (K,), K >= 2, in seconds on each file's own clock.

    `gaps` holds the index i of every pair of knots (knot i to knot i + 1) over which the runs do not correspond,
    `bridges` that of every pair that sensors were followed over because the pictures show nothing there. What
    `sigma_s` is a standard deviation of is said by the two kinds of map: `TimeWarp`, and the `Curve` of a fit.

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
            array = np.array(getattr(self, name), dtype=np.float64)
            array.flags.writeable = False
            object.__setattr__(self, name, array)
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

    def on_bridge(self, t_ref: float) -> bool:
        """Whether this place is known by sensors alone; the two ends of a bridge are not."""
        around = {int(np.searchsorted(self.ref_s, t_ref, side=side)) - 1 for side in ("left", "right")}
        return self.place(t_ref) == "inside" and around - {-1, len(self.ref_s) - 1} <= self.bridges

    def slope(self, t_ref: ArrayLike) -> Floats:
        """New seconds per reference second (above 1: the new run is slower there); NaN where not mapped."""
        t = np.asarray(t_ref, dtype=np.float64)
        rise = np.diff(self.new_s) / np.diff(self.ref_s)
        return np.where(np.isfinite(self.to_new(t)), rise[self._segment(t, self.ref_s)], np.nan)

    def half_answers(self, t_ref: Floats, half_s: Floats) -> Floats:
        """Half of the new seconds from `half_s` (N,) before mapped places `t_ref` (N,) to as much behind them, stops
        within included, and what lies in a gap that ends before that on the reference clock, or is so short there that
        nothing tells: the place may be before or behind it. Into a longer gap, and beyond the ends, both runs are taken
        as equally fast.
        """
        late, early = t_ref + half_s, t_ref - half_s
        return (self._reached(late, 1) - self._reached(early, 0)) / 2

    def _reached(self, t: Floats, side: int) -> Floats:
        """New seconds at reference seconds (N,) that were come to from before (`side` 1) or from behind (0)."""
        segment = self._segment(t, self.ref_s)
        before, behind = self.ref_s[segment], self.ref_s[segment + 1]
        near, far = (before, behind) if side else (behind, before)
        gap_end = np.where(behind - before < _NO_PLACE_S, far, near)
        ends = self.ref_s[[0, -1]]
        reached = np.where(np.isin(segment, list(self.gaps)), gap_end, t).clip(*ends)
        return np.asarray(np.interp(reached, self.ref_s, self.new_s) + (t - reached), np.float64)

    def mapped(self) -> list[Span]:
        """The parts of the reference clock that are mapped, as (start, end) seconds in order."""
        return [(float(part.ref_s[0]), float(part.ref_s[-1])) for part in self.parts()]

    @property
    def columns(self) -> Floats:
        """The knots as an array, (3, K): reference seconds, new seconds, sigma."""
        return np.stack([self.ref_s, self.new_s, self.sigma_s])

    @property
    def kinds(self) -> NDArray[np.str_]:
        """The `Kind` of every pair of neighbouring knots, (K - 1,)."""
        kinds = np.full(len(self.ref_s) - 1, "seen", dtype="<U6")
        kinds[list(self.gaps)] = "gap"
        kinds[list(self.bridges)] = "bridge"
        return kinds

    def segments(self) -> list[Segment]:
        """The whole map as segments, each of one kind throughout, in order."""
        kinds = self.kinds
        edges = [0, *(np.flatnonzero(kinds[1:] != kinds[:-1]) + 1), len(kinds)]
        return [Segment(kinds[a].item(), int(a), int(b)) for a, b in pairwise(edges)]

    def parts(self) -> list[Self]:
        """What lies between the gaps, each as a map without one."""
        edges = [0, *(i + 1 for i in sorted(self.gaps)), len(self.ref_s)]
        found = (self.select(np.arange(a, b)) for a, b in pairwise(edges))
        return [part for part in found if part is not None]

    def select(self, knots: NDArray[np.bool_] | NDArray[np.intp]) -> Self | None:
        """The map by some of its knots, given as a mask or by rising number; None where fewer than two are left.

        Over knots that are left out the map runs straight on, unless a gap or a bridge was there.
        """
        at = np.arange(len(self.ref_s))[knots]
        if len(at) < 2:
            return None
        between = self.kinds[: at[-1]]
        gap, bridge = (np.logical_or.reduceat(between == kind, at[:-1]) for kind in ("gap", "bridge"))
        return self._of(self.columns[:, at], _worst(gap, bridge))

    def clip(self, *, ref: Span = _EVERYWHERE, new: Span = _EVERYWHERE) -> Self | None:
        """The part within `ref` and `new` seconds, cut exactly there; None where nothing is left.

        An end that falls into a gap is drawn in to the edge of that gap.
        """
        first, last = np.interp(new, self.new_s, self.ref_s)
        low, high = max(ref[0], first, self.ref_s[0]), min(ref[1], last, self.ref_s[-1])
        inner = (self.ref_s > low + _SAME_S) & (self.ref_s < high - _SAME_S)
        at = np.concatenate([[low], self.ref_s[inner], [high]])
        at = at[np.isfinite(self.to_new(at))]
        if high - low <= 2 * _SAME_S or len(at) < 2:
            return None
        kinds = self.kinds[self._segment((at[1:] + at[:-1]) / 2, self.ref_s)]
        return self._of(np.stack([at, self.to_new(at), np.interp(at, self.ref_s, self.sigma_s)]), kinds)

    def cut(self, t_ref: float) -> tuple[Self | None, Self | None]:
        """The parts before and behind a reference time; `join` makes the whole of them again."""
        return self.clip(ref=(-np.inf, t_ref)), self.clip(ref=(t_ref, np.inf))

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """One map through all parts, in the order given: without a break where the next begins at the knot at which
        one ends, and with a gap between them otherwise. What of a part does not lie ahead of the one before is cut off.

        Raises:
            ValueError: no part given.
        """
        if not parts:
            raise ValueError("nothing to join")
        columns, kinds = [parts[0].columns], [parts[0].kinds]
        for part in parts[1:]:
            end = columns[-1][:2, -1]
            if part.ref_s[0] == end[0] and part.new_s[0] == end[1]:
                columns.append(part.columns[:, 1:])
                kinds.append(part.kinds)
            else:
                ahead = part.select((part.ref_s > end[0] + _APART_S) & (part.new_s > end[1] + _APART_S))
                if ahead is not None:
                    columns.append(ahead.columns)
                    kinds += [np.array(["gap"]), ahead.kinds]
        return cls._of(np.concatenate(columns, axis=1), np.concatenate(kinds))

    def bridged(self, ref_s: Floats, new_s: Floats, sigma_s: Floats) -> Self:
        """The map with knots (B,) that sensors know, in one of its gaps or beyond one of its ends, as a bridge to what
        is beside them.
        """
        at = int(np.searchsorted(self.ref_s, ref_s[0]))
        columns = np.insert(self.columns, [at], [ref_s, new_s, sigma_s], axis=1)
        before, behind = self.kinds[: max(at - 1, 0)], self.kinds[at:]
        inserted = ["bridge"] * (columns.shape[1] - 1 - len(before) - len(behind))
        return self._of(columns, np.concatenate([before, inserted, behind]))

    @classmethod
    def _of(cls, columns: Floats, kinds: NDArray[np.str_]) -> Self:
        gaps, bridges = (frozenset(np.flatnonzero(kinds == kind).tolist()) for kind in ("gap", "bridge"))
        ref_s, new_s, sigma_s = columns
        return cls(ref_s, new_s, sigma_s, gaps, bridges)

    def _segment(self, t: Floats, clock: Floats) -> NDArray[np.intp]:
        return np.clip(np.searchsorted(clock, t, side="right") - 1, 0, len(clock) - 2)

    def _look_up(self, t: ArrayLike, clock: Floats, values: Floats) -> Floats:
        at = np.asarray(t, dtype=np.float64)
        found = np.interp(at, clock, values, left=np.nan, right=np.nan)
        if self.gaps:
            # A knot at the edge of a gap still belongs to the mapped part beside it.
            lost = np.isin(self._segment(at, clock), list(self.gaps)) & ~np.isin(at, clock)
            found = np.where(lost, np.nan, found)
        return np.asarray(found, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class TimeWarp(MonotoneMap):
    """The map as it is applied and kept in files: `sigma_s` is one standard deviation of `new_s` at a given reference
    moment, in seconds of the new clock.
    """

    def uncertainty(self, t_ref: ArrayLike) -> Floats:
        """One standard deviation of `to_new`, in seconds of the new clock; NaN where that is NaN."""
        return self._look_up(t_ref, self.ref_s, self.sigma_s)

    def invert(self) -> TimeWarp:
        """The map from the new clock to the reference's.

        Its standard deviation is that of this one over the slope around each knot: from the knot before to the one
        behind it, but not over a gap, and 1 at a knot between two gaps.
        """
        ref, new = np.diff(self.ref_s), np.diff(self.new_s)
        ref[list(self.gaps)] = new[list(self.gaps)] = 0.0
        run, rise = (np.convolve(steps, [1.0, 1.0]) for steps in (ref, new))
        slopes = np.where(run > 0, rise, 1.0) / np.where(run > 0, run, 1.0)
        return replace(self, ref_s=self.new_s, new_s=self.ref_s, sigma_s=self.sigma_s / slopes)

    def compose(self, then: TimeWarp) -> TimeWarp | None:
        """The map from this one's reference clock to `then`'s new clock, `then`'s reference clock being this one's new
        one; None where the two have nothing in common. `a.invert().compose(b)` goes from run a to run b by the
        reference that both were aligned with.

        Errors of the two are taken as independent, so their squares add (JCGM 100:2008, equation 10): the second's
        sigma, and half of what it answers from one of the first's sigmas before to one behind: a stop counts whole.
        """
        at = np.concatenate([self.ref_s, self.to_ref(then.ref_s)])
        between = np.concatenate([self.new_s, then.ref_s])
        answers = then.to_new(between)
        order = np.argsort(at, kind="stable")
        order = order[np.isfinite(at[order]) & np.isfinite(answers[order])]
        order = order[strictly_increasing(at[order], answers[order], _SAME_S)]
        if len(order) < 2:
            return None
        at, between, answers = at[order], between[order], answers[order]
        carried = then.half_answers(between, np.interp(at, self.ref_s, self.sigma_s))
        sigma = np.hypot(then.uncertainty(between), carried)
        # Between two knots of both there is either an answer throughout or none.
        middle = (at[1:] + at[:-1]) / 2
        first = self.kinds[self._segment(middle, self.ref_s)]
        second = then.kinds[then._segment(np.interp(middle, self.ref_s, self.new_s), then.ref_s)]
        gap, bridge = ((first == kind) | (second == kind) for kind in ("gap", "bridge"))
        return self._of(np.stack([at, answers, sigma]), _worst(gap, bridge))

    def knots(self) -> list[list[float]]:
        """JSON-ready rows [ref_s, new_s, sigma_s], at full precision so that a reader gets the same warp."""
        rows: list[list[float]] = self.columns.T.tolist()
        return rows

    @classmethod
    def from_knots(cls, knots: Iterable[Any], gaps: Iterable[int] = (), bridges: Iterable[int] = ()) -> TimeWarp:
        """Inverse of `knots`.

        Raises:
            FormatError: the rows are not three numbers each, or no valid warp.
        """
        try:
            rows = np.array([tuple(row) for row in knots], dtype=np.float64)
            return cls(rows[:, 0], rows[:, 1], rows[:, 2], frozenset(gaps), frozenset(bridges))
        except (TypeError, ValueError, IndexError) as error:
            raise FormatError(f"the knots of the time warp are damaged: {error}") from error


def _worst(gap: NDArray[np.bool_], bridge: NDArray[np.bool_]) -> NDArray[np.str_]:
    """What segments (S,) are that are made of several: a gap where one of them is, else a bridge where one is."""
    return np.where(gap, "gap", np.where(bridge, "bridge", "seen"))


def strictly_increasing(ref_s: Floats, new_s: Floats, least_s: float) -> NDArray[np.intp]:
    """Numbers of the knots (K,) that lie more than `least_s` behind the last one kept, on both clocks; the first is."""
    kept: list[int] = []
    for i, (ref, new) in enumerate(zip(ref_s.tolist(), new_s.tolist(), strict=True)):
        if not kept or min(ref - ref_s[kept[-1]], new - new_s[kept[-1]]) > least_s:
            kept.append(i)
    return np.array(kept, np.intp)
