"""Time pairs become a `Curve`: robust, smooth where the riders were, strictly increasing on both clocks.

Both clocks are treated alike. With u = (new + ref) / 2 and w = (new - ref) / 2 the map is a function w(u), and
"both clocks run forward" is |dw/du| < 1: a stop in the new run is dw/du near +1, a stop in the reference near -1.
`least_squares` finds the smooth w(u) with bounded slope; its standard deviation is that of w, and twice that is the
curve's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtbsync_core.alignment.curve.curve import Curve
from mtbsync_core.alignment.curve.least_squares import SolverOptions, Values, smooth
from mtbsync_core.alignment.user_pairs import USER_SIGMA_S, UserPair, crosses
from mtbsync_core.errors import EvidenceError
from mtbsync_core.options import paced
from mtbsync_core.robust import mad_sd

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class FitOptions:
    """What the fit assumes of riding and of the pairs.

    Half and twice of the values were measured on three simulated pairs (easy, hard, stops) and the real laps.
    """

    knot_s: float = paced(0.25)
    """Spacing of the knots along u, seconds. Half and twice move the median error by 3 % at most, either way."""
    bend_sd: float = paced(0.4, -0.5)
    """Typical change of dw/du within a second: one run braking from the other's pace to half of it is 0.33. Half of it
    is 4 % better on simulated rides and 4 % worse on the real one, twice 2 to 13 % worse on all."""
    floor_s: float = paced(0.014)
    """What two lines through the same corner cannot agree on, at the least, seconds: 0.14 m at 10 m/s. A lower bound
    of the deviation that is given out; it moves no curve. With 0.02 the 90 % intervals of easy rides hold 96.5 %, with
    0.014 or less 95.2 %; those of hard rides and of all real pairs stay as they are."""
    scatter_share: float = 0.7
    """How much of the scatter of the pairs about the curve is no noise that many of them average out, but the other
    line, bend or lens, which neighbours share and the curve follows: so much of it is in the curve's deviation. It
    moves no curve. With 0.65, 0.7 and 0.8 the 90 % interval holds 84, 86 and 89 % of the real laps, and 94.8, 95.0 and
    95.4 % of clean simulated rides."""
    exact_sd_s: float = 1e-4
    """Standard deviation of the user's pairs while fitting, seconds: some thousand times the weight of the best other
    pair, and no trouble to the solver."""
    clear_s: float = 1e-3
    """Least time between a pair of the user and the knots beside it, seconds."""
    alone_s: float = 0.25
    """How far a pair of the user speaks for its surroundings where nothing else does, seconds to either side."""
    solver: SolverOptions = field(default_factory=SolverOptions)


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """The pairs of one unbroken segment: times on both clocks and standard deviations, seconds, each (N,), in any
    order; the user's pairs in it, which follow each other on both clocks; and the standard deviation of an error that
    many of them share, so that no number makes it smaller: one for all, or each (N,). `anchor` (N,) says which pairs
    are anchors by local features; None where none is.
    """

    t_ref: Floats
    t_new: Floats
    sigma_s: Floats
    user: Sequence[UserPair] = ()
    shared_sd_s: ArrayLike = 0.0
    anchor: NDArray[np.bool_] | None = None

    def select(self, keep: NDArray[np.bool_]) -> Segment:
        """The same with some of the pairs only."""
        shared = np.broadcast_to(self.shared_sd_s, len(keep))[keep]
        anchor = self.anchor[keep] if self.anchor is not None else None
        columns = self.t_ref[keep], self.t_new[keep], self.sigma_s[keep]
        return Segment(*columns, self.user, shared, anchor)


def fit_segments(
    segments: Sequence[Segment],
    options: FitOptions,
    *,
    ends_s: tuple[float, float],
    reach_s: float = 0.0,
    scale: float = 1.0,
) -> Curve | None:
    """One curve through the segments, each fitted for itself, with a gap between each two; None where there is none.

    A segment with too few pairs is left out. Of one that holds nothing but pairs of the user those are left, with a
    quarter of a second around them. No segment reaches beyond the user's pairs of another one. The curve may reach
    beyond the ends of the reference (`Curve.warp_within`).

    Args:
        ends_s: durations of the reference and of the new recording, seconds.
        reach_s, scale: as in `fit`.
    """
    user = [pair for segment in segments for pair in segment.user]
    curves = []
    for segment in segments:
        curve = _fit_segment(segment, options, reach_s, scale)
        curve = curve and curve.clip(new=(0.0, ends_s[1]))
        curve = curve and (curve if curve.clip(ref=(0.0, ends_s[0])) is not None else None)
        curve = curve and _clear_of(curve, [pair for pair in user if pair not in segment.user], options.clear_s)
        if curve is not None:
            curves.append(curve)
    return Curve.join(_in_order(curves, user, options.solver)) if curves else None


def _in_order(curves: Sequence[Curve], user: Sequence[UserPair], o: SolverOptions) -> list[Curve]:
    """The curves, none of which begins at a place of the reference that the one before has left behind: isotonic
    regression of their reference seconds by inverse variance (pool adjacent violators; Barlow et al. 1972), with the
    least slope that the solver allows. What a knot is moved by adds to its deviation; those of the user stay.

    A rider falls, the camera shows nothing for seconds, and then the place where he fell: the curve up to there ends in
    riding, and may end metres behind it.
    """
    from scipy.optimize import isotonic_regression

    ends = pairwise(curves)
    if not any(here.ref_s[-1] > there.ref_s[0] and here.new_s[-1] < there.new_s[0] for here, there in ends):
        return list(curves)
    ref_s, new_s, sigma_s = np.concatenate([curve.columns for curve in curves], axis=1)
    least = (1 - o.slope_bound) / (1 + o.slope_bound) * new_s
    weights = np.where(np.isin(new_s, [pair.new_s for pair in user]), 1e12, 1 / sigma_s**2)
    in_order_s = isotonic_regression(ref_s - least, weights=weights).x + least
    columns = np.stack([in_order_s, new_s, np.hypot(sigma_s, in_order_s - ref_s)])
    parts = np.split(columns, np.cumsum([len(curve.ref_s) for curve in curves])[:-1], axis=1)
    return [Curve(*part) for part in parts]


def _fit_segment(segment: Segment, o: FitOptions, reach_s: float, scale: float) -> Curve | None:
    user = segment.user
    try:
        return fit(segment, o, reach_s=reach_s, scale=scale)
    except EvidenceError:
        if not user:
            return None
    ref_s, new_s = np.array([(user[0] - np.full(2, o.alone_s)), *user, user[-1] + np.full(2, o.alone_s)]).T
    return Curve(ref_s, new_s, np.array([o.alone_s, *(USER_SIGMA_S for _ in user), o.alone_s]))


def _clear_of(curve: Curve, others: Sequence[UserPair], clear_s: float) -> Curve | None:
    """The curve without the knots that do not lie on its side of the user's pairs of other segments."""
    keep = np.ones(len(curve.ref_s), bool)
    for pair in others:
        ahead = curve.columns[:2] - np.array(pair)[:, None]
        keep &= (np.sign(np.median(ahead[1])) * ahead).min(axis=0) > clear_s
    return curve.select(keep)


def fit(segment: Segment, options: FitOptions | None = None, *, reach_s: float = 0.0, scale: float = 1.0) -> Curve:
    """Fit the curve over the span of the pairs, exactly through the user's; what would cross one of those is left out.

    Args:
        reach_s: how far beyond the first and the last pair the curve goes on in a straight line, seconds; a sample
            speaks for its surroundings, up to about one sample spacing.
        scale: factor to the deviation, but for its floor and what all pairs share (`conformal_scale`).

    Raises:
        EvidenceError: fewer than four pairs, or they span no time.
    """
    o = options or FitOptions()
    user = segment.user
    use = ~crosses(segment.t_ref, segment.t_new, user)
    t_ref, t_new, sigma_s = segment.t_ref[use], segment.t_new[use], segment.sigma_s[use]
    u, w = (t_new + t_ref) / 2, (t_new - t_ref) / 2
    if len(u) < 4 or np.ptp(u) < 4 * o.knot_s:
        raise EvidenceError(
            f"only {len(u)} matching moments over {np.ptp(u) if len(u) else 0:.1f} s",
            "Use longer recordings, or sample them more densely with --fps.",
        )
    order = np.argsort(u)
    shared = np.broadcast_to(segment.shared_sd_s, use.shape)[use][order]
    user_u, user_w = np.array([((new + ref) / 2, (new - ref) / 2) for ref, new in user]).reshape(-1, 2).T
    first, last = min([u.min() - reach_s, *user_u]), max([u.max() + reach_s, *user_u])
    # On multiples of their spacing, so that the same pairs have the same knots whatever else is fitted with them.
    knots = o.knot_s * np.arange(np.floor(first / o.knot_s), np.ceil(last / o.knot_s) + 1)
    exact = np.arange(len(user) + len(u)) < len(user)
    sd = np.concatenate([np.full(len(user), o.exact_sd_s), sigma_s / 2])
    values = Values.at(np.concatenate([user_u, u]), np.concatenate([user_w, w]), sd, exact, knots)
    function, variance = smooth(values, len(knots), o.knot_s, o.bend_sd, o.solver)

    # Scale of the residuals: an honest sigma follows what is seen, not what is assumed.
    residual = values.residuals(function)[~exact]
    spread = scale * max(1.0, float(mad_sd(residual, about=0.0)))
    floor = max(o.floor_s, scale * o.scatter_share * 2 * float(mad_sd(residual * sd[~exact], about=0.0)))
    sigma = np.sqrt(4 * spread**2 * variance + floor**2 + np.interp(knots, u[order], shared) ** 2)
    # An end that is a hair beside a knot is that knot: no two values of a clock lie between them.
    reached = np.unique(knots.clip(first, last).round(6))
    function, sigma = (np.interp(reached, knots, column) for column in (function, sigma))
    return _through(_increasing(reached, function, sigma, o.solver.slope_bound), user, o.clear_s)


def _increasing(u: Floats, w: Floats, sigma: Floats, bound: float) -> Curve:
    """The curve of w(u), its slopes clipped to the bound: strictly increasing whatever the solver found."""
    slope = np.clip(np.diff(w) / np.diff(u), -bound, bound)
    bounded = w[0] + np.concatenate([[0.0], np.cumsum(slope * np.diff(u))])
    # Clipping may only nudge; the rest of the offset is spread so that no end is favoured.
    bounded += np.median(w - bounded)
    return Curve(u - bounded, u + bounded, sigma)


def _through(curve: Curve, user: Sequence[UserPair], clear_s: float) -> Curve:
    """The curve with a knot at each pair of the user, without the knots that would have to run back for it."""
    keep = np.ones(len(curve.ref_s), bool)
    for pair in user:
        ahead = curve.columns[:2] - np.array(pair)[:, None]
        keep &= (ahead.min(axis=0) > clear_s) | (ahead.max(axis=0) < -clear_s)
    pinned = np.array([(*pair, USER_SIGMA_S) for pair in user]).reshape(-1, 3).T
    columns = np.concatenate([curve.columns[:, keep], pinned], axis=1)
    return Curve(*columns[:, np.argsort(columns[0], kind="stable")])
