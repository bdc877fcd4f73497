"""Where the first or the last places of a map are not level by their corners: a stand that was held to be another one.

Riders wait at the gate, and not at the same spot. Two stands some metres apart look so alike to a describer that the
model takes them for one place. Corners agree between them, too, but nowhere is there a crossing: throughout, one camera
is ahead of the other. So the first anchors up to the first crossing, and those behind the last one, tell by how much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.options import paced
from mtbsync_core.vision.anchor import Anchor
from mtbsync_core.warp import Span

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApartOptions:
    """When the ends of a map are not where its pictures put them."""

    lead_s: float = paced(0.2)
    """Seconds by which one camera is ahead, at the pace of the crossings beside. A simulated stand at one place has
    0.01, one 2 m apart 0.31; half of it is noise of slow starts."""
    fewest: int = 3
    """Anchors without a crossing that tell: single ones lie at the edge of the frames that they are looked for in."""
    level_sd: float = 0.03
    """Standard deviation of the lead of two frames at one place, as in `AnchorOptions`."""
    beside: int = 3
    """Crossings whose median slope is the pace there: runs that get going are slower than on the way."""


def apart_at_ends(anchors: Sequence[Anchor], options: ApartOptions) -> list[Span]:
    """From when to when on the new clock the runs are apart, at the start and at the end: at most two spans.

    Args:
        anchors: all that were looked for, by rising new time.
    """
    o = options
    crossed = [k for k, anchor in enumerate(anchors) if np.isfinite(anchor.t_ref)]
    if not crossed:
        return []
    first, last = crossed[0], crossed[-1]
    found = []
    if _apart(anchors[:first], [anchors[k] for k in crossed[: o.beside]], o):
        found.append((-np.inf, (anchors[first - 1].t_new + anchors[first].t_new) / 2))
    if _apart(anchors[last + 1 :], [anchors[k] for k in crossed[-o.beside :]], o):
        found.append(((anchors[last].t_new + anchors[last + 1].t_new) / 2, np.inf))
    return found


def _apart(some: Sequence[Anchor], beside: Sequence[Anchor], o: ApartOptions) -> bool:
    """Whether the cameras of these moments are apart, all in one direction, with the crossings `beside` them."""
    leads = np.array([anchor.lead for anchor in some if np.isfinite(anchor.lead)])
    if len(leads) < o.fewest or 2 * len(leads) < len(some):
        return False
    pace = float(np.median([anchor.pace for anchor in beside]))
    least = max(o.lead_s * pace, 2 * o.level_sd / float(np.sqrt(len(leads))))
    return abs(float(np.median(leads))) > least
