"""transfer-markers and transfer, over a warp that is known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mtbsync_core.alignment.result import Alignment, save_npz
from mtbsync_core.moved_csv import read_moved, read_provenance
from tests.cli.two_runs import Run, truth


def test_markers_are_carried_over(run: Run, folder: Path) -> None:
    out = folder / "new_markers.csv"
    done = run(
        "transfer-markers", "--ref-markers", folder / "markers.csv", "--timewarp-json", folder / "timewarp.json",
        "--out", out,
    )  # fmt: skip
    assert done.code == 0
    moved = {m.source.name: m for m in read_moved(out)}
    assert moved["Roots"].t_new == pytest.approx(truth(20.5), abs=1e-5)
    assert [moved[n].status for n in ("Gate", "Roots", "Fog", "Finish")] == ["outside", "moved", "doubtful", "outside"]
    assert moved["Roots"].source.extra == {"corner": "2"}
    assert "0:20.50" in done.out
    assert "4 markers: 1 moved, 1 doubtful, 2 outside; 3 to look at" in done.out
    origin = read_provenance(out)
    assert origin is not None
    assert (origin.media.path.name, origin.verdict) == ("new.mp4", "good")


def test_json_tells_all_and_nothing_else(run: Run, folder: Path) -> None:
    (folder / "markers.csv").write_text("name,t_ref\nRoots,20.5\nlate,soon\n", encoding="utf-8")
    done = run(
        "transfer-markers", "--ref-markers", folder / "markers.csv", "--timewarp-json", folder / "timewarp.json",
        "--out", folder / "new_markers.csv", "--json",
    )  # fmt: skip
    assert (done.code, done.err) == (0, "")
    assert done.json["lines_skipped"] == 1
    assert done.json["problems"][0]["line"] == 3
    assert done.json["markers"][0]["name"] == "Roots"
    assert Path(done.json["files"]["markers"]).is_file()


def test_problems_name_the_line(run: Run, folder: Path) -> None:
    (folder / "markers.csv").write_text("name,t_ref\nRoots,20.5\nlate,soon\n", encoding="utf-8")
    done = run(
        "transfer-markers", "--ref-markers", folder / "markers.csv", "--timewarp-json", folder / "timewarp.json",
        "--out", folder / "new_markers.csv",
    )  # fmt: skip
    assert "markers.csv, line 3" in done.err
    assert "left out" in done.err


def test_the_older_name_does_the_same(run: Run, folder: Path, alignment: Alignment) -> None:
    save_npz(alignment, folder / "warp.npz")
    new, old = folder / "a.csv", folder / "b.csv"
    markers = folder / "markers.csv"
    assert run("transfer-markers", "--ref-markers", markers, "--warp", folder / "warp.npz", "--out", new).code == 0
    assert run("transfer", "--reference-markers", markers, "--warp", folder / "warp.npz", "--out", old).code == 0
    assert new.read_bytes() == old.read_bytes()


def test_label_and_picture_data(run: Run, folder: Path) -> None:
    done = run(
        "transfer-markers", "--ref-markers", folder / "markers.csv", "--timewarp-json", folder / "timewarp.json",
        "--out", folder / "n.csv", "--label", "Anna", "--vis-json",
    )  # fmt: skip
    assert done.code == 0
    assert "label" in (folder / "n.csv").read_text(encoding="utf-8").splitlines()[0]
    visual = json.loads((folder / "n.json").read_text(encoding="utf-8"))
    assert visual["label"] == "Anna"
    assert len(visual["markers"]) == 4
    assert visual["params"]["a"] == pytest.approx(1 / 1.1, abs=1e-6)


def test_the_original_warp_is_applied_with_a_warning(run: Run, folder: Path) -> None:
    old = {"ok": True, "params": {"a": 0.5, "b": 3.0}, "residuals": {"p90": 0.1}}
    (folder / "old.json").write_text(json.dumps(old), encoding="utf-8")
    done = run(
        "transfer-markers", "--ref-markers", folder / "markers.csv", "--timewarp-json", folder / "old.json",
        "--out", folder / "n.csv", "--vis-json",
    )  # fmt: skip
    assert done.code == 0
    assert "--video" in done.err
    assert {m.source.name: m.t_new for m in read_moved(folder / "n.csv")}["Roots"] == pytest.approx(35.0)
    assert json.loads((folder / "n.json").read_text(encoding="utf-8"))["params"]["b"] == pytest.approx(3.0)


def test_strict_fails_on_any_doubt_but_writes(run: Run, folder: Path) -> None:
    done = run(
        "transfer-markers", "--ref-markers", folder / "markers.csv", "--timewarp-json", folder / "timewarp.json",
        "--out", folder / "n.csv", "--strict", "--json",
    )  # fmt: skip
    assert done.code == 6
    assert done.json["error"]["code"] == "doubtful"
    assert len(done.json["markers"]) == 4
    assert (folder / "n.csv").is_file()


def test_strict_fails_on_a_doubtful_warp(run: Run, folder: Path, alignment: Alignment) -> None:
    replace(alignment, verdict="check", reasons=("weak",)).save(folder / "timewarp.json")
    (folder / "markers.csv").write_text("name,t_ref\nRoots,20.5\n", encoding="utf-8")
    args = ("transfer-markers", "--ref-markers", folder / "markers.csv", "--timewarp-json", folder / "timewarp.json")
    assert run(*args, "--out", folder / "n.csv").code == 0
    assert run(*args, "--out", folder / "n.csv", "--strict").code == 6


def test_a_refused_warp_moves_nothing(run: Run, folder: Path, refused: Alignment) -> None:
    args = ("transfer-markers", "--ref-markers", folder / "markers.csv", "--timewarp-json", folder / "timewarp.json")
    out = folder / "new_markers.csv"
    assert run(*args, "--out", out).code == 0
    before = out.read_bytes()
    refused.save(folder / "timewarp.json")
    done = run(*args, "--out", out)
    assert done.code == 5
    assert "another trail" in done.err
    assert not out.exists()
    assert (folder / "new_markers.old.csv").read_bytes() == before
    assert "renamed to new_markers.old.csv" in done.err


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ([], 2),
        (["--timewarp-json", "timewarp.json", "--warp", "warp.npz"], 2),
        (["--timewarp-json", "nowhere.json"], 7),
        (["--timewarp-json", "markers.csv"], 7),
        (["--timewarp-json", "timewarp.json", "--out", "markers.csv"], 2),
        (["--timewarp-json", "timewarp.json", "--out", "m.json"], 2),
    ],
)
def test_wrong_files(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, extra: list[str], code: int) -> None:
    monkeypatch.chdir(folder)
    before = (folder / "markers.csv").read_bytes()
    done = run("transfer-markers", "--ref-markers", "markers.csv", *extra)
    assert done.code == code
    assert (folder / "markers.csv").read_bytes() == before
    assert not (folder / "new_markers.csv").exists()
