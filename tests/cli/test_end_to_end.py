"""The commands on real video files: a small simulated pair, and a run against itself played backwards."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest

from mtbsync_core.demo.pair import DemoPair, write_pair
from mtbsync_core.demo.plan import DemoOptions
from mtbsync_core.moved_csv import read_moved
from tests.cli.two_runs import Run

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> DemoPair:
    return write_pair(tmp_path_factory.mktemp("pair"), DemoOptions(seed=4, seconds=8, width=320, height=180))


def backwards(source: Path, target: Path) -> Path:
    """The pictures of a recording in reverse order, at its rate, without its timecode."""
    with av.open(str(source)) as file:
        pictures = [frame.to_ndarray(format="yuv420p") for frame in file.decode(video=0)]
        stream = file.streams.video[0]
        width, height = stream.width, stream.height
    with av.open(str(target), "w") as file:
        out = file.add_stream(
            "libx264", rate=Fraction(30000, 1001), options={"g": "9", "bf": "0", "preset": "ultrafast"}
        )
        out.width, out.height, out.pix_fmt = width, height, "yuv420p"
        for picture in reversed(pictures):
            file.mux(out.encode(av.VideoFrame.from_ndarray(picture, format="yuv420p")))
        file.mux(out.encode())
    return target


def test_the_steps_and_the_one_command_agree(run: Run, pair: DemoPair, tmp_path: Path) -> None:
    index, steps, once = tmp_path / "i.npz", tmp_path / "steps", tmp_path / "once"
    assert run("index", "--reference", pair.reference, "--out", index).code == 0
    done = run("sync", "--reference", pair.reference, "--new", pair.new, "--index", index, "--out", steps, "--json")
    assert done.code == 0
    assert done.json["verdict"] in ("good", "check")
    done = run(
        "transfer-markers", "--ref-markers", pair.markers, "--timewarp-json", steps / "timewarp.json",
        "--out", steps / "new_markers.csv", "--plot-overlay",
    )  # fmt: skip
    assert done.code == 0
    assert run("export-markers", steps / "new_markers.csv", "--out", steps / "sample_new.edl").code == 0
    assert run("align", pair.reference, pair.new, "--markers", pair.markers, "--out", once).code == 0
    assert {p.name for p in steps.iterdir()} == {p.name for p in once.iterdir()}
    for name in ("new_markers.csv", "sample_new.edl", "pairs.csv", "pairs_raw.csv"):
        assert (steps / name).read_bytes() == (once / name).read_bytes(), name
    placed = [m for m in read_moved(once / "new_markers.csv") if m.t_new is not None]
    truth = np.interp([m.source.t_s for m in placed], pair.ref_s, pair.new_s)
    assert np.median(np.abs(np.array([m.t_new for m in placed], float) - truth)) < 0.15
    assert "11:30:0" in (once / "sample_new.edl").read_text(encoding="utf-8")
    perf = json.loads((once / "perf.json").read_text(encoding="utf-8"))
    assert perf["timings"]["decode_sec"] > 0
    assert perf["timings"]["total_sec"] >= sum(perf["timings"][k] for k in ("decode_sec", "retrieval_sec", "warp_sec"))


def test_markers_come_from_a_timeline_and_go_back_to_it(run: Run, pair: DemoPair, tmp_path: Path) -> None:
    """An EDL out of a 25 fps timeline on which the reference sits ten seconds in; the new run sits two minutes in."""
    edl, once, by_file = tmp_path / "exported.edl", tmp_path / "once", tmp_path / "by file"
    words = ("--video", pair.reference, "--fps", "25", "--start-timecode", "01:00:10:00", "--out", edl)
    assert run("export-markers", pair.markers, *words).code == 0
    assert run("align", pair.reference, pair.new, "--markers", pair.markers, "--out", once).code == 0
    places = ("--ref-start", "01:00:10:00", "--new-start", "01:02:00:00", "--timeline-fps", "25")
    done = run("align", pair.reference, pair.new, "--markers", edl, *places, "--out", by_file)
    assert done.code == 0, done.err
    assert "25 fps" in done.out and "01:02:00:00" in done.out
    moved = [m for m in read_moved(by_file / "new_markers.csv") if m.t_new is not None]
    placed = [m.t_new for m in read_moved(once / "new_markers.csv") if m.t_new is not None]
    assert [m.t_new for m in moved] == pytest.approx(placed, abs=0.1)
    labels = re.findall(r" C +01:02:(\d\d):(\d\d) ", (by_file / "sample_new.edl").read_text(encoding="utf-8"))
    seconds = [int(second) + int(frame) / 25 for second, frame in labels]
    # Markers that fall on one frame are set apart.
    assert seconds == pytest.approx(sorted(m.t_new for m in moved if m.t_new is not None), abs=0.061)
    wrong = run(
        "align", pair.reference, pair.new, "--markers", edl, *places[:3], "01:02:00:25", *places[4:], "--out", once
    )
    assert wrong.code == 7 and "01:02:00:25 does not exist at 25.000 fps" in wrong.err


def in_chapters(source: Path, folder: Path) -> list[Path]:
    """The recording cut at a key frame near its middle, as a camera cuts it, and whole; packets of pictures only."""
    folder.mkdir()
    copies = [folder / "GX010042.MP4", folder / "GX020042.MP4", folder / "whole.mp4"]
    with av.open(str(source)) as file:
        stream = file.streams.video[0]
        packets = [packet for packet in file.demux(stream) if packet.size]
        keys = [n for n, packet in enumerate(packets) if packet.is_keyframe]
        middle = keys[len(keys) // 2]
        times = [(packet.pts or 0, packet.dts or 0) for packet in packets]  # a muxer changes those of a packet
        for path, part in zip(copies, (slice(middle), slice(middle, None), slice(None)), strict=True):
            with av.open(str(path), "w") as out:
                copy = out.add_stream_from_template(stream)
                first = times[part][0][1]
                for packet, (pts, dts) in zip(packets[part], times[part], strict=True):
                    packet.pts, packet.dts = pts - first, dts - first
                    packet.time_base = stream.time_base or packet.time_base
                    packet.stream = copy
                    out.mux(packet)
    return copies


def test_chapters_give_what_the_whole_gives(run: Run, pair: DemoPair, tmp_path: Path) -> None:
    *chapters, uncut = in_chapters(pair.new, tmp_path / "card")
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert run("align", pair.reference, uncut, "--markers", pair.markers, "--out", whole).code == 0
    done = run("align", pair.reference, chapters[1], "--markers", pair.markers, "--out", cut)
    assert done.code == 0, done.err
    assert "GX020042.MP4 0:0" in done.out
    rows = json.loads(run("transfer-markers", "--ref-markers", pair.markers, "--timewarp-json", cut / "timewarp.json",
                          "--out", tmp_path / "n.csv", "--json").out)["markers"]  # fmt: skip
    files = json.loads((cut / "timewarp.json").read_text(encoding="utf-8"))["new"]["files"]
    assert [Path(file["path"]).name for file in files] == ["GX010042.MP4", "GX020042.MP4"]
    starts = {Path(file["path"]).name: file["start_s"] for file in files}
    for marker, row in zip(read_moved(whole / "new_markers.csv"), rows, strict=True):
        if marker.t_new is not None:
            assert row["t_new"] == pytest.approx(marker.t_new, abs=0.01)
            assert starts[row["file"]] + row["t_file"] == pytest.approx(row["t_new"], abs=1e-5)
    assert (cut / "GX010042.edl").is_file()
    assert run("align", pair.reference, chapters[0], "--markers", pair.markers, "--out", cut, "--no-chapters").code == 0
    chapters[0].unlink()
    done = run("align", pair.reference, chapters[1], "--markers", pair.markers, "--out", cut)
    assert (done.code, "chapter 1 is missing" in done.err) == (3, True)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal for one process alone")
def test_ctrl_c_leaves_nothing_half_done(pair: DemoPair, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-u", "-m", "mtbsync_core", "align", str(pair.reference), str(pair.new), "--fps", "60"]
    command += ["--markers", str(pair.markers), "--out", str(out), "--index", str(out / "reference.npz")]
    # What runs behind a shell is deaf to Ctrl-C, and so would be what it starts.
    hear = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, preexec_fn=hear
    ) as process:
        while not out.is_dir() and process.poll() is None:
            time.sleep(0.02)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130, err.decode()
    assert b"interrupted" in err
    assert list(out.iterdir()) == []


def test_backwards_is_refused(run: Run, pair: DemoPair, tmp_path: Path) -> None:
    turned = backwards(pair.reference, tmp_path / "turned.mp4")
    out = tmp_path / "out"
    done = run("align", pair.reference, turned, "--markers", pair.markers, "--out", out)
    assert done.code == 5, done.out + done.err
    assert {p.name for p in out.iterdir()} == {"pairs.csv", "pairs_raw.csv", "timewarp.json", "perf.json"}
    assert json.loads((out / "timewarp.json").read_text(encoding="utf-8"))["ok"] is False
    args = ("--ref-markers", pair.markers, "--timewarp-json", out / "timewarp.json", "--out", out / "n.csv")
    assert run("transfer-markers", *args).code == 5
    assert run("warp", "--pairs", out / "pairs.csv", "--out", out / "warp.npz").code in (4, 5)


def test_the_demo_tells_its_true_error(
    run: Run, pair: DemoPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copied(folder: Path, options: DemoOptions, **_: object) -> DemoPair:
        shutil.copytree(pair.reference.parent, folder, dirs_exist_ok=True)
        names = {name: folder / getattr(pair, name).name for name in ("reference", "new", "markers", "truth")}
        return replace(pair, gpx=(folder / pair.gpx[0].name, folder / pair.gpx[1].name), **names)

    monkeypatch.setattr("mtbsync_core.demo.pair.write_pair", copied)
    done = run("demo", "--out", tmp_path / "d", "--no-refine")
    assert done.code == 0, done.err
    assert "true error" in done.out
    assert "What to do next" in done.out
    done = run("demo", "--out", tmp_path / "d", "--no-refine", "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json["true_error"]["median_s"] < 0.15
    assert all(Path(path).is_file() for path in done.json["files"].values())
