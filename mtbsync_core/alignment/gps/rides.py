"""`most_in_common`: which rides of two files are of one trail, by nearest neighbours in a k-d tree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtbsync_core.alignment.emission.positions import ELSEWHERE_M
from mtbsync_core.alignment.gps.veto import VetoOptions, along_way
from mtbsync_core.telemetry.track import Track, origin_of


def most_in_common(refs: Sequence[Track], news: Sequence[Track]) -> tuple[int, int]:
    """Numbers of the reference and of the new run whose tracks share the most metres, ridden in one direction; of those
    that are alike the first.
    """
    shared = np.array([[_shared_m(ref, new) for new in news] for ref in refs])
    i, j = np.unravel_index(int(shared.argmax()), shared.shape)
    return int(i), int(j)


def _shared_m(ref: Track, new: Track) -> float:
    from scipy.spatial import cKDTree

    o, origin = VetoOptions(), origin_of(ref)
    there, here = (along_way(track, origin, o) for track in (ref, new))
    if not len(there.place_m) or not len(here.place_m):
        return 0.0
    off_m, nearest = cKDTree(there.place_m).query(here.place_m)
    same = (there.heading[nearest] * here.heading).sum(axis=1) > o.cosine
    return float(((off_m <= ELSEWHERE_M) & same).sum() * o.every_m)
