"""warp, and the fit from pairs alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mtbsync_core.alignment.from_pairs import alignment_from_pairs
from mtbsync_core.alignment.pairs import Floats, TimePairs
from mtbsync_core.alignment.result import Alignment, load_warp
from mtbsync_core.errors import EvidenceError
from tests.cli.two_runs import Run, truth


def pairs_of(t_new: Floats, t_ref: Floats) -> TimePairs:
    return TimePairs.of(t_new, t_ref, np.full(len(t_new), 0.1))


def test_a_straight_ride_is_found_again() -> None:
    t = np.arange(0.0, 40.0, 0.5)
    rng = np.random.default_rng(3)
    got = alignment_from_pairs(pairs_of(t, t / 1.1 + 4 + rng.normal(0, 0.05, len(t))))
    assert got.verdict == "good"
    assert got.media_new is None
    assert got.warp is not None
    inner = np.linspace(6.0, 38.0, 50)
    assert np.abs(got.warp.to_new(inner) - truth(inner)).max() < 0.1


def test_wild_pairs_are_outvoted_and_said() -> None:
    t = np.arange(0.0, 40.0, 0.5)
    ref = t + 4.0
    ref[::3] += 9.0
    got = alignment_from_pairs(pairs_of(t, ref))
    assert got.verdict in ("good", "check")
    assert got.warp is not None
    assert abs(float(got.warp.to_new(24.0)) - 20.0) < 0.2
    assert not got.pairs.valid[::3].any()


def test_backwards_is_refused() -> None:
    t = np.arange(0.0, 40.0, 0.5)
    assert alignment_from_pairs(pairs_of(t, 40.0 - t)).verdict == "refused"


def test_a_short_cut_becomes_a_gap() -> None:
    t = np.arange(0.0, 40.0, 0.5)
    got = alignment_from_pairs(pairs_of(t, np.where(t < 20, t, t + 15.0)))
    assert got.warp is not None
    assert got.warp.place(27.0) == "gap"
    assert got.warp.place(10.0) == got.warp.place(45.0) == "inside"


def test_too_few_pairs_are_not_enough() -> None:
    t = np.array([1.0, 2.0, 3.0])
    with pytest.raises(EvidenceError):
        alignment_from_pairs(pairs_of(t, t))


@pytest.mark.parametrize("name", ["warp.npz", "w.json"])
def test_the_file_is_a_warp(run: Run, folder: Path, name: str) -> None:
    done = run("warp", "--pairs", folder / "pairs.csv", "--out", folder / name)
    assert done.code == 0
    saved = load_warp(folder / name)
    assert saved.media_new is not None  # from the timewarp.json beside the pairs
    assert "recordings are those named in" in done.err
    assert float(saved.usable_warp().to_new(20.0)) == pytest.approx(float(truth(20.0)), abs=0.1)


def test_the_pairs_of_the_original_are_read(run: Run, tmp_path: Path) -> None:
    rows = "".join(f"{t},{t + 4},0.9,50\n" for t in range(30))
    (tmp_path / "old.csv").write_text("t_new,t_ref,score,n_inliers\n" + rows, encoding="utf-8")
    done = run("warp", "--pairs", tmp_path / "old.csv", "--out", tmp_path / "warp.npz", "--json")
    assert done.code == 0
    assert done.json["verdict"] == "good"
    assert done.json["params"]["b"] == pytest.approx(4.0, abs=0.05)


def test_refused_stays_refused(run: Run, folder: Path, alignment: Alignment) -> None:
    replace(alignment, verdict="refused", reasons=("another trail",)).save(folder / "timewarp.json")
    done = run("warp", "--pairs", folder / "pairs.csv", "--out", folder / "warp.npz")
    assert done.code == 5
    assert "another trail" in done.err
    assert load_warp(folder / "warp.npz").verdict == "refused"


def test_wrong_files(run: Run, folder: Path) -> None:
    assert run("warp", "--pairs", folder / "none.csv", "--out", folder / "warp.npz").code == 7
    assert run("warp", "--pairs", folder / "markers.csv", "--out", folder / "warp.npz").code == 7
    assert run("warp", "--pairs", folder / "pairs.csv", "--out", folder / "warp.txt").code == 2
