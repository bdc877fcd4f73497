"""How much narrower one camera sees, from the depths that two frames of either run tell, on points of known places."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.refine.three_views import ThreeViewOptions, ratio_by_three_views
from mtbsync_core.telemetry.lens import Lens, Lenses
from mtbsync_core.vision.index import FrameIndex
from tests.vision.test_anchor import SPEED, cloud, view

pytestmark = pytest.mark.slow
T = 10.0 + np.arange(0.0, 2.0, 0.1)


def ride(lens: Lens, side_m: float, seed: int) -> FrameIndex:
    points, codes = cloud()
    frames = [view(points, codes, SPEED * (t - 10), side_m, 0.02 * side_m, seed + k, lens) for k, t in enumerate(T)]
    index = SimpleNamespace(t_s=T, corners=frames.__getitem__, matcher="orb")
    return cast(FrameIndex, index)


def places(off_s: float) -> Posterior:
    n = len(T)
    return Posterior(T + off_s, np.full(n, 0.1), T + off_s, np.ones(n), np.zeros(n), 10.0)


@pytest.mark.parametrize("true", [0.85, 1.0, 1.18])
@pytest.mark.parametrize("off_s", [0.0, 0.3])
def test_the_ratio_is_found_wherever_along_the_trail_the_pictures_put_the_run(true: float, off_s: float) -> None:
    ref, new = ride(Lens(), 0.0, 1), ride(Lens(half_rad=Lens().half_rad / true), 0.5, 100)
    told = ratio_by_three_views(ref, new, (places(off_s), places(-off_s)), Lenses(), ThreeViewOptions())
    assert told is not None
    value, sd = told
    assert value == pytest.approx(np.log(true), abs=0.03)
    assert abs(value - np.log(true)) < 3 * sd < 0.15


def test_off_the_trail_nothing_is_told() -> None:
    nowhere = Posterior(T, np.full(len(T), 0.1), T, np.zeros(len(T)), np.zeros(len(T)), 10.0)
    ref, new = ride(Lens(), 0.0, 1), ride(Lens(), 0.5, 100)
    assert ratio_by_three_views(ref, new, (nowhere, nowhere), Lenses(), ThreeViewOptions()) is None
