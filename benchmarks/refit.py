"""How long the map takes to be fitted again through a pair of a person: `python -m benchmarks.refit`.

Processor seconds of the best of three, which a busy machine leaves alone; and how far the map passes from the pair.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from mtbsync_core.alignment.from_pairs import alignment_from_pairs
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.review.refit import refit

RUNS = ((60.0, 1_500), (240.0, 6_000), (600.0, 12_000), (1800.0, 36_000))
"""Seconds, and pairs: 25 a second are what `mtbsync demo` has, which is decoded in full."""
REPEATS = 3


def an_alignment(seconds: float, count: int) -> Alignment:
    """A ride that is now slower and now faster than its reference, with noise of 30 ms."""
    t_ref = np.linspace(2.0, seconds - 2.0, count)
    noise = np.random.default_rng(0).normal(0.0, 0.03, count)
    source = np.where(np.arange(count) % 3 == 0, "anchor", "sequence").astype("<U12")
    t_new = 3.0 + 1.1 * t_ref + 2.0 * np.sin(t_ref / 20.0)
    found = alignment_from_pairs(TimePairs.of(t_new, t_ref + noise, np.full(count, 0.05), source=source))
    return replace(found, method="lattice")


def main() -> None:
    """Print a table."""
    print("| run | pairs | processor seconds | off the pair, s |\n|---|---|---|---|")
    for seconds, count in RUNS:
        base = an_alignment(seconds, count)
        assert base.warp is not None
        pair = UserPair(seconds / 2, float(base.warp.to_new(seconds / 2)) + 0.2)
        took = []
        for _ in range(REPEATS):
            start = time.process_time()
            warp = refit(base, [pair]).warp
            took.append(time.process_time() - start)
        assert warp is not None
        print(f"| {seconds:g} s | {count} | {min(took):.2f} | {abs(float(warp.to_new(pair.ref_s)) - pair.new_s):.6f} |")


if __name__ == "__main__":
    main()
