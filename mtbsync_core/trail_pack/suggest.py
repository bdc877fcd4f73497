"""`suggest_lines`: places of a reference for sector lines, each with its reason.

    decisive   where many runs gain or lose: over `WINDOW_S` of the reference the times of the runs, each by its own
               overall pace, spread by more than usual on this trail and by more than their maps are uncertain
    a turn     the heading changes by `TURN_DEG` and more within two seconds
    a stop     the rider stands for `STOP_S` and more; the line is where riding goes on, since who stands is at a line
               for as long
    evenly     else, in the middle of what is longest without a line

The best are taken first, and none nearer to another one than half of an even spacing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.markers import Marker
from mtbsync_core.robust import mad_sd
from mtbsync_core.telemetry.lens import Lens
from mtbsync_core.telemetry.track import Motion, runs_of
from mtbsync_core.timecode import minutes_seconds
from mtbsync_core.timing.deviation import of_difference
from mtbsync_core.vision.index import FrameIndex
from mtbsync_core.vision.registry import matcher_named
from mtbsync_core.warp import TimeWarp

Floats = NDArray[np.float64]

FEWEST_RUNS = 3
"""Runs that tell where a trail is decided."""
WINDOW_S = 3.0
TURN_DEG = 45.0
STOP_S = 2.0
_STEP_S = 0.25
_ABOVE = 1.5
"""Times the usual spread of the trail from which a place is decisive."""
_AFTER_STOP_S = 0.5
_ENDS_S = 2.0
"""At both ends of a recording there are no lines: runs begin and end somewhere there."""
_SECTOR_S = 30.0
"""Usual length of a sector, by which the number of lines goes."""
_STANDING = 0.004
"""Of half of the picture's width a second: corners of who stands move less."""
_FEWEST_PAIRS = 8


@dataclass(frozen=True, slots=True)
class Line:
    """A place, seconds of the reference's clock, and why; `weight` says how good it is, 1 a turn of 90 degrees."""

    t_s: float
    reason: str
    weight: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Turning:
    """How a camera turned: arrays (N,); `t_s` seconds, `yaw_rps` rad/s, positive to the left, `still` who stands."""

    t_s: Floats
    yaw_rps: Floats
    still: NDArray[np.bool_]
    by: str
    """What tells, in words."""

    @classmethod
    def of_motion(cls, motion: Motion) -> Turning:
        """By the gyroscope."""
        return cls(motion.t_s, motion.yaw_rps, motion.still, "by the gyroscope")

    @classmethod
    def of_pictures(cls, index: FrameIndex) -> Turning:
        """By the optical flow: the median of how far corners go sideways from one sample to the next, through a lens
        as wide as usual. What the rider nears moves to all sides alike.
        """
        matcher, steps, t_s = matcher_named(index.matcher), np.diff(index.t_s), index.t_s
        aside, moved = np.zeros(len(steps)), np.full(len(steps), np.inf)
        for n in range(len(steps) if index.features else 0):
            before, after = index.corners(n), index.corners(n + 1)
            pairs = matcher.pairs(before, after, 300)
            if len(pairs) >= _FEWEST_PAIRS:
                way = after.xy[pairs[:, 1]] - before.xy[pairs[:, 0]]
                aside[n], moved[n] = np.median(way[:, 0]), np.median(np.hypot(*way.T))
        still = moved / steps < _STANDING
        return cls((t_s[1:] + t_s[:-1]) / 2, aside * Lens().half_rad / steps, still, "by the pictures")


def usual_count(duration_s: float) -> int:
    """Lines for a recording of this length: 3 to 6."""
    return int(np.clip(round(duration_s / _SECTOR_S), 3, 6))


def suggest_lines(duration_s: float, count: int, turning: Turning | None, runs: Sequence[TimeWarp] = ()) -> list[Line]:
    """So many lines by rising time.

    Args:
        turning: of the reference, where that is known.
        runs: maps of runs to the reference; fewer than `FEWEST_RUNS` tell nothing.
    """
    ends_s = min(_ENDS_S, duration_s / 10)
    low, high = ends_s, duration_s - ends_s
    apart_s = (high - low) / max(1, count) / 2
    found = [*_decisive(runs, low, high)]
    if turning is not None:
        found += [*_turns(turning), *_stops(turning)]
    chosen: list[Line] = []
    for line in sorted(found, key=lambda one: -one.weight):
        inside = low <= line.t_s <= high
        if len(chosen) < count and inside and all(abs(line.t_s - one.t_s) >= apart_s for one in chosen):
            chosen.append(line)
    chosen += [*_evenly(chosen, count - len(chosen), duration_s)]
    return sorted(chosen, key=lambda one: one.t_s)


def as_markers(lines: Sequence[Line]) -> list[Marker]:
    """The lines as markers to edit, with their reasons as comments."""
    return [Marker(f"Split {n}", round(line.t_s, 2), comment=line.reason) for n, line in enumerate(lines, start=1)]


def _decisive(runs: Sequence[TimeWarp], low: float, high: float) -> Iterator[Line]:
    if len(runs) < FEWEST_RUNS or high - low < 2 * WINDOW_S:
        return
    at = np.arange(low, high - WINDOW_S, _STEP_S)
    took = np.array([run.to_new(at + WINDOW_S) - run.to_new(at) for run in runs])
    unsure = np.array([of_difference(run.uncertainty(at), run.uncertainty(at + WINDOW_S), WINDOW_S) for run in runs])
    enough = np.isfinite(took).sum(axis=0) >= FEWEST_RUNS
    if not enough.any():
        return
    at, took, unsure = at[enough], took[:, enough], unsure[:, enough]
    pace = np.nanmedian(took, axis=1, keepdims=True) / WINDOW_S
    late = took - pace * WINDOW_S
    spread = np.array([mad_sd(column[np.isfinite(column)]) for column in late.T])
    least = np.maximum(_ABOVE * np.median(spread), np.nanmedian(unsure, axis=0))
    taken = np.zeros(len(at), bool)
    for n in np.argsort(-spread, kind="stable").tolist():
        if taken[n] or spread[n] <= least[n]:
            continue
        taken |= np.abs(at - at[n]) < WINDOW_S
        known = late[np.isfinite(late[:, n]), n]
        slow, fast = np.quantile(known, [0.75, 0.25])
        first, last = (minutes_seconds(t, 1) for t in (at[n], at[n] + WINDOW_S))
        loses = f"loses {slow - fast:.2f} s and more to the faster one"
        reason = f"decisive: from {first} to {last} the slower quarter of {len(known)} runs {loses}"
        yield Line(float(at[n]), reason, 1.0 + float(spread[n] / max(np.median(spread), 1e-3)))


def _turns(turning: Turning) -> Iterator[Line]:
    t_s = np.arange(turning.t_s[0] + 1, turning.t_s[-1] - 1, _STEP_S)
    if len(t_s) < 3:
        return
    steps = np.diff(turning.t_s, append=turning.t_s[-1])
    heading = np.concatenate([[0.0], np.cumsum(turning.yaw_rps * steps)[:-1]])
    turned = np.degrees(np.interp(t_s + 1, turning.t_s, heading) - np.interp(t_s - 1, turning.t_s, heading))
    for first, end in runs_of(np.abs(turned) >= TURN_DEG):
        n = first + int(np.abs(turned[first:end]).argmax())
        side = "left" if turned[n] > 0 else "right"
        reason = f"a turn to the {side}, {abs(turned[n]):.0f}° in two seconds {turning.by}"
        yield Line(float(t_s[n]), reason, min(abs(float(turned[n])) / 90, 1.9))


def _stops(turning: Turning) -> Iterator[Line]:
    for first, end in runs_of(turning.still):
        begins, ends = float(turning.t_s[first]), float(turning.t_s[min(end, len(turning.t_s) - 1)])
        if ends - begins >= STOP_S:
            reason = f"riding goes on after a stop of {ends - begins:.1f} s, {turning.by}"
            yield Line(ends + _AFTER_STOP_S, reason, min((ends - begins) / 5, 1.0))


def _evenly(chosen: Sequence[Line], more: int, duration_s: float) -> Iterator[Line]:
    """So many more lines, evenly in the parts between the chosen ones: each in the part with the longest sectors."""
    ends = np.array([0.0, *sorted(line.t_s for line in chosen), duration_s])
    inside = np.zeros(len(ends) - 1, int)
    for _ in range(more):
        inside[(np.diff(ends) / (inside + 1)).argmax()] += 1
    for first, last, number in zip(ends[:-1], ends[1:], inside.tolist(), strict=True):
        between = f"{minutes_seconds(first)} and {minutes_seconds(last)}"
        for t_s in np.linspace(first, last, number + 2)[1:-1].tolist():
            yield Line(t_s, f"even spacing: nothing stands out between {between}")
