"""Twelve runs of one simulated trail with known times: six clean ones, and one each with a stop, a crash, a detour,
a short cut, a time spent aside, and a pause of the rider.

They ride the same ground at their own pace, line and light, so that each one's time at any place is known exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np

from benchmarks.footage import Footage, part_of
from mtbsync_core.demo.difficulty import RunStyle
from mtbsync_core.demo.noise import Floats
from mtbsync_core.demo.plan import DemoOptions, RunPlan, plan, run_rng
from mtbsync_core.demo.rider import Schedule, make_schedule

Kind = Literal["clean", "stop", "crash", "detour", "cut", "aside", "pause"]
KINDS: tuple[Kind, ...] = ("clean",) * 6 + ("stop", "crash", "detour", "cut", "aside", "pause")

TRAIL = DemoOptions(seconds=50, width=480, height=270, rate=Fraction(10), telemetry=False)
_HIT_MPS2, _UP_MPS2 = 15.0, 1.5
"""How fast a rider who falls comes to a halt, and how he picks up speed again."""
_CREEP_M = 0.02
_STOP_S, _CRASH_S, _PAUSE_S, _ASIDE_S = 4.0, 6.0, 15.0, 8.0
_BLACK_S = 2.0
"""How long the camera of one who fell shows nothing."""
_DETOUR_M, _CUT_M = (35.0, 42.0), 45.0
"""What a detour leaves out of the trail and what it rides instead; what a short cut leaves out."""


@dataclass(frozen=True, slots=True, eq=False)
class Ridden:
    """One run: what befell it, between which metres of the trail (none of a clean one), and its file."""

    kind: Kind
    footage: Footage
    on_trail: tuple[bool, ...]
    befell_m: tuple[float, float] | None = None

    def time(self, s_m: Floats) -> Floats:
        """Seconds of the file's clock at arc lengths (N,); NaN where the run does not pass."""
        found = np.full(len(s_m), np.nan)
        for start_s, leg, on_trail in zip(self.footage.starts_s(), self.footage.legs, self.on_trail, strict=False):
            here = (s_m >= leg.schedule.s_m[0]) & (s_m <= leg.schedule.s_m[-1]) & on_trail
            found[here] = start_s + leg.schedule.time(s_m[here])
        return found

    def speed(self, s_m: Floats, half_m: float = 0.5) -> Floats:
        """Metres per second there, the mean over a metre; NaN where the run does not pass."""
        return 2 * half_m / (self.time(s_m + half_m) - self.time(s_m - half_m))


def runs_of_trail(seed: int, kinds: Sequence[Kind] = KINDS) -> tuple[RunPlan, list[Ridden]]:
    """The reference, and one run of each kind; nothing is rendered."""
    o = replace(TRAIL, seed=seed)
    ref, new = plan(o)
    _, away = plan(replace(o, different_trail=True, look=seed))
    rides = []
    for number, kind in enumerate(kinds):
        rng = np.random.default_rng([seed, 71, number])
        style = _style_of(new.style, rng)
        start_m, end_m = (float(s) for s in ref.schedule.s_m[[0, -1]])
        schedule = make_schedule(ref.trail(), style, run_rng(o, 40 + number), start_m, end_m, None)
        run = replace(new, style=style, schedule=schedule, run_seed=(*new.run_seed[:-1], 40 + number))
        rides.append(_befallen(kind, run, away, start_m + float(rng.uniform(0.25, 0.7)) * (end_m - start_m)))
    return ref, rides


def _style_of(usual: RunStyle, rng: np.random.Generator) -> RunStyle:
    return replace(
        usual,
        stops_s=(),
        speed_ratio=float(rng.uniform(0.92, 1.12)),
        line_mean_m=float(rng.uniform(-0.3, 0.3)),
        brightness=float(rng.uniform(0.85, 1.1)),
    )


def _befallen(kind: Kind, run: RunPlan, away: RunPlan, at_m: float) -> Ridden:
    whole = run.schedule
    end_m = float(whole.s_m[-1])
    if kind == "clean":
        return Ridden(kind, Footage((run,)), (True,))
    if kind in ("stop", "crash", "pause"):
        stood_s = {"stop": _STOP_S, "crash": _CRASH_S, "pause": _PAUSE_S}[kind]
        stopped = _stopping(whole, at_m, stood_s, _HIT_MPS2 if kind == "crash" else 2.5)
        black = None
        if kind == "crash":
            fell_s = float(stopped.time(np.array([at_m - _CREEP_M / 2]))[0])
            black = fell_s + 0.3, fell_s + 0.3 + _BLACK_S
        return Ridden(kind, Footage((replace(run, schedule=stopped, blackout_s=black),)), (True,), (at_m, at_m))
    first = replace(run, schedule=part_of(whole, float(whole.s_m[0]), at_m))
    if kind == "cut":
        on_m = at_m + _CUT_M
        last = replace(run, schedule=part_of(whole, on_m, end_m))
        return Ridden(kind, Footage((first, last)), (True, True), (at_m, on_m))
    left_m, way_m = _DETOUR_M if kind == "detour" else (0.0, _ASIDE_S * 6.0)
    on_m, from_m = at_m + left_m, float(away.schedule.s_m[0]) + 30.0
    other = replace(away, style=run.style, schedule=part_of(away.schedule, from_m, from_m + way_m))
    last = replace(run, schedule=part_of(whole, on_m, end_m))
    return Ridden(kind, Footage((first, other, last)), (True, False, True), (at_m, on_m))


def _stopping(whole: Schedule, at_m: float, stood_s: float, brake_mps2: float) -> Schedule:
    """The same ride with a halt: speed falls to none at `brake_mps2`, and is picked up again."""
    near = np.geomspace(1e-3, 12.0, 400)
    s = np.unique(np.concatenate([whole.s_m, at_m - near, at_m + near]))
    s = s[(s >= whole.s_m[0]) & (s <= whole.s_m[-1])]
    slowness = np.gradient(whole.time(s), s)
    distance = np.maximum(np.abs(s - at_m) - _CREEP_M / 2, 0.0)
    most = np.sqrt(2 * np.where(s < at_m, brake_mps2, _UP_MPS2) * distance) + _CREEP_M / stood_s
    slowness = np.maximum(slowness, 1 / most)
    return Schedule(np.concatenate(([0.0], np.cumsum(0.5 * (slowness[1:] + slowness[:-1]) * np.diff(s)))), s)
