"""Whether a run stands, from corners alone, on points of known places."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from mtbsync_core.alignment.emission.standing import StandingOptions, share_there, standing_share
from mtbsync_core.telemetry.lens import Lens
from mtbsync_core.vision.index import FrameIndex
from tests.vision.test_anchor import cloud, view

pytestmark = pytest.mark.slow
T = 10.0 + np.arange(0.0, 3.0, 0.1)
Way = Callable[[float], tuple[float, float, float]]


def run(way: Way) -> FrameIndex:
    """A run by `way`: seconds to metres along the trail, metres beside it, and radians of turning."""
    points, codes = cloud()
    features = [view(points, codes, *way(float(t) - 10), k, Lens()) for k, t in enumerate(T)]
    return cast(FrameIndex, SimpleNamespace(t_s=T, features=features, corners=features.__getitem__, matcher="orb"))


def share(way: Way) -> float:
    return standing_share(run(way), Lens(), T[0], T[-1], StandingOptions(braking=0.0))


def test_a_rider_who_looks_about_and_shifts_his_weight_stands() -> None:
    assert share(lambda t: (0.0, 0.01 * np.sin(3 * t), 0.1 * np.sin(t))) == 1.0


@pytest.mark.parametrize("metres_per_s", [3.0, 6.0])
def test_straight_on_over_open_ground_a_run_rides(metres_per_s: float) -> None:
    assert share(lambda t: (metres_per_s * t, 0.0, 0.0)) == 0.0


def test_a_stop_half_way_is_half() -> None:
    assert share(lambda t: (6 * min(t, 1.5), 0.0, 0.0)) == pytest.approx(0.5, abs=0.2)


def test_a_stop_is_told_with_braking_and_pulling_away() -> None:
    half = run(lambda t: (6 * min(t, 1.5), 0.0, 0.0))
    assert standing_share(half, Lens(), T[0], T[-1], StandingOptions()) == pytest.approx(0.5 + 1 / 3, abs=0.2)
    assert standing_share(half, Lens(), T[15], T[-1], StandingOptions()) == 1.0


def test_a_stand_some_metres_before_a_moment_is_none_at_it() -> None:
    """For 2 s, then 0.9 s of riding."""
    waits = run(lambda t: (3 * max(0.0, t - 2), 0.0, 0.0))
    assert share_there(waits, Lens(), T[0], T[19], T[20], StandingOptions()) == 1.0
    assert share_there(waits, Lens(), T[0], T[-1], T[-1], StandingOptions()) < 0.3
    assert standing_share(waits, Lens(), T[0], T[-1], StandingOptions()) > 0.5


def test_without_corners_it_may_stand() -> None:
    bare = cast(FrameIndex, SimpleNamespace(t_s=T, features=()))
    assert standing_share(bare, Lens(), T[0], T[-1], StandingOptions()) == 1.0
