"""Why a run's time of a sector does not count: gaps of its map, standing, parts that are not to be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.telemetry.track import runs_of
from mtbsync_core.timing.runs import Floats, Stack, TimedRun
from mtbsync_core.warp import Span

Flags = NDArray[np.uint8]

_STANDING = 5.0
"""Own seconds per trail second from which on a run stands."""
_SHORTEST_S = 1.0
"""Least stop, seconds, as of sensors (`telemetry.motion`)."""
_RIDING_S, _HALT_S = 3.0, 0.6
"""Trail seconds before a stand: from the first to the second the rider still rode, then he came to a halt."""
_BRAKING, _RIDING = 1.75, 2.0
"""In a fall the halt takes less than so many times as long as that way did before, and that was ridden in less than
twice the reference's time. Braking at 2.5 m/s^2 takes 2 (from 3 m/s) to 3 times as long, a fall at 15 m/s^2 1.2 to 1.6.
With 1.75 4 in 100 of 60 simulated falls are missed, and as many of 120 stops are taken for one; with 1.6 it is 10 and
1, with 1.8 3 and 7 (true maps with errors of 25 ms, stands told a tenth of a second late)."""
_VAGUE_S = 1.0
"""Deviation of a line's time from which on it tells nothing of the sectors beside it: the line is where the run stood,
or left the trail and came back, and may have been passed before or after that."""
_EDGE_S = 0.1
"""Trail seconds to which the ends of a gap are known, as most anchors are: a line nearer to one may lie in it."""
_STEP_S, _ASKED = 0.25, 15
"""Whether the reference stands is asked of so many runs, all along the trail in steps of a map's knots."""
_OTHERWISE = 0.5
"""A gap is a cut where the run took less than this share of the reference's time over it, and time spent aside where
the reference took less than this share of the run's; else both rode, and not the same way."""


class Flag(IntFlag):
    """What keeps a run out of a sector; 0 is clean."""

    OUTSIDE = 1
    """The run does not have all of the sector: it starts later, ends earlier, or a line lies in a gap."""
    CUT = 2
    """A part of the trail is left out: a short cut, or the camera was off."""
    DETOUR = 4
    """The run went another way."""
    ASIDE = 8
    """The run shows something else for a time, and goes on where it was: stood aside, walked back, fell."""
    STOP = 16
    """The rider stood."""
    CRASH = 32
    """The rider stood, and came to it at once. Sensors tell this, by `stands`; the map says that he stopped."""
    UNSURE = 64
    """The map is not to be trusted there."""

    @property
    def words(self) -> tuple[str, ...]:
        """What it says, for people."""
        return tuple(text for flag, text in _WORDS.items() if flag in self)


_WORDS = {
    Flag.OUTSIDE: "not ridden all through",
    Flag.CUT: "part of the trail left out",
    Flag.DETOUR: "another way",
    Flag.ASIDE: "off the trail for a time",
    Flag.STOP: "stopped",
    Flag.CRASH: "crash",
    Flag.UNSURE: "map not sure",
}


def sector_flags(
    runs: Sequence[TimedRun], stack: Stack, t_ref: Floats, new_s: Floats, sigma_s: Floats, stands: Stands
) -> Flags:
    """`Flag`s of each run's sectors, (R, L - 1), for lines at `t_ref` (L,), own seconds `new_s` (R, L) with deviations
    `sigma_s` (R, L).
    """
    a, b = t_ref[:-1], t_ref[1:]
    flags = np.where(np.isfinite(new_s[:, :-1]) & np.isfinite(new_s[:, 1:]), 0, Flag.OUTSIDE).astype(np.uint8)

    def put(run: NDArray[np.intp], within: NDArray[np.bool_], flag: Flag | Flags) -> None:
        np.bitwise_or.at(flags, run, np.where(within, np.asarray(flag, np.uint8), 0).astype(np.uint8))

    gap = np.flatnonzero(stack.gap)
    ref_s, own_s = (column[gap + 1] - column[gap] for column in (stack.ref_s, stack.new_s))
    kind = np.where(own_s < _OTHERWISE * ref_s, Flag.CUT, np.where(ref_s < _OTHERWISE * own_s, Flag.ASIDE, Flag.DETOUR))
    within = _overlap(stack.ref_s[gap] - _EDGE_S, stack.ref_s[gap + 1] + _EDGE_S, a, b)
    put(stack.run[gap], within, kind.astype(np.uint8)[:, None])

    own_a, own_b = new_s[stands.run, :-1], new_s[stands.run, 1:]
    put(stands.run, (own_a < stands.to_s[:, None]) & (own_b > stands.from_s[:, None]), stands.flag[:, None])

    spans = [(n, span) for n, run in enumerate(runs) for span in run.doubtful]
    if spans:
        from_s, to_s = np.array([span for _, span in spans]).T
        put(np.array([n for n, _ in spans]), _overlap(from_s, to_s, a, b), Flag.UNSURE)
    vague = sigma_s > _VAGUE_S
    flags[vague[:, :-1] | vague[:, 1:]] |= np.uint8(Flag.UNSURE)
    return flags


def _overlap(from_s: Floats, to_s: Floats, a: Floats, b: Floats) -> NDArray[np.bool_]:
    return (from_s[:, None] < b) & (to_s[:, None] > a)


class Stands:
    """When riders stood: P spans of all runs, (P,) each: `run`, `from_s`, `to_s` of its own clock, `flag`."""

    def __init__(self, runs: Sequence[TimedRun], stack: Stack) -> None:
        by_map = _standing(stack)
        for n, run in enumerate(runs):
            if run.is_reference and run.stands is None:
                by_map[n] = _reference_stands([other for other in runs if not other.is_reference])
        rows = [
            (n, *span)
            for n, run in enumerate(runs)
            for span in (run.stands if run.stands is not None else by_map.get(n, ()))
        ]
        table = np.array(rows, dtype=np.float64).reshape(-1, 3)
        self.run = table[:, 0].astype(np.intp)
        self.from_s, self.to_s = table[:, 1], table[:, 2]
        fell = [_fell(runs[n], from_s) for n, from_s in zip(self.run, self.from_s, strict=True)]
        self.flag = np.where(fell, Flag.STOP | Flag.CRASH, Flag.STOP).astype(np.uint8)

    def stood_s(self, new_s: Floats) -> Floats:
        """Seconds that each run stood from line to line, (R, L - 1), of own seconds (R, L); 0 where those are NaN."""
        own = new_s[self.run]
        within = np.minimum(own[:, 1:], self.to_s[:, None]) - np.maximum(own[:, :-1], self.from_s[:, None])
        found = np.zeros((len(new_s), new_s.shape[1] - 1))
        np.add.at(found, self.run, np.nan_to_num(within).clip(0.0))
        return found


def _fell(run: TimedRun, from_s: float) -> bool:
    """Whether a rider came to stand at once. Sensors tell when he stood, and the map how he rode up to there; the map
    alone smears a halt over too long.
    """
    warp = run.warp
    t = float(np.interp(from_s, warp.new_s, warp.ref_s))
    at = t - np.array([_RIDING_S, _HALT_S])
    if run.stands is None or run.is_reference or at[0] < warp.ref_s[0]:
        return False
    rode, came = np.interp(at, warp.ref_s, warp.new_s)
    riding = (came - rode) / (at[1] - at[0])
    return bool(riding < _RIDING and (from_s - came) / _HALT_S < _BRAKING * riding)


def _reference_stands(others: Sequence[TimedRun]) -> list[Span]:
    """Spans of the trail clock over which most runs pass at once what takes the reference a second or more."""
    if not others:
        return []
    stack = Stack.of(others[:_ASKED])
    t = np.arange(stack.ref_s.min(), stack.ref_s.max(), _STEP_S)
    steps = np.diff(stack.at(t)[0], axis=1)
    passed = np.isfinite(steps)
    median = np.median(np.where(passed, steps, _STEP_S), axis=0)
    spans = runs_of(passed.any(axis=0) & (median * _STANDING < _STEP_S))
    return [(float(t[a]), float(t[b])) for a, b in spans if t[b] - t[a] >= _SHORTEST_S]


def _standing(stack: Stack) -> dict[int, list[Span]]:
    """Spans of each run's own clock over which its map stands, by the run's number."""
    own, ref = np.diff(stack.new_s), np.diff(stack.ref_s)
    last = np.zeros(len(own), bool)
    last[stack.first[1:-1] - 1] = True  # from the last knot of one run to the first of the next
    standing = (own > _STANDING * ref) & ~stack.gap[:-1] & ~last
    found: dict[int, list[Span]] = {}
    for a, b in runs_of(standing):
        if stack.new_s[b] - stack.new_s[a] >= _SHORTEST_S:
            found.setdefault(int(stack.run[a]), []).append((float(stack.new_s[a]), float(stack.new_s[b])))
    return found
