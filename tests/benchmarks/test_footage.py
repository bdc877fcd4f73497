"""Files of several legs: each truth is one place of the trail at matching moments, on the clocks of the whole files."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmarks.footage import (
    Footage,
    all_kinds_of_ends,
    fork,
    laps,
    plain,
    render,
    slow,
    speed_ratios,
    truths,
    various_lenses,
)
from benchmarks.renders import _plain, fingerprint
from mtbsync_core.demo.noise import Floats
from mtbsync_core.demo.plan import DemoOptions, plan
from mtbsync_core.media.probe import probe

OPTIONS = DemoOptions(seed=4, seconds=20, rate=Fraction(15))


def place_at(footage: Footage, t_s: Floats) -> Floats:
    """Arc length (m) at times of the file's clock, found leg by leg."""
    starts = footage.starts_s()
    leg = np.clip(np.searchsorted(starts, t_s + 1e-9, side="right") - 1, 0, len(footage.legs) - 1)
    return np.array([footage.legs[k].schedule.position(t - starts[k]) for k, t in zip(leg, t_s, strict=True)])


def test_every_lap_of_the_reference_is_a_right_answer_of_its_own() -> None:
    ref, new = laps(OPTIONS)
    first, second = truths(ref, new)
    for ref_s, new_s in (first, second):
        assert np.abs(place_at(ref, ref_s) - place_at(new, new_s)).max() < 1e-6
        assert (np.diff(ref_s) > 0).all()
        assert (np.diff(new_s) > 0).all()
    assert first[0][-1] < ref.starts_s()[1] <= second[0][0]
    assert second[0][-1] <= ref.starts_s()[2]
    lap_s = [float(np.ptp(ref_s)) for ref_s, _ in (first, second)]
    assert lap_s[0] != pytest.approx(lap_s[1], abs=0.01)  # nobody rides two laps alike


@pytest.mark.slow
def test_laps_share_the_files_of_the_plain_pair() -> None:
    ref, new = laps(OPTIONS)
    plain_ref, plain_new = plain(OPTIONS)
    assert np.array_equal(ref.legs[0].schedule.s_m, plain_ref.legs[0].schedule.s_m)
    assert np.array_equal(new.legs[0].schedule.t_s, plain_new.legs[0].schedule.t_s)


@pytest.mark.slow
def test_after_the_fork_nothing_is_common() -> None:
    ref, new = fork(OPTIONS, common=0.4)
    ((ref_s, new_s),) = truths(ref, new)
    assert np.abs(place_at(ref, ref_s) - place_at(new, new_s)).max() < 1e-6
    ridden_m = float(np.ptp(ref.legs[0].schedule.s_m))
    assert np.ptp(place_at(ref, ref_s)) / ridden_m == pytest.approx(0.4, abs=0.02)
    assert new_s[-1] <= new.starts_s()[1] < new.starts_s()[2] - 5
    here, away = (leg.trail() for leg in new.legs)
    assert (here.look, away.look) == (OPTIONS.seed, OPTIONS.seed)
    assert not np.allclose(here.curvature, away.curvature)


@pytest.mark.slow
def test_a_look_is_shared_by_trails_of_different_course() -> None:
    own, borrowed = (plan(replace(OPTIONS, look=look))[0].trail() for look in (None, 9))
    assert (own.look, borrowed.look) == (4, 9)
    assert np.array_equal(own.x_m, borrowed.x_m)
    ref, other = plan(replace(OPTIONS, different_trail=True, look=9))
    assert ref.trail().look == other.trail().look == 9
    assert truths(*plain(replace(OPTIONS, different_trail=True))) == []


@pytest.mark.slow
def test_the_file_is_as_long_as_its_legs(tmp_path: Path) -> None:
    ref, _ = laps(DemoOptions(seed=1, seconds=2, rate=Fraction(15), width=160, height=90))
    render(ref, tmp_path / "laps.mp4")
    assert probe(tmp_path / "laps.mp4").duration_s == pytest.approx(float(ref.starts_s()[-1]), abs=0.01)


def test_what_is_not_asked_for_leaves_a_recording_its_name() -> None:
    (ref, new), (typed, _) = plain(OPTIONS), plain(replace(OPTIONS, scenes=3))
    assert not {"scenes", "optics", "sensors", "blackout_s"} & set(_plain(replace(ref.legs[0], sensors=None)))
    assert len({fingerprint(footage) for footage in (ref, new, typed)}) == 3


@pytest.mark.slow
def test_sets_that_ask_for_more_are_pairs_of_one_trail() -> None:
    for make in (slow, speed_ratios, various_lenses, all_kinds_of_ends):
        ref, new = make(replace(OPTIONS, seconds=8))
        ((ref_s, new_s),) = truths(ref, new)
        assert len(ref_s) > 40
        assert (np.diff(new_s) > 0).all()
