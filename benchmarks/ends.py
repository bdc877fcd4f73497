"""The first and last seconds: pairs whose runs start and end in all ways, standing at the gate, earlier, riding on.

    python benchmarks/ends.py [--cache DIR] [--seeds 1-40] [--write]

Ten markers a second in the first and last 3 s of what both runs show (set `ends` of `sets.py`) go through the map as
a user's would. While a run stands, all of it shows one place: an answer is right from when the new run is 5 cm before
the marker's place until 5 cm behind it. `sure wrong`: `moved` and more than 0.5 s from that.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.footage import Footage
from benchmarks.methods import commit
from benchmarks.renders import again_of, index_of
from benchmarks.report import cells, measured, write_part
from benchmarks.score import Errors, Floats, figures
from benchmarks.sets import Pair, add_options, base_options, pairs_of
from mtbsync_core.alignment.pipeline import align_indexes
from mtbsync_core.markers import Marker, transfer

_WITHIN_S, _PLACE_M, _WRONG_S, _STEP_S = 3.0, 0.05, 0.5, 0.1


def moments(ref: Footage, new: Footage, *, last: bool) -> tuple[Floats, Floats, Floats]:
    """Reference seconds of the markers (N,), and from when to when the new run is at each one's place."""
    a, b = ref.legs[0].schedule, new.legs[0].schedule
    first_m, last_m = max(a.s_m[0], b.s_m[0]), min(a.s_m[-1], b.s_m[-1])
    start, end = a.time(np.array([first_m, last_m]))
    t = np.arange(end - _WITHIN_S, end, _STEP_S) if last else np.arange(start, start + _WITHIN_S, _STEP_S)
    place = a.position(t)
    return t, b.time(place - _PLACE_M), b.time(place + _PLACE_M)


def measure(pair: Pair, cache: Path, threads: int) -> tuple[str, dict[str, tuple[Errors, list[str]]]]:
    """The verdict, and of the first and last seconds the errors and the statuses of markers."""
    assert isinstance(pair.ref, Footage) and isinstance(pair.new, Footage)
    indexes = [index_of(cache, side, threads=threads) for side in (pair.ref, pair.new)]
    found = align_indexes(*indexes, threads=threads, again=partial(again_of, cache, threads=threads))
    outcome = {}
    for name, last in (("first 3 s", False), ("last 3 s", True)):
        t, low, high = moments(pair.ref, pair.new, last=last)
        if not found.usable:
            nothing = np.full(len(t), np.nan)
            outcome[name] = Errors(nothing, nothing), ["refused"] * len(t)
            continue
        warp = found.usable_warp()
        at = warp.to_new(t)
        status: list[str] = [moved.status for moved in transfer([Marker("", float(s)) for s in t], warp)]
        outcome[name] = Errors(at - np.clip(at, low, high), warp.uncertainty(t)), status
    return found.verdict, outcome


def sure_wrong(errors: Errors, status: list[str]) -> int:
    """Markers `moved` and more than half a second off."""
    return int(((np.abs(errors.error_s) > _WRONG_S) & (np.array(status) == "moved")).sum())


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, seconds=24.0, seeds="1-40")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    given = parser.parse_args()
    groups: dict[str, list[tuple[Errors, list[str]]]] = {}
    for pair in pairs_of("ends", given.seeds, base_options(given)):
        verdict, outcome = measure(pair, given.cache, given.threads)
        told = [f"{name}: {sure_wrong(*one)} wrong, worst {_worst(one[0]):.2f} s" for name, one in outcome.items()]
        print(f"{pair.name:<8} {verdict:<8} {'; '.join(told)}", flush=True)
        for name, one in outcome.items():
            groups.setdefault(name, []).append(one)
    columns = ["moments", "pairs", "median s", "P95", "own 90 % holds", "placed", "statuses", "sure wrong"]
    lines = [cells(columns), "|---" * len(columns) + "|"]
    for name, some in groups.items():
        score = figures([errors for errors, _ in some])
        counts = Counter(status for _, statuses in some for status in statuses)
        said = (
            [f"{score.median:.3f}", f"{score.p95:.3f}", f"{100 * score.in_90:.0f} %", f"{100 * score.coverage:.0f} %"]
            if score
            else ["–"] * 4
        )
        statuses = ", ".join(f"{n} {status}" for status, n in counts.most_common())
        lines.append(cells([name, str(len(some)), *said, statuses, str(sum(sure_wrong(*one) for one in some))]))
    text = measured(commit()) + "\n".join(lines) + "\n"
    print("\n" + text)
    if given.write:
        write_part("ends", text)


def _worst(errors: Errors) -> float:
    there = np.abs(errors.error_s[np.isfinite(errors.error_s)])
    return float(there.max()) if len(there) else float("nan")


if __name__ == "__main__":
    main()
