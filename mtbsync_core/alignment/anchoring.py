"""Anchors along a pair of runs: where to look for them, and whether they may move the map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.smoothing import Posterior
from mtbsync_core.alignment.stretches import Samples
from mtbsync_core.errors import UsageError
from mtbsync_core.vision.anchor import Anchor, find_anchor
from mtbsync_core.vision.index import FrameIndex
from mtbsync_core.vision.matchers import matcher_named

Floats = NDArray[np.float64]

_ANCHOR_EVERY_S, _ANCHOR_EVERY_SAMPLES = 0.3, 1.5
"""Every third of a dense recording's samples, every second of one of which only key frames are looked at: neighbours
there see the same reference frames, and twice the work made the map of simulated runs no better."""
ANCHOR_REACH_S = 0.85
_STEADY_S = 0.2
"""Anchors of one and the same lens were seen to lie within 0.16 s of the pictures in the median, those of a HERO7 and a
MAX 0.36 s off."""
_FEWEST, _LEAST_SHARE = 5, 0.125
"""Crossings among the moments where corners agree: half of them with one lens, 0.18 at the least (ORB, other season);
0.08 for the HERO7 and the MAX."""


def find_anchors(
    ref: FrameIndex,
    new: FrameIndex,
    posterior: Posterior,
    parts: Sequence[Samples],
    *,
    threads: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> list[Anchor]:
    """Anchors about three times a second along the stretches, from the corners kept in the indexes.

    Args:
        posterior: the coarse place of each new sample, seconds of the reference clock.
        parts: the stretches on the common trail, as numbers of new samples.
        progress: called with the anchors done and their number.
    """
    if not ref.features or not new.features:
        return []
    if ref.matcher != new.matcher:
        raise UsageError(
            f"the index of the reference was made with --matcher {ref.matcher}, the new run with {new.matcher}",
            "Make the index again with the same matcher, or leave the option out.",
        )
    matcher = matcher_named(new.matcher)
    every_s = max(_ANCHOR_EVERY_S, _ANCHOR_EVERY_SAMPLES * float(np.median(np.diff(new.t_s))))
    chosen: list[int] = []
    for part in parts:
        for i in part:
            if not chosen or new.t_s[i] - new.t_s[chosen[-1]] >= every_s - 1e-6:
                chosen.append(int(i))

    def one(i: int) -> Anchor:
        place = float(posterior.mean_s[i])
        near = np.flatnonzero(np.abs(ref.t_s - place) <= ANCHOR_REACH_S)
        return find_anchor(
            float(new.t_s[i]),
            new.features[i],
            ref.t_s[near],
            [ref.features[j] for j in near],
            place,
            reach_s=ANCHOR_REACH_S,
            matcher=matcher,
        )

    found = []
    with ThreadPoolExecutor(threads) as pool:
        for done, anchor in enumerate(pool.map(one, chosen), start=1):
            found.append(anchor)
            if progress is not None:
                progress(done, len(chosen))
    if not _one_lens(found, posterior, new.t_s):
        return [replace(a, t_ref=np.nan, sigma_s=np.inf) for a in found]
    return found


def _one_lens(anchors: Sequence[Anchor], forth: Posterior, t_new: Floats) -> bool:
    """Whether the anchors may move the map. For two unlike lenses the crossing of the expansion is not where the
    cameras are level: the anchors as a whole then disagree with the pictures as a whole, or find hardly any crossing
    near them. Such anchors only verify.
    """
    verified = sum(a.n_inliers > 0 for a in anchors)
    off = [a.t_ref - np.interp(a.t_new, t_new, forth.mean_s) for a in anchors if np.isfinite(a.t_ref)]
    if len(off) < max(_FEWEST, _LEAST_SHARE * verified):
        return False
    return abs(float(np.median(off))) <= _STEADY_S
