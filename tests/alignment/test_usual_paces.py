"""The usual slope beside each anchor: of those that have a crossing of their own."""

from __future__ import annotations

import numpy as np

from mtbsync_core.alignment.refine.refinement import RefineOptions, usual_paces
from mtbsync_core.vision.anchor import Anchor

NAN = float("nan")


def anchors(paces: list[float]) -> list[Anchor]:
    return [Anchor(float(k), NAN if np.isnan(pace) else k + 0.1, 0.05, 40, pace) for k, pace in enumerate(paces)]


def test_it_is_the_median_of_those_near_by() -> None:
    paces = usual_paces(anchors([0.3] * 20 + [NAN] * 5 + [0.6] * 20), RefineOptions(pace_of=9))
    assert paces[:15] == [0.3] * 15
    assert paces[-15:] == [0.6] * 15


def test_a_wild_one_does_not_count_and_few_say_nothing() -> None:
    assert set(usual_paces(anchors([0.3, 0.31, 9.0, 0.29, 0.3, NAN]), RefineOptions())) == {0.3}
    assert usual_paces(anchors([0.3, NAN, NAN, 0.3]), RefineOptions()) == [None] * 4
