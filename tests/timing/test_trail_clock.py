"""All maps solved together."""

from __future__ import annotations

import numpy as np
import pytest

from mtbsync_core.timing.runs import TimedRun
from mtbsync_core.timing.trail_clock import PairMap, added, closure_s, solved
from mtbsync_core.warp import TimeWarp

T = np.arange(0.0, 30.1, 0.25)
PACES = (0.9, 1.0, 1.1, 1.2)
PAIRS = ((0, 1), (1, 2), (2, 3), (0, 3), (0, 2), (1, 3))


def noise(rng: np.random.Generator, size: float = 0.03) -> np.ndarray:
    """Errors that go on for a second or so."""
    return np.convolve(rng.normal(0, 1, len(T) + 4), np.ones(5) / np.sqrt(5), "valid") * size


def star_and_pairs(wrong: tuple[int, float] | None = None) -> tuple[list[TimedRun], list[PairMap]]:
    """Runs of even pace with maps that err; one of them off by so much over five seconds."""
    rng = np.random.default_rng(2)
    runs = []
    for n, pace in enumerate(PACES):
        off = noise(rng)
        if wrong and wrong[0] == n:
            off = off + wrong[1] * np.exp(-((T - 15.0) ** 2) / 6.0)
        runs.append(TimedRun(name=str(n), warp=TimeWarp(T, 5 + pace * T + off, np.full(len(T), 0.03))))
    pairs = [
        PairMap(a, b, TimeWarp(5 + PACES[a] * T, 5 + PACES[b] * T + noise(rng), np.full(len(T), 0.03)))
        for a, b in PAIRS
    ]
    return runs, pairs


def error_s(run: TimedRun, n: int) -> float:
    return float(np.sqrt(np.mean((run.warp.to_new(T[4:-4]) - 5 - PACES[n] * T[4:-4]) ** 2)))


def test_maps_get_more_exact_together_and_triangles_close_better() -> None:
    runs, pairs = star_and_pairs()
    together = solved(runs, pairs)
    before, after = (np.mean([error_s(run, n) for n, run in enumerate(x)]) for x in (runs, together))
    assert after < 0.8 * before
    opened, closed = (np.nanstd([closure_s(x, p) for p in pairs]) for x in (runs, together))
    assert closed < opened
    assert (together[0].warp.sigma_s < runs[0].warp.sigma_s).mean() > 0.9


def test_a_map_that_is_wrong_over_a_stretch_loses_its_say() -> None:
    runs, pairs = star_and_pairs(wrong=(2, 0.5))
    assert error_s(runs[2], 2) > 0.15
    assert error_s(solved(runs, pairs)[2], 2) < 0.06


def test_a_run_is_added_without_moving_the_others() -> None:
    runs, pairs = star_and_pairs()
    three = solved(runs[:3], [p for p in pairs if 3 not in (p.a, p.b)])
    fourth = added(three, runs[3], [p for p in pairs if 3 in (p.a, p.b)])
    assert error_s(fourth, 3) < error_s(runs[3], 3)
    assert error_s(fourth, 3) == pytest.approx(error_s(solved(runs, pairs)[3], 3), abs=0.01)


def test_without_pairs_nothing_moves_and_the_reference_never_does() -> None:
    runs, _ = star_and_pairs()
    assert [run.warp for run in solved(runs, [])] == [run.warp for run in runs]
    reference = TimedRun.reference("ref", 30.0)
    to_first = PairMap(0, 1, runs[0].warp)
    same, moved = solved([reference, runs[0]], [to_first])
    assert same is reference
    np.testing.assert_allclose(moved.warp.new_s, runs[0].warp.new_s, atol=1e-3)


def test_gaps_stay() -> None:
    runs, pairs = star_and_pairs()
    warp = runs[0].warp
    gappy = TimedRun(name="gap", warp=TimeWarp(warp.ref_s, warp.new_s, warp.sigma_s, frozenset({40, 41})))
    together = solved([gappy, *runs[1:]], pairs)
    assert together[0].warp.gaps == {40, 41}
    assert np.isnan(together[0].warp.to_new(10.1))
