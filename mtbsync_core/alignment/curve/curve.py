"""`Curve`: what a fit gives, before it is a `TimeWarp`; and the one way from the first to the second."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.markers import Z90
from mtbsync_core.warp import MonotoneMap, TimeWarp

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Curve(MonotoneMap):
    """A map whose `sigma_s` is one standard deviation across the curve: of `new_s - ref_s` where `new_s + ref_s` is
    given, in seconds.

    A fit treats both clocks alike and knows how far the curve may lie from where it was drawn. In metres that is
    sigma times the mean of the two speeds.
    """

    def warp(self) -> TimeWarp:
        """The map as it is applied, by propagation of uncertainty to the new clock.

        A marker asks for one reference moment: where the new run is slower the same distance across is more seconds of
        the new clock, and beside a stop it is all of the stop. To first order sigma is multiplied by (1 + slope) / 2;
        stops are too sharp for that. A curve that is moved by h across itself, -h on the reference clock and +h on the
        new one, answers new(ref + h) + h. With h at the ends of the 90 % interval its answers are the ends of that
        interval on the new clock, and sigma is their distance over that of a normal distribution.
        """
        sigma = self.sigma_s.copy()
        for part in self.parts():
            half = Z90 / 2 * part.sigma_s
            late, early = (_answers(part, part.ref_s + way * half) for way in (1, -1))
            sigma[np.isin(self.ref_s, part.ref_s)] = (late - early + 2 * half) / (2 * Z90)
        return TimeWarp(self.ref_s, self.new_s, sigma, self.gaps, self.bridges)


def _answers(part: Curve, t: Floats) -> Floats:
    """New seconds of one part; beyond it as if both runs were equally fast."""
    return np.asarray(np.interp(t, part.ref_s, part.new_s) + t - t.clip(part.ref_s[0], part.ref_s[-1]))
