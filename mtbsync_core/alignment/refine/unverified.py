"""How exact a map is where no corners agree, told by how far pictures lie off the anchors elsewhere.

A fit believes pictures as a whole to err independently of each other after half a second. Where the views differ
(another line, another framing) they err alike for seconds, and it is there that corners find nothing either. Anchors
tell how far pictures are off on the recordings at hand; so much is added to the deviation of stretches without any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.markers import Z90
from mtbsync_core.options import paced
from mtbsync_core.telemetry.track import runs_of
from mtbsync_core.vision.anchor import Anchor

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedOptions:
    """What a stretch without corners is, and how far off its pictures are."""

    riding_s: float = paced(1.0)
    """Seconds of riding without a moment at which corners agree. Half and twice move the share that 90 % intervals hold
    by 1 % on the widest of six hard pairs."""
    factor: float = 1.5
    """How much further off pictures are there than where anchors are. Of six simulated hard pairs, one of them cropped
    to 9:16, the 90 % intervals of such stretches hold 78 % without, 87 % with 1, 93 % with 1.5, all with 2."""
    fewest: int = 12
    """Anchors that tell how far pictures are off."""


def unverified_sd(
    anchors: Sequence[Anchor], coarse: Posterior, t_new: Floats, late_s: float, options: UnverifiedOptions
) -> Floats:
    """Standard deviation (N,) in seconds that the pictures of stretches without corners share, 0 elsewhere and where
    too few anchors tell.

    Args:
        anchors: all that were looked for, by rising new time.
        coarse: places of the samples at `t_new` (N,) by the pictures, on the reference clock.
        late_s: by how much pictures put the new run too late throughout.
    """
    o, sd = options, np.zeros(len(t_new))
    at, found = np.array([(a.t_new, a.t_ref) for a in anchors]).reshape(-1, 2).T
    place = np.interp(at, t_new, coarse.mean_s - late_s)
    crossed = np.isfinite(found)
    if crossed.sum() < o.fewest:
        return sd
    off_s = float(np.quantile(np.abs(place - found)[crossed], 0.9)) / Z90
    # Up to the moments beside the stretch, but not over a gap.
    half = float(np.median(np.diff(at)))
    silent = np.array([a.n_inliers == 0 for a in anchors])
    for first, end in runs_of(silent):
        begin, last = float(at[first]) - half, float(at[end - 1]) + half
        went_s = float(np.ptp(np.interp([begin, last], t_new, np.maximum.accumulate(coarse.mean_s))))
        if min(last - begin, went_s) > o.riding_s:
            sd[(t_new > begin) & (t_new < last)] = o.factor * off_s
    return sd
