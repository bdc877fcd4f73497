"""How long the fit takes, and solving again with a pair of the user, on runs of numbers of a given length.

    python benchmarks/solving.py [--minutes 10] [--seed 1]

The runs are similarities without pictures: 3.3 samples a second, changing speed, a stop, a detour. Seconds are the best
of five (fit) and of three (solving) on one thread, the first time left out, when scipy is still being loaded.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.curve.fit import Segment, fit
from mtbsync_core.alignment.hmm.posteriors import two_way_model
from mtbsync_core.alignment.judge.null_evidence import null_evidence
from mtbsync_core.alignment.options import AlignOptions
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.pipeline import solve
from mtbsync_core.alignment.preparation import Prepared, PreparedModel
from mtbsync_core.alignment.refine.refinement import LensBias
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.vision.describers.hog import SHAPE
from mtbsync_core.vision.index import FrameIndex

Floats = NDArray[np.float64]
T = TypeVar("T")

EVERY_S = 0.3


def timed(work: Callable[[], T], times: int) -> tuple[float, T]:
    """The best of several, and what came out last."""
    work()
    best = np.inf
    for _ in range(times):
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result


def rides(seconds: float, seed: int) -> tuple[Floats, Floats, NDArray[np.float32]]:
    """Sample times of both runs, reference time of each new sample (NaN in a detour), and the contrast."""
    rng = np.random.default_rng(seed)
    t = np.arange(0.0, seconds, EVERY_S)
    speed = 1 + 0.25 * np.sin(t / 9 + rng.uniform(0, 6)) + 0.15 * np.sin(t / 23)
    speed[int(0.4 * len(t)) : int(0.4 * len(t)) + 60] = 0.0
    place = np.concatenate([[0.0], np.cumsum(speed[:-1] * EVERY_S)])
    place[int(0.6 * len(t)) : int(0.63 * len(t))] = np.nan
    matrix = rng.standard_normal((len(t), len(t))).astype(np.float32)
    near = np.exp(-0.5 * ((t[None] - place[:, None]) / 0.4) ** 2)
    matrix += np.nan_to_num(3 * near).astype(np.float32)
    return t, place, matrix


def compared(t: Floats, matrix: NDArray[np.float32]) -> tuple[float, Prepared]:
    """What `prepare` would give of these samples, and the seconds that the hidden Markov model takes."""
    end = float(t[-1]) + EVERY_S
    media = MediaInfo(Path("run.mp4"), Fraction(30), 640, 360, end, round(end * 30), "h264")
    index = FrameIndex(media, t, np.zeros((len(t), *SHAPE), np.float16), (), "key")
    o = AlignOptions()
    seconds, both = timed(lambda: two_way_model(matrix, t, t, o.lattice), 1)
    raw = TimePairs.of(t, t[matrix.argmax(axis=1)], np.full(len(t), np.inf), score=matrix.max(axis=1))
    null = null_evidence(both.new_emission, both.options)
    model = PreparedModel(both, None, None, (), both.new_smoothed.posterior.mean_s, LensBias(), None)
    return seconds, Prepared(index, index, o, matrix, both.new_emission, null, raw, model, o)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    t, place, matrix = rides(60 * given.minutes, given.seed)
    rng = np.random.default_rng(given.seed)
    there = np.isfinite(place)
    noisy = place[there] + 0.05 * rng.standard_normal(there.sum())
    noisy[rng.random(len(noisy)) < 0.1] += rng.uniform(-5, 5)
    rows = []
    seconds, warp = timed(lambda: fit(Segment(noisy, t[there], np.full(len(noisy), 0.1))), 5)
    rows.append((f"fit, {len(noisy)} pairs, {len(warp.ref_s)} knots", seconds))
    seconds, prepared = compared(t, matrix)
    rows.append((f"forward-backward both ways, {len(t)} × {len(t)} samples (once)", seconds))
    seconds, plain = timed(lambda: solve(prepared), 3)
    rows.append(("solve without a pair", seconds))
    for name, at, off in (("as the map has it", 0.2, 0.0), ("0.5 s off", 0.8, 0.5), ("20 s off", 0.3, 20.0)):
        new_s = at * float(t[-1])
        pair = UserPair(float(plain.usable_warp().to_ref(new_s)) + off, new_s)
        seconds, found = timed(lambda pair=pair: solve(prepared, [pair]), 3)  # type: ignore[misc]
        assert abs(float(found.usable_warp().to_new(pair.ref_s)) - new_s) < 1e-3
        rows.append((f"solve with a pair {name}", seconds))
    five = [
        UserPair(float(plain.usable_warp().to_ref(s)), float(s)) for s in np.array([0.1, 0.3, 0.5, 0.7, 0.9]) * t[-1]
    ]
    seconds, _ = timed(lambda: solve(replace(prepared), five), 3)
    rows.append(("solve with five pairs, from one end to the other", seconds))
    print("| what | seconds |\n|---|---|")
    for name, seconds in rows:
        print(f"| {name} | {seconds:.3f} |")


if __name__ == "__main__":
    main()
