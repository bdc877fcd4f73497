"""How far a map between two clocks is from the truth, in the figures that the tables show."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.warp import TimeWarp

Floats = NDArray[np.float64]

FRAME_S = 1 / 30
"""What the tables call one frame, whatever the rate of the files."""
_Z90 = 1.645
_STANDING = 5.0
"""New seconds per reference second from which on the new run is said to stand."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Matching moments of two files: seconds on each clock, shape (N,)."""

    ref_s: Floats
    new_s: Floats


@dataclass(frozen=True, slots=True)
class Errors:
    """One map at the true moments, shape (N,) each: error in seconds of the new clock, positive where the map is late
    and NaN where it has no answer, and the standard deviation that the map itself states, NaN where it states none.
    """

    error_s: Floats
    sigma_s: Floats

    @property
    def mapped(self) -> int:
        """How many true moments have an answer."""
        return int(np.isfinite(self.error_s).sum())


@dataclass(frozen=True, slots=True)
class Score:
    """Figures of the errors' size over the true moments that are mapped; `coverage` is the share that is.

    `in_90` is the share of errors within the map's own 90 % interval, NaN where it states none.
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


def warp_errors(warp: TimeWarp | None, truth: Truth) -> Errors:
    """A warp against the truth; without one, no moment has an answer."""
    if warp is None:
        nothing = np.full(len(truth.ref_s), np.nan)
        return Errors(nothing, nothing)
    return Errors(_off(warp.to_new(truth.ref_s), truth), warp.uncertainty(truth.ref_s))


def _off(found: Floats, truth: Truth) -> Floats:
    """Signed distance of the answers from the right ones. Where the new run stands, all of the stop shows the place of
    one reference moment, and every moment of it is right.
    """
    stands = np.diff(truth.new_s) > _STANDING * np.diff(truth.ref_s)
    first, last = truth.new_s.copy(), truth.new_s.copy()
    first[1:][stands] = truth.new_s[:-1][stands]
    last[:-1][stands] = truth.new_s[1:][stands]
    return found - np.clip(found, first, last)


def vote_errors(ref_s: Floats, new_s: Floats, truth: Truth) -> Errors:
    """Single answers, new seconds for some reference seconds (N,), against the truth between its ends."""
    known = (ref_s >= truth.ref_s[0]) & (ref_s <= truth.ref_s[-1])
    error = new_s[known] - np.interp(ref_s[known], truth.ref_s, truth.new_s)
    return Errors(error, np.full(len(error), np.nan))


def best_of(answers: Sequence[Errors]) -> Errors:
    """Of errors against several right answers those of the one that the map chose: where most moments are mapped.

    A map of one lap is no map of another; one that changes laps on its way loses the rest as coverage.
    """
    return max(answers, key=lambda e: (e.mapped, -float(np.nansum(np.abs(e.error_s)))))


def figures(errors: Sequence[Errors], *, frame_s: float = FRAME_S) -> Score | None:
    """The figures over one or more pairs, every true moment counting alike; None where nothing is mapped."""
    signed = np.concatenate([e.error_s for e in errors])
    sigma = np.concatenate([e.sigma_s for e in errors])
    there = np.isfinite(signed)
    if not there.any():
        return None
    error, sigma = np.abs(signed[there]), sigma[there]
    stated = np.isfinite(sigma)
    median, p90, p95 = (float(np.percentile(error, q)) for q in (50, 90, 95))
    return Score(
        median=median,
        p90=p90,
        p95=p95,
        within_03=float((error <= 0.3).mean()),
        within_frame=float((error <= frame_s).mean()),
        coverage=float(there.mean()),
        in_90=float((error <= _Z90 * sigma)[stated].mean()) if stated.any() else float("nan"),
    )


def score_warp(warp: TimeWarp, truth: Truth, *, frame_s: float) -> Score | None:
    """Score one warp; None where it maps no true moment."""
    return figures([warp_errors(warp, truth)], frame_s=frame_s)
