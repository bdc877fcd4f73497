"""Walking pace: the same trail at a fifth of the speed has the same map in metres, however often it is looked at."""

from __future__ import annotations

import numpy as np
import pytest

from mtbsync_core.alignment.options import AlignOptions
from mtbsync_core.alignment.pipeline import align_indexes
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.options import at_pace
from mtbsync_core.vision.describers.hog import DESCRIBER
from mtbsync_core.vision.index import FrameIndex
from mtbsync_core.vision.pace import correlation_time, pace_of
from tests.alignment.trail_of_numbers import Floats, Run, Trail, index_of, metres_off, ride

SLOWER = 5.0


@pytest.fixture(scope="module")
def trail() -> Trail:
    return Trail.of(3)


@pytest.fixture(scope="module")
def runs() -> tuple[Run, Run]:
    """At 3 m/s, slow enough for the pace to be more than 1."""
    fast = ride(40.0, speed=6.0, seed=5), ride(46.0, speed=5.4, seed=6, stops=((20.0, 5.0),))
    return (2 * fast[0][0], fast[0][1]), (2 * fast[1][0], fast[1][1])


def slowly(run: Run, every_s: float | None = None) -> Run:
    t, place = SLOWER * run[0], run[1]
    if every_s is None:
        return t, place
    dense = np.arange(0.0, t[-1], every_s)
    return dense, np.interp(dense, t, place)


def index(trail: Trail, run: Run, seed: int) -> FrameIndex:
    return index_of(run[0], trail.seen(run[1], seed=seed, noise=0.3))


def found(trail: Trail, ref: Run, new: Run) -> Alignment:
    return align_indexes(index(trail, ref, 1), index(trail, new, 2))


def spread_m(result: Alignment, new: Run) -> Floats:
    warp = result.usable_warp()
    return warp.sigma_s * np.abs(np.interp(warp.new_s, new[0], np.gradient(new[1], new[0])))


@pytest.mark.slow
def test_the_same_trail_at_a_fifth_of_the_speed_has_the_same_map(trail: Trail, runs: tuple[Run, Run]) -> None:
    fast = found(trail, *runs).usable_warp()
    slow = found(trail, *map(slowly, runs)).usable_warp()
    t = np.arange(2.0, 68.0, 0.2)
    assert np.abs(slow.to_new(SLOWER * t) / SLOWER - fast.to_new(t)).max() < 0.02
    assert slow.uncertainty(SLOWER * t) / SLOWER == pytest.approx(fast.uncertainty(t), rel=0.05)
    assert not slow.gaps


@pytest.mark.slow
def test_who_looks_five_times_as_often_at_a_slow_ride_is_no_surer_of_it(trail: Trail, runs: tuple[Run, Run]) -> None:
    few, many = ([slowly(run, every) for run in runs] for every in (3.0, 0.6))
    seldom, often = found(trail, *few), found(trail, *many)
    assert often.verdict == seldom.verdict == "good"
    assert often.quality.evidence == pytest.approx(seldom.quality.evidence, rel=0.15)
    assert np.median(spread_m(often, many[1])) > 0.8 * np.median(spread_m(seldom, few[1]))
    assert np.percentile(metres_off(often, *many), 90) < 2.0


@pytest.mark.slow
def test_standing_does_not_make_a_run_slow(trail: Trail) -> None:
    on, stopped = ride(60.0, speed=1.2, seed=5), ride(120.0, speed=1.2, seed=5, stops=((20.0, 60.0),))
    times = [correlation_time(index(trail, run, 1).descriptors, run[0], DESCRIBER) for run in (on, stopped)]
    assert times[1] == pytest.approx(times[0], rel=0.3)


@pytest.mark.slow
def test_pace_is_the_time_that_pictures_take_to_change(trail: Trail) -> None:
    times = []
    for speed in (3.0, 1.0):
        run = ride(150.0 / speed, speed=speed, seed=5)
        times.append(correlation_time(index(trail, run, 1).descriptors, run[0], DESCRIBER))
    assert times[1] == pytest.approx(3 * times[0], rel=0.25)


def test_fast_rides_and_short_clips_have_the_pace_that_the_model_is_written_in() -> None:
    assert pace_of(0.1, 100.0) == 1.0
    assert pace_of(2.0, 8.0) == 1.0
    assert pace_of(2.0, 800.0) == 5.0


def test_options_follow_the_pace_as_what_they_measure_does() -> None:
    one, four = AlignOptions(), at_pace(AlignOptions(), 4.0)
    assert at_pace(one, 1.0) == one
    assert four.segments.shortest_s == 4 * one.segments.shortest_s
    assert four.lattice.stop_rate == one.lattice.stop_rate / 4
    assert four.fit.bend_sd == one.fit.bend_sd / 2
    assert four.refinement.anchor.near_s == 2 * one.refinement.anchor.near_s
    limit, share = one.refinement.told_unlike
    assert four.refinement.told_unlike == (4 * limit, share)
    assert four.verdict.refuse_under_s == one.verdict.refuse_under_s
