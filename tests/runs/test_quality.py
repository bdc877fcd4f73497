"""benchmark-quality: the table, the files, the page, and the exit codes."""

from __future__ import annotations

import csv
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.cli.two_runs import Run, run
from tests.runs.made import run_folder

__all__ = ["run"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Four runs, the newest first: `d` is damaged, `c` refused, `b` of two rides, `a & <b>` of one."""
    here = tmp_path / "runs"
    run_folder(here, "a & b", 1, perf={"fps": 10.0, "temperature": 50})
    run_folder(here, "b", 2, perf={"fps": 20.0}, ppm=-90000.0)
    run_folder(here, "c", 3, verdict="refused", ok=False, knots=[], ppm=None, inlier_frac=0.0, residuals=None)
    run_folder(here, "d", 4)
    (here / "d" / "timewarp.json").write_text("{", encoding="utf-8")
    (here / "no run").mkdir()
    return here


def test_the_files_and_the_table(run: Run, root: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("benchmark-quality", "--root", root, "--out", out, "--html", "--strict")
    assert done.code == 0, done.err
    assert {path.name for path in out.iterdir()} == {f"benchmark_quality.{x}" for x in ("csv", "json", "html")}
    assert "2 (50%)" in done.out
    assert "not strict: b: ppm" in done.out
    assert "timewarp.json is damaged" in done.err
    data = json.loads((out / "benchmark_quality.json").read_text(encoding="utf-8"))
    assert (data["schema"], data["gates"]["ppm"]) == ("mtbsync.quality", {"group": "strict", "limit": 500.0})
    assert [row["run_id"] for row in data["runs"]] == ["d", "c", "b", "a & b"]
    assert [row["ok"] for row in data["runs"]] == [False, False, True, True]
    assert [row["strict_ok"] for row in data["runs"]] == [False, False, False, True]
    assert [row["markers_ok"] for row in data["runs"]] == [False, False, True, True]
    assert [row["fps"] for row in data["runs"]] == [None, None, 20.0, 10.0]
    summary = data["summary"]
    assert (summary["runs"], summary["ok"], summary["refused"], summary["damaged"]) == (4, 2, 1, 1)
    assert summary["median"]["ppm"] == 45100.0
    assert summary["median"]["gpu_util"] is None
    with (out / "benchmark_quality.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    expected = "ppm inlier_frac res_mae res_p90 fps cpu_pct gpu_util gpu_mem_mb rss_mb ok strict_ok markers_ok"
    assert {*expected.split(), "run_id", "coverage", "p90_s"} <= set(rows[0])
    assert (rows[2]["run_id"], float(rows[2]["ppm"]), rows[2]["gpu_util"]) == ("b", -90000.0, "")


class _Page(HTMLParser):
    """Which tags there are, what is linked, and whether all are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "rect", "line"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("rect", "line"):
            assert self.open.pop() == tag


def test_the_page_needs_nothing_else(run: Run, root: Path, tmp_path: Path) -> None:
    if os.name == "posix":  # Windows has no such names
        run_folder(root, "x'><script>alert(1)<")
    assert run("benchmark-quality", "--root", root, "--out", tmp_path, "--html", "--no-csv", "--no-json").code == 0
    text = (tmp_path / "benchmark_quality.html").read_text(encoding="utf-8")
    assert not (tmp_path / "benchmark_quality.csv").exists()
    page = _Page()
    page.feed(text)
    assert page.open == [] and page.links == []
    assert page.tags.count("script") == 1
    assert page.tags.count("svg") == 6
    assert "a &amp; b" in text and "<script>alert" not in text
    assert "http" not in re.sub("http-equiv", "", text)
    assert "prefers-color-scheme:dark" in text and "@media print" in text
    assert 'class="miss strict" title="drift at most 500 ppm" data-v="-90000"' in text


def test_limit_pattern_and_fields(run: Run, root: Path, tmp_path: Path) -> None:
    def rows(*more: str) -> list[dict[str, object]]:
        done = run("benchmark-quality", "--root", root, "--out", tmp_path, "--json", *more)
        assert done.code == 0, done.out
        return done.json["runs"]

    assert [row["run_id"] for row in rows("--limit", "2")] == ["d", "c"]
    assert [row["run_id"] for row in rows("--pattern", "[ab]*")] == ["b", "a & b"]
    [row] = rows("--pattern", "a*", "--fields", "fps, temperature")
    assert (row["fps"], row["temperature"], "rss_mb" in row) == (10.0, 50.0, False)


def test_a_results_folder_alone_and_at_any_depth(run: Run, root: Path, tmp_path: Path) -> None:
    done = run("benchmark-quality", "--root", root / "b", "--out", tmp_path / "o", "--json")
    assert [row["run_id"] for row in done.json["runs"]] == ["b"]
    done = run("benchmark-quality", "--root", tmp_path, "--pattern", "**", "--out", tmp_path / "o", "--json")
    assert [row["run_id"] for row in done.json["runs"]] == ["runs/d", "runs/c", "runs/b", "runs/a & b"]


def test_quiet_writes_and_says_nothing(run: Run, root: Path, tmp_path: Path) -> None:
    done = run("benchmark-quality", "--root", root, "--out", tmp_path / "o", "--quiet", "--no-csv")
    assert (done.code, done.out) == (0, "")
    assert [path.name for path in (tmp_path / "o").iterdir()] == ["benchmark_quality.json"]


def test_no_run_exits_2(run: Run, root: Path, tmp_path: Path) -> None:
    for args in (["--root", tmp_path / "none"], ["--root", root / "no run"], ["--root", root, "--pattern", "/"]):
        done = run("benchmark-quality", *args, "--out", tmp_path / "o")
        assert done.code == 2, args
        assert done.err.startswith("error: ")
    assert not (tmp_path / "o").exists()
