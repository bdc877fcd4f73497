"""Cuts beside a stand: the run that stands moves for less time than the other one, which rides through."""

from __future__ import annotations

import numpy as np
import pytest

from mtbsync_core.alignment.emission.self_similarity import SelfSimilarity
from mtbsync_core.alignment.hmm.cut_at_stand import (
    CutOptions,
    Side,
    leaps_beside_stands,
    missing_at_stands,
    passed_at_ends,
)
from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.pipeline import align_indexes
from mtbsync_core.alignment.preparation import _moving
from mtbsync_core.markers import Marker, transfer
from tests.alignment.trail_of_numbers import Trail, index_of

Floats = np.ndarray
T = np.arange(0.0, 30.0, 0.1)
OTHER = T[T < 24]


def side(t: Floats, place_s: Floats, moving: Floats, on_trail: Floats | None = None) -> Side:
    ones = np.ones(len(t))
    places = Posterior(place_s, 0.1 * ones, place_s, ones if on_trail is None else on_trail, 0 * ones, 50.0)
    return Side(t, places, moving)


def standing(brakes_s: float, lost_s: float) -> tuple[Side, Side]:
    """A run that stands from 12 s to 18 s, at the other's 12th second; that one rides through. Up to the stand the run
    moves for `brakes_s` longer and shows `lost_s` less of the way, which the model takes for riding within the stand.
    """
    comes = 12 - lost_s + brakes_s
    moves = (comes > T) | (T > 18)
    place = np.interp(T, [0, 12 - lost_s - 1, comes, 12 + brakes_s, 18, 30], [0, 11 - lost_s, 12 - lost_s, 12, 12, 24])
    back = np.interp(OTHER, [0, 12, 12.05, 24], [0, 12, 18, 30])
    return side(T, place, moves), side(OTHER, back, np.ones(len(OTHER), bool))


def test_a_run_that_brakes_for_a_stand_lacks_nothing() -> None:
    one, other = standing(0.6, 0.0)
    assert missing_at_stands(one, other, 1.0, CutOptions()) == []


def test_a_run_that_moves_for_less_before_a_stand_lacks_a_part_of_the_way() -> None:
    one, other = standing(0.6, 1.5)
    (sample,) = missing_at_stands(one, other, 1.0, CutOptions())
    assert 12 - 1.5 < other.t_s[sample] < 12


@pytest.mark.parametrize(("stands_s", "found"), [(1.0, 0), (3.0, 1)])
def test_a_few_samples_are_no_stand(stands_s: float, found: int) -> None:
    t, end = np.arange(0.0, 30.0, 0.5), 10.5 + stands_s
    place = np.interp(t, [0, 10, 10.5, end, end + 12], [0, 10, 12, 12, 24])
    one = side(t, place, (t < 10.4) | (t > end + 0.1))
    other = side(OTHER, OTHER, np.ones(len(OTHER), bool))
    assert len(missing_at_stands(one, other, 1.0, CutOptions())) == found
    assert len(missing_at_stands(one, other, 1.0, CutOptions(stands=2))) == 1


def test_where_both_stand_neither_is_the_measure_of_the_other() -> None:
    one, other = standing(0.6, 1.5)
    other = other._replace(moving=(OTHER < 11) | (OTHER > 13))
    assert missing_at_stands(one, other, 1.0, CutOptions()) == []


def test_what_is_missing_is_from_the_last_place_before_it_to_the_first_one_behind() -> None:
    one, other = standing(0.6, 1.5)
    away = ((OTHER < 10.5) | (OTHER > 12)).astype(float)
    (leap,) = leaps_beside_stands(side(OTHER, other.places.mean_s, other.moving, away), one, [112], [])
    assert leap.ref_s == pytest.approx((10.4, 12.1), abs=0.01)
    assert leap.new_s[0] < leap.new_s[1] <= 18.2
    never = side(OTHER, other.places.mean_s, other.moving, np.zeros(len(OTHER)))
    assert leaps_beside_stands(never, one, [112], []) == []


def waiting(early_s: float, *, last: bool) -> tuple[Side, Side]:
    """A run that stands for 3 s at its start, or at its end, and one that rides there; the model has the way of which
    `early_s` is ridden before it is there, or after it was, within the stand.
    """
    t = np.arange(0.0, 12.0, 0.1)
    place = np.interp(t, [0, 3, 12], [3 - early_s, 3, 12])
    moving = t > 3
    if last:
        place, moving = (12 - place)[::-1], moving[::-1]
    return side(t, place, moving), side(t, t, np.ones(len(t), bool))


@pytest.mark.parametrize("last", [False, True])
def test_one_run_cannot_ride_where_the_other_one_waits(last: bool) -> None:
    one, other = waiting(1.5, last=last)
    (((from_s, to_s), (gone_from_s, gone_to_s)),) = passed_at_ends(one, other, CutOptions())
    if last:
        assert (to_s, gone_to_s) == (np.inf, np.inf)
        assert from_s == pytest.approx(8.5, abs=0.2) and gone_from_s == pytest.approx(8.5, abs=0.2)
    else:
        assert (from_s, gone_from_s) == (-np.inf, -np.inf)
        assert to_s == pytest.approx(3.5, abs=0.2) and gone_to_s == pytest.approx(3.5, abs=0.2)


def test_a_run_that_rides_through_where_the_other_one_waits_is_there_for_a_moment() -> None:
    assert passed_at_ends(*waiting(0.05, last=False), CutOptions()) == []


def test_two_that_wait_together_may() -> None:
    one, other = waiting(1.5, last=False)
    assert passed_at_ends(one, other._replace(moving=other.t_s > 3), CutOptions()) == []


@pytest.mark.parametrize("last", [False, True])
def test_who_waits_before_that_and_rides_in_passes_it_as_well(last: bool) -> None:
    """Both stand at an end of theirs, some metres apart."""
    one, other = waiting(2.8, last=last)
    moving = other.t_s > 1
    other = other._replace(moving=moving[::-1] if last else moving)
    assert len(passed_at_ends(one, other, CutOptions())) == 1


def rolled(stop_s: float) -> tuple[Floats, Floats]:
    """Times at 10 a second and places of a ride at 6 m/s that brakes, stands from the 16th second on, and goes on."""
    t = np.arange(0.0, 40.0 + stop_s, 0.1)
    v = 6.0 * np.interp(t, [0, 14, 16, 16 + stop_s, 18 + stop_s], [1, 1, 0, 0, 1])
    return t, np.concatenate([[0.0], np.cumsum(v[:-1] * 0.1)])


@pytest.mark.slow
@pytest.mark.parametrize("every", [1, 3, 5], ids="{}00 ms".format)
def test_pictures_tell_when_a_run_moves(every: int) -> None:
    t, place = (values[::every] for values in rolled(6.0))
    index = index_of(t, Trail.of(1).seen(place, seed=2))
    moving = SelfSimilarity(t, index.descriptors, _cosine).moving(t)
    assert moving[(t > 1) & (t < 14)].mean() > 0.98 and moving[(t > 25) & (t < t[-1] - 1)].mean() > 0.98
    assert moving[(t > 16.5) & (t < 21.5)].mean() < 0.02


@pytest.mark.slow
@pytest.mark.parametrize(("share", "stands"), [(0.4, False), (0.6, True)])
def test_what_seems_a_stand_is_none_where_corners_say_so(share: float, stands: bool) -> None:
    """A straight track looks alike for seconds."""
    t, place = rolled(6.0)
    pictures, asked = SelfSimilarity(t, index_of(t, Trail.of(1).seen(place, seed=2)).descriptors, _cosine), []

    def still(first_s: float, last_s: float, at_s: float | None = None) -> float:
        asked.append((first_s, last_s))
        return share

    moving = _moving(pictures, still, t, 0.5)
    assert asked[0] == pytest.approx((16, 22), abs=1.0)
    assert moving[(t > 16.5) & (t < 21.5)].mean() == (0.0 if stands else 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("every", [1, 5], ids="{}00 ms".format)
def test_slow_corners_of_a_run_without_a_stand_are_no_stands(every: int) -> None:
    """Twice a second even neighbours show two places, and nothing on the way shows how alike two of one are."""
    t = np.arange(0.0, 80.0, 0.1)
    v = 4.0 + 2.0 * np.cos(2 * np.pi * t / 16.0)
    place = np.concatenate([[0.0], np.cumsum(v[:-1] * 0.1)])[::every]
    index = index_of(t[::every], Trail.of(1).seen(place, seed=2, noise=0.3))
    assert SelfSimilarity(t[::every], index.descriptors, _cosine).moving(t[::every])[2:-2].mean() > 0.98


@pytest.mark.parametrize("pictures", [2, 3])
def test_a_few_pictures_tell_of_no_stand(pictures: int) -> None:
    t, place = (values[:pictures] for values in rolled(6.0))
    assert SelfSimilarity(t, Trail.of(1).seen(place, seed=2), _cosine).moving(t).all()


def _cosine(one: Floats, other: Floats) -> Floats:
    one, other = (x.reshape(len(x), -1).astype(np.float32) for x in (one, other))
    one, other = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (one, other))
    return np.asarray(other @ one.T, np.float32)


@pytest.mark.slow
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("cut_s", [(13.0, 15.0), (23.0, 25.0), None])
def test_a_cut_beside_a_stand_is_a_gap(cut_s: tuple[float, float] | None, swapped: bool) -> None:
    """Two seconds are cut out of the run that stands, before or behind; without a cut there is no gap."""
    trail, (t, place) = Trail.of(1), rolled(6.0)
    other = np.arange(0.0, 40.0, 0.1), 6.0 * np.arange(0.0, 40.0, 0.1)
    keep = (t < cut_s[0]) | (t >= cut_s[1]) if cut_s else np.ones(len(t), bool)
    stands = np.arange(keep.sum()) * 0.1, place[keep]
    indexes = [index_of(at, trail.seen(x, seed=k)) for k, (at, x) in enumerate((other, stands), start=1)]
    warp = align_indexes(*(indexes[::-1] if swapped else indexes)).usable_warp()
    if cut_s is None:
        assert not warp.gaps
        return
    (i,) = warp.gaps
    lost = np.interp(cut_s, t, place) / 6.0
    first, last = (warp.new_s if swapped else warp.ref_s)[i : i + 2]
    assert first == pytest.approx(lost[0], abs=0.3) and last == pytest.approx(lost[1], abs=0.5)
    if not swapped:
        inside = [Marker("", float(at)) for at in np.arange(lost[0] + 0.3, lost[1] - 0.3, 0.1)]
        assert {moved.status for moved in transfer(inside, warp)} == {"gap"}
