"""Stops, crashes, cuts, forks, laps and open ends, with exact truth, on trails of random descriptors."""

from __future__ import annotations

import numpy as np
import pytest

from mtbsync_core.alignment.pipeline import align_indexes, solve
from mtbsync_core.alignment.preparation import prepare
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.alignment.user_pairs import UserPair
from tests.alignment.trail_of_numbers import NOISE, Run, Trail, aligned, index_of, metres_off, ride


@pytest.fixture(scope="module")
def trail() -> Trail:
    return Trail.of(1)


@pytest.fixture(scope="module")
def elsewhere() -> Trail:
    return Trail.of(2)


def laps(one: Run, times: int) -> Run:
    """The same ride again and again in one recording."""
    t, place = one
    step = t[1] - t[0]
    length = float(t[-1] + step)
    at = np.arange(times * len(t)) * float(step)
    return at.astype(np.float64), np.interp(at % length, t, place)


@pytest.mark.slow
def test_a_lap_ridden_twice_in_the_reference_is_found_in_one_lap(trail: Trail) -> None:
    ref, new = laps(ride(30, speed=6, seed=1), 2), ride(28, speed=6.3, seed=2)
    result = aligned(trail, ref, new)
    warp = result.usable_warp()
    span = warp.ref_s[-1] - warp.ref_s[0]
    assert 20 < span < 33  # one lap, not parts of both
    assert not warp.gaps
    assert (warp.ref_s < 33).all() or (warp.ref_s > 28).all()
    assert np.median(metres_off(result, ref, new)) < 0.6


@pytest.mark.slow
def test_two_laps_that_fit_alike_are_said(trail: Trail) -> None:
    one, new = ride(30, speed=6, seed=1), ride(28, speed=6.3, seed=2)
    seen = trail.seen(one[1], seed=1, noise=NOISE)
    t, _ = laps(one, 2)
    result = align_indexes(
        index_of(t, np.concatenate([seen, seen])), index_of(new[0], trail.seen(new[1], seed=2, noise=NOISE))
    )
    warp = result.usable_warp()
    assert (warp.ref_s < 31).all() or (warp.ref_s > 29).all()
    assert result.verdict == "check" and any("two places" in reason for reason in result.reasons)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_laps_of_which_each_looks_better_in_one_half_are_not_mixed(seed: int) -> None:
    """The pictures alone would change over from one lap to the other half-way, and markers would land in both."""
    trail = Trail.of(30 + seed)
    one, new = ride(30, speed=6, seed=seed), ride(28, speed=6.3, seed=seed + 50)
    t, place = laps(one, 2)
    halves = np.where((t % 30 < 15) == (t < 30), 1.0, 1.25)[:, None, None, None]
    clear = trail.seen(place, seed=1, noise=0).astype(np.float32)
    seen = clear + halves * (trail.seen(place, seed=1, noise=NOISE) - clear)
    result = align_indexes(
        index_of(t, seen.astype(np.float16)), index_of(new[0], trail.seen(new[1], seed=2, noise=NOISE))
    )
    warp = result.usable_warp()
    assert not warp.gaps and 25 < warp.ref_s[-1] - warp.ref_s[0] < 33


@pytest.mark.slow
def test_the_user_says_which_lap(trail: Trail) -> None:
    ref, new = laps(ride(20, speed=6, seed=1), 2), ride(19, speed=6.3, seed=2)
    prepared = prepare(
        index_of(ref[0], trail.seen(ref[1], seed=1, noise=NOISE)),
        index_of(new[0], trail.seen(new[1], seed=2, noise=NOISE)),
    )
    for lap in (0, 1):
        at = float(np.interp(60.0, ref[1][:67], ref[0][:67])) + lap * 20.1
        result = solve(prepared, [UserPair(at, float(np.interp(60.0, new[1], new[0])))])
        warp = result.usable_warp()
        assert (warp.ref_s < 22).all() if lap == 0 else (warp.ref_s > 18).all()
        assert not any("two places" in reason for reason in result.reasons)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [25, 100])
def test_a_lap_ridden_twice_in_the_new_run_is_matched_in_one_lap(seconds: float) -> None:
    trail = Trail.of(3, length_m=700)
    ref, new = ride(seconds, speed=6, seed=1), laps(ride(seconds - 2, speed=6.3, seed=2), 2)
    result = aligned(trail, ref, new)
    warp = result.usable_warp()
    assert warp.ref_s[-1] - warp.ref_s[0] > 0.85 * seconds
    assert (warp.new_s < seconds + 2).all() or (warp.new_s > seconds - 5).all()
    assert np.median(metres_off(result, ref, new)) < 0.6
    assert result.verdict == "check" and any("match nothing" in reason for reason in result.reasons)


@pytest.mark.slow
def test_two_laps_in_both_runs_are_matched_lap_by_lap(trail: Trail) -> None:
    ref, new = laps(ride(25, speed=6, seed=1), 2), laps(ride(24, speed=6.3, seed=2), 2)
    result = aligned(trail, ref, new)
    warp = result.usable_warp()
    assert not warp.gaps and warp.ref_s[-1] - warp.ref_s[0] > 45
    assert np.median(metres_off(result, ref, new)) < 0.6


@pytest.mark.slow
def test_behind_a_fork_nothing_is_made_up(trail: Trail, elsewhere: Trail) -> None:
    ref, (t, place) = ride(45, speed=6, seed=1), ride(45, speed=6, seed=2)
    fork = 0.4 * t[-1]
    seen = trail.seen(place, seed=2, noise=NOISE)
    seen[t > fork] = elsewhere.seen(place, seed=3, noise=NOISE)[t > fork]
    result = align_indexes(index_of(ref[0], trail.seen(ref[1], seed=1, noise=NOISE)), index_of(t, seen))
    warp = result.usable_warp()
    assert warp.new_s[-1] == pytest.approx(fork, abs=1.0)
    assert not result.ok and result.verdict == "check"
    (part,) = [part for part in result.weak if part.why == "gap"]
    assert part.new_s[0] == pytest.approx(fork, abs=1.0) and part.new_s[1] == pytest.approx(45, abs=1.0)
    assert "--anchor" in part.advice


@pytest.mark.slow
def test_a_cut_out_of_the_new_run_is_a_gap_of_the_reference(trail: Trail) -> None:
    ref, (t, place) = ride(50, speed=6, seed=1), ride(50, speed=6, seed=2)
    keep = (t < 15) | (t > 27)
    new = np.arange(keep.sum()) * 0.3, place[keep]
    result = aligned(trail, ref, new)
    warp = result.usable_warp()
    (i,) = warp.gaps
    assert warp.ref_s[i + 1] - warp.ref_s[i] == pytest.approx(12, abs=2)
    (part,) = result.weak
    assert part.why == "gap" and "are not in the new run" in part.text


@pytest.mark.slow
def test_a_crash_is_a_long_stand_not_a_gap(trail: Trail) -> None:
    ref, new = ride(40, speed=6, seed=1), ride(60, speed=6.2, seed=2, stops=((18, 20),))
    result = aligned(trail, ref, new)
    assert not result.usable_warp().gaps
    assert np.median(metres_off(result, ref, new)) < 0.6
    assert result.verdict == "good"


@pytest.mark.slow
@pytest.mark.parametrize("length_s", [8, 14, 25])
def test_a_stand_of_the_reference_is_one_place_and_no_doubt(trail: Trail, length_s: float) -> None:
    ref, new = ride(40 + length_s, speed=6, seed=1, stops=((18, length_s),)), ride(36, speed=6.2, seed=2)
    result = aligned(trail, ref, new)
    assert not result.usable_warp().gaps
    assert np.median(metres_off(result, ref, new)) < 0.6
    assert result.verdict == "good", result.reasons


@pytest.mark.slow
def test_each_run_begins_and_ends_where_it_likes(trail: Trail) -> None:
    """The new run comes in later, and the reference ends earlier; and the other way round."""
    early, late = ride(40, speed=6, seed=1), ride(40, speed=6, seed=2, start_m=80)
    result = aligned(trail, early, late)
    warp = result.usable_warp()
    assert early[1][-1] == pytest.approx(np.interp(warp.ref_s[-1], *early), abs=6)
    assert np.interp(warp.ref_s[0], *early) == pytest.approx(80, abs=6)
    assert np.median(metres_off(result, early, late)) < 0.6
    back = aligned(trail, late, early).usable_warp()
    assert np.interp(back.new_s[0], *early) == pytest.approx(80, abs=6)


@pytest.mark.slow
def test_the_finish_beside_the_start_does_not_take_the_whole_run(trail: Trail) -> None:
    """A loop: the new run first looks at the place where the reference ends, for longer than odds are remembered."""
    ref, (t, place) = ride(60, speed=6, seed=1), ride(58, speed=6.2, seed=2)
    end = np.interp(58.0, *ref)
    waiting = np.arange(0.0, 25.0, 0.3)
    new = np.concatenate([waiting, 25.2 + t]), np.concatenate([np.full(len(waiting), end), place])
    result = aligned(trail, ref, new)
    warp = result.usable_warp()
    assert warp.ref_s[-1] - warp.ref_s[0] > 50
    assert np.median(metres_off(result, ref, new)) < 0.6


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 6])
def test_three_laps_in_the_new_run_are_matched_in_one(seed: int) -> None:
    """Closing the break from the first lap to the third leaves one to the second."""
    trail = Trail.of(3 + seed)
    ref, new = ride(30, speed=6, seed=seed + 1), laps(ride(28, speed=6.3, seed=seed + 20), 3)
    warp = aligned(trail, ref, new).usable_warp()
    assert not warp.gaps and warp.ref_s[-1] - warp.ref_s[0] > 25


@pytest.mark.slow
def test_reference_samples_beside_a_gap_do_not_crowd_into_its_edge() -> None:
    """The new run stands in the dark and goes on while it is dark: what the reference shows there has no place."""
    trail = Trail.of(4)
    ref, new = ride(50, speed=5, seed=1), ride(60, speed=4.5, seed=2, stops=((22.0, 4.0),))
    seen = trail.seen(new[1], seed=2, noise=NOISE)
    dark = (new[0] > 23) & (new[0] < 33)
    seen[dark] = 0
    result = align_indexes(index_of(ref[0], trail.seen(ref[1], seed=1, noise=NOISE)), index_of(new[0], seen))
    warp = result.usable_warp()
    (gap,) = warp.gaps
    back = float(warp.ref_s[gap + 1])
    assert abs(back - np.interp(np.interp(33.0, *new), ref[1], ref[0])) < 0.6


@pytest.mark.slow
@pytest.mark.parametrize("length_s", [2.1, 5.1])
def test_a_short_cut_out_of_the_new_run_is_a_gap_where_the_reference_moves(length_s: float) -> None:
    trail = Trail.of(1)
    ref, (t, place) = dense(ride(40, speed=6, seed=1)), dense(ride(40, speed=6, seed=2))
    keep = (t < 15) | (t >= 15 + length_s)
    new = np.arange(keep.sum()) * 0.1, place[keep]
    warp = little_noise(trail, ref, new).usable_warp()
    (i,) = warp.gaps
    lost = np.interp(np.interp([15, 15 + length_s], t, place), ref[1], ref[0])
    assert warp.ref_s[i : i + 2] == pytest.approx(lost, abs=0.3)
    assert warp.new_s[i : i + 2] == pytest.approx(15, abs=0.3)


@pytest.mark.slow
@pytest.mark.parametrize("length_s", [2.1, 5.1])
def test_what_was_cut_out_of_the_reference_is_a_gap_of_the_new_run_and_no_stop(length_s: float) -> None:
    trail = Trail.of(1)
    (t, place), new = dense(ride(40, speed=6, seed=1)), dense(ride(40, speed=6, seed=2))
    keep = (t < 15) | (t >= 15 + length_s)
    ref = np.arange(keep.sum()) * 0.1, place[keep]
    result = little_noise(trail, ref, new)
    warp = result.usable_warp()
    (i,) = warp.gaps
    extra = np.interp(np.interp([15, 15 + length_s], t, place), new[1], new[0])
    assert warp.new_s[i : i + 2] == pytest.approx(extra, abs=0.3)
    assert warp.ref_s[i : i + 2] == pytest.approx(15, abs=0.3)
    assert metres_off(result, ref, new)[:-30].max() < 2  # up to where the new run ends


def dense(one: Run) -> Run:
    """The same ride, sampled ten times a second."""
    t = np.arange(0.0, one[0][-1], 0.1)
    return t, np.interp(t, *one)


def little_noise(trail: Trail, ref: Run, new: Run) -> Alignment:
    return align_indexes(*(index_of(t, trail.seen(place, seed=k)) for k, (t, place) in enumerate((ref, new), start=1)))
