"""Effective sample size of correlated observations: samples from one place share their error.

A run that stands is seen again and again from the same spot. Ten seconds at one place are a hundred samples, but no
more than one of them knows where that place lies on the other line. Counted as independent they would pull the stop,
and with it all of its seconds, to where that one error has it, and be sure of it. The cure is the usual one: the
variance of each is multiplied by the number of samples that say the same (variance inflation, or design effect; Kish
1965).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.options import paced

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedErrorOptions:
    """How long errors are shared."""

    shared_s: float = paced(0.6)
    """Seconds of riding over which neighbouring samples err together: they see the same corner from the same other
    line. Deviations grow with its root: with half of it the 90 % interval holds 83 % of a hard ride in place of 88 %;
    with twice the median error is a tenth larger."""
    creep: float = 1e-6
    """Riding per second of standing, so that every moment of riding has one time."""


def variance_inflation(
    t_s: Floats, place_s: Floats, on_trail: NDArray[np.bool_], options: SharedErrorOptions | None = None
) -> Floats:
    """By how much the variance of each sample is to be taken larger for standing, (N,), at least 1: how many times as
    long as `shared_s` the samples last that share its error. It is 1 while both runs ride alike.

    Args:
        t_s: times of the samples on one clock, seconds, ascending, shape (N,).
        place_s: their places on the other clock, seconds, shape (N,).
        on_trail: whether they have one, shape (N,).
    """
    o = options or SharedErrorOptions()
    # Riding is what both clocks agree on: the lesser of what passed on the two.
    apart = np.diff(t_s)
    passed = np.minimum(apart, np.diff(np.maximum.accumulate(place_s))) + o.creep * apart
    passed = np.where(on_trail[1:] & on_trail[:-1], passed, apart)
    riding = np.concatenate([[0.0], np.cumsum(passed)])
    begin, end = (np.interp(riding + way * o.shared_s / 2, riding, t_s) for way in (-1, 1))
    return np.asarray(np.maximum(1.0, (end - begin) / o.shared_s), np.float64)


def shared_sd(
    sd_s: Floats, t_s: Floats, place_s: Floats, on_trail: NDArray[np.bool_], options: SharedErrorOptions
) -> Floats:
    """Standard deviation (N,) to give each sample so that all of them together are as sure as their errors allow: for
    those shared between neighbours, for standing, and for being one of two views of the same pictures.
    """
    neighbours = np.maximum(1.0, options.shared_s / np.gradient(t_s))
    inflation = variance_inflation(t_s, place_s, on_trail, options)
    # The model takes many looks from one spot for many witnesses: none of them knows more than one in passing.
    passing = on_trail & (inflation < 1.5)
    usual = float(np.median(sd_s[passing])) if passing.any() else 0.0
    sd_s = np.maximum(sd_s, usual * np.sqrt(1 - 1 / inflation))
    return np.asarray(sd_s * np.sqrt(2 * neighbours * inflation))
