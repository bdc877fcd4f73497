"""Where each sample of either run lies in the other: the lattice, run both ways.

A pause of the new run is many new samples at one reference place, which the lattice over new samples shows well; a
pause of the reference is many reference samples at one new place, which only the lattice over reference
samples shows. Both together treat the two runs alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.evidence import Evidence, evidence
from mtbsync_core.alignment.lattice import LatticeOptions, Posterior, forward_backward

Floats = NDArray[np.float64]

_WINDOW_S = 3.0
"""Time over which a rider's speed ratio is measured; shorter ones are noise of single samples."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """`forth`: places of the new samples on the reference clock; `back`: places of the reference samples on the new
    clock; `rows`: the evidence behind `forth`; `options`: the model with the speed ratio that was found.
    """

    forth: Posterior
    back: Posterior
    rows: Evidence
    options: LatticeOptions


def find_places(contrast: NDArray[np.float32], t_ref: Floats, t_new: Floats, options: LatticeOptions) -> Places:
    """Run the lattice both ways over the contrast (N, R) of new samples at `t_new` with reference samples at `t_ref`.

    A first pass finds how much faster one run is all in all, so that the prior does not pull a walker's places
    towards a rider's.
    """
    rows = evidence(contrast, t_ref, t_new)
    forth = forward_backward(rows, options)
    ratio = overall_ratio(forth, t_new, options.ratio)
    if abs(np.log2(ratio / options.ratio)) > 0.05:
        options = replace(options, ratio=ratio)
        forth = forward_backward(rows, options)
    back = forward_backward(evidence(contrast.T, t_new, t_ref), replace(options, ratio=1 / options.ratio))
    return Places(forth, back, rows, options)


def overall_ratio(forth: Posterior, t_new: Floats, unknown: float) -> float:
    """Median reference seconds per new second while moving on the common trail, within 1/3 to 3."""
    later = np.searchsorted(t_new, t_new + _WINDOW_S)
    here = np.flatnonzero(later < len(t_new))
    there = later[here]
    sure = (forth.on_trail[here] > 0.5) & (forth.on_trail[there] > 0.5)
    moving = (forth.stopped[here] < 0.5) & (forth.stopped[there] < 0.5)
    use = sure & moving
    if use.sum() < 4:
        return unknown
    went = forth.mean_s[there[use]] - forth.mean_s[here[use]]
    return float(np.clip(np.median(went / (t_new[there[use]] - t_new[here[use]])), 1 / 3, 3.0))
