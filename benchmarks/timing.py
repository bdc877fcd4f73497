"""Whether times between lines are right, and as right as they say, on runs of one trail with known times.

    python benchmarks/timing.py [--cache DIR] [--seeds 501] [--write]

Makes (and keeps, in DIR) twelve runs a seed (`timing_runs.py`), aligns each with the reference as the program does with
markers at the lines, and some with each other. Then everything that `mtbsync_core.timing` says is held against what the
simulator knows: the same functions, asked of maps without an error, give the right answers.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks.footage import Footage
from benchmarks.methods import commit
from benchmarks.renders import file_of, fingerprint
from benchmarks.report import cells, measured, write_part
from benchmarks.score import Floats
from benchmarks.sets import numbers
from benchmarks.timing_runs import Kind, Ridden, runs_of_trail
from mtbsync_core.alignment.pipeline import align
from mtbsync_core.alignment.result import load_warp
from mtbsync_core.demo.plan import RunPlan
from mtbsync_core.markers import Z90
from mtbsync_core.timing.best import Best, joinable_best, theoretical_best
from mtbsync_core.timing.compare import losses
from mtbsync_core.timing.flags import Flag, Stands
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import Stack, TimedRun
from mtbsync_core.timing.sectors import sector_times
from mtbsync_core.timing.trail_clock import PairMap, added, closure_s, solved
from mtbsync_core.timing.why import Why, why
from mtbsync_core.warp import TimeWarp

RING = ((0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (0, 5))
"""Clean runs that are aligned with each other as well."""
FRAME_S = 1 / 30
_FLAG: dict[Kind, Flag] = {
    "stop": Flag.STOP,
    "pause": Flag.STOP,
    "crash": Flag.STOP | Flag.ASIDE,  # the camera of one who fell may show nothing
    "detour": Flag.DETOUR,
    "cut": Flag.CUT,
    "aside": Flag.ASIDE,
}


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


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Of all seeds: what was measured, each an array over cases."""

    error_s: Floats
    sigma_s: Floats


def sector_errors(trail: Trail) -> Found:
    """Errors of all clean sectors' times."""
    times, true = sector_times(trail.runs, trail.lines), sector_times(trail.true_runs, trail.lines)
    use = times.clean & np.isfinite(true.seconds)
    return Found((times.seconds - true.seconds)[use], times.sigma_s[use])


def befallen(trail: Trail) -> np.ndarray:
    """Which sectors of which run something befell, (R, S)."""
    found = np.zeros((len(trail.rides), len(trail.line_m) - 1), bool)
    for n, ride in enumerate(trail.rides):
        if ride.befell_m is not None:
            first, last = ride.befell_m
            found[n] = (trail.line_m[:-1] < last + 0.5) & (trail.line_m[1:] > first - 0.5)
    return found


def flag_lines(trail: Trail) -> list[str]:
    """A sentence for each run that something befell, and one for the clean ones."""
    flags, there = sector_times(trail.runs, trail.lines).flags, befallen(trail)
    told = []
    for n, ride in enumerate(trail.rides):
        if ride.kind != "clean":
            kept_out = (flags[n][there[n]] != 0).all() and bool(_FLAG[ride.kind] & Flag(int(flags[n].max())))
            beside = int((flags[n][~there[n]] != 0).sum())
            by_map = ", ".join(Flag(int(np.bitwise_or.reduce(flags[n]))).words)
            words = f"{ride.kind}: {'right' if kept_out else 'WRONG'} ({by_map}), flagged beside it: {beside}"
            told.append(words + (_with_sensors(trail, n) if ride.kind in ("stop", "crash", "pause") else ""))
    clean = np.array([ride.kind == "clean" for ride in trail.rides])
    told.append(f"sectors of clean runs that are flagged: {int((flags[clean] != 0).sum())} of {flags[clean].size}")
    return told


def _with_sensors(trail: Trail, n: int) -> str:
    """What is said where sensors tell when the rider stood, to a tenth of a second."""
    true = trail.true_runs[n]
    stands = Stands([true], Stack.of([true]))
    spans = tuple((float(a) + 0.1, float(b) - 0.1) for a, b in zip(stands.from_s, stands.to_s, strict=True))
    flags = Flag(int(np.bitwise_or.reduce(sector_times([replace(trail.runs[n], stands=spans)], trail.lines).flags[0])))
    right = bool(flags & Flag.STOP) and bool(flags & Flag.CRASH) == (trail.rides[n].kind == "crash")
    return f"; with sensors: {'right' if right else 'WRONG'} ({', '.join(flags.words)})"


def signs(trail: Trail) -> tuple[int, int, int]:
    """Sectors of all pairs of runs: how many, how many of them sure, and of these how many with the right sign."""
    times, true = sector_times(trail.runs, trail.lines), sector_times(trail.true_runs, trail.lines)
    all_, sure, right = 0, 0, 0
    for a, b in combinations(range(len(trail.runs)), 2):
        use = times.clean[a] & times.clean[b] & np.isfinite(true.seconds[a] + true.seconds[b])
        found = losses(trail.runs[a], trail.runs[b], trail.lines)
        really = (true.seconds[a] - true.seconds[b])[use]
        said = found.sure[use]
        all_, sure = all_ + int(use.sum()), sure + int(said.sum())
        right += int((np.sign(found.seconds[use]) == np.sign(really))[said].sum())
    return all_, sure, right


def bests(trail: Trail) -> list[tuple[str, Best, Best]]:
    """Theoretical and joinable best, and the same of maps without an error, over sectors that are clean in both."""
    found = []
    for name, best in (("theoretical", theoretical_best), ("joinable", joinable_best)):
        one, other = (
            best(runs, trail.lines, sector_times(runs, trail.lines)) for runs in (trail.runs, trail.true_runs)
        )
        found.append((name, one, other))
    return found


def composed(trail: Trail) -> tuple[Floats, Floats]:
    """Errors of maps from run to run: aligned with each other, and by way of the reference, at the same moments."""
    direct, by_ref = [], []
    t = np.arange(1.0, trail.lines.t_ref[-1], 0.1)
    for pair in trail.pairs:
        own, true = (trail.true_runs[n].warp.to_new(t) for n in (pair.a, pair.b))
        way = trail.runs[pair.a].warp.invert().compose(trail.runs[pair.b].warp)
        assert way is not None
        errors = np.stack([pair.warp.to_new(own) - true, way.to_new(own) - true])
        errors = errors[:, np.isfinite(errors).all(axis=0)]
        direct.append(errors[0])
        by_ref.append(errors[1])
    return np.concatenate(direct), np.concatenate(by_ref)


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """Solving all together: how far triangles are from closing before, after, and with true maps from the reference,
    which is what the pair's map errs; errors of maps from the reference and from run to run before and after, and the
    same of the last run, added alone, seconds.
    """

    open_s: Floats
    closed_s: Floats
    true_s: Floats
    star_s: tuple[Floats, Floats]
    pair_s: tuple[Floats, Floats]
    holds: float
    added_s: tuple[Floats, Floats]


def joint(trail: Trail) -> Joint:
    """Solve the clean runs together; and again without the last one, which is added."""
    clean = [n for n, ride in enumerate(trail.rides) if ride.kind == "clean"]
    runs, exact = ([x[n] for n in clean] for x in (trail.runs, trail.true_runs))
    together = solved(runs, trail.pairs)
    t = np.arange(1.0, trail.lines.t_ref[-1], 0.1)
    true, _ = Stack.of(exact).at(t)
    (before, _), (after, sigma) = Stack.of(runs).at(t), Stack.of(together).at(t)
    pairs = [
        np.concatenate([(x[p.b] - x[p.a]) - (true[p.b] - true[p.a]) for p in trail.pairs]) for x in (before, after)
    ]
    last = len(runs) - 1
    others = solved(runs[:-1], [p for p in trail.pairs if last not in (p.a, p.b)])
    more = added(others, runs[-1], [p for p in trail.pairs if last in (p.a, p.b)])
    opened, closed, true_s = (np.concatenate([closure_s(x, p) for p in trail.pairs]) for x in (runs, together, exact))
    errors = after - true
    return Joint(
        opened,
        closed,
        true_s,
        ((before - true).ravel(), errors.ravel()),
        (pairs[0], pairs[1]),
        float(np.nanmean(np.abs(errors) <= Z90 * sigma)),
        ((before - true)[last], more.warp.to_new(t) - true[last]),
    )


def why_right(trail: Trail) -> tuple[int, int, dict[str, list[bool]]]:
    """Of all pairs and sectors that are surely lost: how many, of how many something is named, and what was right."""
    named: dict[str, list[bool]] = {}
    places, told = 0, 0
    times = sector_times(trail.runs, trail.lines)
    whole = ~((times.flags & ~np.uint8(Flag.STOP | Flag.CRASH)) != 0)
    for a, b in combinations(range(len(trail.runs)), 2):
        for one, other in ((a, b), (b, a)):
            lost = losses(trail.runs[one], trail.runs[other], trail.lines)
            use = whole[one] & times.clean[other] & lost.sure & (lost.seconds > 0)
            for sector in np.flatnonzero(use):
                said = why(trail.runs[one], trail.runs[other], trail.lines, int(sector))
                true = why(trail.true_runs[one], trail.true_runs[other], trail.lines, int(sector))
                places, told = places + 1, told + bool(said.causes)
                for cause in said.causes:
                    named.setdefault(cause, []).append(_is_right(cause, said, true))
    return places, told, named


def _is_right(cause: str, said: Why, true: Why) -> bool:
    if cause == "slower entry":
        return true.entry.ratio < 1
    if cause == "slower exit":
        return true.exit.ratio < 1
    if cause == "slower in the middle":
        return true.lowest.ratio < min(1.0, true.entry.ratio, true.exit.ratio)
    if cause == "slowed down":
        assert said.slowed_s is not None
        assert said.slowed_margin_s is not None
        return true.slowed_s is not None and abs(true.slowed_s - said.slowed_s) <= said.slowed_margin_s
    return cause in true.causes


def speed_of_lines(count: int = 500, tries: int = 9) -> float:
    """Processor seconds in which so many runs of three minutes are timed anew after a line was moved."""
    rng = np.random.default_rng(1)
    runs = []
    for n in range(count):
        t = np.arange(0.0, 180.0, 0.25)
        own = np.cumsum(0.25 * rng.uniform(0.8, 1.2, len(t)))
        gaps = frozenset({300}) if n % 4 == 0 else frozenset[int]()
        runs.append(TimedRun(name=str(n), warp=TimeWarp(t, own, np.full(len(t), 0.03), gaps)))
    lines = SectorLines(np.linspace(2.0, 170.0, 11), tuple(f"line {n}" for n in range(11)))
    spent = []
    for n in range(tries):
        start = time.process_time()
        sector_times(runs, lines.moved(5, 80.0 + n))
        spent.append(time.process_time() - start)
    return float(np.median(spent))


def report(trails: dict[int, Trail]) -> str:
    """All figures, as Markdown."""
    found = [sector_errors(trail) for trail in trails.values()]
    error, sigma = (np.concatenate([getattr(f, name) for f in found]) for name in ("error_s", "sigma_s"))
    rows = [
        ("sector times, clean", f"{len(error)}"),
        ("error, median and P90", f"{np.median(np.abs(error)):.3f} s, {np.quantile(np.abs(error), 0.9):.3f} s"),
        ("within their own 90 %", f"{100 * np.mean(np.abs(error) <= Z90 * sigma):.1f} %"),
        ("median half width of the 90 %", f"{Z90 * np.median(sigma):.3f} s"),
    ]
    counts = np.sum([signs(trail) for trail in trails.values()], axis=0)
    rows += [
        ("differences of two runs in a sector that are sure", f"{100 * counts[1] / counts[0]:.1f} % of {counts[0]}"),
        ("sign right, of those", f"{100 * counts[2] / counts[1]:.2f} %"),
    ]
    for seed, trail in trails.items():
        for name, one, true in bests(trail):
            off = one.total_s - true.total_s
            within = "within" if abs(off) <= one.margin_s else "OUTSIDE"
            said = f"{one.total_s:.2f} ± {one.margin_s:.2f} s, truth {true.total_s:.2f} s: {within}"
            rows.append((f"{name} best, seed {seed}", f"{said}; {len(one.seams)} seams, truth {len(true.seams)}"))
    both = [composed(trail) for trail in trails.values()]
    direct, by_ref = (np.abs(np.concatenate(x)) for x in zip(*both, strict=True))
    for name, q in (("median", 0.5), ("P90", 0.9)):
        a, b = np.quantile(direct, q), np.quantile(by_ref, q)
        rows.append((f"run to run, {name}: aligned, by way of the reference", f"{a:.4f} s, {b:.4f} s: {b / a:.2f} ×"))
    joints = [joint(trail) for trail in trails.values()]
    for name, when in (("open_s", "before"), ("closed_s", "solved together"), ("true_s", "with true maps")):
        off = np.abs(np.concatenate([getattr(j, name) for j in joints]))
        off = off[np.isfinite(off)]
        rows.append((f"triangles that close within a frame, {when}", f"{100 * np.mean(off <= FRAME_S):.1f} %"))
    for name, of in (("star_s", "reference to run"), ("pair_s", "run to run"), ("added_s", "a run that is added")):
        before, after = (np.nanmedian(np.abs(np.concatenate([getattr(j, name)[k] for j in joints]))) for k in (0, 1))
        rows.append((f"{of}, median error before and solved together", f"{before:.4f} s, {after:.4f} s"))
    rows.append(("solved maps within their own 90 %", f"{100 * np.mean([j.holds for j in joints]):.1f} %"))
    causes: dict[str, list[bool]] = {}
    sums = np.zeros(2, int)
    for trail in trails.values():
        places, told, named = why_right(trail)
        sums += places, told
        for cause, right in named.items():
            causes.setdefault(cause, []).extend(right)
    all_named = [x for right in causes.values() for x in right]
    rows.append(("sure losses of which a cause is named", f"{sums[1]} of {sums[0]}"))
    rows.append(("causes right, of those named", f"{100 * np.mean(all_named):.1f} % of {len(all_named)}"))
    rows += [(f"– {cause}", f"{100 * np.mean(x):.1f} % of {len(x)}") for cause, x in sorted(causes.items())]
    rows.append(("500 runs timed anew after a line was moved, processor time", f"{speed_of_lines():.3f} s"))
    table = "\n".join(cells(row) for row in (["figure", "measured"], ["---", "---"], *rows)) + "\n"
    flags = [f"- seed {seed}: {line}" for seed, trail in trails.items() for line in flag_lines(trail)]
    return table + "\nFlags:\n\n" + "\n".join(flags) + "\n"


def main() -> None:
    """Make, align, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path("build/benchmarks"), help="folder of what is kept")
    parser.add_argument("--seeds", type=numbers, default=numbers("501"), help="like 501,601")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    given = parser.parse_args()
    text = measured(commit()) + report({s: trail_of(s, given.cache, given.threads) for s in given.seeds})
    print("\n" + text)
    if given.write:
        write_part("timing", text)


if __name__ == "__main__":
    main()
