"""The truth of a pair: both runs are at one place of the trail at each pair of matching moments."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mtbsync_core.demo.difficulty import Difficulty
from mtbsync_core.demo.pair import places_of, truth_of
from mtbsync_core.demo.plan import DemoOptions, plan
from mtbsync_core.errors import UsageError


@pytest.mark.parametrize("difficulty", ["easy", "hard"])
@pytest.mark.parametrize("overlap", [1.0, 0.6])
def test_matching_moments_are_one_place_on_the_trail(difficulty: Difficulty, overlap: float) -> None:
    ref, new = plan(DemoOptions(seed=3, seconds=30, difficulty=difficulty, overlap=overlap))
    ref_s, new_s = truth_of(ref, new)
    assert np.abs(ref.schedule.position(ref_s) - new.schedule.position(new_s)).max() < 1e-6
    assert (np.diff(ref_s) > 0).all()
    assert (np.diff(new_s) > 0).all()
    assert ref_s[0] >= 0
    assert new_s[0] >= 0
    assert ref_s[-1] <= ref.schedule.duration_s
    assert new_s[-1] <= new.schedule.duration_s


@pytest.mark.slow
def test_frames_are_drawn_from_where_the_truth_says() -> None:
    ref, new = plan(DemoOptions(seed=3, seconds=6, difficulty="hard"))
    for run in (ref, new):
        ride = run.ride()
        assert np.allclose(ride.t_s, np.arange(len(ride.t_s)) * 1001 / 30000)
        assert np.allclose(ride.s_m, run.schedule.position(ride.t_s))
        # The camera is above its place on the trail, beside the middle by the rider's line.
        x, y = run.trail().ground_point(ride.s_m, ride.u_m)
        assert np.hypot(ride.x_m - x, ride.y_m - y).max() < 0.15
        assert 1.2 < np.min(ride.z_m - run.trail().height(ride.x_m, ride.y_m)) < 2.0


def test_a_partial_overlap_leaves_stretches_on_both_sides() -> None:
    ref, new = plan(DemoOptions(seed=2, seconds=30, overlap=0.6))
    ref_s, new_s = truth_of(ref, new)
    ridden_m = float(np.ptp(ref.schedule.s_m))
    shared_m = float(np.ptp(ref.schedule.position(ref_s)))
    assert shared_m / ridden_m == pytest.approx(0.6, abs=0.02)
    assert np.ptp(ref_s) / ref.schedule.duration_s == pytest.approx(0.6, abs=0.1)
    assert ref_s[0] > 5  # the reference starts where the new run never was
    assert new_s[0] == pytest.approx(0, abs=0.1)
    assert new.schedule.duration_s - new_s[-1] > 5  # and the new run goes on where the reference never was


def test_different_trails_have_no_truth() -> None:
    ref, new = plan(DemoOptions(seed=1, seconds=5, different_trail=True))
    ref_s, new_s = truth_of(ref, new)
    assert len(ref_s) == len(new_s) == 0
    assert ref.trail_seed != new.trail_seed


@pytest.mark.slow
@pytest.mark.parametrize("difficulty", ["easy", "hard"])
def test_a_stop_is_a_stop(difficulty: Difficulty) -> None:
    _, new = plan(DemoOptions(seed=1, seconds=40, difficulty=difficulty))
    ride = new.ride()
    standing_s = float(np.count_nonzero(ride.speed_mps < 0.05)) * 1001 / 30000
    assert standing_s == pytest.approx(sum(new.style.stops_s), rel=0.1)


def test_one_seed_gives_one_truth() -> None:
    options = DemoOptions(seed=7, seconds=10, difficulty="hard")
    once, again = (truth_of(*plan(options)) for _ in range(2))
    assert np.array_equal(once, again)
    other = truth_of(*plan(DemoOptions(seed=8, seconds=10, difficulty="hard")))
    assert not np.array_equal(once[1], other[1])


@pytest.mark.slow
def test_named_places_lie_within_the_run_and_in_its_order() -> None:
    ref, _ = plan(DemoOptions(seed=1, seconds=30))
    found = list(places_of(ref))
    times = [t for _, t in found]
    assert times == sorted(times)
    assert times[0] > 0
    assert times[-1] < 30
    assert len({place.name for place, _ in found}) == len(found) >= 5
    for place, t in found:
        assert float(ref.schedule.position(np.array([t]))[0]) == pytest.approx(place.s_m, abs=1e-6)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"seconds": 1}, "1 s"),
        ({"seconds": 4000}, "4000 s"),
        ({"overlap": 0.1}, "0.1"),
        ({"overlap": 1.2}, "1.2"),
        ({"difficulty": "brutal"}, "brutal"),
        ({"seed": -1}, "seed"),
        ({"width": 161}, "even"),
        ({"codec": "vp9"}, "h264"),
    ],
)
def test_what_cannot_be_made_is_said(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        DemoOptions(**wrong)  # type: ignore[arg-type]  # that is the point


def test_the_package_itself_costs_nothing_to_import() -> None:
    heavy = "{'cv2', 'av', 'numpy', 'scipy', 'gpxpy'}"
    code = f"import sys, mtbsync_core.demo; print(sorted({heavy} & set(sys.modules)))"
    root = Path(__file__).parents[2]
    out = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, encoding="utf-8", check=True)
    assert out.stdout.strip() == "[]"
