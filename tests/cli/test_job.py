"""sync and align around an engine that answers at once: the folder, refusals, inputs, perf.json."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mtbsync_core.alignment import pipeline
from mtbsync_core.alignment.result import Alignment, load_warp
from mtbsync_core.cli.report import Report
from mtbsync_core.jobs.results import set_aside
from tests.cli.two_runs import Run

RUN_FILES = {"pairs.csv", "pairs_raw.csv", "timewarp.json", "perf.json"}
MARKER_FILES = {"new_markers.csv", "new_markers.json", "new_markers_overlay.png", "Hollen_ritt.edl"}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.slow
def test_align_fills_the_folder(
    run: Run, folder: Path, clips: tuple[Path, Path], engine: Callable[[Alignment], None], alignment: Alignment
) -> None:
    engine(alignment)
    out = folder / "result"
    done = run("align", *clips, "--markers", folder / "markers.csv", "--out", out)
    assert done.code == 0, done.err
    assert names(out) == RUN_FILES | MARKER_FILES
    assert "DaVinci Resolve" in done.out
    perf = json.loads((out / "perf.json").read_text(encoding="utf-8"))
    assert (perf["schema"], perf["version"], perf["verdict"], perf["threads"]) == ("mtbsync.perf", 1, "good", 2)
    assert perf["timings"]["decode_sec"] == 3.0
    assert perf["timings"]["total_sec"] >= 4.5
    assert perf["versions"]["numpy"]
    assert perf["files"]["new"]["size_bytes"] > 0
    assert (perf["frames"], perf["fps"]) == (None, None)
    assert perf["cpu_pct"] > 0 and perf["rss_mb"] > 0
    assert {"gpu_util", "gpu_mem_mb"} <= set(perf)


@pytest.mark.slow
def test_align_json(
    run: Run, folder: Path, clips: tuple[Path, Path], engine: Callable[[Alignment], None], alignment: Alignment
) -> None:
    engine(alignment)
    done = run("align", *clips, "--markers", folder / "markers.csv", "--out", folder / "r", "--json", "--strict")
    assert (done.code, done.err) == (6, "")
    assert done.json["error"]["code"] == "doubtful"
    assert done.json["verdict"] == "good"
    assert done.json["counts"] == {"moved": 1, "doubtful": 1, "outside": 2, "gap": 0}
    assert all(Path(path).is_file() for path in done.json["files"].values())


@pytest.mark.slow
def test_a_refusal_leaves_no_markers(
    run: Run,
    folder: Path,
    clips: tuple[Path, Path],
    engine: Callable[[Alignment], None],
    alignment: Alignment,
    refused: Alignment,
) -> None:
    out = folder / "result"
    args = ("align", *clips, "--markers", folder / "markers.csv", "--out", out)
    engine(alignment)
    assert run(*args).code == 0
    engine(refused)
    done = run(*args)
    assert done.code == 5
    assert "another trail" in done.err
    assert not names(out) & MARKER_FILES
    aside = {"new_markers.old.csv", "new_markers.old.json", "new_markers_overlay.old.png", "Hollen_ritt.old.edl"}
    assert names(out) == RUN_FILES | aside
    assert load_warp(out / "timewarp.json").verdict == "refused"
    assert json.loads((out / "timewarp.json").read_text(encoding="utf-8"))["ok"] is False
    assert json.loads((out / "perf.json").read_text(encoding="utf-8"))["verdict"] == "refused"
    assert run(*args, "--json").json["error"]["code"] == "refused"


@pytest.mark.slow
def test_sync_sets_aside_what_a_refusal_makes_stale(
    run: Run,
    folder: Path,
    clips: tuple[Path, Path],
    engine: Callable[[Alignment], None],
    alignment: Alignment,
    refused: Alignment,
) -> None:
    out = folder / "result"
    engine(alignment)
    assert run("align", *clips, "--markers", folder / "markers.csv", "--out", out).code == 0
    again = run("sync", "--reference", clips[0], "--new", clips[1], "--out", out)
    assert again.code == 0
    assert "of an earlier warp" in again.err
    engine(refused)
    done = run("sync", "--reference", clips[0], "--new", clips[1], "--out", out, "--no-gpu")
    assert done.code == 5
    assert not names(out) & MARKER_FILES


def test_sync_takes_a_name_for_the_pairs(
    run: Run, folder: Path, clips: tuple[Path, Path], engine: Callable[[Alignment], None], alignment: Alignment
) -> None:
    engine(replace(alignment, verdict="check", reasons=("weak",), frames=900))
    out = folder / "r" / "mine.csv"
    done = run("sync", "--reference", clips[0], "--new", clips[1], "--out", out, "--no-gpu")
    assert done.code == 0
    perf = json.loads((out.parent / "perf.json").read_text(encoding="utf-8"))
    assert (perf["frames"], perf["fps"], perf["gpu_util"]) == (900, 200.0, None)
    assert names(out.parent) == {"mine.csv", "pairs_raw.csv", "timewarp.json", "perf.json"}
    assert (out.parent / "pairs_raw.csv").read_text(encoding="utf-8").startswith("t_new,t_ref,score,n_inliers")
    assert run("sync", "--reference", clips[0], "--new", clips[1], "--out", out, "--strict").code == 6


def test_one_recording_twice_is_allowed_and_said(
    run: Run, folder: Path, clips: tuple[Path, Path], engine: Callable[[Alignment], None], alignment: Alignment
) -> None:
    engine(alignment)
    done = run("sync", "--reference", clips[0], "--new", clips[0], "--out", folder / "r")
    assert done.code == 0
    assert "same recording" in done.err


def test_inputs_are_checked_before_the_work(
    run: Run, folder: Path, clips: tuple[Path, Path], engine: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("decoded before the inputs were checked")

    monkeypatch.setattr(pipeline, "align", never)
    markers = folder / "markers.csv"
    assert run("align", *clips, "--markers", folder / "none.csv", "--out", folder / "r").code == 2
    (folder / "bad.csv").write_text("name\nGate\n", encoding="utf-8")
    assert run("align", *clips, "--markers", folder / "bad.csv", "--out", folder / "r").code == 7
    done = run("align", *clips, "--markers", markers, "--out", markers)
    assert done.code == 2
    assert "--out" in done.err
    (folder / "new_markers.csv").write_bytes(markers.read_bytes())
    done = run("align", *clips, "--markers", folder / "new_markers.csv", "--out", folder)
    assert done.code == 2
    assert "would be replaced" in done.err
    assert not (folder / "r").exists()


def test_set_aside_never_replaces(tmp_path: Path) -> None:
    for n in range(3):
        (tmp_path / "a.csv").write_text(str(n), encoding="utf-8")
        assert len(set_aside([tmp_path / "a.csv", tmp_path / "none.csv"], Report(as_json=True))) == 1
    found = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert found == {"a.old.csv": "0", "a.old2.csv": "1", "a.old3.csv": "2"}
