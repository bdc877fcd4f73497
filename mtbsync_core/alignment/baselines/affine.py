"""One straight line through the raw picture pairs, as mtbsync 0.10 had it: t_ref = a * t_new + b.

For comparison, and for two cameras on one ride. Riders change their speed, so a line within 0.1 % of the same speed
fits next to no pair of real runs, and the gates refuse those.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.errors import EvidenceError
from mtbsync_core.options import option
from mtbsync_core.robust import mad_sd
from mtbsync_core.warp import TimeWarp

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class AffineOptions:
    """The gates of the straight line, by the names of mtbsync 0.10 and with its values."""

    max_ppm: float = option(
        1000.0,
        "--warp-max-ppm",
        "affine only: refuse when the speeds differ by more; 1000 is a thousandth.",
        minimum=0.0,
    )
    min_inlier_frac: float = option(
        0.25,
        "--warp-min-inlier-frac",
        "affine only: refuse when a smaller share of the picture pairs lies on the line.",
        minimum=0.0,
        maximum=1.0,
    )
    inlier_thresh: float = option(
        0.08, "--warp-inlier-thresh", "affine only: seconds from the line that count as on it.", minimum=0.0
    )
    window_sec: float = option(
        1.0, "--warp-window-sec", "affine only: seconds from the line that count as valid in pairs.csv.", minimum=0.0
    )
    ransac_iters: int = option(
        500, "--warp-ransac-iters", "affine only: lines tried (RANSAC).", minimum=1, maximum=1_000_000
    )
    refits: int = 10
    """Least squares over the pairs on the line at most; two or three settle."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """t_ref = a * t_new + b; `on_it` is the share of the pairs within the inlier threshold, `spread_s` theirs."""

    a: float
    b: float
    on_it: float
    spread_s: float

    def off(self, pairs: TimePairs) -> Floats:
        """Seconds of the reference clock by which each pair lies beside the line, (N,)."""
        return np.asarray(np.abs(self.a * pairs.t_new + self.b - pairs.t_ref))

    def warp(self, ref_end_s: float, new_end_s: float) -> TimeWarp | None:
        """The line within both recordings; None where it runs back or misses them."""
        if self.a <= 0:
            return None
        first, last = max(0.0, -self.b / self.a), min(new_end_s, (ref_end_s - self.b) / self.a)
        if last - first < 0.1:
            return None
        new = np.array([first, last])
        return TimeWarp(self.a * new + self.b, new, np.full(2, self.spread_s / self.a))

    def refusals(self, options: AffineOptions) -> list[str]:
        """The gates that the line does not pass, in words."""
        found = []
        ppm = abs(self.a - 1) * 1e6
        if ppm > options.max_ppm:
            found.append(
                f"the speeds differ by {ppm / 1e4:.1f} %, a straight line may have {options.max_ppm / 1e4:g} % "
                "(--warp-max-ppm)"
            )
        if self.on_it < options.min_inlier_frac:
            found.append(
                f"{self.on_it:.0%} of the picture pairs lie on a straight line, "
                f"{options.min_inlier_frac:.0%} are needed (--warp-min-inlier-frac)"
            )
        return found


def fit_line(pairs: TimePairs, options: AffineOptions) -> Line:
    """The line with the most pairs on it: random pairs of pairs (RANSAC, Fischler & Bolles 1981), then least squares
    over the pairs that lie on it, again while that gains any.

    Raises:
        EvidenceError: fewer than two different moments.
    """
    x, y = pairs.t_new, pairs.t_ref
    if len(np.unique(x)) < 2:
        raise EvidenceError(f"only {len(x)} picture pairs", "Use longer recordings, or sample more densely with --fps.")
    rng = np.random.default_rng(options.seed)
    i, j = rng.integers(len(x), size=(2, options.ransac_iters))
    i, j = i[x[i] != x[j]], j[x[i] != x[j]]
    slopes = (y[j] - y[i]) / (x[j] - x[i])
    shifts = y[i] - slopes * x[i]
    counts = [int((np.abs(a * x + b - y) <= options.inlier_thresh).sum()) for a, b in zip(slopes, shifts, strict=True)]
    k = int(np.argmax(counts))
    a, b = float(slopes[k]), float(shifts[k])
    near = np.abs(a * x + b - y) <= options.inlier_thresh
    for _ in range(options.refits):
        if near.sum() < 2 or np.ptp(x[near]) == 0:
            break
        steeper, higher = np.polyfit(x[near], y[near], 1)
        again = np.abs(steeper * x + higher - y) <= options.inlier_thresh
        if again.sum() < near.sum():
            break
        a, b, near = float(steeper), float(higher), again
    off = np.abs(a * x + b - y)
    spread = float(mad_sd(off[off <= options.window_sec], about=0.0)) if (off <= options.window_sec).any() else 1.0
    return Line(a, b, float(near.mean()), float(np.hypot(spread, 0.03)))
