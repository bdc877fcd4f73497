"""Stands some metres apart, at the start and at the end of two runs, are told by corners that have no crossing."""

from __future__ import annotations

import numpy as np
import pytest

from mtbsync_core.alignment.refine.apart_at_ends import ApartOptions, apart_at_ends
from mtbsync_core.vision.anchor import Anchor

PACE = 0.2
NOWHERE = (float("nan"), float("inf"), 60, float("nan"))


def ride(first: list[float], last: list[float]) -> list[Anchor]:
    """Anchors at 2 a second: the leads of those without a crossing at the start, twenty crossings, and at the end."""
    before = [Anchor(k / 2, *NOWHERE, lead) for k, lead in enumerate(first)]
    middle = [Anchor(t, t + 1, 0.03, 60, PACE, 0.0) for t in (len(first) / 2 + np.arange(20) / 2).tolist()]
    after = [Anchor((len(first) + 20 + k) / 2, *NOWHERE, lead) for k, lead in enumerate(last)]
    return before + middle + after


def test_a_stand_before_the_others_and_one_behind_it_have_no_place() -> None:
    anchors = ride([0.05, 0.06, 0.05, 0.06], [-0.07, -0.06, -0.08])
    assert apart_at_ends(anchors, ApartOptions()) == [(-np.inf, 1.75), (11.75, np.inf)]


@pytest.mark.parametrize(
    "leads", [[], [0.3, 0.3], [0.01, -0.02, 0.0, 0.01], [0.2, -0.2, 0.2, -0.2], [np.nan, np.nan, np.nan, 0.2]]
)
def test_a_stand_at_one_place_few_moments_and_noise_are_left_as_they_are(leads: list[float]) -> None:
    assert apart_at_ends(ride(leads, leads), ApartOptions()) == []


def test_without_a_crossing_nothing_tells_a_stand_from_unlike_cameras() -> None:
    assert apart_at_ends([Anchor(float(k), *NOWHERE, 0.1) for k in range(9)], ApartOptions()) == []
