"""How true a truth is: a picture of the reference registered to those of the new run about the true moment.

    python benchmarks/truth_check.py ../shared/data/slow_laps [--around 1.5] [--warp RESULT/timewarp.json]

For each row of `truth.csv` an affine map is found from one picture to the other that makes them most alike (ECC:
Evangelidis & Psarakis, IEEE TPAMI 2008; begun from SIFT corners). Where the cameras are at one place, correlation has
its peak, with no part of this program in it. Tells something of recordings that ride nearly one line alone; elsewhere
the peak is flat. With `--warp`, how far a map is from the peaks, too.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.report import cells
from benchmarks.score import Floats, read_truth
from mtbsync_core.alignment.result import load_warp
from mtbsync_core.media.probe import probe
from mtbsync_core.render.pictures import Pictures

Picture = NDArray[np.uint8]
STEP_S = 0.1
"""Spacing of the pictures of the new run that are tried."""
BOX = (448, 448)
"""Size in which pictures are registered, pixels."""


def main() -> None:
    """Print a row for each true moment, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="with ref.mp4, new.mp4 and truth.csv")
    parser.add_argument("--around", type=float, default=1.5, help="seconds of the new clock to either side")
    parser.add_argument("--warp", type=Path, help="a timewarp.json of the two")
    given = parser.parse_args()
    truth = read_truth(given.folder / "truth.csv")
    ref, new = (Pictures(probe(given.folder / name), BOX) for name in ("ref.mp4", "new.mp4"))
    mapped = (
        load_warp(given.warp).usable_warp().to_new(truth.ref_s) if given.warp else np.full(len(truth.ref_s), np.nan)
    )
    print(cells(["reference s", "truth s", "alike", "peak s", "alike", "map s"]), "|---" * 6 + "|", sep="\n")
    peaks = []
    for at, moment, by_map in zip(truth.ref_s, truth.new_s, mapped, strict=True):
        (picture,) = _luma(ref, np.array([at]))
        times = np.unique(np.append(np.arange(moment - given.around, moment + given.around, STEP_S).clip(0), moment))
        alike = np.array([correlation(picture, other) for other in _luma(new, times)])
        peaks.append(peak_of(times, alike))
        found = f"{alike[times == moment].max():.3f}", f"{peaks[-1]:.2f}", f"{alike.max():.3f}"
        print(cells([f"{at:.2f}", f"{moment:.2f}", *found, f"{by_map:.2f}"]), flush=True)
    off = {"truth": truth.new_s - peaks, "map": mapped - peaks, "map from truth": mapped - truth.new_s}
    for name, apart_s in off.items():
        if np.isfinite(apart_s).any():
            median, p90 = np.nanquantile(np.abs(apart_s), [0.5, 0.9])
            print(f"{name}: {median:.3f} s off in the median, {p90:.3f} s in nine of ten")


def correlation(one: Picture, other: Picture) -> float:
    """The largest correlation of two pictures by an affine map; 0 where none is found."""
    corners = [cv2.SIFT.create(1500, contrastThreshold=0.01).detectAndCompute(p, None) for p in (one, other)]
    (from_, codes), (to, others) = corners
    if codes is None or others is None or len(others) < 2:
        return 0.0
    pairs = [two for two in cv2.BFMatcher().knnMatch(codes, others, k=2) if two[0].distance < 0.8 * two[1].distance]
    if len(pairs) < 3:
        return 0.0
    here = np.array([from_[a.queryIdx].pt for a, _ in pairs], np.float32)
    there = np.array([to[a.trainIdx].pt for a, _ in pairs], np.float32)
    start, _ = cv2.estimateAffinePartial2D(here, there, ransacReprojThreshold=4.0, maxIters=3000)
    if start is None:
        return 0.0
    until = cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 60, 1e-5
    try:
        found, _ = cv2.findTransformECC(
            one, other, start.astype(np.float32), cv2.MOTION_AFFINE, until, np.full(one.shape, 255, np.uint8), 5
        )
    except cv2.error:  # does not converge
        return 0.0
    return float(found)


def peak_of(times_s: Floats, alike: Floats) -> float:
    """When the correlation is largest: the top of a parabola through its Fisher transform about the largest value."""
    best = int(alike.argmax())
    near = np.abs(times_s - times_s[best]) < 3.5 * STEP_S
    bend, slope, _ = np.polyfit(times_s[near] - times_s[best], np.arctanh(alike[near].clip(0, 0.9999)), 2)
    if bend >= 0:
        return float(times_s[best])
    return float(times_s[best] + np.clip(-slope / (2 * bend), -2 * STEP_S, 2 * STEP_S))


def _luma(run: Pictures, times_s: Floats) -> Sequence[Picture]:
    return [np.asarray(planes[0]).copy() for planes in run.read(run.nearest(times_s).tolist())]


if __name__ == "__main__":
    main()
