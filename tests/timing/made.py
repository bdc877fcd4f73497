"""Runs made of numbers: pieces of even riding on the trail clock, with stops and gaps."""

from __future__ import annotations

import numpy as np

from mtbsync_core.timing.runs import TimedRun
from mtbsync_core.warp import TimeWarp

END_S = 60.0


def run(
    name: str = "a", pace: float = 1.0, *, starts_at: float = 0.0, sigma: float = 0.02, **about: object
) -> TimedRun:
    """`pace` own seconds per trail second, knots a quarter second apart."""
    t = np.arange(0.0, END_S + 0.1, 0.25)
    return TimedRun(name=name, warp=TimeWarp(t, starts_at + pace * t, np.full(len(t), sigma)), **about)  # type: ignore[arg-type]


def stopped(at_s: float, stood_s: float, name: str = "stop", **about: object) -> TimedRun:
    """One that stands, at a trail second."""
    t = np.sort(np.append(np.arange(0.0, END_S + 0.1, 0.25), at_s + 0.01))
    new = t + np.where(t > at_s, stood_s, 0.0)
    return TimedRun(name=name, warp=TimeWarp(t, new, np.full(len(t), 0.02)), **about)  # type: ignore[arg-type]


def with_gap(ref: tuple[float, float], own_s: float, name: str = "gap") -> TimedRun:
    """One that does not follow the trail between two trail seconds, and takes `own_s` for it."""
    t = np.unique(np.append(np.arange(0.0, END_S + 0.1, 0.25), ref))
    new = t + np.where(t >= ref[1], own_s - (ref[1] - ref[0]), 0.0)
    keep = (t <= ref[0]) | (t >= ref[1])
    gap = int(np.searchsorted(t[keep], ref[0]))
    return TimedRun(name=name, warp=TimeWarp(t[keep], new[keep], np.full(int(keep.sum()), 0.02), frozenset({gap})))
