"""A warp from a pairs file alone: no pictures, no lattice, so the pairs themselves have to say whether they agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.curve.fit import FitOptions, fit
from mtbsync_core.alignment.hmm.segments import join
from mtbsync_core.alignment.judge.low_confidence import weak_segments
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.result import Alignment, Verdict
from mtbsync_core.alignment.user_pairs import UserPair, in_order
from mtbsync_core.errors import EvidenceError
from mtbsync_core.warp import TimeWarp

Floats = NDArray[np.float64]

_BREAK_S = 2.0
_LEAP_S = 1.5
_LEAP_RATIO = 4.0
_LEAP_PAIRS = 4
"""A leap is believed when at least this many pairs lie behind it."""
_REFUSE_BELOW = 0.25
"""Share of pairs that agree with the warp; the original refused a model below the same share."""
_CHECK_BELOW = 0.6
_CHECK_P90_S = 0.5
_CHECK_SPAN_S = 10.0
_REFUSE_SPAN_S = 4.0


def alignment_from_pairs(pairs: TimePairs, options: FitOptions | None = None) -> Alignment:
    """Fit the valid pairs on the trail, stretch by stretch, and judge the fit by how many pairs it explains.

    Without pictures two things cannot be told: whether a leap of the reference clock is a short cut (it is taken as
    a gap), and whether the pairs were found between two recordings of one trail at all.

    Pairs of the user (source "user") are gone through exactly; what would cross one is left out.

    Raises:
        EvidenceError: too few usable pairs.
        UsageError: pairs of the user contradict each other.
    """
    o = options or FitOptions()
    theirs = pairs.valid & (pairs.source == "user")
    pins = in_order(UserPair(*row) for row in zip(pairs.t_ref[theirs], pairs.t_new[theirs], strict=True))
    use = pairs.valid & (pairs.on_trail > 0.5) & ~_crossing(pairs, pins)
    if use.sum() < 4:
        raise EvidenceError(
            f"only {int(use.sum())} of {len(pairs)} pairs are usable",
            "Run mtbsync sync on the recordings again, or give a file with more pairs.",
        )
    parts = _stretches(pairs, _forward_chain(pairs, np.flatnonzero(use)))
    warps = [w for part in parts if (w := _fit(pairs, part, pins, o)) is not None]
    warp = join(warps) if warps else None
    away = np.abs(warp.to_ref(pairs.t_new) - pairs.t_ref) if warp else np.full(len(pairs), np.nan)
    agrees = use & np.isfinite(away) & (away <= 3 * np.maximum(pairs.sigma_s, 0.03))
    weak = weak_segments(warp, pairs, float(pairs.t_new[use].max()))
    verdict, reasons, quality = _judge(warp, use, away, agrees)
    return Alignment(
        media_ref=None,
        media_new=None,
        warp=warp,
        pairs=replace(pairs, valid=agrees),
        verdict=verdict,
        reasons=reasons,
        quality=quality,
        options={"fit": asdict(o), "user": [list(pin) for pin in pins]},
        method="pairs",
        weak=weak,
    )


def _crossing(pairs: TimePairs, pins: Sequence[UserPair]) -> NDArray[np.bool_]:
    """Whether a pair says that something comes before a pair of the user in one run and after it in the other."""
    crossing = np.zeros(len(pairs), bool)
    for ref_s, new_s in pins:
        crossing |= (pairs.t_ref - ref_s) * (pairs.t_new - new_s) < 0
    return crossing


def _leaps(waited: Floats, went: Floats) -> NDArray[np.bool_]:
    """Whether a step of the reference clock is no riding."""
    return np.asarray((went > _LEAP_S) & (went > _LEAP_RATIO * waited))


def _forward_chain(pairs: TimePairs, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """The most pairs that can follow each other: time does not run back (but for their spread), and leaps cost."""
    t_new, t_ref, sigma = pairs.t_new[rows], pairs.t_ref[rows], pairs.sigma_s[rows]
    length, before = np.ones(len(rows)), np.full(len(rows), -1)
    for j in range(1, len(rows)):
        went = t_ref[j] - t_ref[:j]
        gain = length[:j] - _LEAP_PAIRS * _leaps(t_new[j] - t_new[:j], went)
        gain[went < -2 * np.hypot(sigma[:j], sigma[j])] = 0.0
        # Of equally long chains the nearest pair continues.
        best = j - 1 - int(np.argmax(gain[::-1]))
        if gain[best] > 0:
            length[j], before[j] = gain[best] + 1, best
    chain = [int(np.argmax(length))]
    while before[chain[-1]] >= 0:
        chain.append(int(before[chain[-1]]))
    return rows[chain[::-1]]


def _stretches(pairs: TimePairs, rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Row numbers of each unbroken stretch: it breaks where pairs off the trail lie between, or the reference leaps."""
    breaks = []
    for k, (a, b) in enumerate(pairwise(rows), start=1):
        waited, went = pairs.t_new[b] - pairs.t_new[a], pairs.t_ref[b] - pairs.t_ref[a]
        lost = bool((pairs.on_trail[a + 1 : b] <= 0.5).any()) and waited > _BREAK_S
        if lost or _leaps(waited, went):
            breaks.append(k)
    return np.split(rows, breaks)


def _fit(pairs: TimePairs, part: NDArray[np.intp], pins: Sequence[UserPair], o: FitOptions) -> TimeWarp | None:
    here = [pin for pin in pins if pairs.t_new[part[0]] <= pin.new_s <= pairs.t_new[part[-1]]]
    part = part[pairs.source[part] != "user"]
    try:
        warp = fit(pairs.t_ref[part], pairs.t_new[part], pairs.sigma_s[part], o, pins=here)
    except EvidenceError:
        return None
    # Neither recording has anything before its first frame.
    keep = (warp.ref_s >= 0) & (warp.new_s >= 0)
    return TimeWarp(warp.ref_s[keep], warp.new_s[keep], warp.sigma_s[keep]) if keep.sum() >= 2 else None


def _judge(
    warp: TimeWarp | None, use: NDArray[np.bool_], away: Floats, agrees: NDArray[np.bool_]
) -> tuple[Verdict, tuple[str, ...], dict[str, float]]:
    if warp is None:
        return "refused", ("the pairs do not run forward together",), {"agreeing_frac": 0.0, "common_new_s": 0.0}
    seen = away[use & np.isfinite(away)]
    share = float(agrees.sum() / use.sum())
    p90 = float(np.percentile(seen, 90)) if len(seen) else 0.0
    span = sum(float(warp.to_new(b) - warp.to_new(a)) for a, b in warp.mapped())
    quality = {
        "agreeing_frac": round(share, 3),
        "p90_s": round(p90, 4),
        "common_new_s": round(span, 3),
        "median_sigma_s": round(float(np.median(warp.sigma_s)), 4),
    }
    refuse, doubt = [], []
    if share < _REFUSE_BELOW:
        refuse.append(f"only {share:.0%} of the pairs agree with any forward map")
    elif share < _CHECK_BELOW:
        doubt.append(f"only {share:.0%} of the pairs agree with the warp")
    if span < _REFUSE_SPAN_S:
        refuse.append(f"the pairs cover only {span:.1f} s of the new run")
    elif span < _CHECK_SPAN_S:
        doubt.append(f"only {span:.1f} s are common to both runs")
    if p90 > _CHECK_P90_S:
        doubt.append(f"a tenth of the pairs lie {p90:.2f} s or more off the warp")
    if refuse:
        return "refused", tuple(refuse), quality
    return ("check" if doubt else "good"), tuple(doubt) or ("the pairs agree throughout",), quality
