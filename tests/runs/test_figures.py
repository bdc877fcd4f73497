"""The figures of a results folder, and the lines that they are held against."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from mtbsync_core.markers import Z90
from mtbsync_core.runs.figures import Figures, coverage, expected_p90_s, read_figures
from mtbsync_core.runs.gates import gates, missed
from mtbsync_core.warp import TimeWarp
from tests.runs.made import run_folder


def test_the_figures_of_a_good_run(tmp_path: Path) -> None:
    folder = run_folder(tmp_path, "a", perf={"fps": 20.5, "cpu_pct": None, "rss_mb": True})
    figures = read_figures(folder, "a")
    assert (figures.verdict, figures.ok, figures.changed) == ("good", True, "2026-01-01T00:00:00.000Z")
    assert (figures.ppm, figures.inlier_frac, figures.res_mae, figures.res_p90) == (200.0, 0.9, 0.05, 0.1)
    assert figures.coverage == 1.0
    assert figures.p90_s == pytest.approx(0.1 * Z90)
    assert figures.used == {"fps": 20.5, "cpu_pct": None, "gpu_util": None, "gpu_mem_mb": None, "rss_mb": None}
    assert missed(figures, gates()) == ()


def test_coverage_leaves_out_gaps_and_what_only_sensors_know() -> None:
    at = np.arange(5.0)
    warp = TimeWarp(at * 10, at * 11, np.full(5, 0.1), gaps=frozenset({1}), bridges=frozenset({2}))
    assert coverage(warp, 80.0) == 0.25
    assert coverage(warp, 10.0) == 1.0


def test_the_expected_p90_is_that_of_the_mixture() -> None:
    """Half of the reference is known to 0.1 s, half to 1 s: nine of ten errors of a sample of both lie within it."""
    warp = TimeWarp(
        np.array([0.0, 50.0, 50.000001, 100.0]), np.arange(4.0), np.array([0.1, 0.1, 1.0, 1.0]), gaps=frozenset({1})
    )
    found = expected_p90_s(warp)
    assert found is not None
    inside = (math.erf(found / 0.1 / math.sqrt(2)) + math.erf(found / math.sqrt(2))) / 2
    assert inside == pytest.approx(0.9, abs=1e-4)
    everywhere_gap = TimeWarp(np.arange(2.0), np.arange(2.0), np.zeros(2), gaps=frozenset({0}))
    assert expected_p90_s(everywhere_gap) is None


def test_residuals_that_are_missing_come_from_the_pairs(tmp_path: Path) -> None:
    folder = run_folder(tmp_path, "a", residuals=None, knots=[[0.0, 0.0, 0.1], [100.0, 100.0, 0.1]])
    rows = [(t, t + (0.2 if t < 50 else 0.4), 1) for t in range(10, 90)] + [(20, 90, 0), (110, 90, 1)]
    text = "".join(f"{new},{ref},{valid}\n" for new, ref, valid in rows)
    (folder / "pairs.csv").write_text("t_new,t_ref,valid\n" + text, encoding="utf-8")
    figures = read_figures(folder, "a")
    assert figures.res_p90 is not None and figures.res_mae is not None
    assert figures.res_mae < figures.res_p90
    off = [ref - new for new, ref, valid in rows if valid and new <= 100]
    assert (figures.res_mae, figures.res_p90) == pytest.approx((np.mean(off), np.percentile(off, 90)))


def test_a_run_of_the_original(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    text = '{"ok": true, "params": {"a": 1.0002, "b": 0.5}, "ppm": 200, "inlier_frac": 0.8, "residuals": null}'
    (folder / "timewarp.json").write_text(text, encoding="utf-8")
    (folder / "pairs.csv").write_text("t_new,t_ref,score,n_inliers\n0,0.6,1,9\n10,10.502,1,9\n", encoding="utf-8")
    figures = read_figures(folder, "old")
    assert (figures.verdict, figures.ok, figures.coverage, figures.p90_s) == ("check", True, None, None)
    assert figures.res_mae == pytest.approx(0.05)
    assert [line.field for line in missed(figures, gates())] == ["coverage", "p90_s"]


@pytest.mark.parametrize("text", ["{", "[]", '{"knots": [[1, 2]]}', '{"knots": 5}', '{"ref": 5, "knots": []}'])
def test_a_damaged_file_is_a_row_with_its_fault(tmp_path: Path, text: str) -> None:
    (tmp_path / "timewarp.json").write_text(text, encoding="utf-8")
    figures = read_figures(tmp_path, "a")
    assert figures.fault is not None and not figures.ok
    assert len(missed(figures, gates())) == 5


@pytest.mark.parametrize(
    ("changed", "short"),
    [
        ({"inlier_frac": 0.499}, ["inlier_frac"]),
        ({"res_p90": 1.01}, ["res_p90"]),
        ({"ppm": -501.0}, ["ppm"]),
        ({"coverage": 0.79}, ["coverage"]),
        ({"p90_s": 0.31}, ["p90_s"]),
        ({"p90_s": None}, ["p90_s"]),
        ({"inlier_frac": 0.5, "res_p90": 1.0, "ppm": 500.0, "coverage": 0.8, "p90_s": 0.3}, []),
        ({"verdict": "refused"}, ["inlier_frac", "res_p90", "ppm", "coverage", "p90_s"]),
    ],
)
def test_the_lines(changed: dict[str, object], short: list[str]) -> None:
    good = {
        "verdict": "good",
        "ok": True,
        "ppm": 0.0,
        "inlier_frac": 1.0,
        "res_p90": 0.0,
        "coverage": 1.0,
        "p90_s": 0.0,
    }
    figures = Figures(run_id="a", changed="", **(good | changed))  # type: ignore[arg-type]
    assert [line.field for line in missed(figures, gates())] == short
