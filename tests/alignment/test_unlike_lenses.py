"""Anchors that disagree as a whole with the pictures as a whole do not move the map."""

from __future__ import annotations

import numpy as np
import pytest

from mtbsync_core.alignment.anchoring import _steadily_off
from mtbsync_core.alignment.smoothing import Posterior
from mtbsync_core.vision.anchor import Anchor


@pytest.mark.parametrize(("off_s", "steady"), [(0.0, False), (0.1, False), (-0.35, True), (0.35, True)])
def test_a_steady_offset_is_told_from_scatter(off_s: float, steady: bool) -> None:
    t = np.arange(0.0, 20.0, 0.3)
    forth = Posterior(t + 2.0, np.full(len(t), 0.1), t + 2.0, np.ones(len(t)), np.zeros(len(t)), 100.0)
    scatter = np.random.default_rng(2).normal(0, 0.25, len(t))
    anchors = [Anchor(x, x + 2.0 + off_s + s, 0.06, 40) for x, s in zip(t, scatter, strict=True)]
    anchors.append(Anchor(3.1, np.nan, np.inf, 0))
    assert _steadily_off(anchors, forth, t) is steady


def test_no_anchors_are_not_off() -> None:
    t = np.arange(3.0)
    assert not _steadily_off([], Posterior(t, t, t, t, t, 0.0), t)
