"""What the dashboard answers, and what it refuses."""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mtbsync_core.runs.history import HISTORY
from tests.runs.made import run_folder
from tests.web.dashboard.conftest import Asked

Ask = Callable[..., Asked]

MARKERS = "name,t_ref,t_new,colour,needs_review\n<b>Gate</b>,2.0,3.5,Red,false\n'=1+1,4.0,5.5,Blue,true\n"


def test_both_pages_are_shells_and_each_verb_has_its_home(root: Path, asked: Ask) -> None:
    ask = asked()
    for path in ("/dashboard", "/telemetry"):
        answer = ask.get(path)
        assert answer.status_code == 200 and ask.site.token in answer.text
        assert "<style" not in answer.text and "style=" not in answer.text
        assert answer.text.count("<script") == answer.text.count('<script type="module" src="/static/js/')
    assert ask.get("/").headers["location"] == "/dashboard"


def test_all_runs_and_their_sum(root: Path, asked: Ask) -> None:
    run_folder(root, "a")
    run_folder(root, "b/c", verdict="refused", ok=False, reasons=["too dark"])
    found = asked().get("/api/runs").json()
    assert sorted(row["run"] for row in found["rows"]) == ["a", "b/c"]
    assert found["summary"]["signs"] == {"✅": 1, "⚠️": 0, "❌": 1} and found["writable"] is False
    table = asked().get("/api/batch").json()
    assert table["headers"][:4] == ["run", "state", "sign", "verdict"]
    assert [(row["run"], row["sign"], row["residual_p90_s"]) for row in table["rows"]] == [
        ("a", "✅", 0.1),
        ("b/c", "❌", None),
    ]


def test_one_run_in_full(root: Path, asked: Ask) -> None:
    weak = [{"why": "gap", "text": "another line", "advice": "look there", "new_s": [1, 2], "ref_s": None}]
    perf = {"timings": {"total_sec": 3.0}, "stages": {"reference": 1.0, "warp": 0.5}}
    sides: dict[str, Any] = {side: {"path": f"/v/{side} 1.mp4", "duration_s": 100.0} for side in ("ref", "new")}
    run_folder(root, "a b", perf=perf, weak=weak, **sides)
    found = asked().get("/api/run", run="a b").json()
    assert found["weak"] == weak and found["stages"] == [["reference", 1.0], ["warp", 0.5]]
    assert found["command"].startswith("mtbsync sync --reference ") and "ref 1.mp4" in found["command"]
    assert found["folder"] == str(root / "a b") and found["hidden"] == [str(Path("/v"))]
    assert asked().get("/api/run", run="z").status_code == 404
    assert asked().get("/api/run").status_code == 400


def perf(n: int) -> dict[str, Any]:
    return {"fps": float(n), "cpu_pct": 100.0, "gpu_util": None, "rss_mb": 1e999 if n == 2 else 300.0}


def at(root: Path, name: str, hours: int) -> None:
    when = 1767225600 + 3600 * hours
    os.utime(root / name / "perf.json", (when, when))


def test_the_time_series_is_the_newest_the_oldest_first_with_gaps(root: Path, asked: Ask) -> None:
    for n in range(5):
        run_folder(root, f"r{n}", perf=perf(n))
        at(root, f"r{n}", 10 - n)
    found = asked().get("/api/perf/history", limit="3", fields="fps,gpu_util,rss_mb").json()
    assert [item["run"] for item in found["items"]] == ["r2", "r1", "r0"]
    assert found["items"][0] == {
        "_path": "r2/perf.json",
        "_ts": "2026-01-01T08:00:00.000Z",
        "run": "r2",
        "cmd": "",
        "fps": 2.0,
        "gpu_util": None,
        "rss_mb": None,
    }
    assert (found["count"], found["of"]) == (3, 5)
    usual = asked().get("/api/perf/history").json()
    assert usual["fields"] == ["fps", "cpu_pct", "gpu_util", "gpu_mem_mb", "rss_mb"] and usual["count"] == 5


def test_perf_of_mtbsync_0_10_has_its_figures_elsewhere(root: Path, asked: Ask) -> None:
    old = {"timings": {"frames_processed": 90, "retrieval_sec": 3.0}, "run": {"rss_bytes": 5e8, "wall_sec": 7.0}}
    (root / "old").mkdir()
    (root / "old/perf.json").write_text(json.dumps({"cmd": "sync", **old}), encoding="utf-8")
    (item,) = asked().get("/api/perf/history", fields="fps,rss_mb,total_sec").json()["items"]
    assert (item["cmd"], item["fps"], item["rss_mb"], item["total_sec"]) == ("sync", 30.0, 500.0, 7.0)


@pytest.mark.parametrize(
    "query",
    [
        *({"limit": text} for text in ("0", "2001", "-1", "ten", "٣", "9" * 5000)),
        *({"fields": text} for text in ("fps,secret", "")),
    ],
)
def test_a_wrong_query_is_refused_with_a_hint(root: Path, asked: Ask, query: dict[str, str]) -> None:
    answer = asked().get("/api/perf/history", **query)
    assert answer.status_code == 400 and answer.json()["error"]["hint"]


def test_files_are_listed_and_downloaded_and_nothing_else(root: Path, asked: Ask, tmp_path: Path) -> None:
    run_folder(root, "a & b")
    (root / "a & b" / ".hidden").write_text("x", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    try:
        (root / "link.txt").symlink_to(tmp_path / "secret.txt")
        (root / "way").symlink_to(tmp_path, target_is_directory=True)
    except OSError:  # Windows without the right to make links
        pass
    (item,) = asked().get("/api/files").json()["items"]
    assert item["name"] == "a & b/timewarp.json"
    answer = asked().get(item["href"])
    assert answer.json()["verdict"] == "good" and answer.headers["content-disposition"].startswith("attachment")
    for wrong in (
        "../secret.txt",
        "%2e%2e/secret.txt",
        "link.txt",
        "way/secret.txt",
        "a%20&%20b/.hidden",
        "a%20&%20b",
        "z",
    ):
        assert asked().get(f"/files/{wrong}").status_code == 404
    for wrong in ("..", "../secret.txt", "way", "/etc", "a & b/../.."):
        assert asked().get("/api/files", run=wrong).status_code == 404
        assert asked().get("/api/timewarp", run=wrong).status_code == 404
        assert asked().get("/api/markers", file=wrong).status_code == 404


def test_marker_files_as_tables(root: Path, asked: Ask) -> None:
    assert asked().get("/api/markers").json() == {"files": [], "file": None, "headers": [], "rows": [], "problems": []}
    for run in ("a", "b"):
        run_folder(root, run)
        (root / run / "new_markers.csv").write_text(MARKERS, encoding="utf-8")
    found = asked().get("/api/markers").json()
    assert found["files"] == ["a/new_markers.csv", "b/new_markers.csv"] and found["file"] == "a/new_markers.csv"
    assert [row["name"] for row in found["rows"]] == ["<b>Gate</b>", "=1+1"] and found["headers"][0] == "name"
    assert asked().get("/api/markers", file="b/new_markers.csv").json()["file"] == "b/new_markers.csv"
    assert asked().get("/api/markers", run="b").json()["files"] == ["b/new_markers.csv"]
    assert asked().get("/api/markers", file="a/timewarp.json").status_code == 404


def test_the_map_of_a_run(root: Path, asked: Ask) -> None:
    assert asked().get("/api/timewarp").status_code == 404
    run_folder(root, "a")
    assert asked().get("/api/timewarp").json()["verdict"] == "good"
    assert asked().get("/api/timewarp", run="a").json()["ppm"] == 200.0
    (root / "a" / "timewarp.json").write_text("{", encoding="utf-8")
    assert asked().get("/api/timewarp", run="a").json()["error"]["code"] == "format"


def history(root: Path, runs: int, last: float) -> None:
    figures = {"ppm": 30.0, "inlier_frac": 0.9, "res_mae": 0.1, "p90_s": 0.2}
    rows = [{"run_id": f"r{n:02}", "ts": f"2026-05-{n + 1:02}T00:00:00Z", "p90": 0.2, **figures} for n in range(runs)]
    rows[-1]["p90"] = last
    (root / HISTORY).write_text(json.dumps(rows), encoding="utf-8")


@pytest.mark.parametrize(
    ("runs", "last", "status"), [(15, 0.2, "OK"), (15, 0.5, "WARN"), (15, 3.0, "FAIL"), (4, 3.0, "LEARNING")]
)
def test_the_newest_run_against_those_before_it(root: Path, asked: Ask, runs: int, last: float, status: str) -> None:
    history(root, runs, last)
    found = asked().get("/api/regression").json()
    assert (found["status"], found["where"], found["n_history"]) == (status, ".", runs)
    assert found["history"][-1]["res_p90"] == last
    assert len(asked().get("/api/quality").json()["rows"]) == runs


def test_without_a_history_that_is_said(root: Path, asked: Ask) -> None:
    assert asked().get("/api/regression").json()["status"] == "EMPTY"
    (root / HISTORY).write_text("{", encoding="utf-8")
    assert asked().get("/api/regression").json()["status"] == "EMPTY"
    assert asked().get("/api/quality").json()["rows"] == []


def test_a_server_that_only_shows_changes_nothing(root: Path, asked: Ask) -> None:
    run_folder(root, "a", perf={"timings": {}})
    (root / "a/new_markers.csv").write_text(MARKERS, encoding="utf-8")
    bodies = {"/api/export-json": {"in_csv": "a/new_markers.csv", "out_json": "a/m.json"}, "/api/prune": {"keep": 0}}
    for path, body in {**bodies, "/api/perf/prune": {"keep": 0}}.items():
        answer = asked().post(path, body)
        assert answer.status_code == 403 and "--allow-write" in answer.json()["error"]["hint"]
    assert sorted(path.name for path in (root / "a").iterdir()) == ["new_markers.csv", "perf.json", "timewarp.json"]


def test_markers_are_written_as_json(root: Path, asked: Ask) -> None:
    run_folder(root, "a")
    (root / "a/new_markers.csv").write_text(MARKERS, encoding="utf-8")
    body = {"in_csv": "a/new_markers.csv", "out_json": "a/m.json"}
    for _ in range(2):  # its own file it may replace
        assert asked(allow_write=True).post("/api/export-json", body).json()["path"] == "a/m.json"
    written = json.loads((root / "a/m.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in written["markers"]] == ["<b>Gate</b>", "=1+1"]
    rows = list(csv.DictReader((root / "a/new_markers.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == len(written["markers"])


@pytest.mark.parametrize(
    ("status", "change"),
    [
        (409, {"out_json": "a/timewarp.json"}),
        (404, {"out_json": "../m.json"}),
        (404, {"out_json": "nowhere/m.json"}),
        (404, {"in_csv": "../secret.csv"}),
        (400, {"out_json": "a/m.csv"}),
        (400, {"out_json": "a/.m.json"}),
        (400, {"in_csv": "a/timewarp.json"}),
        (400, {"in_csv": None}),
        (400, {"in_csv": ["a"]}),
    ],
)
def test_json_is_written_below_the_root_and_over_no_other_file(
    root: Path, asked: Ask, tmp_path: Path, status: int, change: dict[str, Any]
) -> None:
    run_folder(root, "a")
    (root / "a/new_markers.csv").write_text(MARKERS, encoding="utf-8")
    (tmp_path / "secret.csv").write_text(MARKERS, encoding="utf-8")
    before = (root / "a/timewarp.json").read_bytes()
    body = {"in_csv": "a/new_markers.csv", "out_json": "a/m.json", **change}
    answer = asked(allow_write=True).post("/api/export-json", body)
    assert answer.status_code == status and answer.json()["error"]["message"]
    assert (root / "a/timewarp.json").read_bytes() == before and not (tmp_path / "m.json").exists()


def test_old_perf_is_named_first_and_then_deleted(root: Path, asked: Ask) -> None:
    for n in range(3):
        run_folder(root, f"r{n}", perf={"timings": {}})
        at(root, f"r{n}", n)
    ask = asked(allow_write=True)
    would = ask.post("/api/prune", {"keep": 2, "dry_run": True}).json()
    assert would["files"] == ["r0/perf.json"] and (root / "r0/perf.json").exists()
    done = ask.post("/api/prune", {"keep": 2}).json()
    assert done["result"] == {"kept": 2, "deleted": 1, "total": 3} and not (root / "r0/perf.json").exists()
    assert (root / "r0/timewarp.json").exists()
    for wrong in ({"keep": -1}, {"keep": "2"}, {"keep": True}, {"keep": 1.5}, {"dry_run": 1}):
        assert ask.post("/api/prune", wrong).status_code == 400


def test_the_docs_have_every_key_that_the_page_has() -> None:
    house = Path(__file__).parents[3]
    keys = (house / "mtbsync_core/web/static/js/dashboard/keys.js").read_text(encoding="utf-8")
    docs = (house / "docs/dashboard.md").read_text(encoding="utf-8")
    labels = re.findall(r'^ *\["\w+", "\w*", "\w+", "([^"]+)", "\w+"\],$', keys, re.M)
    assert len(labels) == 18
    assert all(label in docs for label in labels)
