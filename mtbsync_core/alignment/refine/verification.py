"""Geometric verification: do corners agree at the places of a map more often than at wrong places of the same runs?

Corners of unrelated pictures fit an essential matrix now and then, and those of an overlay or a handlebar at any two
moments. How often that is depends on the recordings, so it is measured on them: the same new frames are held against
the reference a third and a half of its length further on, where they do not belong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.hmm.segments import Samples
from mtbsync_core.alignment.refine.anchor_search import find_anchors
from mtbsync_core.alignment.refine.options import RefineOptions
from mtbsync_core.options import paced
from mtbsync_core.telemetry.lens import Lenses
from mtbsync_core.vision.anchor import Anchor
from mtbsync_core.vision.index import FrameIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationOptions:
    """How often corners agree by chance, and what more than that is worth."""

    moments: int = 12
    """New frames that are held against each of the wrong places. Half tells chances of 0.1 and 0.3 apart no more;
    twice costs a tenth of an alignment's time."""
    further: tuple[float, float] = (1 / 3, 1 / 2)
    """Shares of the reference by which a place is moved to be wrong. The one that agrees less often counts: a reference
    that shows a trail twice shows the right place again half of its length further on."""
    independent_s: float = paced(1.0)
    """Seconds between moments that agree, or not, for reasons of their own: neighbours see the same corners. Half and
    twice change no verdict."""

    def independent(self, moments: int, seconds: float) -> float:
        """How many of so many moments over so many seconds are independent of each other."""
        return min(moments, max(1.0, seconds / self.independent_s))


@dataclass(frozen=True, slots=True)
class Verification:
    """Share of the moments at which corners agree, at the map's places and (`by_chance`) at wrong ones; `nats`: the log
    likelihood ratio of the first against the second.
    """

    share: float
    by_chance: float
    nats: float


def verify(
    ref: FrameIndex,
    new: FrameIndex,
    coarse: Posterior,
    parts: Sequence[Samples],
    anchors: Sequence[Anchor],
    o: RefineOptions,
    lenses: Lenses,
    options: VerificationOptions | None = None,
    threads: int = 2,
) -> Verification | None:
    """The generalised likelihood ratio of two binomial shares, n KL(share || by chance); None without corners.

    Args:
        coarse, parts: as in `anchors_between`.
        anchors, lenses: what that found at the map's places.
    """
    v = options or VerificationOptions()
    if not anchors:
        return None
    share = float(np.mean([anchor.n_inliers > 0 for anchor in anchors]))
    samples = np.concatenate(parts)
    some = [samples[np.unique(np.linspace(0, len(samples) - 1, v.moments).round().astype(int))]]
    length = float(ref.t_s[-1] - ref.t_s[0])
    sparse = replace(o, every_s=0.0, every_samples=0.0)
    chances = []
    for further in v.further:
        wrong = replace(coarse, mean_s=ref.t_s[0] + (coarse.mean_s - ref.t_s[0] + further * length) % length)
        tried = find_anchors(ref, new, wrong, some, sparse, lenses=(lenses.ref, lenses.new), threads=threads)
        # Laplace's rule of succession: none of twelve is not never.
        chances.append((sum(anchor.n_inliers > 0 for anchor in tried) + 1) / (len(tried) + 2))
    by_chance = min(chances)
    seen_s = sum(float(new.t_s[part[-1]] - new.t_s[part[0]]) for part in parts)
    count = v.independent(len(anchors), seen_s)
    return Verification(share, by_chance, count * _divergence(share, by_chance) if share > by_chance else 0.0)


def _divergence(p: float, q: float) -> float:
    """Kullback-Leibler divergence of two Bernoulli distributions, nats; q is neither 0 nor 1."""
    terms = [(p, q), (1 - p, 1 - q)]
    return float(sum(a * np.log(a / b) for a, b in terms if a > 0))
