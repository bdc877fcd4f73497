"""What a simulated pair can be besides: at walking pace, from a stand, through scene types, through other lenses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mtbsync_core.demo.lens import HALF_FOV, Optics
from mtbsync_core.demo.pair import truth_of
from mtbsync_core.demo.plan import DemoOptions, Ends, plan
from mtbsync_core.demo.scenes import TYPES, make_scenes

OPTIONS = DemoOptions(seed=3, seconds=12, telemetry=False, new_stops_s=())


def test_walking_pace_is_the_trail_s_own_and_slower() -> None:
    for run in plan(replace(OPTIONS, pace=0.18)):
        metres, seconds = np.diff(run.schedule.s_m), np.diff(run.schedule.t_s)
        assert 0.7 <= metres.sum() / seconds.sum() <= 1.5
    usual, slow = plan(OPTIONS)[0], plan(replace(OPTIONS, pace=0.18))[0]
    assert slow.trail_m < usual.trail_m


def test_a_speed_ratio_is_that_of_the_whole_runs() -> None:
    ref, new = plan(replace(OPTIONS, speed_ratio=2.0))
    ridden = [np.ptp(run.schedule.s_m) / run.schedule.duration_s for run in (ref, new)]
    assert ridden[1] / ridden[0] == pytest.approx(2.0, rel=0.1)


def test_a_run_stands_at_the_gate_before_it_rides() -> None:
    ends = Ends(ref_stands_s=(1.0, 0.0), new_stands_s=(2.0, 1.5), new_early_s=1.4)
    ref, new = plan(replace(OPTIONS, ends=ends))
    assert ref.schedule.s_m[0] - new.schedule.s_m[0] == pytest.approx(1.4 * 6)
    for run, (before, after) in zip((ref, new), (ends.ref_stands_s, ends.new_stands_s), strict=True):
        s, end = run.schedule, run.schedule.duration_s
        assert s.position(np.array([before]))[0] - s.s_m[0] < 0.05
        assert s.position(np.array([before + 2.0]))[0] - s.s_m[0] > 1.0
        if after:
            assert s.s_m[-1] - s.position(np.array([end - after]))[0] < 0.05
        else:
            assert s.s_m[-1] - s.position(np.array([end - 1.0]))[0] > 3.0
    ref_s, new_s = truth_of(ref, new)
    assert (np.diff(new_s) > 0).all()
    assert ref_s[0] == 0
    assert new_s[0] > 2.0


def test_runs_that_ride_at_their_ends_are_ridden_as_without_them() -> None:
    for run, usual in zip(plan(replace(OPTIONS, ends=Ends())), plan(OPTIONS), strict=True):
        s = np.linspace(usual.schedule.s_m[0], usual.schedule.s_m[-1], 50)
        assert np.abs(run.schedule.time(s) - usual.schedule.time(s)).max() < 0.01


@pytest.mark.slow
def test_scene_types_follow_each_other_and_say_nothing_of_the_course() -> None:
    scenes = make_scenes(7, 200.0)
    assert all(a != b for a, b in zip(scenes.order, scenes.order[1:], strict=False))
    s = np.linspace(0, 200, 400)
    shares = scenes.shares(s)
    assert np.allclose(shares.sum(axis=1), 1)
    middle = (scenes.edges_m[1:] + scenes.edges_m[:-1]) / 2
    assert scenes.shares(middle).argmax(axis=1).tolist() == list(scenes.order)
    for number, kind in enumerate(TYPES):
        here = shares[:, number] == 1
        assert np.allclose(scenes.density("spruce", s)[here], kind.density("spruce"))
    plain, typed = plan(OPTIONS)[0], plan(replace(OPTIONS, scenes=7))[0]
    assert np.array_equal(plain.schedule.t_s, typed.schedule.t_s)
    assert np.array_equal(plain.trail().z_m, typed.trail().z_m)


def test_a_rectilinear_diagonal_is_less_than_proportional() -> None:
    assert Optics(HALF_FOV).diagonal_deg(300, 400) == pytest.approx(np.degrees(2 * HALF_FOV) * 5 / 3)
    assert Optics(np.pi / 4, flat=True).diagonal_deg(300, 400) == pytest.approx(2 * np.degrees(np.arctan(5 / 3)))
