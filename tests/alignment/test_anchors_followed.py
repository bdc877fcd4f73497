"""Anchors where corners say that the cameras are level, though the coarse place is off by more than the reach."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.refine.anchor_search import find_anchors
from mtbsync_core.alignment.refine.options import RefineOptions
from mtbsync_core.vision.anchor import Anchor
from mtbsync_core.vision.index import FrameIndex
from tests.alignment.trail_of_numbers import index_of
from tests.vision.test_anchor import SPEED, cloud, view


def run(t_s: np.ndarray, from_s: float, side_m: float) -> FrameIndex:
    """A run past the cloud of points, sampled at these times; its camera is where the reference's is `from_s` later."""
    points, codes = cloud()
    seen = [view(points, codes, SPEED * (t + from_s - 2), side_m, 0.0, k) for k, t in enumerate(t_s)]
    return dataclasses.replace(index_of(t_s, np.zeros((len(t_s), 1), np.float16)), features=seen, matcher="orb")


def anchors(later_s: float, off_s: float, *, alone: bool = False) -> list[Anchor]:
    """Three, of a run whose moments are the reference's so much later; pictures put it `off_s` further still."""
    t = np.arange(0.0, 4.0, 0.1)
    ref, new = run(t, 0.0, 0.0), run(t[15:22], later_s, 0.4)
    n = len(new.t_s)
    place = new.t_s + later_s + off_s
    coarse = Posterior(place, np.full(n, 0.1), place, np.ones(n), np.zeros(n), 9.0)
    return find_anchors(ref, new, coarse, [np.arange(n)], RefineOptions(fewest=2), alone=alone)


@pytest.mark.slow
@pytest.mark.parametrize("off_s", [-1.1, 1.1])
def test_places_that_are_further_off_than_the_reach_are_followed(off_s: float) -> None:
    assert abs(off_s) > RefineOptions().reach_s
    assert all(np.isnan(a.t_ref) and a.n_inliers > 50 for a in anchors(0.1, off_s, alone=True))
    for anchor in anchors(0.1, off_s):
        assert anchor.t_ref == pytest.approx(anchor.t_new + 0.1, abs=0.03)
        assert np.sign(anchor.lead) == np.sign(off_s)  # about the coarse place still


@pytest.mark.slow
def test_what_is_ahead_of_all_that_the_reference_shows_has_no_place_in_it() -> None:
    """The usual slope beside it would draw the line out to before its first picture."""
    before, *there = anchors(-1.85, 0.1)
    assert np.isnan(before.t_ref) and before.lead > 0.05 and before.n_inliers > 20
    for anchor in there:
        assert anchor.t_ref == pytest.approx(anchor.t_new - 1.85, abs=0.05)
