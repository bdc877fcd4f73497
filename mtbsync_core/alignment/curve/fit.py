"""Time pairs with spread become a `TimeWarp`: robust, smooth where the riders were, strictly increasing on both clocks.

Both clocks are treated alike. With u = (new + ref) / 2 and w = (new - ref) / 2 the map is a function w(u), and
"both clocks run forward" is |dw/du| < 1: a stop in the new run is dw/du near +1, a stop in the reference near -1. w is
piecewise linear on even knots and minimises

    sum_i rho((w(u_i) - w_i) / sigma_i) + lambda * sum_k rho(second difference of w)

with rho the Cauchy loss on the pairs and Huber's on the bends (a start or a stop is a sharp bend, riding is
smooth), by iteratively reweighted least squares on the banded normal equations; knots whose slope would break the
bound are held at it (active set).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.user_pairs import PIN_SIGMA_S, UserPair
from mtbsync_core.errors import EvidenceError
from mtbsync_core.warp import TimeWarp

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class FitOptions:
    """What the smoother assumes."""

    knot_s: float = 0.25
    """Spacing of the knots along u, seconds."""
    bend_sd: float = 0.4
    """Typical change of dw/du within a second: one run braking from the other's pace to half of it is 0.33."""
    floor_s: float = 0.02
    """What two lines through the same corner cannot agree on, at the least: 0.2 m at 10 m/s (alignment facts, section
    6)."""
    scatter_share: float = 0.65
    """How much of the scatter of the pairs about the warp is no noise that many of them average out, but the other
    line, bend or lens, which neighbours share and the warp follows: so much of its spread is in the warp's."""
    steady_s: float = 0.0
    """Standard deviation of an error that all pairs share, seconds."""
    iterations: int = 30


_SLOPE_LIMIT = 0.995
_FIRM_S = 1e-4
"""Spread of a pin while fitting: some thousand times the weight of the best pair, and no trouble to the solver."""
_CLEAR_S = 1e-3
"""Least time between a pin and the knots beside it."""
_STIFF_TURNS = 6


def fit(
    t_ref: Floats,
    t_new: Floats,
    sigma_s: Floats,
    options: FitOptions | None = None,
    *,
    reach_s: float = 0.0,
    pins: Sequence[UserPair] = (),
) -> TimeWarp:
    """Fit the warp over the span of the pairs.

    Args:
        t_ref, t_new: paired times on each clock, seconds, shape (N,), in any order.
        sigma_s: spread of each pair in seconds, shape (N,), positive.
        reach_s: how far beyond the first and the last pair the warp goes on in a straight line, seconds; a sample
            speaks for its surroundings, up to about one sample spacing.
        pins: pairs that the warp goes through exactly; they follow each other on both clocks.

    Raises:
        EvidenceError: fewer than four pairs, or they span no time.
    """
    o = options or FitOptions()
    u, w = (t_new + t_ref) / 2, (t_new - t_ref) / 2
    if len(u) < 4 or np.ptp(u) < 4 * o.knot_s:
        raise EvidenceError(
            f"only {len(u)} matching moments over {np.ptp(u) if len(u) else 0:.1f} s",
            "Use longer recordings, or sample them more densely with --fps.",
        )
    pin_u = np.array([(new + ref) / 2 for ref, new in pins])
    pin_w = np.array([(new - ref) / 2 for ref, new in pins])
    first, last = min([u.min() - reach_s, *pin_u]), max([u.max() + reach_s, *pin_u])
    knots = np.linspace(first, last, max(5, int(np.ceil((last - first) / o.knot_s)) + 1))
    step = knots[1] - knots[0]
    u, w = np.concatenate([pin_u, u]), np.concatenate([pin_w, w])
    spread = np.concatenate([np.full(len(pins), _FIRM_S), sigma_s / 2])
    segment = np.clip(((u - knots[0]) / step).astype(int), 0, len(knots) - 2)
    fraction = (u - knots[segment]) / step
    solution, variance = _solve(knots, step, segment, fraction, w, spread, len(pins), o)

    # Scale of the residuals: an honest sigma follows what is seen, not what is assumed.
    residual = (solution[segment] * (1 - fraction) + solution[segment + 1] * fraction - w) / spread
    scale = max(1.0, _deviation(residual[len(pins) :]))
    floor = max(o.floor_s, o.scatter_share * 2 * _deviation((residual * spread)[len(pins) :]))
    spread = np.sqrt(4 * scale**2 * variance + floor**2 + o.steady_s**2)
    return _through(_as_warp(knots, solution, spread), pins)


def _deviation(residual: Floats) -> float:
    """Standard deviation by the median of absolute values, as a normal distribution would have it."""
    return 1.4826 * float(np.median(np.abs(residual)))


def _solve(
    knots: Floats,
    step: float,
    segment: NDArray[np.intp],
    fraction: Floats,
    w: Floats,
    sigma: Floats,
    firm: int,
    o: FitOptions,
) -> tuple[Floats, Floats]:
    """Values of w at the knots, and their variances. The first `firm` pairs keep their weight, however far off."""
    from scipy.linalg import solveh_banded

    n = len(knots)
    # Second difference of w over one knot step, for a bend of bend_sd per second: random walk of the slope.
    loosest = o.bend_sd * step * np.sqrt(step)
    pair_weight = np.ones(len(w))
    bend_weight = np.ones(n - 2)
    held: dict[int, float] = {}
    solution = np.zeros(n)
    band = free = np.zeros((3, n))
    for turn in range(o.iterations):
        # Stiff at first: a map that may bend freely would bend to every wild pair before it is known to be one.
        bend_scale = loosest * min(1.0, (turn + 1) / _STIFF_TURNS)
        band = np.zeros((3, n))
        right = np.zeros(n)
        strength = pair_weight / sigma**2
        np.add.at(band[2], segment, strength * (1 - fraction) ** 2)
        np.add.at(band[2], segment + 1, strength * fraction**2)
        np.add.at(band[1], segment + 1, strength * fraction * (1 - fraction))
        np.add.at(right, segment, strength * (1 - fraction) * w)
        np.add.at(right, segment + 1, strength * fraction * w)
        stiff = bend_weight / bend_scale**2
        band[2, :-2] += stiff
        band[2, 1:-1] += 4 * stiff
        band[2, 2:] += stiff
        band[1, 1:-1] -= 2 * stiff
        band[1, 2:] -= 2 * stiff
        band[0, 2:] += stiff
        free = band.copy()
        for k, limit in held.items():
            hold = 1e4 * (strength[firm:].max() + stiff.max())
            band[2, k] += hold
            band[2, k + 1] += hold
            band[1, k + 1] -= hold
            right[k] -= hold * limit * step
            right[k + 1] += hold * limit * step
        for matrix in (band, free):
            matrix[2] += 1e-9 * (strength[firm:].max() + stiff.max())
        previous = solution
        solution = np.asarray(solveh_banded(band, right), dtype=np.float64)

        residual = (solution[segment] * (1 - fraction) + solution[segment + 1] * fraction - w) / sigma
        pair_weight = 1 / (1 + (residual / 2.0) ** 2)
        pair_weight[:firm] = 1.0
        bend = np.abs(np.diff(solution, 2)) / bend_scale
        bend_weight = np.minimum(1.0, 1.5 / np.maximum(bend, 1e-9))
        slope = np.diff(solution) / step
        new = {
            int(k): float(np.sign(slope[k]) * _SLOPE_LIMIT) for k in np.flatnonzero(np.abs(slope) > _SLOPE_LIMIT + 1e-6)
        }
        if not new.keys() - held.keys() and turn > _STIFF_TURNS and np.abs(solution - previous).max() < 1e-4:
            break
        held |= new
    # A slope that was held at the bound is no knowledge: near the end of a stop all depends on when it ended.
    return solution, _inverse_diagonal(free)


def _inverse_diagonal(band: Floats) -> Floats:
    """Diagonal of the inverse of a symmetric pentadiagonal matrix in upper banded form, by selected inversion
    (Takahashi, Fagan & Chen 1973): L D L' from the top, then the needed band of the inverse from the bottom.
    """
    n = band.shape[1]
    d, l1, l2 = np.empty(n), np.zeros(n), np.zeros(n)
    for i in range(n):
        # l1[i] = L[i, i-1], l2[i] = L[i, i-2]
        l2[i] = band[0, i] / d[i - 2] if i > 1 else 0.0
        l1[i] = (band[1, i] - (l2[i] * d[i - 2] * l1[i - 1] if i > 1 else 0.0)) / d[i - 1] if i else 0.0
        d[i] = band[2, i] - (l1[i] ** 2 * d[i - 1] if i else 0.0) - (l2[i] ** 2 * d[i - 2] if i > 1 else 0.0)
    z0, z1, z2 = np.zeros(n + 2), np.zeros(n + 2), np.zeros(n + 2)
    # z0[i] = Z[i, i], z1[i] = Z[i, i+1], z2[i] = Z[i, i+2]
    for i in range(n - 1, -1, -1):
        a = l1[i + 1] if i + 1 < n else 0.0
        b = l2[i + 2] if i + 2 < n else 0.0
        z1[i] = -a * z0[i + 1] - b * z1[i + 1]
        z2[i] = -a * z1[i + 1] - b * z0[i + 2]
        z0[i] = 1 / d[i] - a * z1[i] - b * z2[i]
    return np.maximum(z0[:n], 0.0)


def _as_warp(knots: Floats, w: Floats, sigma: Floats) -> TimeWarp:
    slope = np.clip(np.diff(w) / np.diff(knots), -_SLOPE_LIMIT, _SLOPE_LIMIT)
    bounded = w[0] + np.concatenate([[0.0], np.cumsum(slope * np.diff(knots))])
    # Clipping may only nudge; the rest of the offset is spread so that no end is favoured.
    bounded += np.median(w - bounded)
    return TimeWarp(knots - bounded, knots + bounded, sigma)


def _through(warp: TimeWarp, pins: Sequence[UserPair]) -> TimeWarp:
    """The warp with a knot at each pin, without the knots that would have to run back for it."""
    if not pins:
        return warp
    keep = np.ones(len(warp.ref_s), bool)
    for ref, new in pins:
        ahead_ref, ahead_new = warp.ref_s - ref, warp.new_s - new
        keep &= (np.minimum(ahead_ref, ahead_new) > _CLEAR_S) | (np.maximum(ahead_ref, ahead_new) < -_CLEAR_S)
    ref_s = np.concatenate([warp.ref_s[keep], [pin.ref_s for pin in pins]])
    new_s = np.concatenate([warp.new_s[keep], [pin.new_s for pin in pins]])
    sigma_s = np.concatenate([warp.sigma_s[keep], np.full(len(pins), PIN_SIGMA_S)])
    order = np.argsort(ref_s, kind="stable")
    return TimeWarp(ref_s[order], new_s[order], sigma_s[order])
