"""A smooth function with bounded slope through scattered values: robust penalised least squares on even knots.

The function is piecewise linear and minimises

    sum_i rho((w(u_i) - w_i) / sd_i) + sum_k psi(w''_k / bend_sd)     with |w'| <= bound

by iteratively reweighted least squares (IRLS), rho being the Cauchy loss and psi Huber's. Each turn is one banded
system (a Whittaker smoother; Eilers 2003, "A perfect smoother"). The bound is kept by an active set: slopes beyond it
are held at it by a stiff penalty, and let go once nothing pushes outwards any more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SolverOptions:
    """How the least squares are solved."""

    iterations: int = 30
    """Turns at most; half of it changes nothing on rides, contradictory values need more."""
    slope_bound: float = 0.995
    """Largest |dw/du|: one clock then runs 399 times as fast as the other. At 1 one of them would stand still."""
    stiff_turns: int = 6
    """Turns over which the curve is let bend more and more: one that may bend freely at once bends to every wild
    value before that is known to be one. Half and twice change nothing on rides."""
    cauchy_sd: float = 2.0
    """Standard deviations at which a value keeps half of its weight; 2.385 is 95 % efficient for normal errors (Holland
    & Welsch 1977). Half of it is better at stops (median 0.014 s for 0.015 s) and worse on hard rides (0.040 s for
    0.038 s), twice worse on easy ones."""
    huber_sd: float = 1.5
    """Standard deviations from which on a bend costs in proportion only: a start or a stop is a sharp one. 1.345 is
    95 % efficient for normal errors (Huber 1981). Half makes the real laps worse by a tenth, twice changes nothing."""
    hold: float = 1e4
    """Weight of a slope at the bound over that of the best value or bend: it ends within a ten-thousandth."""
    ridge: float = 1e-9
    """Weight that each knot has of itself, as a share of the same, so that the system is never singular."""
    settled_s: float = 1e-4
    """Largest change of a knot in the last turn, seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Values `w` (N,) with standard deviations `sd` (N,), at a `fraction` (N,) of the way from `knot` (N,) to the next.

    Where `exact` (N,) they keep their weight, however far off the function is.
    """

    knot: NDArray[np.intp]
    fraction: Floats
    w: Floats
    sd: Floats
    exact: NDArray[np.bool_]

    @classmethod
    def at(cls, u: Floats, w: Floats, sd: Floats, exact: NDArray[np.bool_], knots: Floats) -> Values:
        """Values `w` at `u`, between even knots."""
        place = (u - knots[0]) / (knots[1] - knots[0])
        knot = np.clip(place.astype(int), 0, len(knots) - 2)
        return cls(knot, place - knot, w, sd, exact)

    def residuals(self, function: Floats) -> Floats:
        """What a function (K,) exceeds the values by, in their standard deviations, (N,)."""
        at = function[self.knot] * (1 - self.fraction) + function[self.knot + 1] * self.fraction
        return np.asarray((at - self.w) / self.sd)


def smooth(values: Values, count: int, step: float, bend_sd: float, options: SolverOptions) -> tuple[Floats, Floats]:
    """The function at `count` knots `step` apart, and its variance there, both (K,).

    Args:
        bend_sd: typical change of slope per unit of u: the slope is a random walk.
    """
    from scipy.linalg import solveh_banded

    o = options
    function, slope = np.zeros(count), np.zeros(count - 1)
    held = np.zeros(count - 1, bool)
    weight, bend_weight = np.ones(len(values.w)), np.ones(count - 2)
    free = np.zeros((3, count))
    for turn in range(o.iterations):
        # The second difference of w over one step.
        scale = bend_sd * step * np.sqrt(step) * min(1.0, (turn + 1) / o.stiff_turns)
        strength, stiffness = weight / values.sd**2, bend_weight / scale**2
        strongest = float(strength[~values.exact].max() + stiffness.max())
        free, right = _normal_equations(values, strength, stiffness)
        free[2] += o.ridge * strongest
        band = free.copy()
        _hold_slopes(band, right, held, np.sign(slope) * o.slope_bound * step, o.hold * strongest)
        previous, function = function, np.asarray(solveh_banded(band, right), dtype=np.float64)
        cauchy = 1 / (1 + (values.residuals(function) / o.cauchy_sd) ** 2)
        weight = np.where(values.exact, 1.0, cauchy)
        bend = np.abs(np.diff(function, 2)) / scale
        bend_weight = np.minimum(1.0, o.huber_sd / np.maximum(bend, 1e-9))
        slope = np.diff(function) / step
        # What is held stays so while it pushes outwards; the penalty gives way by a hair then.
        beyond = np.abs(slope) > o.slope_bound + np.where(held, 0.0, 1e-6)
        settled = (beyond == held).all() and np.abs(function - previous).max() < o.settled_s
        if settled and turn > o.stiff_turns:
            break
        held = beyond
    # A slope that was held at the bound is no knowledge: near the end of a stop all depends on when it ended.
    return function, inverse_diagonal(free)


def _normal_equations(values: Values, strength: Floats, stiffness: Floats) -> tuple[Floats, Floats]:
    """The matrix, in upper banded form (3, K), and the right side (K,) of weighted least squares: `strength` (N,) for
    the values, `stiffness` (K - 2,) for the second differences.
    """
    count = len(stiffness) + 2
    band, right = np.zeros((3, count)), np.zeros(count)
    here, ahead = values.knot, values.knot + 1
    share, rest = values.fraction, 1 - values.fraction

    def summed(at: NDArray[np.intp], amount: Floats) -> Floats:
        return np.bincount(at, strength * amount, count).astype(np.float64)

    band[2] = summed(here, rest**2) + summed(ahead, share**2)
    band[1] = summed(ahead, rest * share)
    right = summed(here, rest * values.w) + summed(ahead, share * values.w)
    for offset, factor in enumerate((1, 4, 1)):
        band[2, offset : offset + count - 2] += factor * stiffness
    for offset in (1, 2):
        band[1, offset : offset + count - 2] -= 2 * stiffness
    band[0, 2:] += stiffness
    return band, right


def _hold_slopes(band: Floats, right: Floats, held: NDArray[np.bool_], rise: Floats, weight: float) -> None:
    """Add to the normal equations that the `held` (K - 1,) first differences are `rise` (K - 1,)."""
    k = np.flatnonzero(held)
    band[2, k] += weight
    band[2, k + 1] += weight
    band[1, k + 1] -= weight
    right[k] -= weight * rise[k]
    right[k + 1] += weight * rise[k]


def inverse_diagonal(band: Floats) -> Floats:
    """Diagonal of the inverse of a symmetric pentadiagonal matrix in upper banded form, by selected inversion
    (Takahashi, Fagan & Chen 1973): L D L' from the top, then the needed band of the inverse from the bottom.
    """
    n = band.shape[1]
    # Two more of each, so that the terms beyond either end are zero. l1[i] = L[i, i-1], l2[i] = L[i, i-2].
    d, l1, l2 = np.ones(n + 2), np.zeros(n + 2), np.zeros(n + 2)
    for i in range(n):
        l2[i] = band[0, i] / d[i - 2]
        l1[i] = (band[1, i] - l2[i] * d[i - 2] * l1[i - 1]) / d[i - 1]
        d[i] = band[2, i] - l1[i] ** 2 * d[i - 1] - l2[i] ** 2 * d[i - 2]
    # z0[i] = Z[i, i], z1[i] = Z[i, i+1], z2[i] = Z[i, i+2]
    z0, z1, z2 = np.zeros(n + 2), np.zeros(n + 2), np.zeros(n + 2)
    for i in reversed(range(n)):
        a, b = l1[i + 1], l2[i + 2]
        z1[i] = -a * z0[i + 1] - b * z1[i + 1]
        z2[i] = -a * z1[i + 1] - b * z0[i + 2]
        z0[i] = 1 / d[i] - a * z1[i] - b * z2[i]
    return np.maximum(z0[:n], 0.0)
