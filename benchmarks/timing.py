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
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks.methods import commit
from benchmarks.report import cells, measured, write_part
from benchmarks.sets import numbers
from benchmarks.timing_figures import Found, bests, composed, flag_lines, joint, sector_errors, signs, why_right
from benchmarks.timing_trail import Trail, trail_of
from mtbsync_core.markers import Z90
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import TimedRun
from mtbsync_core.timing.sectors import sector_times
from mtbsync_core.warp import TimeWarp

FRAME_S = 1 / 30


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
    whole = Found.join(found)
    error = np.abs(whole.error_s)
    rows = [
        ("sector times, clean", f"{len(error)}"),
        ("error, median and P90", f"{np.median(error):.3f} s, {np.quantile(error, 0.9):.3f} s"),
        ("within their own 90 %", f"{100 * whole.holds:.1f} %"),
        ("– of each seed", ", ".join(f"{100 * part.holds:.1f} %" for part in found)),
        ("median half width of the 90 %", f"{Z90 * np.median(whole.sigma_s):.3f} s"),
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
