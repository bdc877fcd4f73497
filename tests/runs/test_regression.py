"""A run against the median of those before it, and the history that it is taken from."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from mtbsync_core.alignment.result import Alignment
from mtbsync_core.runs.catalogue import Catalogue
from mtbsync_core.runs.regression import RegressionOptions, check
from tests.cli.two_runs import Run, alignment, clips, engine, folder, refused, run

__all__ = ["alignment", "clips", "engine", "folder", "refused", "run"]

GOOD = {"res_p90": 1.0, "p90_s": 0.2, "ppm": 200.0, "inlier_frac": 0.75}


def row(n: int, **changed: Any) -> dict[str, Any]:
    return {"run": f"r{n}", "at": f"2026-01-{n + 1:02d}T00:00:00.000Z", **GOOD, **changed}


def history(n: int, **changed: Any) -> list[dict[str, Any]]:
    return [row(i, **changed) for i in range(n)]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, "OK"),
        ({"res_p90": 1.25}, "OK"),
        ({"res_p90": 1.26}, "WARN"),
        ({"res_p90": 1.5}, "WARN"),
        ({"res_p90": 1.51}, "FAIL"),
        ({"p90_s": 0.46}, "WARN"),
        ({"p90_s": 0.71}, "FAIL"),
        ({"ppm": 350.0}, "OK"),
        ({"ppm": -351.0}, "WARN"),
        ({"ppm": 501.0}, "FAIL"),
        ({"inlier_frac": 0.64}, "OK"),
        ({"inlier_frac": 0.63}, "WARN"),
        ({"inlier_frac": 0.52}, "FAIL"),
        ({"inlier_frac": 0.63, "ppm": 501.0}, "FAIL"),
        ({"res_p90": 0.1, "p90_s": 0.01, "ppm": 0.0, "inlier_frac": 1.0}, "OK"),
        ({"res_p90": None, "ppm": 501.0}, "FAIL"),
        (dict.fromkeys(GOOD), "LEARNING"),
    ],
)
def test_the_lines_of_the_original(changed: dict[str, Any], status: str) -> None:
    found = check(row(20, **changed), history(10), RegressionOptions())
    assert found.status == status
    assert bool(found.reasons) == (status != "OK")


def test_fewer_than_ten_are_no_baseline() -> None:
    assert check(row(9, res_p90=50.0), history(9), RegressionOptions()).status == "LEARNING"
    assert check(row(10, res_p90=50.0), history(10), RegressionOptions()).status == "FAIL"
    some = [*history(9), row(9, res_p90=None)]
    found = check(row(10, res_p90=50.0, p90_s=9.0), some, RegressionOptions())
    assert [(delta.name, delta.status) for delta in found.deltas][:2] == [("res_p90", "OK"), ("p90_s", "FAIL")]


def test_the_baseline_is_a_median() -> None:
    wild = [row(i, res_p90=1000.0 if i < 5 else 1.0) for i in range(11)]
    assert check(row(20, res_p90=1.6), wild, RegressionOptions()).status == "FAIL"


def test_the_speed_of_riders_is_no_quality_unless_it_is_asked_for() -> None:
    rides = history(10, ppm=60000.0)
    assert check(row(20, ppm=-150000.0), rides, RegressionOptions()).status == "OK"
    assert check(row(20, ppm=-150000.0), rides, RegressionOptions(ppm_abs=150.0)).status == "FAIL"
    assert check(row(20, ppm=1600.0), history(10, ppm=1000.0), RegressionOptions()).status == "FAIL"


def keep(root: Path, rows: Sequence[dict[str, Any]]) -> Path:
    with Catalogue.open(root, pytest.fail) as catalogue:
        assert catalogue.put("quality_history", *rows)
    return root


@pytest.mark.parametrize(
    ("last", "code", "word"), [({}, 0, "OK"), ({"res_p90": 1.4}, 10, "WARN"), ({"res_p90": 2.0}, 20, "FAIL")]
)
def test_quality_check_exits_by_what_it_finds(
    run: Run, tmp_path: Path, last: dict[str, Any], code: int, word: str
) -> None:
    keep(tmp_path, [*history(12), row(12, **last)])
    done = run("quality-check", "--root", tmp_path, "--fail-on-regression")
    assert (done.code, f"quality: {word}" in done.out) == (code, True)
    data = run("quality-check", "--root", tmp_path, "--json").json
    assert (data["regression"]["status"], data["runs"]) == (word, 13)
    assert data["regression"]["deltas"]["res_p90"]["baseline"] == 1.0
    assert run("quality-check", "--root", tmp_path, "--quiet").out == ""
    wide = run("quality-check", "--root", tmp_path, "--reg-p90-abs", "3", "--reg-p90-pct", "0.1")
    assert wide.code == 0


def test_learning_no_history_and_a_damaged_one(run: Run, tmp_path: Path) -> None:
    assert run("quality-check", "--root", tmp_path).code == 2
    keep(tmp_path / "a", history(3))
    done = run("quality-check", "--root", tmp_path / "a")
    assert done.code == 0 and "LEARNING" in done.out and "needs 10" in done.out
    (tmp_path / "quality_history.json").write_text("[1]", encoding="utf-8")
    assert run("quality-check", "--root", tmp_path).code == 1
    (tmp_path / "catalogue.sqlite").write_bytes(b"no database" * 100)
    assert run("quality-check", "--root", tmp_path).code == 1


def test_the_history_of_the_original_is_read(run: Run, tmp_path: Path) -> None:
    old = [
        {"ts": f"2025-01-{n + 1:02d}", "run_id": f"r{n}", "p90": 1.0, "ppm": 10.0, "inlier_frac": 0.8, "fps": 3.0}
        for n in range(11)
    ]
    (tmp_path / "quality_history.json").write_text(json.dumps([*old, {**old[0], "ts": "2026", "p90": 9.0}]), "utf-8")
    done = run("quality-check", "--root", tmp_path)
    assert done.code == 20 and "residual P90 9.00 s, baseline 1.00 s" in done.out


def synced(run: Run, clips: tuple[Path, Path], out: Path, *more: str) -> Any:
    return run("sync", "--reference", clips[0], "--new", clips[1], "--out", out, "--no-gpu", *more)


@pytest.mark.slow
def test_sync_keeps_a_history_when_it_is_asked_to(
    run: Run, folder: Path, clips: tuple[Path, Path], engine: Callable[[Alignment], None], alignment: Alignment
) -> None:
    engine(alignment)
    root = folder / "läufe"
    assert synced(run, clips, root / "a").code == 0
    assert [path.name for path in root.iterdir()] == ["a"]
    done = synced(run, clips, root / "b", "--fail-on-regression")
    assert done.code == 0 and "quality: LEARNING (b, against 0 runs before it)" in done.out
    assert {"catalogue.sqlite", "quality_history.json", "regression.json"} <= {path.name for path in root.iterdir()}
    assert synced(run, clips, root / "c").code == 0
    assert synced(run, clips, root / "d", "--regression-off").code == 0
    with Catalogue.read(root) as catalogue:
        kept = catalogue.rows("SELECT * FROM quality_history ORDER BY at")
    assert [one["run"] for one in kept] == ["b", "c"]
    assert kept[0]["seconds"] == 4.5 and kept[0]["status"] == "LEARNING" and kept[0]["coverage"] == 56 / 66
    exported = json.loads((root / "quality_history.json").read_text(encoding="utf-8"))
    assert [one["run_id"] for one in exported] == ["b", "c"]
    assert {"ts", "p90", "ppm", "inlier_frac", "fps"} <= set(exported[0])


def test_sync_exits_20_on_a_regression_and_writes_it_down(
    run: Run, folder: Path, clips: tuple[Path, Path], engine: Callable[[Alignment], None], alignment: Alignment
) -> None:
    engine(alignment)
    keep(folder, history(12, res_p90=0.01, p90_s=0.01))
    assert synced(run, clips, folder / "a", "--reg-p90-abs", "0.001").code == 0
    done = synced(run, clips, folder / "b", "--reg-p90-abs", "0.001", "--fail-on-regression", "--json")
    assert (done.code, done.json["error"]["code"]) == (20, "regression")
    assert (folder / "b" / "timewarp.json").is_file()
    result = json.loads((folder / "regression.json").read_text(encoding="utf-8"))
    assert (result["run"], result["status"]) == ("b", "FAIL")


def test_a_refused_run_is_no_part_of_the_history(
    run: Run, folder: Path, clips: tuple[Path, Path], engine: Callable[[Alignment], None], refused: Alignment
) -> None:
    engine(refused)
    assert synced(run, clips, folder / "a", "--fail-on-regression").code == 5
    assert not (folder / "catalogue.sqlite").exists()


def test_a_catalogue_that_was_lost_has_its_history_again(
    run: Run, folder: Path, clips: tuple[Path, Path], engine: Callable[[Alignment], None], alignment: Alignment
) -> None:
    engine(alignment)
    assert synced(run, clips, folder / "a", "--fail-on-regression").code == 0
    (folder / "catalogue.sqlite").unlink()
    assert synced(run, clips, folder / "b").code == 0
    with sqlite3.connect(folder / "catalogue.sqlite") as connection:
        assert connection.execute("SELECT run FROM quality_history ORDER BY at").fetchall() == [("a",), ("b",)]
    connection.close()
