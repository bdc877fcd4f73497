"""Fastest runs, best of sectors, and what can be joined of them."""

from __future__ import annotations

from itertools import product
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtbsync_core.timing.best import expected, fastest, joinable_best, theoretical_best
from mtbsync_core.timing.line_choice import line_choices
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import Stack, TimedRun
from mtbsync_core.timing.sectors import SectorTimes, sector_times
from mtbsync_core.timing.speed import pace_at
from mtbsync_core.warp import TimeWarp
from tests.timing.made import run, stopped

LINES = SectorLines(np.array([5.0, 15.0, 25.0, 35.0]), ("start", "a", "b", "finish"))


def of_paces(*paces: float, name: str = "run", **about: object) -> TimedRun:
    """One with its own pace in each ten seconds of the trail."""
    t = np.arange(0.0, 40.1, 0.25)
    pace = np.array(paces)[((t[1:] - 5.1) // 10).clip(0, len(paces) - 1).astype(int)]
    new = np.concatenate([[0.0], np.cumsum(0.25 * pace)])
    return TimedRun(name=name, warp=TimeWarp(t, new, np.full(len(t), 0.02)), **about)  # type: ignore[arg-type]


def test_the_best_of_sectors_takes_each_from_whoever_was_fastest() -> None:
    runs = [of_paces(0.9, 1.1, 1.0), of_paces(1.0, 0.8, 1.2), of_paces(1.1, 1.1, 0.95)]
    best = theoretical_best(runs, LINES, sector_times(runs, LINES))
    assert best.run.tolist() == [0, 1, 2]
    assert best.total_s == pytest.approx(9.0 + 8.0 + 9.5, abs=0.01)
    assert [(s.line, s.before, s.behind) for s in best.seams] == [(1, 0, 1), (2, 1, 2)]
    assert 0.02 < best.margin_s < 0.3


def test_what_cannot_be_joined_is_not() -> None:
    slow_then_fast, fast_then_slow = of_paces(1.5, 1.5, 1.0), of_paces(0.7, 0.7, 3.0)
    runs = [slow_then_fast, fast_then_slow]
    times = sector_times(runs, LINES)
    assert theoretical_best(runs, LINES, times).run.tolist() == [1, 1, 0]
    joined = joinable_best(runs, LINES, times)
    assert not joined.seams
    assert joined.total_s == pytest.approx(times.seconds.sum(axis=1).min(), abs=0.01)
    assert joinable_best(runs, LINES, times, tolerance=3.0).run.tolist() == [1, 1, 0]


@pytest.mark.slow
@settings(max_examples=25)
@given(st.lists(st.lists(st.floats(0.8, 1.3), min_size=3, max_size=3), min_size=2, max_size=4), st.floats(0.01, 0.4))
def test_the_joinable_best_is_that_of_all_ways(paces: list[list[float]], tolerance: float) -> None:
    runs = [of_paces(*p) for p in paces]
    times = sector_times(runs, LINES)
    pace = pace_at(Stack.of(runs), LINES.t_ref)

    def joins(a: int, b: int, line: int) -> bool:
        ratio, most = pace.ratio(a, b), np.log1p(tolerance)
        differs = NormalDist(float(np.log(ratio.value[line])), float(ratio.log_sd[line]))
        return a == b or differs.cdf(most) - differs.cdf(-most) >= 0.5

    ways = product(range(len(runs)), repeat=3)
    seconds = expected(times)
    sums = [seconds[way, range(3)].sum() for way in ways if joins(way[0], way[1], 1) and joins(way[1], way[2], 2)]
    found = joinable_best(runs, LINES, times, tolerance=tolerance)
    assert found.total_s == pytest.approx(min(sums))
    assert theoretical_best(runs, LINES, times).total_s <= found.total_s + 1e-9


def test_the_least_of_many_times_is_not_too_small() -> None:
    rng = np.random.default_rng(4)
    zero = np.zeros((12, 30))
    true = rng.normal(10.0, 0.3, zero.shape)
    timed = true + rng.normal(0.0, 0.1, zero.shape)
    said = expected(SectorTimes(timed, zero + 0.1, zero, zero.astype(np.uint8))).min(axis=0).sum()
    really = true.min(axis=0).sum()
    assert timed.min(axis=0).sum() < really - 0.7
    assert abs(said - really) < 1.645 * 0.1 * np.sqrt(30)


@pytest.mark.slow
@pytest.mark.parametrize("crowded", [False, True])
@pytest.mark.parametrize(("riders", "least"), [(6, 0.75), (12, 0.85)])
def test_the_theoretical_best_lies_in_its_interval_about_as_often_as_that_says(
    riders: int, least: float, crowded: bool
) -> None:
    rng = np.random.default_rng(6)
    lines = SectorLines(np.arange(0.0, 50.0, 5.0), tuple(f"line {n}" for n in range(10)))
    within = []
    for _ in range(100):
        # Of crowded times many are nearly as good as can be, and few are slow; of the others as many are fast.
        off = rng.gamma(2.0, 1.0, (riders, 9)) if crowded else rng.normal(0.0, 1.4, (riders, 9))
        true = 5.0 + 0.07 * off
        own = np.cumsum(np.column_stack([np.zeros(riders), true]), axis=1) + rng.normal(0.0, 0.03, (riders, 10))
        runs = [TimedRun(name=str(n), warp=TimeWarp(lines.t_ref, t, np.full(10, 0.03))) for n, t in enumerate(own)]
        best = theoretical_best(runs, lines, sector_times(runs, lines))
        within.append(abs(best.total_s - true.min(axis=0).sum()) <= best.margin_s)
    assert least <= np.mean(within) <= 0.99


def test_what_is_not_clean_counts_for_no_best() -> None:
    runs = [stopped(20.0, 4.0), run(pace=1.2)]
    times = sector_times(runs, LINES)
    assert theoretical_best(runs, LINES, times).run.tolist() == [0, 1, 0]
    assert fastest(times) == 1
    assert fastest(times, np.array([True, False])) is None


def test_without_a_clean_run_there_is_no_best() -> None:
    runs = [stopped(20.0, 4.0)]
    times = sector_times(runs, LINES)
    for best in (theoretical_best(runs, LINES, times), joinable_best(runs, LINES, times)):
        assert np.isnan(best.total_s)
    assert theoretical_best(runs, LINES, times).run.tolist() == [0, -1, 0]


def test_a_line_is_called_faster_where_it_is() -> None:
    name = LINES.sectors[1]
    runs = [of_paces(1.0, p, 1.0, tags={name: "A"}) for p in (0.90, 0.91, 0.89, 0.9, 0.92)]
    runs += [of_paces(1.0, p, 1.0, tags={name: "B"}) for p in (1.0, 1.01, 0.99, 1.0)]
    (choice,) = line_choices(runs, LINES, sector_times(runs, LINES))
    assert choice.verdict == "A is faster than B"
    assert choice.gain_s == pytest.approx(0.96, abs=0.01)
    assert [(line.tag, line.n) for line in choice.lines] == [("A", 5), ("B", 4)]
    assert choice.lines[0].entry == pytest.approx(1.05, abs=0.02)


def test_three_runs_of_a_line_say_nothing() -> None:
    name = LINES.sectors[1]
    runs = [of_paces(1.0, p, 1.0, tags={name: "A"}) for p in (0.7, 0.71, 0.69)]
    runs += [of_paces(1.0, p, 1.0, tags={name: "B"}) for p in (1.0, 1.01, 0.99, 1.0)]
    (choice,) = line_choices(runs, LINES, sector_times(runs, LINES))
    assert choice.verdict == "not enough runs"
    assert choice.gain_s is None


def test_lines_that_do_not_differ_are_not_told_apart() -> None:
    name = LINES.sectors[1]
    paces = (0.9, 1.0, 1.1, 0.95)
    runs = [of_paces(1.0, p, 1.0, tags={name: tag}) for tag in "AB" for p in paces]
    (choice,) = line_choices(runs, LINES, sector_times(runs, LINES))
    assert choice.verdict.startswith("no difference")
