"""The usual slope at a moment: of the anchors near it that have a crossing."""

from __future__ import annotations

import numpy as np

from mtbsync_core.alignment.refine.anchor_search import usual_paces
from mtbsync_core.alignment.refine.options import RefineOptions
from mtbsync_core.alignment.refine.refinement import LensBias, lens_sd
from mtbsync_core.vision.anchor import Anchor

NAN = float("nan")


def anchors(paces: list[float]) -> list[Anchor]:
    return [Anchor(float(k), NAN if np.isnan(pace) else k + 0.1, 0.05, 40, pace) for k, pace in enumerate(paces)]


def found(paces: list[float], pace_of: int = 15) -> list[float | None]:
    return usual_paces(anchors(paces), list(range(len(paces))), RefineOptions(pace_of=pace_of))


def test_it_is_the_median_of_those_near_by() -> None:
    paces = found([0.3] * 20 + [NAN] * 5 + [0.6] * 20, pace_of=9)
    assert paces[:15] == [0.3] * 15
    assert paces[-15:] == [0.6] * 15
    assert usual_paces(anchors([0.3] * 20 + [0.6] * 20), [-9.0, 70.5], RefineOptions()) == [0.3, 0.6]


def test_a_wild_one_does_not_count_and_few_say_nothing() -> None:
    assert set(found([0.3, 0.31, 9.0, 0.29, 0.3, NAN])) == {0.3}
    assert found([0.3, NAN, NAN, 0.3]) == [None] * 4


def test_what_lenses_do_takes_longer_where_the_ride_is_slower() -> None:
    few, t = RefineOptions(pace_of=5), np.array([5.0, 25.0, 45.0])
    sd = lens_sd(LensBias(sd_s=0.1), anchors([0.3] * 15 + [0.15] * 20 + [0.6] * 15), t, few)
    np.testing.assert_allclose(sd, [0.1, 0.2, 0.1])
    np.testing.assert_allclose(lens_sd(LensBias(sd_s=0.1), [], t, few), 0.1)
