"""Where a recording was joined at a cut, by corners alone, on points of known places."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.hmm.segments import Leap
from mtbsync_core.alignment.refine.joins import JoinOptions, joins
from mtbsync_core.alignment.refine.options import RefineOptions
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.telemetry.lens import Lens, Lenses
from mtbsync_core.vision.index import FrameIndex
from tests.vision.test_anchor import Floats, view

pytestmark = pytest.mark.slow
SPEED = 6.0
LONG = np.random.default_rng(8)
POINTS = np.column_stack([LONG.uniform(-12, 12, 1500), LONG.uniform(-4, 4, 1500), LONG.uniform(-2, 120, 1500)])
CODES = LONG.integers(0, 256, (1500, 32), np.uint8)
T = np.arange(0.0, 10.0, 0.1)
CUT = 4.0, 9.0
"""Seconds of the reference that the new run lacks; both ride alike."""


def run(place_s: Floats, side_m: float, seed: int) -> FrameIndex:
    """The run that is at these reference seconds every tenth of a second, and sees for 25 m."""
    seen = [POINTS[:, 2] < SPEED * s + 25 for s in place_s.tolist()]
    views = zip(place_s.tolist(), seen, strict=True)
    features = [
        view(POINTS[near], CODES[near], SPEED * s, side_m, 0.0, seed + k, Lens()) for k, (s, near) in enumerate(views)
    ]
    index = SimpleNamespace(
        t_s=np.arange(len(place_s)) / 10.0, features=features, corners=features.__getitem__, matcher="orb"
    )
    index.require_same = lambda *_: None
    return cast(FrameIndex, index)


def places_of(place_s: Floats, doubt: NDArray[np.bool_]) -> Posterior:
    """What the model knows: the places, but for samples of which it does not know that they are on the trail."""
    n = len(place_s)
    return Posterior(place_s, np.full(n, 0.1), place_s, np.where(doubt, 0.4, 1.0), np.zeros(n), 10.0)


NEW = T[:60] + np.where(T[:60] >= CUT[0], CUT[1] - CUT[0], 0.0)
REF = np.arange(0.0, 12.0, 0.1)
UNSURE = (T[:60] > 3.3) & (T[:60] < 4.25)
LEAP = Leap((3.3, 9.3), (3.3, 4.3))


def found(new: FrameIndex, places: Posterior, *, leap: Leap = LEAP, swapped: bool = False) -> list[UserPair]:
    ref, lenses, o = run(REF, 0.0, 1), Lenses(), JoinOptions()
    if swapped:  # what was cut is the reference
        return joins(new, ref, (places, places), [Leap(leap.new_s, leap.ref_s)], lenses, RefineOptions(), o)
    return joins(ref, new, (places, places), [leap], lenses, RefineOptions(), o)


@pytest.mark.parametrize("swapped", [False, True])
def test_the_samples_beside_a_cut_are_told_apart_whichever_run_was_cut(swapped: bool) -> None:
    pairs = found(run(NEW, 0.5, 500), places_of(NEW, UNSURE), swapped=swapped)
    (before, behind) = [(pair.new_s, pair.ref_s) if swapped else (pair.ref_s, pair.new_s) for pair in pairs]
    assert before == pytest.approx((3.9, 3.9), abs=0.06)
    assert behind == pytest.approx((9.0, 4.0), abs=0.06)


def test_what_the_model_gave_to_the_wrong_side_is_taken_back() -> None:
    """It rides on for three samples behind the cut, and is on the trail again at once."""
    wrong = np.where((T[:60] >= 4.0) & (T[:60] < 4.25), T[:60], NEW)
    pairs = found(run(NEW, 0.5, 500), places_of(wrong, np.zeros(60, bool)), leap=Leap((4.2, 9.3), (4.2, 4.3)))
    assert [pair.new_s for pair in pairs] == pytest.approx([3.9, 4.0], abs=0.06)


def test_where_something_else_is_shown_between_both_only_rides_are_held() -> None:
    """Half a second that no corner of the reference matches."""
    between = (T[:60] >= 3.75) & (T[:60] < 4.25)
    new = run(NEW, 0.5, 500)
    other = np.random.default_rng(3)
    features = [
        replace(f, descriptors=other.integers(0, 256, f.descriptors.shape, np.uint8)) if off else f
        for f, off in zip(new.features, between, strict=True)
    ]
    vars(new).update(features=features, corners=features.__getitem__)
    assert [pair.new_s for pair in found(new, places_of(NEW, UNSURE))] == pytest.approx([3.7, 4.3], abs=0.06)


def test_without_corners_that_agree_nothing_is_said() -> None:
    elsewhere = run(NEW + 60.0, 0.5, 500)
    assert found(elsewhere, places_of(NEW, UNSURE)) == []
    assert found(cast(FrameIndex, SimpleNamespace(features=())), places_of(NEW, UNSURE)) == []
