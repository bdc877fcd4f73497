"""The longest chain of pairs is the same however many neighbours are looked at first."""

from __future__ import annotations

import numpy as np
import pytest

from mtbsync_core.alignment import from_pairs
from mtbsync_core.alignment.hmm.segments import SegmentOptions
from mtbsync_core.alignment.pairs import TimePairs


@pytest.mark.parametrize("seed", range(12))
def test_chain_does_not_depend_on_where_it_is_looked_for_first(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    random = np.random.default_rng(seed)
    n = int(random.integers(20, 200))
    t_new = np.sort(random.uniform(0, n / 4, n))
    t_ref = 1.1 * t_new + random.normal(0, random.choice([0.03, 2.0, 30.0]), n)
    at = int(random.integers(0, n))
    t_ref[at : at + n // 3] += random.normal(0, 60)
    pairs, rows = TimePairs.of(t_new, t_ref, np.full(n, 0.05)), np.flatnonzero(random.random(n) < 0.9)
    chains = []
    for near in (3, 17, n):
        monkeypatch.setattr(from_pairs, "_NEAR", near)
        chains.append(from_pairs._forward_chain(pairs, rows, SegmentOptions()).tolist())
    assert chains[0] == chains[1] == chains[2] and len(chains[0]) > 1
