"""A map of two recordings from the pairs of a person alone, where nothing aligned them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtbsync_core.alignment.user_pairs import USER_SIGMA_S, UserPair
from mtbsync_core.warp import TimeWarp

UNLIKE = 0.1
"""How much two rides differ in speed, as one standard deviation: what a second away from a pair adds to the map's."""
STEP_S = 1.0


def map_by_hand(user: Sequence[UserPair], ref_end_s: float, new_end_s: float) -> TimeWarp | None:
    """Straight from pair to pair, and as fast as the reference beyond the first and the last; None without a pair.

    The standard deviation is that of a pair, and grows by `UNLIKE` with the distance to the next one.

    Args:
        user: by rising time on both clocks.
        ref_end_s, new_end_s: durations of the recordings.
    """
    if not user:
        return None
    ref_s, new_s = np.array(user).T
    before = min(ref_s[0], new_s[0])
    behind = min(ref_end_s - ref_s[-1], new_end_s - new_s[-1])
    ref_at = np.concatenate([[ref_s[0] - before], ref_s, [ref_s[-1] + behind]])
    new_at = np.concatenate([[new_s[0] - before], new_s, [new_s[-1] + behind]])
    keep = np.concatenate([[before > 0], np.ones(len(user), bool), [behind > 0]])
    ref_at, new_at = ref_at[keep], new_at[keep]
    if len(ref_at) < 2:
        return None
    t_ref = np.unique(np.concatenate([np.arange(ref_at[0], ref_at[-1], STEP_S), ref_at]))
    t_ref = t_ref[np.concatenate([[True], np.diff(t_ref) > 1e-6])]
    nearest = np.abs(t_ref[:, None] - ref_s[None, :]).min(axis=1)
    return TimeWarp(t_ref, np.interp(t_ref, ref_at, new_at), np.hypot(USER_SIGMA_S, UNLIKE * nearest))
