"""--anchor and --warp-method on the command line, and user rows in a pairs file."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from mtbsync_core.alignment import pipeline
from mtbsync_core.alignment.judge.low_confidence import weak_segments
from mtbsync_core.alignment.options import AlignOptions
from mtbsync_core.alignment.pairs import TimePairs, read_pairs, write_pairs
from mtbsync_core.alignment.result import Alignment, load_warp
from mtbsync_core.errors import UsageError
from mtbsync_core.jobs.pair import user_pair
from mtbsync_core.mediainfo import MediaInfo
from tests.cli.two_runs import Run, media, truth


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, folder: Path, alignment: Alignment) -> list[dict[str, object]]:
    """What the engine was asked for; it answers with a doubtful alignment that has a weak part."""
    calls: list[dict[str, object]] = []
    for name in ("a.mp4", "b.mp4"):
        (folder / name).write_bytes(name.encode())

    def align(ref: MediaInfo, new: MediaInfo, **given: object) -> Alignment:
        calls.append(given)
        weak = weak_segments(alignment.warp, alignment.pairs, (66.0, 66.0))
        timings = {**alignment.timings, "total": 4.5}
        return replace(
            alignment, media_ref=ref, media_new=new, verdict="check", reasons=("odd",), weak=weak, timings=timings
        )

    monkeypatch.setattr(pipeline, "align", align)
    monkeypatch.setattr("mtbsync_core.overlay.draw_overlay", lambda path, *_, **__: path.write_bytes(b"png"))
    monkeypatch.setattr(
        "mtbsync_core.jobs.pair.probe", lambda path, **_: replace(media(str(path), 66.0), path=Path(path))
    )
    return calls


def test_anchors_and_gates_reach_the_engine(run: Run, folder: Path, asked: list[dict[str, object]]) -> None:
    args = ("sync", "--reference", folder / "a.mp4", "--new", folder / "b.mp4", "--out", folder / "r")
    done = run(*args, "--anchor", "12.5=13.9", "--anchor", "1:02.0=0:01:05.3", "--warp-method", "affine",
               "--warp-max-ppm", "2000", "--warp-min-inlier-frac", "0.5")  # fmt: skip
    assert done.code == 0, done.err
    (given,) = asked
    assert given["user"] == [(12.5, 13.9), (62.0, 65.3)]
    options = given["options"]
    assert isinstance(options, AlignOptions) and options.method == "affine"
    gates = options.affine
    assert (gates.max_ppm, gates.min_inlier_frac, gates.inlier_thresh) == (2000.0, 0.5, 0.08)
    assert (gates.window_sec, gates.ransac_iters) == (1.0, 500)


@pytest.mark.slow
def test_options_of_the_model_come_from_a_file_and_flags_come_first(
    run: Run, folder: Path, asked: list[dict[str, object]]
) -> None:
    """A file of one's own, then the timewarp.json of an earlier run; what is wrong in it is named."""
    args = ("sync", "--reference", folder / "a.mp4", "--new", folder / "b.mp4", "--out", folder / "r")
    mine = folder / "mine.json"
    mine.write_text('{"fps": 3, "matcher": "orb", "refine": false, "lattice": {"leap_rate": 0.001}}', encoding="utf-8")
    assert run(*args, "--options", mine, "--matcher", "sift").code == 0
    options = asked[-1]["options"]
    assert isinstance(options, AlignOptions)
    assert (options.index.fps, options.index.matcher, options.refine) == (3.0, "sift", False)
    assert options.lattice.leap_rate == 0.001 and options.telemetry
    earlier = json.loads((folder / "timewarp.json").read_text(encoding="utf-8"))
    earlier["options"] = {**asdict(options), "user": [[1.0, 2.0]]}
    (folder / "earlier.json").write_text(json.dumps(earlier), encoding="utf-8")
    assert run(*args, "--options", folder / "earlier.json").code == 0
    assert asked[-1]["options"] == options and asked[-1]["user"] == []
    mine.write_text('{"lattice": {"leap": 1}}', encoding="utf-8")
    done = run(*args, "--options", mine)
    assert done.code == 2 and "options.lattice has no 'leap'" in done.err and "leap_rate" in done.err
    assert run(*args, "--options", folder / "none.json").code == 7


def test_the_summary_names_weak_parts_and_times(run: Run, folder: Path, asked: list[dict[str, object]]) -> None:
    args = ("sync", "--reference", folder / "a.mp4", "--new", folder / "b.mp4", "--out", folder / "r")
    done = run(*args)
    assert "weak: 0:36.6 to 0:" in done.out and "--anchor" in done.out
    assert "took: decode 3.0 s, retrieval 0.5 s" in done.out and "total 4.5 s" in done.out
    done = run(*args, "--json")
    assert done.json["ok"] is False and done.json["verdict"] == "check" and done.json["weak"][0]["why"] == "wide"
    perf = json.loads((folder / "r" / "perf.json").read_text(encoding="utf-8"))
    stages = ("decode_sec", "retrieval_sec", "warp_sec", "markers_sec", "total_sec")
    assert all(perf["timings"][name] == done.json["timings"][name] for name in stages)
    done = run("align", folder / "a.mp4", folder / "b.mp4", "--markers", folder / "markers.csv", "--out", folder / "q",
               "--json", "--anchor", "5=1.1")  # fmt: skip
    assert done.code == 0 and asked[-1]["user"] == [(5.0, 1.1)]
    assert set(stages) <= set(done.json["timings"]) and done.json["timings"]["markers_sec"] > 0


@pytest.mark.parametrize("text", ["12", "1=2=3", "a=b", "1:2:3:4=5", "=5", "-1=2", "1e3=4"])
def test_a_broken_anchor_says_how_it_is_written(text: str) -> None:
    with pytest.raises(UsageError, match="is not REF=NEW"):
        user_pair(text)


@pytest.mark.slow
def test_warp_goes_through_user_rows(run: Run, folder: Path) -> None:
    pairs = read_pairs(folder / "pairs.csv")
    mine = TimePairs.of(np.array([float(truth(20.0)) + 0.3]), np.array([20.0]), np.array([0.1]), source="user")
    write_pairs(folder / "pairs.csv", TimePairs.joined([pairs, mine]))
    done = run("warp", "--pairs", folder / "pairs.csv", "--out", folder / "w.json")
    assert done.code == 0, done.err
    warp = load_warp(folder / "w.json").usable_warp()
    assert float(warp.to_new(20.0)) == pytest.approx(float(truth(20.0)) + 0.3, abs=1e-3)
    assert float(warp.to_new(40.0)) == pytest.approx(float(truth(40.0)), abs=0.1)
    crossing = TimePairs.of(np.array([10.0, 20.0]), np.array([30.0, 20.0]), np.full(2, 0.1), source="user")
    write_pairs(folder / "pairs.csv", TimePairs.joined([pairs, crossing]))
    done = run("warp", "--pairs", folder / "pairs.csv", "--out", folder / "w.json")
    assert done.code == 2 and "20=20 and 30=10 contradict" in done.err
