"""How true the deviation of a fit is on the recordings at hand: split conformal calibration by held-out blocks.

The deviation that a fit states rests on assumptions (how exact anchors are, what neighbours share, how riders bend a
curve) that other film need not keep. So anchors are asked that the curve has not seen: contiguous blocks of them are
left out, the curve is fitted without, and |residual| / deviation at these anchors should be below 1.645 in 90 of 100.
The factor by which it is not is the scale of the deviation (Vovk, Gammerman & Shafer 2005; normalised residuals:
Papadopoulos et al. 2002; blocks: Chernozhukov, Wuethrich & Zhu 2018, since neighbours err together).

What all anchors share cannot be seen so: two unlike lenses, or two lines that differ all along, move the curve and the
anchors that were left out alike. That has a deviation of its own, which is not scaled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.curve.fit import FitOptions, Segment, fit
from mtbsync_core.errors import EvidenceError
from mtbsync_core.markers import Z90
from mtbsync_core.options import paced

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConformalOptions:
    """How anchors are held out, and how far few of them are believed."""

    block_s: float = paced(1.5)
    """Seconds of a block: twice as long as neighbours share their error, so that those left in do not tell."""
    folds: int = 4
    """Every so many-th block is left out at once, so that there are as many fits."""
    quantile: float = 0.9
    """Of the residuals; the one that the 90 % interval is to hold."""
    standing: float = 0.6
    """|dw/du| (`fit`) from which on one of the runs stands: a ratio of 4. When a stop ended only the anchors beside it
    know, and those have been left out."""
    prior_sd: float = 0.7
    """Standard deviation of the logarithm of the scale before any anchor was asked: a factor of two to either side."""


def conformal_scale(segments: Sequence[Segment], fit_options: FitOptions, options: ConformalOptions) -> float | None:
    """The factor to the deviation of a fit of these segments; None where no anchors are left to ask.

    The quantile has the finite-sample correction (n + 1) / n, n being the blocks, not the anchors, and is shrunk
    towards 1 by its sampling variance against the prior's, both of the logarithm.
    """
    found = [_residuals(segment, fit_options, options) for segment in segments]
    residuals, blocks = np.concatenate([r for r, _ in found] or [np.zeros(0)]), sum(n for _, n in found)
    if not len(residuals):
        return None
    level = min(1.0, options.quantile * (1 + 1 / blocks))
    scale = max(float(np.quantile(residuals, level)) / Z90, 1e-3)
    # Variance of the logarithm of a normal sample's quantile, by the delta method: p (1 - p) / (n f(q)^2 q^2) at 0.9.
    sampling = 0.78 / blocks
    return float(scale ** (options.prior_sd**2 / (options.prior_sd**2 + sampling)))


def _residuals(segment: Segment, fit_options: FitOptions, o: ConformalOptions) -> tuple[Floats, int]:
    """|residual| over its standard deviation, of each anchor about the curve without its block; and how many blocks."""
    nothing = np.zeros(0), 0
    if segment.anchor is None or not segment.anchor.any():
        return nothing
    u, w = (segment.t_new + segment.t_ref) / 2, (segment.t_new - segment.t_ref) / 2
    block = np.floor(u / o.block_s).astype(int)
    try:
        whole = _Function.of(segment, fit_options)
    except EvidenceError:
        return nothing
    ask = segment.anchor & (np.abs(whole.slope(u, fit_options.knot_s)) < o.standing)
    residuals, blocks = [], 0
    for fold in range(o.folds):
        out = segment.anchor & (block % o.folds == fold)
        if not (out & ask).any():
            continue
        try:
            function = _Function.of(segment.select(~out), fit_options)
        except EvidenceError:
            continue
        here = out & ask & (u >= function.u[0]) & (u <= function.u[-1])
        sd = np.hypot(np.interp(u[here], function.u, function.sd), segment.sigma_s[here] / 2)
        residuals.append(np.abs(np.interp(u[here], function.u, function.w) - w[here]) / sd)
        blocks += len(np.unique(block[here]))
    return (np.concatenate(residuals), blocks) if residuals else nothing


@dataclass(frozen=True, slots=True, eq=False)
class _Function:
    """A curve as w(u) with its standard deviation, (K,) each, seconds."""

    u: Floats
    w: Floats
    sd: Floats

    @classmethod
    def of(cls, segment: Segment, options: FitOptions) -> _Function:
        curve = fit(replace(segment, shared_sd_s=0.0), options)
        return cls((curve.ref_s + curve.new_s) / 2, (curve.new_s - curve.ref_s) / 2, curve.sigma_s / 2)

    def slope(self, u: Floats, step: float) -> Floats:
        ahead, behind = (np.interp(u + side, self.u, self.w) for side in (step, -step))
        return np.asarray((ahead - behind) / (2 * step))
