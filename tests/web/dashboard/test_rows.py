"""What the dashboard says of a run, by what its folder holds."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from mtbsync_core.lock import locked
from mtbsync_core.runs.run_file import lock_of
from mtbsync_core.web.dashboard.board import Board
from mtbsync_core.web.dashboard.rows import BAD, GOOD, WEAK
from tests.runs.made import run_folder
from tests.web.dashboard.conftest import ended, rows_of, running

REFUSED: dict[str, Any] = {"verdict": "refused", "ok": False, "knots": [], "reasons": ["other trails"]}


def residual(p90: float) -> dict[str, float]:
    return {"mae": p90 / 2, "p50": p90 / 2, "p90": p90, "p95": p90}


@pytest.mark.parametrize(
    ("sign", "changed"),
    [
        (GOOD, {"residuals": residual(0.49)}),
        (WEAK, {"residuals": residual(0.5)}),
        (WEAK, {"residuals": residual(1.01)}),
        (WEAK, {"ok": False, "verdict": "check"}),
        (BAD, REFUSED),
    ],
)
def test_the_signs_of_the_batch_summary_of_mtbsync_0_10(root: Path, sign: str, changed: dict[str, Any]) -> None:
    run_folder(root, "a", **changed)
    assert rows_of(Board(root))["a"]["sign"] == sign


@pytest.mark.parametrize(("sign", "ok", "p90"), [(GOOD, True, 0.2), (WEAK, True, 1.4), (BAD, False, 0.2)])
def test_plain_folders_of_mtbsync_0_10(root: Path, sign: str, ok: bool, p90: float) -> None:
    (root / "old").mkdir()
    old = {"ok": ok, "params": {"a": 1.0, "b": 0.5}, "residuals": residual(p90), "ppm": 12.0}
    (root / "old/timewarp.json").write_text(json.dumps(old), encoding="utf-8")
    row = rows_of(Board(root))["old"]
    assert row["sign"] == sign and row["state"] == "done" and row["has_map"] == ok


def test_a_refused_run_has_a_reason_and_no_figures_of_a_map(root: Path) -> None:
    run_folder(root, "a", **REFUSED)
    row = rows_of(Board(root))["a"]
    assert row["reasons"] == "other trails" and not row["has_map"]
    assert row["p90_s"] is None and row["residual_p90_s"] is None and row["coverage"] is None


@pytest.mark.parametrize("name", ["timewarp.json", "run.json", "perf.json"])
@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff\xfe", b'{"schema": "mtbsync.run", "version": 99}', b""])
def test_what_is_damaged_is_said_and_the_others_are_there(root: Path, name: str, content: bytes) -> None:
    run_folder(root, "a")
    run_folder(root, "b")
    (root / "b" / name).write_bytes(content)
    rows = rows_of(Board(root))
    assert rows["a"]["sign"] == GOOD and "b" in rows
    if name == "timewarp.json" and content:
        assert rows["b"]["sign"] in (BAD, WEAK) and rows["b"]["reasons"]


def test_values_of_any_type_break_nothing(root: Path) -> None:
    odd: list[Any] = [None, True, "text", [], {}, 1e999, [[1]], {"p90": "x"}]
    for n, value in enumerate(odd):
        for name in ("verdict", "ok", "reasons", "residuals", "knots", "ref", "quality", "weak"):
            run_folder(root, f"{name}-{n}", perf={"timings": value, "stages": value, "fps": value}, **{name: value})
    rows = rows_of(Board(root))
    assert len(rows) == 8 * len(odd)
    json.dumps(list(rows.values()), allow_nan=False)


def test_a_run_at_work_has_a_stage_a_share_and_the_time_that_is_left(root: Path) -> None:
    running(root, "a", "new run", 1, 2)
    with locked(lock_of(root, "a")):
        row = rows_of(Board(root))["a"]
        assert (row["state"], row["stage"], row["stage_done"]) == ("running", "new run", 0.5)
        assert 0.5 < row["done"] < 0.75  # sensors and reference, and half of the new run
        assert row["eta_s"] > 0
    board = Board(root)
    assert rows_of(board)["a"]["state"] == "interrupted"


def test_the_time_left_follows_the_shares_of_the_runs_before(root: Path) -> None:
    run_folder(root, "before", perf={"stages": {"reference": 1.0, "new run": 9.0}})
    running(root, "a", "new run", 0, 1)
    with locked(lock_of(root, "a")):
        assert rows_of(Board(root))["a"]["done"] == 0.1


def test_progress_of_work_before_is_not_that_of_this_one(root: Path) -> None:
    running(root, "a", "warp", 1, 1)
    path = root / "a" / "progress.json"
    path.write_text(path.read_text(encoding="utf-8").replace("2026-05-31", "2026-05-30"), encoding="utf-8")
    with locked(lock_of(root, "a")):
        row = rows_of(Board(root))["a"]
    assert row["state"] == "running" and row["stage"] is None


def test_a_failed_run_says_why(root: Path) -> None:
    error = {"code": "media", "message": "new.mp4 is not a video", "hint": ""}
    ended(root, "a", running(root, "a"), state="failed", error=error)
    row = rows_of(Board(root))["a"]
    assert (row["state"], row["sign"], row["error"], row["reasons"]) == ("failed", BAD, "media", error["message"])


def test_failures_are_told_by_reason_without_the_names_and_numbers_in_it(root: Path) -> None:
    for n, name in enumerate(("a", "b", "c")):
        said = "is not a video" if n < 2 else "ends early"
        error = {"code": "media", "message": f"/v/{name}.mp4 {said} at {n}.5 s", "hint": ""}
        found = running(root, name)
        ended(root, name, found, state="failed", error=error, new=f"/v/{name}.mp4")
    board = Board(root)
    rows_of(board)
    groups = board.snapshot()[1]["summary"]["failures"]
    assert [sorted(group["runs"]) for group in groups] == [["a", "b"], ["c"]]


def test_the_root_itself_may_be_a_run(root: Path) -> None:
    run_folder(root.parent, "one")
    row = rows_of(Board(root.parent / "one"))["."]
    assert row["title"] == "one" and row["sign"] == GOOD


@pytest.mark.skipif(os.name == "nt", reason="names there are Unicode")
def test_a_name_that_is_no_utf_8(root: Path) -> None:
    try:
        run_folder(root, os.fsdecode(b"lauf-\xe4"))
    except OSError:
        pytest.skip("this file system takes Unicode only")
    board = Board(root)
    assert len(rows_of(board)) == 1
    event = board.after(0)
    assert event and event[0].data.isascii()
