"""Twelve runs of a simulated trail aligned with its reference, and some with each other; the same without an error."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.footage import Footage
from benchmarks.renders import file_of, fingerprint
from benchmarks.score import Floats
from benchmarks.timing_runs import Ridden, runs_of_trail
from mtbsync_core.alignment.pipeline import align
from mtbsync_core.alignment.result import load_warp
from mtbsync_core.demo.plan import RunPlan
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import TimedRun
from mtbsync_core.timing.trail_clock import PairMap
from mtbsync_core.warp import TimeWarp

RING = ((0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (0, 5))
"""Clean runs that are aligned with each other as well."""


@dataclass(frozen=True, slots=True, eq=False)
class Trail:
    """One seed: rides and lines; runs as they were timed, the same without an error, and maps from run to run."""

    rides: Sequence[Ridden]
    lines: SectorLines
    line_m: Floats
    runs: list[TimedRun]
    true_runs: list[TimedRun]
    pairs: list[PairMap]


def trail_of(seed: int, cache: Path, threads: int) -> Trail:
    """Rendered and aligned, or read from the cache."""
    ref, rides = runs_of_trail(seed)
    end_s = ref.schedule.duration_s
    at = np.arange(2.5, end_s - 1, 5.0)
    lines = SectorLines(at, tuple(f"line {n}" for n in range(len(at))))
    files = [ride.footage for ride in rides]
    runs = [
        TimedRun(name=f"{n} {ride.kind}", warp=_aligned(cache, Footage((ref,)), ride.footage, at, threads))
        for n, ride in enumerate(rides)
    ]
    true_runs = [TimedRun(name=run.name, warp=_true_warp(ref, ride)) for run, ride in zip(runs, rides, strict=True)]
    pairs = []
    for a, b in RING:
        own_s = rides[a].time(ref.schedule.position(at))
        pairs.append(PairMap(a, b, _aligned(cache, files[a], files[b], own_s, threads)))
    return Trail(rides, lines, ref.schedule.position(at), runs, true_runs, pairs)


def _aligned(cache: Path, ref: Footage, new: Footage, moments_s: Floats, threads: int) -> TimeWarp:
    path = cache / "timing" / f"{fingerprint(ref)}-{fingerprint(new)}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        index = cache / "timing" / f"{fingerprint(ref)}.npz"
        start = time.perf_counter()
        found = align(
            file_of(cache, ref), file_of(cache, new), moments_s=moments_s.tolist(), ref_index=index, threads=threads
        )
        found.save(path)
        print(f"{path.stem}: {found.verdict}, {time.perf_counter() - start:.0f} s", flush=True)
    return load_warp(path).usable_warp()


def _true_warp(ref: RunPlan, ride: Ridden) -> TimeWarp:
    t = np.arange(0.05, ref.schedule.duration_s - 0.05, 0.02)
    own = ride.time(ref.schedule.position(t))
    there = np.isfinite(own)
    gaps = np.flatnonzero(np.diff(np.flatnonzero(there)) > 1)
    if ride.kind == "aside":
        assert ride.befell_m is not None
        gaps = np.array([np.searchsorted(ref.schedule.position(t[there]), ride.befell_m[0]) - 1])
    return TimeWarp(t[there], own[there], np.zeros(int(there.sum())), frozenset(gaps.tolist()))
