"""Pairs and warps on disk: what is written is what is read, and foreign or broken files say so."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mtbsync_core.alignment.judge.verdict import Quality
from mtbsync_core.alignment.pairs import TimePairs, read_pairs, write_pairs, write_raw_pairs
from mtbsync_core.alignment.result import Alignment, load_warp, save_npz
from mtbsync_core.errors import FormatError, RefusedError
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.warp import TimeWarp

MEDIA = MediaInfo(Path("räder/neu.mp4"), Fraction(30000, 1001), 1920, 1080, 60.0, 1798, "hevc", 0, "10:00:00;00", True)


def an_alignment(verdict: str = "good") -> Alignment:
    t = np.arange(0, 10, 0.5)
    pairs = TimePairs.of(t, t * 1.1, np.full(len(t), 0.05))
    warp = TimeWarp(t * 1.1, t, np.full(len(t), 0.04), frozenset({3}))
    return Alignment(
        media_ref=MEDIA,
        media_new=MEDIA,
        warp=warp,
        pairs=pairs,
        verdict=verdict,  # type: ignore[arg-type]
        reasons=("because",),
        quality=Quality(evidence=3.0),
    )


@pytest.mark.parametrize("name", ["timewarp.json", "warp.npz"])
def test_a_saved_warp_comes_back_exactly(tmp_path: Path, name: str) -> None:
    alignment = an_alignment()
    path = tmp_path / name
    alignment.save(path) if name.endswith("json") else save_npz(alignment, path)
    back = load_warp(path)
    assert back.warp is not None and alignment.warp is not None
    np.testing.assert_array_equal(back.warp.ref_s, alignment.warp.ref_s)
    assert back.warp.gaps == {3} and back.media_new == MEDIA and back.verdict == "good"


def test_the_file_holds_what_users_of_the_original_know(tmp_path: Path) -> None:
    an_alignment().save(tmp_path / "timewarp.json")
    data = json.loads((tmp_path / "timewarp.json").read_text(encoding="utf-8"))
    assert data["ok"] is True
    assert data["params"]["a"] == pytest.approx(1.1) and data["params"]["b"] == pytest.approx(0, abs=1e-9)
    assert data["ppm"] == pytest.approx(100_000) and set(data["residuals"]) == {"mae", "p50", "p90", "p95"}


def test_a_refused_warp_cannot_be_applied(tmp_path: Path) -> None:
    an_alignment("refused").save(tmp_path / "timewarp.json")
    saved = load_warp(tmp_path / "timewarp.json")
    assert json.loads((tmp_path / "timewarp.json").read_text(encoding="utf-8"))["ok"] is False
    with pytest.raises(RefusedError, match="because"):
        saved.usable_warp()


def test_the_affine_file_of_the_original_is_read(tmp_path: Path) -> None:
    path = tmp_path / "timewarp.json"
    path.write_text('{"ok": true, "params": {"a": 1.0005, "b": -2.0}, "residuals": {"p90": 0.2}}', encoding="utf-8")
    warp = load_warp(path).usable_warp()
    assert float(warp.to_ref(10.0)) == pytest.approx(1.0005 * 10 - 2)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "nonsense", '{"schema": "other"}', '{"schema": "mtbsync.timewarp", "version": 99}', '{"params": {}}'],
)
def test_a_broken_warp_file_is_a_format_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "timewarp.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError):
        load_warp(path)


def test_pairs_come_back(tmp_path: Path) -> None:
    pairs = an_alignment().pairs
    write_pairs(tmp_path / "pairs.csv", pairs)
    back = read_pairs(tmp_path / "pairs.csv")
    np.testing.assert_allclose(back.t_ref, pairs.t_ref, atol=1e-6)
    assert back.source.tolist() == pairs.source.tolist() and back.valid.all()


def test_pairs_of_the_original_are_read(tmp_path: Path) -> None:
    pairs = TimePairs.of(np.array([0.0, 1.0]), np.array([0.5, 1.5]), np.ones(2), score=np.array([3.0, 4.0]))
    write_raw_pairs(tmp_path / "pairs_raw.csv", pairs)
    assert (tmp_path / "pairs_raw.csv").read_text(encoding="utf-8").startswith("t_new,t_ref,score,n_inliers")
    assert read_pairs(tmp_path / "pairs_raw.csv").t_ref.tolist() == [0.5, 1.5]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "t_new and t_ref"),
        ("t_new,t_ref\n", "no pairs"),
        ("t_new,t_ref\n1,x\n", "line 2"),
        ("t_new,t_ref,sigma_s\n1,2,-1\n", "positive"),
    ],
)
def test_broken_pairs_say_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=said):
        read_pairs(path)
