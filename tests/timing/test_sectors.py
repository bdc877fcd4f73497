"""Times between lines, and what keeps a run out of a sector."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtbsync_core.errors import UsageError
from mtbsync_core.markers import Marker
from mtbsync_core.timing.flags import Flag
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import Stack, TimedRun
from mtbsync_core.timing.sectors import sector_times
from mtbsync_core.warp import TimeWarp
from tests.timing.made import run, stopped, with_gap

LINES = SectorLines(np.array([2.0, 12.0, 22.0, 32.0, 55.0]), ("start", "rocks", "bend", "gate", "finish"))


def test_times_are_differences_of_the_own_clock() -> None:
    times = sector_times([run(pace=1.1, starts_at=7.0), TimedRun.reference("ref", 60.0)], LINES)
    np.testing.assert_allclose(times.seconds, [[11.0, 11.0, 11.0, 25.3], [10.0, 10.0, 10.0, 23.0]])
    assert times.clean.all()
    assert (times.sigma_s[0] > 0).all()
    assert (times.sigma_s[1] == 0).all()


def test_a_short_sector_is_known_better_than_its_ends() -> None:
    near = sector_times([run()], SectorLines(np.array([10.0, 10.2]), ("a", "b"))).sigma_s
    far = sector_times([run()], SectorLines(np.array([10.0, 50.0]), ("a", "b"))).sigma_s
    assert near < 0.02 < far


def test_look_ups_of_many_are_those_of_each() -> None:
    runs = [run(pace=0.9), with_gap((20.0, 30.0), 3.0), stopped(40.0, 5.0), run(starts_at=100.0)]
    t = np.array([-1.0, 0.0, 19.9, 20.0, 25.0, 30.0, 40.005, 60.0, 61.0])
    new_s, sigma_s = Stack.of(runs).at(t)
    np.testing.assert_allclose(new_s, [r.warp.to_new(t) for r in runs])
    np.testing.assert_allclose(sigma_s, [r.warp.uncertainty(t) for r in runs])


@settings(max_examples=25)
@given(st.lists(st.floats(0.0, 100.0), min_size=3, max_size=40, unique_by=lambda x: round(x, 2)), st.integers(2, 90))
def test_a_knot_of_any_run_is_found_however_it_is_rounded(knots: list[float], count: int) -> None:
    t = np.sort(np.array(knots))
    rider = TimedRun(name="a", warp=TimeWarp(t, 3.0 + 1.1 * t, np.full(len(t), 0.02)))
    new_s, _ = Stack.of([run()] * (count - 1) + [rider]).at(t)
    np.testing.assert_allclose(new_s[-1], 3.0 + 1.1 * t, atol=1e-6)


@pytest.mark.parametrize(
    ("rider", "flag"),
    [
        (stopped(25.0, 4.0), Flag.STOP),
        (with_gap((24.0, 29.0), 0.5), Flag.CUT),
        (with_gap((24.0, 29.0), 6.0), Flag.DETOUR),
        (with_gap((24.0, 24.5), 9.0), Flag.ASIDE),
        (run(doubtful=((24.0, 26.0),)), Flag.UNSURE),
    ],
)
def test_what_befell_flags_its_sector_alone(rider: TimedRun, flag: Flag) -> None:
    times = sector_times([run(), rider], LINES)
    assert not times.flags[0].any()
    assert Flag(int(times.flags[1, 2])) & flag
    assert not np.delete(times.flags[1], 2).any()
    assert Flag(int(times.flags[1, 2])).words


def test_who_brakes_did_not_fall() -> None:
    fell = stopped(25.0, 4.0, stands=((25.1, 28.9),))
    t = fell.warp.ref_s
    braking = np.interp(t, [24.25, 25.0], [0.0, 1.0])
    warp = TimeWarp(t, fell.warp.new_s + braking, fell.warp.sigma_s)
    braked = TimedRun(name="braked", warp=warp, stands=((26.1, 29.9),))
    by_map = TimedRun(name="fell too, but no sensor says so", warp=fell.warp)
    flags = sector_times([fell, braked, by_map], LINES).flags[:, 2]
    assert flags.tolist() == [Flag.STOP | Flag.CRASH, Flag.STOP, Flag.STOP]


def test_a_line_in_a_gap_has_no_time() -> None:
    times = sector_times([with_gap((20.0, 24.0), 5.0)], LINES)
    assert np.isnan(times.seconds[0, 1:3]).all()
    assert (times.flags[0, 1:3] & Flag.OUTSIDE).all()


def test_pauses_may_be_left_out_of_the_count() -> None:
    rider = [stopped(25.0, 4.0)]
    assert sector_times(rider, LINES).seconds[0, 2] == pytest.approx(14.0)
    assert sector_times(rider, LINES, pauses=False).seconds[0, 2] == pytest.approx(10.0, abs=0.3)
    assert sector_times(rider, LINES).stood_s[0].tolist()[:2] == [0.0, 0.0]


def test_where_all_others_pass_at_once_the_reference_stood() -> None:
    t = np.append(np.arange(0.0, 25.1, 0.25), np.arange(28.0, 60.1, 0.25))
    new = np.where(t > 25.0, t - 2.9, t)
    runs = [TimedRun(name=str(n), warp=TimeWarp(t, new, np.full(len(t), 0.02))) for n in range(3)]
    times = sector_times([TimedRun.reference("ref", 60.0), *runs], LINES)
    assert times.flags[:, 2].tolist() == [Flag.STOP, 0, 0, 0]
    assert times.stood_s[0, 2] == pytest.approx(3.0, abs=0.3)


def test_sensors_tell_when_a_rider_stood() -> None:
    warp = stopped(13.0, 6.0).warp
    times = sector_times([TimedRun(name="stop", warp=warp, stands=((14.5, 18.0), (40.0, 41.0)))], LINES)
    assert times.stood_s[0].tolist() == [0.0, 3.5, 0.0, 1.0]
    assert times.flags[0].tolist() == [0, Flag.STOP, 0, Flag.STOP | Flag.CRASH]


def test_lines_of_markers_begin_at_the_start_and_end_at_the_finish() -> None:
    markers = [Marker("rocks", 12.0), Marker("gate", 40.0), Marker("gate again", 40.01), Marker("car park", 70.0)]
    lines = SectorLines.of_markers(markers, start_s=1.0, end_s=60.0)
    assert lines.names == ("start", "rocks", "gate", "finish")
    assert lines.sectors[0] == "start – rocks"
    assert lines.t_ref.tolist() == [1.0, 12.0, 40.0, 60.0]


def test_lines_at_one_place_are_refused() -> None:
    with pytest.raises(UsageError, match="at one place"):
        LINES.added(12.01, "rocks again")
    with pytest.raises(UsageError, match="two lines"):
        LINES.ends().deleted(0)


@settings(max_examples=25)
@given(st.floats(3.0, 54.0))
def test_a_line_that_is_added_and_deleted_changes_nothing(at: float) -> None:
    if np.abs(LINES.t_ref - at).min() < 0.1:
        return
    more = LINES.added(at, "new")
    assert more.deleted(more.names.index("new")).names == LINES.names
    whole, parts = (sector_times([run(pace=1.2)], lines).seconds.sum() for lines in (LINES, more))
    assert whole == pytest.approx(parts)


def test_a_line_where_the_run_stood_for_an_unknown_part_of_it_tells_nothing_of_either_sector() -> None:
    plain = run()
    sigma_s = np.where(np.abs(plain.warp.ref_s - 22.0) < 0.5, 2.0, plain.warp.sigma_s)
    one = replace(plain, warp=replace(plain.warp, sigma_s=sigma_s))
    np.testing.assert_array_equal(sector_times([one], LINES).flags, [[0, Flag.UNSURE, Flag.UNSURE, 0]])


def test_a_gap_that_ends_a_hair_before_a_line_keeps_the_run_out_of_both_sectors() -> None:
    flags = sector_times([with_gap((21.93, 21.95), 8.0)], LINES).flags
    np.testing.assert_array_equal(flags, [[0, Flag.ASIDE, Flag.ASIDE, 0]])
