"""How far a warp is from the truth, in the figures that the tables show."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.warp import TimeWarp

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Truth:
    """Matching moments of two files: seconds on each clock, shape (N,)."""

    ref_s: Floats
    new_s: Floats


@dataclass(frozen=True, slots=True)
class Score:
    """Errors in seconds of the new clock over the true moments that the warp maps; `coverage` is the share it maps.

    `in_90` is the share of errors within the warp's own 90 % interval.
    """

    median: float
    p90: float
    p95: float
    within_03: float
    within_frame: float
    coverage: float
    in_90: float


def read_truth(path: Path) -> Truth:
    """Truth from a CSV with `ref_s,new_s`, or `hero7_s,max_s` of the walkway."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    ref, new = ("ref_s", "new_s") if "ref_s" in rows[0] else ("hero7_s", "max_s")
    return Truth(np.array([float(r[ref]) for r in rows]), np.array([float(r[new]) for r in rows]))


def score(timewarp_json: Path, truth: Truth) -> Score | None:
    """Score a `timewarp.json`; None where it holds no warp, or maps no true moment."""
    from mtbsync_core.alignment.result import load_warp

    saved = load_warp(timewarp_json)
    if saved.warp is None:
        return None
    return score_warp(saved.warp, truth, frame_s=1 / float(saved.media_new.rate) if saved.media_new else 1 / 30)


def score_warp(warp: TimeWarp, truth: Truth, *, frame_s: float) -> Score | None:
    """Score a warp; None where it maps no true moment."""
    found = warp.to_new(truth.ref_s)
    there = np.isfinite(found)
    if not there.any():
        return None
    error = np.abs(found - truth.new_s)[there]
    median, p90, p95 = (float(np.percentile(error, q)) for q in (50, 90, 95))
    return Score(
        median=median,
        p90=p90,
        p95=p95,
        within_03=float((error <= 0.3).mean()),
        within_frame=float((error <= frame_s).mean()),
        coverage=float(there.mean()),
        in_90=float((error <= 1.645 * warp.uncertainty(truth.ref_s)[there]).mean()),
    )
