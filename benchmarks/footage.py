"""Recordings cut together from several rides: laps in one file, and a run that leaves the trail.

Between two legs the picture jumps. A real lap has a way back and a real fork a bend from which both trails are seen;
neither is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np

from mtbsync_core.demo.encode import encode
from mtbsync_core.demo.lens import Optics
from mtbsync_core.demo.noise import Floats
from mtbsync_core.demo.pair import truth_of
from mtbsync_core.demo.parallel import frames_of, render_run
from mtbsync_core.demo.plan import DemoOptions, Ends, RunPlan, plan, run_rng
from mtbsync_core.demo.rider import Schedule, make_schedule
from mtbsync_core.files import replacing


@dataclass(frozen=True, slots=True)
class Footage:
    """One file: the legs that it shows, one after the other, in the size and encoding of the first."""

    legs: tuple[RunPlan, ...]

    def starts_s(self) -> Floats:
        """When each leg starts, seconds of the file's clock, shape (legs + 1,); the last is the end of the file."""
        frames = [len(leg.schedule.frame_times(leg.encoding.rate)) for leg in self.legs]
        return np.concatenate(([0.0], np.cumsum(frames) / float(self.legs[0].encoding.rate)))


def plain(o: DemoOptions) -> tuple[Footage, Footage]:
    """The two runs of a pair, as `plan` makes them, a leg each."""
    ref, new = plan(o)
    return Footage((ref,)), Footage((new,))


def laps(o: DemoOptions, count: int = 2) -> tuple[Footage, Footage]:
    """The reference rides its stretch `count` times in one file; the new run is that of the plain pair.

    Every lap is ridden differently, under sun flecks of its own.
    """
    ref, new = plan(o)
    trail, ends_m = ref.trail(), ref.schedule.s_m[[0, -1]]
    rounds = [ref]
    for lap in range(1, count):
        schedule = make_schedule(trail, ref.style, run_rng(o, 2 + lap), float(ends_m[0]), float(ends_m[1]), None)
        rounds.append(replace(ref, schedule=schedule, run_seed=(*ref.run_seed[:-1], 1 + lap)))
    return Footage(tuple(rounds)), Footage((new,))


def slow(o: DemoOptions) -> tuple[Footage, Footage]:
    """A pair at walking pace, 0.7 to 1.5 m/s by the seed, five times as long."""
    pace = np.random.default_rng([o.seed, 61]).uniform(0.15, 0.22)
    return plain(replace(o, pace=float(pace), seconds=5 * o.seconds))


def speed_ratios(o: DemoOptions) -> tuple[Footage, Footage]:
    """The new run half as fast as the reference, twice as fast, or in between, by the seed."""
    return plain(replace(o, speed_ratio=float(2 ** (((o.seed - 1) % 5 - 2) / 2))))


def various_lenses(o: DemoOptions) -> tuple[Footage, Footage]:
    """Lenses of 70 to 120 degrees, rectilinear or fisheye: one lens where the seed is odd, two where it is even."""
    rng = np.random.default_rng([o.seed, 62])
    ref, new = (Optics(float(np.radians(rng.uniform(35, 60))), bool(rng.random() < 0.5)) for _ in range(2))
    return plain(replace(o, optics=(ref, ref if o.seed % 2 else new)))


def all_kinds_of_ends(o: DemoOptions) -> tuple[Footage, Footage]:
    """Starts and ends of a pair of 24 s, by the seed: each run stands at the gate, or does not, and the new one starts
    up to 2 s earlier or later; the same at the end.
    """
    rng = np.random.default_rng([o.seed, 63])

    def stand() -> float:
        return float(rng.uniform(0.5, 3.0)) if rng.random() < 0.5 else 0.0

    def shift() -> float:
        return float(rng.choice([0.0, 1.4, rng.uniform(-2, 2)]))

    ends = Ends(ref_stands_s=(stand(), stand()), new_stands_s=(stand(), stand()), new_early_s=shift(), new_on_s=shift())
    return plain(replace(o, seconds=min(o.seconds, 24.0), ends=ends))


def fork(o: DemoOptions, common: float = 0.4) -> tuple[Footage, Footage]:
    """The new run follows the reference over the share `common` of its way; the rest is another trail of one look."""
    ref, new = plan(o)
    _, away = plan(replace(o, different_trail=True, look=o.seed if o.look is None else o.look))
    start_m, end_m = (float(s) for s in ref.schedule.s_m[[0, -1]])
    fork_m = start_m + common * (end_m - start_m)
    together = replace(new, schedule=part_of(new.schedule, start_m, fork_m))
    return Footage((ref,)), Footage((together, replace(away, schedule=part_of(away.schedule, fork_m, end_m))))


def part_of(whole: Schedule, start_m: float, end_m: float) -> Schedule:
    """The same riding between two arc lengths only, its clock starting at 0 there."""
    start_m, end_m = max(start_m, float(whole.s_m[0])), min(end_m, float(whole.s_m[-1]))
    within = (whole.s_m > start_m) & (whole.s_m < end_m)
    s = np.concatenate(([start_m], whole.s_m[within], [end_m]))
    t = whole.time(s)
    return Schedule(t - t[0], s)


def truths(ref: Footage, new: Footage) -> list[tuple[Floats, Floats]]:
    """Matching moments (s) on the clocks of the two files, shape (N,) each, for each two legs on one trail.

    Two laps of the reference give two truths, each of which is one right answer; none is left on different trails.
    """
    found = []
    for ref_start, a in zip(ref.starts_s(), ref.legs, strict=False):
        for new_start, b in zip(new.starts_s(), new.legs, strict=False):
            ref_s, new_s = truth_of(a, b)
            if len(ref_s):
                found.append((ref_start + ref_s, new_start + new_s))
    return found


def render(footage: Footage, path: Path) -> None:
    """Render and encode a file in this process, atomically; what sensors measured is written of a single leg only."""
    first, *more = footage.legs
    if not more:
        render_run(first, path)
        return
    frames = chain.from_iterable(frames_of(leg) for leg in footage.legs)
    with replacing(path) as scratch:
        encode(scratch, frames, first.width, first.height, first.encoding)
