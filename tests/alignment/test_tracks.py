"""What two tracks say of a place, and when they say that it cannot be one trail."""

from __future__ import annotations

import numpy as np
import pytest

from mtbsync_core.alignment.emission.positions import position_log_ratio
from mtbsync_core.alignment.gps.veto import apart
from tests.alignment.made_tracks import ridden, straight, winding

T = np.arange(0.0, 201.0)


def test_the_place_itself_is_likeliest_and_a_steady_bias_of_some_metres_changes_nothing() -> None:
    trail = winding(1)
    ref, t = ridden(trail, T, 5 * T), np.arange(20.0, 180.0, 2.0)
    grid = np.arange(0.0, 200.0, 0.5)
    for bias in ((0.0, 0.0), (6.0, 0.0), (0.0, -6.0), (-4.0, 4.0)):
        nats = position_log_ratio(ref, ridden(trail, T, 5 * T, bias_m=bias), t, grid)
        at = nats[np.arange(len(t)), np.round(t / 0.5).astype(int)]
        assert (at > nats.max(axis=1) - 0.15).all() and at.min() > 2.0, bias


def test_other_places_and_the_other_direction_are_against_it() -> None:
    ref = ridden(straight(), T, 5 * T)
    nats = position_log_ratio(ref, ridden(straight(), T, 1000 - 5 * T), T[20:180], T)
    assert nats.max() < 0.5  # the place is right, the direction is not
    nats = position_log_ratio(ref, ridden(straight(), T, 5 * T, bias_m=(40.0, 0.0)), T[20:180], T[:200])
    assert nats.max() < 0


@pytest.mark.slow
def test_a_run_says_no_more_when_it_is_looked_at_more_often() -> None:
    ref = ridden(straight(), T, 5 * T)
    seldom, often = (
        position_log_ratio(ref, ref, t, t).diagonal().sum()
        for t in (np.arange(10.0, 190.0, 1.0), np.arange(10.0, 190.0, 0.1))
    )
    assert often == pytest.approx(seldom, rel=0.05)


def test_where_a_track_is_not_known_it_says_nothing() -> None:
    ref = ridden(straight(), T, 5 * T)
    new = ridden(straight(), T, 5 * T, holes=((80.0, 120.0),))
    grid = np.arange(0.0, 301.0, 10.0)
    nats = position_log_ratio(ref, new, np.array([40.0, 100.0, 160.0, 260.0]), grid)
    assert (nats[[1, 3]] == 0).all() and (nats[:, 21:] == 0).all()
    assert nats[0, 4] > 1 and nats[0, 10:20].max() < -1


def test_the_veto() -> None:
    trail = winding(2)
    ref = ridden(trail, T, 5 * T, white_m=1.0)
    assert apart(ref, ridden(trail, T, 5 * T, seed=1, bias_m=(8.0, 8.0), white_m=2.0)) is None
    beside = apart(ref, ridden(straight(), T, 5 * T, bias_m=(500.0, 0.0)))
    assert beside is not None and "nearer" in beside
    against = apart(ref, ridden(trail, T, 1000 - 5 * T, seed=1, white_m=2.0))
    assert against is not None and "opposite" in against


def test_a_climb_and_the_way_down_on_one_road_are_no_reason_for_a_veto() -> None:
    up_and_down = 500 - np.abs(5 * T - 500)
    both, down = ridden(straight(), T, up_and_down), ridden(straight(), T[:101], 500 - 5 * T[:101])
    assert apart(both, down) is None and apart(down, both) is None


def test_a_track_that_goes_nowhere_is_no_reason_for_a_veto() -> None:
    assert apart(ridden(straight(), T, 5 * T), ridden(straight(), T, 0 * T)) is None
