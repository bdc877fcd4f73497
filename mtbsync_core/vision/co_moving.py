"""Co-moving objects: what moves about in the picture and yet comes along, such as a rider ahead.

No place of the picture is theirs, so no mask has them. But two moments of a ride that lie far apart have no part of the
trail in common: corners that a matcher pairs between them, and that are shifted alike as a group, are of such objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.vision.features import Features
from mtbsync_core.vision.registry import Matcher


@dataclass(frozen=True, slots=True, kw_only=True)
class CoMovingOptions:
    """When paired corners of moments far apart are of one object. Lengths are in half widths of the picture."""

    alike: float = 0.06
    """Difference of the shifts of two corners of an object: it may come nearer, or lean."""
    across: float = 0.35
    """Distance of two corners of an object."""
    fewest: int = 4
    """Other corners that are shifted alike; by chance there are 0.2. Also how many corners of such objects the median
    pair of moments has in a recording that is searched for them: others have 0, one with a rider ahead 45 to 65."""
    around: float = 0.1
    """What lies so near to such a corner is of the object too."""
    witnesses: int = 4
    """Moments that each sample is compared with; half of those far from it must show the object in it."""


@dataclass(frozen=True, slots=True, eq=False)
class CoMoving:
    """Objects that come along, by `witnesses`: some moments, seconds, that show them, with their corners."""

    matcher: Matcher
    witnesses: Sequence[tuple[float, Features]]
    apart_s: float
    """Seconds from which two moments lie far apart."""
    options: CoMovingOptions

    def among(self, corners: Features, t_s: float) -> NDArray[np.bool_]:
        """Which corners (n,) of the picture at `t_s` are of objects that come along."""
        far = [seen for at, seen in self.witnesses if abs(at - t_s) >= self.apart_s]
        votes = np.zeros(len(corners), np.intp)
        for seen in far:
            pairs = self.matcher.pairs(corners, seen, len(corners))
            on_object = corners.xy[pairs[coherent(corners, seen, pairs, self.options), 0]]
            votes += (_distances(corners.xy, on_object) < self.options.around).any(axis=1)
        return np.asarray((votes > 0) & (2 * votes >= len(far)))


def coherent(
    one: Features, other: Features, pairs: NDArray[np.intp], options: CoMovingOptions | None = None
) -> NDArray[np.bool_]:
    """Which pairs of corners (k, 2) have others beside them that are shifted alike: (k,)."""
    o = options or CoMovingOptions()
    at = one.xy[pairs[:, 0]]
    shift = other.xy[pairs[:, 1]] - at
    with_it = (_distances(shift, shift) < o.alike) & (_distances(at, at) < o.across)
    return np.asarray(with_it.sum(axis=1) > o.fewest)


def _distances(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    apart = a[:, None] - b[None]
    return np.asarray(np.hypot(apart[..., 0], apart[..., 1]))
