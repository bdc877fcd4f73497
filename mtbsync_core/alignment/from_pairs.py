"""A warp from a pairs file alone: no pictures, no lattice, so the pairs themselves have to say whether they agree."""

from __future__ import annotations

from dataclasses import asdict, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.curve.conformal import conformal_scale
from mtbsync_core.alignment.curve.fit import Segment, fit_segments
from mtbsync_core.alignment.hmm.segments import SegmentOptions
from mtbsync_core.alignment.judge.low_confidence import weak_segments
from mtbsync_core.alignment.judge.verdict import Findings, Quality, VerdictOptions, judge
from mtbsync_core.alignment.options import AlignOptions
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.alignment.user_pairs import UserPair, crosses, in_order
from mtbsync_core.errors import EvidenceError

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

_NEAR = 256
"""How many pairs before one are looked at first for the chain that it continues; the answer does not depend on it."""


def alignment_from_pairs(pairs: TimePairs, options: AlignOptions | None = None) -> Alignment:
    """Fit the valid pairs on the trail, segment by segment, and judge the fit by how many pairs it explains.

    Without pictures two things cannot be told: whether a leap of the reference clock is a short cut (it is taken as
    a gap), and whether the pairs were found between two recordings of one trail at all.

    Pairs of the user (source "user") are gone through exactly; what would cross one is left out.

    Raises:
        EvidenceError: too few usable pairs.
        UsageError: pairs of the user contradict each other.
    """
    o = options or AlignOptions()
    theirs = pairs.valid & (pairs.source == "user")
    user = in_order(UserPair(*row) for row in zip(pairs.t_ref[theirs], pairs.t_new[theirs], strict=True))
    use = pairs.valid & (pairs.on_trail > 0.5) & ~crosses(pairs.t_ref, pairs.t_new, user)
    if use.sum() < o.segments.fewest:
        raise EvidenceError(
            f"only {int(use.sum())} of {len(pairs)} pairs are usable",
            "Run mtbsync sync on the recordings again, or give a file with more pairs.",
        )
    chain = _forward_chain(pairs, np.flatnonzero(use), o.segments)
    segments = [_segment(pairs, rows, user) for rows in _segments(pairs, chain, o.segments)]
    scale = conformal_scale(segments, o.fit, o.conformal)
    curve = fit_segments(segments, o.fit, ends_s=(np.inf, np.inf), scale=scale or 1.0)
    warp = curve.warp() if curve is not None else None
    checked = replace(pairs, valid=use).checked(warp)
    weak = weak_segments(warp, pairs, (np.inf, float(pairs.t_new[use].max())), options=o.low_confidence)
    off = pairs.off_s(warp)[use]
    p90 = float(np.nanpercentile(off, 90)) if np.isfinite(off).any() else None
    findings = _findings(float(checked.valid.sum() / use.sum()), p90, o.verdict)
    verdict, reasons, quality = judge(warp, weak, findings, o.verdict, of="pairs")
    quality = replace(quality, sigma_scale=round(scale, 3) if scale is not None else None)
    return Alignment(
        media_ref=None,
        media_new=None,
        warp=warp,
        pairs=checked,
        verdict=verdict,
        reasons=reasons,
        quality=quality,
        options={"fit": asdict(o.fit), "user": [list(pair) for pair in user]},
        method="pairs",
        weak=weak,
    )


def _forward_chain(pairs: TimePairs, rows: Rows, o: SegmentOptions) -> Rows:
    """The longest increasing subsequence: the most pairs that can follow each other. Time does not run back, but for
    their deviations, and a leap costs as many as a segment needs.
    """
    t_new, t_ref, sigma = pairs.t_new[rows], pairs.t_ref[rows], pairs.sigma_s[rows]
    length, before = np.ones(len(rows)), np.full(len(rows), -1)
    longest = np.zeros(len(rows))
    """Of the chains that end before each pair."""
    for j in range(1, len(rows)):
        longest[j] = max(longest[j - 1], length[j - 1])
        for first in (max(0, j - _NEAR), 0):
            went = t_ref[j] - t_ref[first:j]
            gain = length[first:j] - o.fewest * o.is_leap(t_new[j] - t_new[first:j], went)
            gain[went < -2 * np.hypot(sigma[first:j], sigma[j])] = 0.0
            # Of equally long chains the nearest pair continues.
            best = j - 1 - int(np.argmax(gain[::-1]))
            if gain[best - first] >= longest[first]:
                break  # none that ends further back is longer
        if gain[best - first] > 0:
            length[j], before[j] = gain[best - first] + 1, best
    chain = [int(np.argmax(length))]
    while before[chain[-1]] >= 0:
        chain.append(int(before[chain[-1]]))
    return rows[chain[::-1]]


def _segments(pairs: TimePairs, rows: Rows, o: SegmentOptions) -> list[Rows]:
    """Row numbers of each unbroken segment: it breaks where pairs off the trail lie between, or the reference leaps."""
    breaks = []
    for k, (a, b) in enumerate(pairwise(rows), start=1):
        waited, went = pairs.t_new[b] - pairs.t_new[a], pairs.t_ref[b] - pairs.t_ref[a]
        lost = bool((pairs.on_trail[a + 1 : b] <= 0.5).any()) and waited > o.shortest_s
        if lost or o.is_leap(waited, went):
            breaks.append(k)
    return np.split(rows, breaks)


def _segment(pairs: TimePairs, rows: Rows, user: list[UserPair]) -> Segment:
    first, last = pairs.t_new[rows[0]], pairs.t_new[rows[-1]]
    rows = rows[pairs.source[rows] != "user"]
    theirs = [pair for pair in user if first <= pair.new_s <= last]
    anchor = pairs.source[rows] == "anchor"
    return Segment(pairs.t_ref[rows], pairs.t_new[rows], pairs.sigma_s[rows], theirs, anchor=anchor)


def _findings(share: float, p90_s: float | None, o: VerdictOptions) -> Findings:
    """What the pairs have against their map: the share of them that agrees, and what a tenth of them is off at least,
    None where none has a place on it.
    """
    quality = Quality(agreeing_frac=round(share, 3), p90_s=round(p90_s, 4) if p90_s is not None else None)
    if p90_s is None:
        return Findings(vetoes=("the pairs do not run forward together",), quality=quality)
    refusals, doubts = [], []
    if share < o.refuse_share:
        refusals.append(f"only {share:.0%} of the pairs agree with any forward map")
    elif share < o.check_share:
        doubts.append(f"only {share:.0%} of the pairs agree with the warp")
    if p90_s > o.check_p90_s:
        doubts.append(f"a tenth of the pairs lie {p90_s:.2f} s or more off the warp")
    return Findings(refusals=tuple(refusals), doubts=tuple(doubts), quality=quality)
