"""What the leaderboard counts, on maps made by hand; nothing is rendered or run."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmarks import nonpairs
from benchmarks.calibration import Moments
from benchmarks.nonpairs import backwards, cross, crossings
from benchmarks.renders import fingerprint
from benchmarks.report import leaderboard
from benchmarks.results import Result, load_result, save_result
from benchmarks.score import Errors, Truth, best_of, figures, vote_errors, warp_errors
from benchmarks.sets import SETS, numbers, pairs_of
from mtbsync_core.demo.plan import DemoOptions
from mtbsync_core.errors import EvidenceError
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.vision.index import FrameIndex
from mtbsync_core.warp import TimeWarp

BASE = DemoOptions(seconds=6, rate=Fraction(15), width=160, height=90)
MOMENTS = np.arange(0.0, 10.0, 0.1)
RESULT = Result(
    of_set="easy",
    pair="easy 1",
    key="a-b",
    method="ours",
    label="v",
    day="2026-11-22",
    verdict="good",
    seconds=3.0,
    peak_mb=float("nan"),
    floor_s=0.5,
    errors=Errors(np.array([0.01, -0.02, np.nan]), np.full(3, 0.02)),
)


def line(offset_s: float, start_s: float = 0.0, end_s: float = 10.0) -> TimeWarp:
    ref = np.array([start_s, end_s])
    return TimeWarp(ref, ref + offset_s, np.full(2, 0.1))


def test_a_map_is_held_against_the_lap_that_it_chose() -> None:
    laps = [Truth(MOMENTS, MOMENTS + 5), Truth(MOMENTS + 10, MOMENTS + 5)]
    second = line(-5.0, start_s=9.0, end_s=20.0)  # reaches a little into the first lap
    score = figures([best_of([warp_errors(second, truth) for truth in laps])])
    assert score is not None
    assert (score.coverage, score.median) == (1.0, pytest.approx(0.0, abs=1e-9))


def test_pairs_are_pooled_and_a_refused_one_costs_coverage() -> None:
    truth = Truth(MOMENTS, MOMENTS)
    score = figures([warp_errors(line(0.1), truth), warp_errors(line(0.5), truth), warp_errors(None, truth)])
    assert score is not None
    assert score.coverage == pytest.approx(2 / 3)
    assert (score.within_03, score.in_90) == (0.5, 0.5)
    assert figures([warp_errors(None, truth)]) is None


def test_votes_outside_the_truth_do_not_count() -> None:
    errors = vote_errors(np.array([-1.0, 2.0, 30.0]), np.array([0.0, 2.5, 0.0]), Truth(MOMENTS, MOMENTS))
    assert errors.error_s == pytest.approx([0.5])


def test_a_result_is_kept_as_it_was(tmp_path: Path) -> None:
    save_result(tmp_path, RESULT)
    kept = load_result(tmp_path, "a-b", "ours", "v")
    assert kept is not None and kept.errors is not None and RESULT.errors is not None
    assert np.isnan(kept.peak_mb)
    assert np.array_equal(kept.errors.error_s, RESULT.errors.error_s, equal_nan=True)
    assert replace(kept, errors=None, peak_mb=0) == replace(RESULT, errors=None, peak_mb=0)
    assert load_result(tmp_path, "a-b", "ours", "another") is None


def test_the_table_has_a_row_for_each_method_that_was_measured() -> None:
    rows = leaderboard([RESULT, replace(RESULT, pair="easy 2", verdict="check")], ["ours", "original"]).splitlines()
    assert rows[2].startswith("| easy | ours | 2 | 1 good, 1 check | 0.015 |")
    assert "| 67 % |" in rows[2] and "| 3.0 | 6.0 | – |" in rows[2]
    assert len(rows) == 3
    assert len({row.count("|") for row in rows}) == 1


@pytest.mark.slow
def test_sets_share_recordings_and_seeds_do_not() -> None:
    found = {name: list(pairs_of(name, [1, 2], BASE)) for name in SETS if name != "real"}
    easy, hard, laps, other = (found[name][0] for name in ("easy", "hard", "laps", "other"))
    assert fingerprint(easy.ref) == fingerprint(hard.ref) == fingerprint(other.ref)
    assert fingerprint(easy.new) == fingerprint(laps.new)
    assert len({pair.key for pairs in found.values() for pair in pairs}) == 2 * len(found)
    truths = {name: len(pairs[0].truths) for name, pairs in found.items()}
    assert truths == dict.fromkeys(found, 1) | {"laps": 2, "other": 0}


@pytest.mark.slow
def test_strangers_are_strangers() -> None:
    chosen = list(crossings([1, 2, 3], BASE))
    assert {c.kind for c in chosen} >= {"other trail", "other trail, same look", "fork", "backwards", "same"}
    for crossing in chosen:
        if crossing.kind.startswith("other trail"):
            seeds = [
                leg.trail_seed
                for side in (crossing.ref, crossing.new)
                if not isinstance(side, Path)
                for leg in side.legs
            ]
            assert seeds[0] != seeds[1]


def test_an_index_turned_round_runs_from_the_end() -> None:
    media = MediaInfo(Path("a.mp4"), Fraction(10), 160, 90, 10.0, 100, "h264")
    t_s = np.array([0.0, 1.0, 9.0])
    layout = np.arange(3, dtype=np.float16)[:, None, None, None] * np.ones((1, 8, 8, 16), np.float16)
    turned = backwards(FrameIndex(media, t_s, layout, (), "key"))
    assert turned.t_s == pytest.approx([1.0, 9.0, 10.0])
    assert turned.descriptors[:, 0, 0, 0].tolist() == [2, 1, 0]


def test_calibration_sees_who_is_too_sure() -> None:
    rng = np.random.default_rng(1)
    sigma = rng.uniform(0.05, 0.6, 20_000)
    error = rng.normal(0, sigma)
    honest = Moments(np.abs(error), sigma)
    boastful = Moments(np.abs(error), sigma / 3)
    assert honest.coverage(0.9) == pytest.approx(0.9, abs=0.01)
    assert honest.calibration_error() < 0.02 < 0.1 < boastful.calibration_error()
    assert all(abs(holds - 0.9) < 0.04 for _, holds in honest.deciles())
    assert 0 < len(honest.unsure().error_s) < 20_000 and honest.unsure().coverage(0.9) == pytest.approx(0.9, abs=0.02)


def test_seeds_are_ranges_and_single_numbers() -> None:
    assert numbers("1-3,7") == [1, 2, 3, 7]


def test_every_moment_of_a_stop_is_right() -> None:
    ref = np.arange(0.0, 10.0, 0.1)
    new = ref + np.where(ref > 5.04, 6.0, 0.0)  # the new run stands for 6 s
    late = TimeWarp(np.array([0.0, 4.9, 5.0, 5.1, 9.9]), np.array([0.0, 5.0, 9.0, 11.2, 15.9]), np.full(5, 0.1))
    error = warp_errors(late, Truth(ref, new)).error_s
    assert error[50] == 0.0  # 9.0 s lies in the stop, which begins at 5.0 s
    assert error[49] == pytest.approx(0.1) and error[51] == pytest.approx(0.1)


@pytest.mark.parametrize("turned", [False, True])
def test_strangers_are_looked_at_again_as_themselves(turned: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The indexes that are asked for again carry what was found meanwhile: they are not the ones that were given."""
    media = MediaInfo(Path("a.mp4"), Fraction(10), 160, 90, 10.0, 100, "h264")
    ref, new = (
        FrameIndex(media, np.arange(5.0), np.arange(5, dtype=np.float16)[:, None], (), k) for k in ("ref", "new")
    )
    asked: list[FrameIndex] = []

    def align(*both: FrameIndex, again: nonpairs.Again) -> None:
        asked.extend(again(replace(one)) for one in both)
        raise EvidenceError("nothing", "")

    monkeypatch.setattr(nonpairs, "align_indexes", align)
    cross(nonpairs.Crossing("backwards", Path("a"), Path("b"), backwards=turned), ref, new, replace)
    assert [one.key for one in asked] == ["ref", "new"]
    assert asked[1].descriptors[0, 0] == (4.0 if turned else 0.0)
