"""Anchors that disagree as a whole with the pictures as a whole do not move the map."""

from __future__ import annotations

import numpy as np
import pytest

from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.refine.field_of_view import Agreement
from mtbsync_core.alignment.refine.options import RefineOptions
from mtbsync_core.vision.anchor import Anchor

OPTIONS = RefineOptions()


@pytest.mark.parametrize(("off_s", "one"), [(0.0, True), (0.1, True), (-0.35, False), (0.35, False)])
def test_a_steady_offset_is_told_from_scatter(off_s: float, one: bool) -> None:
    t = np.arange(0.0, 20.0, 0.3)
    forth = Posterior(t + 2.0, np.full(len(t), 0.1), t + 2.0, np.ones(len(t)), np.zeros(len(t)), 100.0)
    scatter = np.random.default_rng(2).normal(0, 0.25, len(t))
    anchors = [Anchor(x, x + 2.0 + off_s + s, 0.06, 40) for x, s in zip(t, scatter, strict=True)]
    anchors.append(Anchor(3.1, np.nan, np.inf, 0))
    assert OPTIONS.hold(Agreement.of(anchors, forth, t), OPTIONS.may_be_one) is one


@pytest.mark.parametrize(
    ("crossings", "verified", "one"), [(0, 0, False), (4, 8, False), (6, 80, False), (20, 80, True)]
)
def test_a_few_crossings_among_many_agreeing_frames_are_not_trusted(crossings: int, verified: int, one: bool) -> None:
    t = np.arange(0.0, 30.0, 0.3)
    forth = Posterior(t + 2.0, np.full(len(t), 0.1), t + 2.0, np.ones(len(t)), np.zeros(len(t)), 100.0)
    anchors = [Anchor(x, x + 2.0 if i < crossings else np.nan, 0.06, 40) for i, x in enumerate(t[:verified])]
    assert OPTIONS.hold(Agreement.of(anchors, forth, t), OPTIONS.may_be_one) is one
