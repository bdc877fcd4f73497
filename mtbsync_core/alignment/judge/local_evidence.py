"""Local evidence: what the pictures say for single places of a map, the scenery they lie in taken off.

Two trails that go through meadow, forest and rocks in the same order look alike for as long as each lasts, and a path
through those blocks of similarity gathers as much evidence as a true one. It gathers as much a few seconds beside
itself, too. So the null model here is the map itself, moved along the reference: of each contrast the mean is taken
that the same picture has with the reference a little earlier, or a little later, whichever is larger. A true place
stands out from both; a kind of scenery from neither, not even at its edges, where one side is still within.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.grid import Floats, effective_share
from mtbsync_core.alignment.emission.pictures import PictureOptions
from mtbsync_core.options import paced


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalOptions:
    """Which part of the reference is beside a place. Measured as nats a second of true pairs (walking pace, another
    day and another season among them) and of strangers that share their scenery in its order.
    """

    from_s: float = paced(1.5)
    """Seconds of the reference from a place on which its surroundings begin: 1 m at walking pace. Half of it: true
    pairs from 0.2, twice (and to 9 s): from 3.7, but strangers up to 6; as it is, true from 1.7, strangers below -0.7.
    """
    for_s: float = paced(3.0)
    """Seconds for which they last, to either side: less than one kind of scenery does."""


def local_evidence(
    contrast: NDArray[np.float32],
    t_ref: Floats,
    t_new: Floats,
    place_s: Floats,
    options: LocalOptions | None = None,
    pictures: PictureOptions | None = None,
) -> float:
    """Nats that the pictures have for the places of a map above what they have for its surroundings.

    Args:
        contrast: of new and reference samples, shape (N, R).
        t_ref, t_new: their times, seconds of the reference clock (R,) and of the new clock (N,).
        place_s: of the new samples, seconds of the reference clock, shape (N,); NaN off the trail.
        pictures: what contrast is worth.
    """
    o, pictures = options or LocalOptions(), pictures or PictureOptions()
    found = np.flatnonzero(np.isfinite(place_s))
    above = np.array([_above(contrast[i], t_ref, float(place_s[i]), o) for i in found])
    return float((pictures.nats(above) * effective_share(t_new, pictures.independent_s)[found]).sum())


def _above(row: NDArray[np.float32], t_ref: Floats, place_s: float, o: LocalOptions) -> float:
    """Contrast of the sample next to a place, less the larger mean of its two sides."""
    after = int(np.searchsorted(t_ref, place_s).clip(1, len(t_ref) - 1))
    here = float(row[after - 1 : after + 1].max())
    beside = ((-o.from_s - o.for_s, -o.from_s), (o.from_s, o.from_s + o.for_s))
    sides = [row[slice(*np.searchsorted(t_ref, (place_s + low, place_s + high)))] for low, high in beside]
    return here - max((float(side.mean()) for side in sides if len(side)), default=0.0)
