"""The figures that the project promises, on the simulator's exact truth and on real pairs."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmarks.score import Score, Truth, read_truth, score_warp
from mtbsync_core.alignment.pipeline import align
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.demo.difficulty import Difficulty
from mtbsync_core.demo.pair import write_pair
from mtbsync_core.demo.plan import DemoOptions
from tests.real_files import HERO7, LAP1, LAP2, LAPS, MAX, WALKWAY

pytestmark = pytest.mark.slow


def scored(result: Alignment, truth: Truth) -> Score:
    found = score_warp(result.usable_warp(), truth, frame_s=1 / 30)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("difficulty", "seconds", "width", "median", "p95"),
    [("easy", 16, 640, 0.020, 0.08), ("hard", 30, 480, 0.045, 0.20)],
)
def test_simulated_pair(
    tmp_path: Path, difficulty: Difficulty, seconds: float, width: int, median: float, p95: float
) -> None:
    # Half the demo's frame rate: drawing the frames is most of this test's time.
    options = DemoOptions(seed=1, seconds=seconds, difficulty=difficulty, rate=Fraction(15), width=width)
    pair = write_pair(tmp_path, replace(options, height=width * 9 // 16))
    result = align(pair.reference, pair.new)
    found = scored(result, Truth(pair.ref_s, pair.new_s))
    assert found.median <= median and found.p95 <= p95 and found.coverage > 0.97, found
    pairs = result.pairs
    refined = pairs.source == "anchor"
    assert refined.sum() > seconds / 2
    away = np.abs(result.usable_warp().to_ref(pairs.t_new[refined]) - pairs.t_ref[refined])
    assert pairs.valid[refined].mean() >= 0.7
    assert np.nanmedian(away) < 0.3


def test_two_cameras_on_a_walkway() -> None:
    result = align(HERO7, MAX)
    found = scored(result, read_truth(WALKWAY / "truth.csv"))
    # Their angles of view are unlike, no file says by how much, and ten seconds are too few to find out.
    assert result.verdict == "check" and any("unlike angles" in reason for reason in result.reasons)
    assert found.median <= 0.25 and found.p90 <= 0.45 and found.coverage > 0.95


def test_two_laps_of_a_small_car() -> None:
    found = scored(align(LAP1, LAP2), read_truth(LAPS / "truth.csv"))
    assert found.median <= 0.04 and found.p90 <= 0.12 and found.coverage > 0.95


def test_a_run_against_itself_is_the_identity() -> None:
    t = np.arange(0, 11.5, 0.1)
    found = scored(align(HERO7, HERO7), Truth(t, t))
    assert found.median <= 1001 / 30000 and found.coverage > 0.97


@pytest.mark.parametrize("pair", [(HERO7, LAP1), (LAP2, MAX)])
def test_strangers_are_refused(pair: tuple[Path, Path]) -> None:
    assert align(*pair).verdict == "refused"
