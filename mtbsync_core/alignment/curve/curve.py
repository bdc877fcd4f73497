"""`Curve`: what a fit gives, before it is a `TimeWarp`; and the one way from the first to the second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtbsync_core.markers import Z90
from mtbsync_core.warp import MonotoneMap, Span, TimeWarp


@dataclass(frozen=True, slots=True, eq=False)
class Curve(MonotoneMap):
    """A map whose `sigma_s` is one standard deviation across the curve: of `new_s - ref_s` where `new_s + ref_s` is
    given, in seconds.

    A fit treats both clocks alike and knows how far the curve may lie from where it was drawn. In metres that is
    sigma times the mean of the two speeds.
    """

    def warp(self, stands: Sequence[Span] = (), *, ref: Span = (-np.inf, np.inf)) -> TimeWarp:
        """The whole map as it is applied, by propagation of uncertainty to the new clock.

        A marker asks for one reference moment: where the new run is slower the same distance across is more seconds of
        the new clock, and beside a stop it is all of the stop. To first order sigma is multiplied by (1 + slope) / 2;
        stops are too sharp for that. A curve that is moved by h across itself, -h on the reference clock and +h on the
        new one, answers new(ref + h) + h. With h at the ends of the 90 % interval its answers are the ends of that
        interval on the new clock, and sigma is their distance over that of a normal distribution.

        Args:
            stands: seconds of the new clock at which the new run stands before the first place, or after the last one;
                an answer beyond these may be any of them.
            ref: the first and the last second of the reference, which the curve may reach beyond.
        """
        half = Z90 / 2 * self.sigma_s
        sigma = (self.half_answers(self.ref_s, half) + half) / Z90
        for begin, end in stands:
            middle = (begin + end) / 2
            before = (self.ref_s - half < max(self.ref_s[0], ref[0])) & (self.new_s > middle)
            after = (self.ref_s + half > min(self.ref_s[-1], ref[1])) & (self.new_s < middle)
            longest = np.where(before, self.new_s - begin, np.where(after, end - self.new_s, 0.0))
            sigma = np.maximum(sigma, (longest / 2 + half) / Z90 * (before | after))
        return TimeWarp(self.ref_s, self.new_s, sigma, self.gaps, self.bridges)

    def warp_within(self, ref: Span, stands: Sequence[Span] = ()) -> TimeWarp | None:
        """`warp` between the first and the last second of the reference; None where the curve has nothing there.

        Only then what lies beyond is cut off: a run that stands where the reference begins may be drawn a hair before
        that place, and an answer beside it may be any of that stand.
        """
        return self.warp(stands, ref=ref).clip(ref=ref)
