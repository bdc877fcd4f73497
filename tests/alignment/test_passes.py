"""Every ride of a reference in a long recording, on a trail of numbers; the model against its textbook form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mtbsync_core.alignment.hmm.restarts import RestartOptions, ridden_places
from mtbsync_core.alignment.options import AlignOptions
from mtbsync_core.alignment.passes import Pass, SearchOptions, candidates, confirmed, ends_of, part_of_index
from mtbsync_core.vision.index import FrameIndex
from mtbsync_core.warp import TimeWarp
from tests.alignment.dense_hmm import forward_backward
from tests.alignment.trail_of_numbers import Floats, Trail, index_of, ride

TRAIL, ELSEWHERE = Trail.of(1), Trail.of(2)
LONG_M = 120.0
LEGS = {
    "ride": (TRAIL, ride(30, speed=4.2, seed=11)[1]),
    "slow": (TRAIL, ride(45, speed=2.8, seed=12)[1]),
    "stop": (TRAIL, ride(40, speed=4.2, seed=13, stops=((12, 8),))[1]),
    "lower half": (TRAIL, ride(20, speed=4, seed=14, start_m=65)[1]),
    "back": (TRAIL, ride(30, speed=4.2, seed=15)[1][::-1]),
    "lift": (ELSEWHERE, ride(60, speed=2, seed=16)[1]),
    "gate": (TRAIL, np.zeros(60)),
}


def cut_to_reference(leg: str) -> Floats:
    """How the reference, a ride of 120 m, ends."""
    place = LEGS[leg][1]
    return place[place <= LONG_M]


def reference() -> FrameIndex:
    t, place = ride(40, speed=4, seed=1)
    t, place = t[place <= LONG_M], place[place <= LONG_M]
    return index_of(t, TRAIL.seen(place, seed=1))


def recording(*legs: str) -> tuple[FrameIndex, list[tuple[str, float, float]]]:
    """Legs of a day one after the other, and when each begins and ends."""
    seen, spans, n = [], [], 0
    for number, leg in enumerate(legs):
        trail, place = LEGS[leg][0], cut_to_reference(leg)
        shake = 0.02 if leg == "gate" else 1.0
        seen.append(trail.seen(place, seed=100 + number, noise=shake))
        spans.append((leg, 0.3 * n, 0.3 * (n + len(place))))
        n += len(place)
    return index_of(0.3 * np.arange(n, dtype=np.float64), np.concatenate(seen)), spans


def search(day: FrameIndex) -> list[Pass]:
    coarse = slice(1, None, 3)
    found = candidates(reference(), day.t_s[coarse], day.descriptors[coarse])
    look = lambda media, span: part_of_index(day, span)  # noqa: E731
    return confirmed(reference(), day.media, found, AlignOptions(), SearchOptions(), look, lambda *_: None)


@pytest.mark.slow
def test_all_rides_of_an_afternoon_are_found_and_nothing_else() -> None:
    day, spans = recording("lift", "gate", "ride", "lift", "slow", "lift", "back", "lift", "stop", "lower half", "lift")
    rides = [span for span in spans if span[0] in ("ride", "slow", "stop", "lower half")]
    found = search(day)
    assert len(found) == len(rides)
    for one, (leg, from_s, to_s) in zip(found, rides, strict=True):
        assert one.from_s == pytest.approx(from_s, abs=1.0), leg
        assert one.to_s == pytest.approx(to_s, abs=1.0), leg
        assert not [why for why in one.reasons if "match nothing" in why] or leg == "lower half", one.reasons
        assert one.covered == pytest.approx(0.45 if leg == "lower half" else 1.0, abs=0.06), leg
        assert one.window_s[0] <= one.from_s < one.to_s <= one.window_s[1]


@pytest.mark.slow
def test_laps_that_follow_each_other_are_rides_of_their_own() -> None:
    day, spans = recording("ride", "stop", "ride")
    found = search(day)
    assert [one.from_s for one in found] == pytest.approx([a for _, a, _ in spans], abs=1.0)
    assert [one.to_s for one in found] == pytest.approx([b for _, _, b in spans], abs=1.0)


def test_another_trail_has_none() -> None:
    day, _ = recording("lift", "back", "gate", "lift")
    assert search(day) == []


def test_standing_at_either_end_is_not_of_the_ride() -> None:
    ref = np.array([0.0, 0.01, 1.0, 2.0, 58.0, 59.0, 60.0])
    new = np.array([0.0, 30.0, 31.0, 32.0, 90.0, 91.0, 140.0])
    assert ends_of(TimeWarp(ref, new, np.full(7, 0.1))) == pytest.approx((30.0, 92.0), abs=0.1)
    assert ends_of(TimeWarp(ref, 1.2 * ref, np.full(7, 0.1))) == pytest.approx((0.0, 72.0))


def dense(gap_s: float, step_s: float, cells: int, o: RestartOptions) -> Floats:
    """The matrix of a step, from the definition: riding and stopped in each cell, and outside."""
    move = np.zeros((2 * cells + 1, 2 * cells + 1))
    m = np.arange(max(2, int(np.ceil(o.fastest * gap_s / step_s))) + 1)
    log_ratio = np.log2(np.maximum(m, 0.25) * step_s / gap_s)
    kernel = np.exp(-0.5 * (log_ratio / o.ratio_sd) ** 2) / np.maximum(m, 0.25)
    total = o.stop_rate + o.leave_rate
    stop, leave = (rate / total * (1 - np.exp(-total * gap_s)) for rate in (o.stop_rate, o.leave_rate))
    kernel *= (1 - stop - leave) / kernel.sum()
    go, begin = 1 - np.exp(-o.go_rate * gap_s), 1 - np.exp(-o.begin_rate * gap_s)
    for i in range(cells):
        for k, p in zip(m, kernel, strict=True):
            move[i, i + k if i + k < cells else -1] += p
        move[i, cells + i] += stop
        move[i, -1] += leave
        move[cells + i, i] = go * (1 - leave)
        move[cells + i, cells + i] = (1 - go) * (1 - leave)
        move[cells + i, -1] = leave
    move[-1, :cells], move[-1, -1] = begin / cells, 1 - begin
    assert np.allclose(move.sum(axis=1), 1)
    return move


def test_the_posterior_is_that_of_the_dense_model() -> None:
    rng = np.random.default_rng(5)
    n, cells, step_s, o = 40, 12, 0.3, RestartOptions()
    gaps = np.where(np.arange(n - 1) % 3, 1.0, 0.7)
    nats = rng.normal(-0.5, 1.5, (n, cells))
    found = ridden_places(nats, np.concatenate([[0.0], np.cumsum(gaps)]), step_s, o)
    start = np.concatenate([np.full(cells, 0.5 / cells), np.zeros(cells), [0.5]])
    log_like = np.hstack([nats, nats, np.zeros((n, 1))])
    posterior, _ = forward_backward(start, [dense(gap, step_s, cells, o) for gap in gaps], log_like)
    here = posterior[:, :cells] + posterior[:, cells:-1]
    assert found.on_trail == pytest.approx(here.sum(axis=1), abs=1e-9)
    assert (found.cell == here.argmax(axis=1)).all()


def test_a_part_of_an_index_has_a_clock_of_its_own_and_knows_where_it_begins() -> None:
    day, _ = recording("ride", "ride")
    part = part_of_index(day, (30.0, 50.0))
    again = part_of_index(part, (5.0, 10.0))
    assert (part.media.from_s, again.media.from_s) == (30.0, 35.0)
    assert np.allclose(again.t_s + 35.0, day.t_s[(day.t_s >= 35.0) & (day.t_s <= 40.0)])
    assert replace(part.media, from_s=0.0).duration_s == 20.0
