"""What the spread of a warp means for a marker: `on_new_clock`.

A fit knows how far the curve may lie from where it was drawn, across it. A marker asks for one reference moment: where
the new run is slower that is more seconds of the new clock, and beside a stop it is all of the stop.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.warp import TimeWarp

Floats = NDArray[np.float64]

_Z90 = NormalDist().inv_cdf(0.95)


def on_new_clock(warp: TimeWarp) -> TimeWarp:
    """The same warp with `sigma_s` of `new_s` at a given reference moment, from a `sigma_s` of `new_s - ref_s` across
    the curve (u = (new + ref) / 2 given).

    A curve that is moved by h across itself, -h on the reference clock and +h on the new one, answers
    new(ref + h) + h. With h at the ends of the 90 % interval its answers are the ends of that interval on the new
    clock, stops within it included; sigma is their distance over that of a normal distribution.
    """
    sigma = warp.sigma_s.copy()
    for first, last in warp.mapped():
        here = (warp.ref_s >= first) & (warp.ref_s <= last)
        ref, new, half = warp.ref_s[here], warp.new_s[here], _Z90 / 2 * warp.sigma_s[here]
        late, early = (_answers(ref, new, ref + way * half) for way in (1, -1))
        sigma[here] = (late - early + 2 * half) / (2 * _Z90)
    return replace(warp, sigma_s=sigma)


def _answers(ref: Floats, new: Floats, t: Floats) -> Floats:
    """New seconds of one stretch; beyond it as if both runs were equally fast."""
    return np.asarray(np.interp(t, ref, new) + t - t.clip(ref[0], ref[-1]))
