"""Which parts of a map corners disprove: they agree at the other parts of the same recordings, and not there.

Behind a fork the new run may look like a later part of the reference: the same plants on the same ground. A describer
puts it there; corners do not agree. As they fail on the same trail too (shade, blur, another line), what pictures have
for single places is weighed against that.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.refine.verification import Verification, VerificationOptions
from mtbsync_core.vision.anchor import Anchor
from mtbsync_core.warp import Span

Floats = NDArray[np.float64]


def disproved(
    parts_s: Sequence[Span],
    nats: Sequence[float],
    anchors: Sequence[Anchor],
    verification: Verification | None,
    options: VerificationOptions,
) -> list[bool]:
    """Whether the log likelihood ratio of a part, pictures and corners together, is for another place; of each part.

    Of moments that are independent of each other the part is to have as large a share that corners verify as the other
    parts (binomial, with Laplace's rule of succession), against the share at wrong places. A map of one part has
    nothing to be compared with.

    Args:
        parts_s: from when to when each part lasts, seconds of the new clock.
        nats: log likelihood ratio of the pictures of each part, `local_evidence`.
        anchors: all that were looked for.
        verification: how often corners agree at wrong places; None where they were not looked for.
    """
    if verification is None:
        return [False] * len(parts_s)
    at = np.array([anchor.t_new for anchor in anchors])
    agree = np.array([anchor.n_inliers > 0 for anchor in anchors])
    within = [(at >= first) & (at <= last) for first, last in parts_s]
    chance, found = verification.by_chance, []
    for (first, last), here, pictures in zip(parts_s, within, nats, strict=True):
        others = np.any([other for other in within if other is not here], axis=0) & ~here
        if not here.any() or not others.any():
            found.append(False)
            continue
        share = (agree[others].sum() + 1) / (others.sum() + 2)
        seen = agree[here].mean()
        count = options.independent(int(here.sum()), last - first)
        corners = count * (seen * np.log(share / chance) + (1 - seen) * np.log((1 - share) / (1 - chance)))
        found.append(bool(share > chance and corners + pictures < 0))
    return found
